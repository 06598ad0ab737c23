# SPDX-License-Identifier: LGPL-2.1-or-later
"""Backend shm-ghes: x86_64 guests with a page that they share with rasd (q35, TCG).

The oracle is the guest: its kernel's words, and the page itself, read without rasd.
"""
import json
import signal
import struct
import subprocess
import time
import uuid

import pytest

import rasdlab
import test_kill as kill
from paged_guest import PagedGuest, type_poke
from rasdlab import ASAN

@pytest.fixture(scope="module", name="lab")
def make_lab():
    base = rasdlab.make_base()
    guests = {n: PagedGuest(base, n, n[:-1]) for n in ("nmi1", "poll1")}
    rasd = rasdlab.Rasd(base, {n: "fatal" for n in guests})
    try:
        for g in guests.values():
            type_poke(base, g.wait())
        rasd.start(list(guests))
        yield type("Lab", (), {"base": base, "rasd": rasd, **guests})
    finally:
        rasd.stop()
        for g in guests.values():
            g.stop()
        rasdlab.drop_base(base)


def send(lab, name, wait=True, **more):
    return lab.rasd.rpc("injection.create", request_id=str(uuid.uuid4()), domain=name, wait=wait,
                        timeout_ms=30000, **more)


def acked(answer):
    row = answer.get("result")
    assert row and row["state"] == "acknowledged", answer
    assert row["backend"] == "shm-ghes"
    return row


@pytest.mark.parametrize("name", ("nmi1", "poll1"))
@pytest.mark.parametrize("severity, source", (("corrected", 0), ("recoverable", 1)))
def test_source_of_a_severity(lab, name, severity, source):
    row = acked(send(lab, name, gpa="0x4001000", severity=severity))
    status, record, ack = getattr(lab, name).block(source)
    assert (status, ack & 1) == (0, 1)
    assert uuid.UUID(row["id"]).bytes_le in record
    getattr(lab, name).wait_log(f"Generic Hardware Error Source: {source}")


@pytest.mark.parametrize("name", ("nmi1", "poll1"))
@pytest.mark.parametrize("offset, value", ((0x40, 0), (0x40, 0xfee00000), (0x80, 0)))
def test_overwritten(lab, name, offset, value):
    """The guest's root overwrites a pointer: refused and told, and the guest hears nothing."""
    guest = getattr(lab, name)
    before = guest.page.read_bytes()
    guest.overwrite(offset, value)
    data = guest.page.read_bytes()
    assert struct.unpack_from("<Q", data, offset)[0] == value
    row = send(lab, name, gpa="0x5000000", severity="recoverable")["result"]
    assert row["state"] == "refused" and "overwritten" in row["detail"], row
    assert guest.page.read_bytes() == data
    assert "alive" in guest.console("echo al''ive")
    assert "unknown reason" not in guest.log()
    # As `rasctl unprovision` and `provision` would; a real guest is restarted then.
    with guest.page.open("r+b") as f:
        f.write(before[:0xa8])
    acked(send(lab, name, gpa="0x5001000", severity="recoverable"))


def wait_boot(guest, mark):
    """The guest has booted since its log had that length."""
    end = time.monotonic() + 60
    while "RASD-LAB-GUEST-READY" not in guest.log()[mark:]:
        assert time.monotonic() < end, f"{guest.name} does not boot"
        time.sleep(0.1)


def pending_over_a_reset(lab, guest):
    """A record that the guest has not read when it is reset. Returns the injection's id."""
    for _ in range(10):
        # The guest has just looked, and looks again in a second.
        acked(send(lab, guest.name, gpa="0x6000000", severity="recoverable"))
        row = send(lab, guest.name, wait=False, gpa="0x6001000", severity="recoverable")["result"]
        mark = len(guest.log())
        guest.qmp("system_reset")
        status, record, ack = guest.block(1)
        if status:
            assert uuid.UUID(row["id"]).bytes_le in record and not ack & 1
            return row["id"]
        wait_boot(guest, mark)
    raise AssertionError("the guest was never slower than we are")


@pytest.mark.parametrize("killed", (pytest.param(False, marks=pytest.mark.long), True))
def test_reset_with_a_pending_record(lab, killed):
    """The record outlives the reset, is read at the next boot, and that is recognised."""
    guest = lab.poll1
    ident = pending_over_a_reset(lab, guest)
    mark = len(guest.log())
    if killed:
        lab.rasd.stop(signal.SIGKILL)
        lab.rasd.start(["poll1"])
    assert lab.rasd.wait_state(ident, "acknowledged", 60)["final"]
    guest.wait_log(f"fru_id: {ident}")
    assert f"fru_id: {ident}" in guest.log()[mark:]
    wait_boot(guest, mark)
    acked(send(lab, "poll1", gpa="0x6002000", severity="corrected"))


def test_qemu_ends_with_a_pending_record(lab):
    """The page outlives QEMU. What was not read is lost, and the guest's next start does not see
    it.
    """
    guest = lab.poll1
    for _ in range(10):
        acked(send(lab, "poll1", gpa="0x6003000", severity="recoverable"))
        ident = send(lab, "poll1", wait=False, gpa="0x6004000",
                     severity="recoverable")["result"]["id"]
        guest.qmp("stop")
        if guest.block(1)[0]:
            break
        guest.qmp("cont")
    else:
        raise AssertionError("the guest was never slower than we are")
    guest.start_again()
    assert lab.rasd.wait_state(ident, "lost", 60)["read"] == "possibly"
    guest.wait()
    row = acked(send(lab, "poll1", gpa="0x6005000", severity="recoverable"))
    guest.wait_log(f"fru_id: {row['id']}")
    assert ident not in guest.log()


def seen_of(guest, ident):
    time.sleep(0.5)  # the trace of a record that was not read never comes
    return guest.seen()[ident]


POINTS = subprocess.run([ASAN / "rasd", "--failpoints"], capture_output=True, text=True,
                        check=True).stdout.split()
# (fail-point, what the guest must have seen, states that are true then)
KILLS = (("intent_durable", 0, {"refused"}), ("submit_before", 0, {"refused"}),
         ("shm_hidden", 0, {"refused"}), ("shm_published", 1, {"acknowledged"}),
         ("shm_nmi", 1, {"acknowledged"}), ("slot_read", 1, {"acknowledged"}),
         ("state_decided", 1, {"acknowledged"}))


def keep_busy(guest):
    """In user mode: each rasd sees at its first look that the guest is up. Else that takes 3 s."""
    guest.console("taskset 1 sh -c 'while :; do :; done' & echo $! >/busy")


def test_kill(lab):
    """kill -9 of rasd at each step of this road. The guest's trace says what it has read."""
    assert {p for p in POINTS if p.startswith("shm")} == {k[0] for k in KILLS
                                                          if k[0].startswith("shm")}
    guest, record = lab.nmi1.witness(), rasdlab.vendor_record(severity=0).hex()
    keep_busy(guest)
    # A block that was never used looks as after a restart of the guest: nothing is proved by it.
    acked(send(lab, "nmi1", record_hex=record, fru_id="own"))
    lab.rasd.stop()
    try:
        for point, seen, states in KILLS:
            name = str(uuid.uuid4())
            params = {"request_id": name, "domain": "nmi1", "record_hex": record, "fru_id": "own",
                      "wait": True, "timeout_ms": 20000}
            lab.rasd.start(["nmi1"], ASAN, {"RASD_FAILPOINT": point})
            with pytest.raises((json.JSONDecodeError, ConnectionError, IndexError)):
                lab.rasd.rpc("injection.create", **params)
            assert lab.rasd.process.wait(20) == -signal.SIGKILL, point
            lab.rasd.start(["nmi1"])
            ident, state, detail = lab.rasd.wait_decided()[name]
            assert state in states, (point, state, detail)
            if seen:
                guest.wait_seen(ident)
            assert seen_of(guest, ident) == seen, (point, state, detail)
            # The source is free again.
            row = acked(lab.rasd.rpc("injection.create", **{**params,
                                                            "request_id": name + "-next"}))
            guest.wait_seen(row["id"])
            lab.rasd.stop()
    finally:
        guest.console("kill $(cat /busy)")
        lab.rasd.stop()
        lab.rasd.start(["nmi1", "poll1"])


@pytest.fixture(scope="module", name="kill_lab")
def make_kill_lab():
    """As test_kill.py's, with a provisioned guest: all that file does holds for it."""
    base = rasdlab.make_base()
    vm = PagedGuest(base, "kill1", "nmi")
    rasd = rasdlab.Rasd(base, {"kill1": "recoverable"})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kill, "RECORD", rasdlab.vendor_record(severity=0).hex())
        try:
            keep_busy(vm.wait().witness())
            lab = type("Lab", (), {"rasd": rasd, "vm": vm, "n": 0})
            kill.test_prepare(lab)
            yield lab
        finally:
            rasd.stop()
            vm.stop()
            rasdlab.drop_base(base)


@pytest.fixture(name="many")
def no_life_left_over(kill_lab):
    yield kill_lab
    kill_lab.rasd.stop(signal.SIGKILL)


# Those of host events are passed in the nested host; a command to QEMU and a fence there are none.
HERE = [p for p in POINTS if not p.startswith(("host", "settle"))
        and p not in ("submit_asked", "submit_after")]


@pytest.mark.long
@pytest.mark.parametrize("n", (1, 2))
@pytest.mark.parametrize("point", HERE)
def test_failpoint(many, point, n):
    """Three requests at a time, and rasd dies at one of the first passages."""
    names = [f"{point}-{n}-{k}" for k in "abc"]
    kill.die_at(many, f"{point}:{n}", names)
    kill.live_on(many, names)


@pytest.mark.long
@pytest.mark.parametrize("before, point", [
    (b, p) for b in ("shm_hidden", "shm_published", "shm_nmi")
    for p in ("settle_read", "slot_read", "journal_stored")
    # What the guest was never shown is not watched.
    if (b, p) != ("shm_hidden", "slot_read")])
def test_failpoint_while_settling(many, point, before):
    names = [f"{before}-then-{point}-{k}" for k in "ab"]
    kill.die_at(many, f"{before}:1", names)
    kill.die_at(many, f"{point}:1", [])
    kill.live_on(many, names)


@pytest.mark.long
def test_random_kills(many):
    """RASD_KILLS times, 200 by default."""
    kill.test_random_moments_under_load(many)
