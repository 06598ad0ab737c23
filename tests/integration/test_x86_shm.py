# SPDX-License-Identifier: LGPL-2.1-or-later
"""Backend shm-ghes: x86_64 guests with a page that they share with rasd (q35, TCG).

The oracle is the guest: its kernel's words, and the page itself, read without rasd.
"""
import base64
import gzip
import json
import os
import pwd
import signal
import struct
import subprocess
import time
import uuid

import pytest

import guest_feed
import rasdlab
import test_kill as kill
from rasdlab import ASAN, TOP

BASE = 0x200000000
PAGE_BYTES = 2 << 20
SOURCES = {"corrected": 0, "urgent": 1}


def hest(base, notify):
    """The table, as ACPI 6.5 has it: two GHESv2, the first polled."""
    def address(gpa):
        return struct.pack("<BBBBQ", 0, 64, 0, 4, gpa)

    def source(n, kind):
        told = struct.pack("<BBHI20x", 4 if kind == "nmi" else 0, 28, 0,
                           0 if kind == "nmi" else 1000)
        return (struct.pack("<HHHBBIII", 10, n, 0xffff, 0, 1, 1, 4, 4096)
                + address(base + 0x40 * n) + told + struct.pack("<I", 4096)
                + address(base + 0x40 * n + 8) + struct.pack("<QQ", 2**64 - 2, 1))

    body = struct.pack("<I", 2) + source(0, "poll") + source(1, notify)
    head = struct.pack("<4sIBB6s8sI4sI", b"HEST", 36 + len(body), 1, 0, b"RASD  ", b"RASDGHES", 1,
                       b"RASD", 1)
    table = bytearray(head + body)
    table[9] = -sum(table) & 0xff
    return bytes(table)


class PagedGuest(rasdlab.Guest):
    """A q35 guest that is provisioned by hand, before it starts."""

    arch = "x86_64"

    def __init__(self, base, name, notify, *options, ident=None):
        self.ident = ident or uuid.uuid4()
        self.page = base / "ghes" / f"{self.ident}.page"
        self.notify = notify
        self.provision(base)
        super().__init__(
            base, name, "--arch", "x86_64", "--machine", "nvdimm=on",
            "--mem", "256,slots=2,maxmem=64G", *options,
            extra=("-uuid", str(self.ident), "-object", "memory-backend-file,id=rasd-ghes,"
                   f"size=2M,mem-path={self.page},share=on", "-device",
                   f"nvdimm,id=nv0,memdev=rasd-ghes,addr={BASE:#x}", "-acpitable",
                   f"file={self.page.with_suffix('.hest')}"))

    def provision(self, base):
        """What `rasctl provision` makes: page and table for QEMU, metadata for rasd."""
        head = bytearray(0xa8)
        for n in SOURCES.values():
            struct.pack_into("<QQ", head, 0x40 * n, BASE + 0x1000 * (n + 1), 1)
        struct.pack_into("<8sIIQ16s", head, 0x80, b"RASDGHES", 1, 2, BASE, self.ident.bytes)
        self.page.parent.mkdir(exist_ok=True)
        self.page.parent.chmod(0o711)
        self.page.write_bytes(bytes(head) + bytes(PAGE_BYTES - len(head)))
        ids = pwd.getpwnam("rasd-lab")
        os.chown(self.page, ids.pw_uid, 0)
        self.page.chmod(0o660)
        self.page.with_suffix(".hest").write_bytes(hest(BASE, self.notify))
        meta = base / "rasd.state" / "ghes" / f"{self.ident}.json"
        meta.parent.mkdir(parents=True, exist_ok=True)
        for d in (meta.parent, meta.parent.parent):
            os.chown(d, *pwd.getpwnam("rasd")[2:4])
            d.chmod(0o700)
        meta.write_text(json.dumps({
            "version": 1, "uuid": str(self.ident), "base_gpa": BASE, "notify": self.notify,
            "ram_bytes": 256 << 20, "max_bytes": 64 << 30, "slots": 2, "style": "arguments",
            "before_max_bytes": 0, "before_slots": 0, "before_had_numa": False}))
        os.chown(meta, *pwd.getpwnam("rasd")[2:4])

    def block(self, source):
        """(status, record, read-ack) as they are in the page."""
        data = self.page.read_bytes()
        at, ack = 0x1000 * (source + 1), 0x40 * source + 8
        return (struct.unpack_from("<I", data, at)[0], data[at:at + 4096],
                struct.unpack_from("<Q", data, ack)[0])

    def slot(self, rasd):
        """As of other guests: the urgent source."""
        return self.block(1)[1:]

    def overwrite(self, offset, value):
        """The guest's root writes eight bytes of the page."""
        self.console(f"/poke {BASE + offset} {value}")


def poke(base):
    """tests/integration/poke.c, in a form that can be typed."""
    made = base / "poke"
    subprocess.run(["gcc", "-Os", "-static", "-nostdlib", "-fno-stack-protector", "-no-pie",
                    "-fno-asynchronous-unwind-tables", "-fcf-protection=none",
                    "-Wl,--build-id=none,-z,noseparate-code,-z,norelro", "-s", "-o", made,
                    TOP / "tests/integration/poke.c"], check=True)
    return base64.b64encode(gzip.compress(made.read_bytes())).decode()


@pytest.fixture(scope="module", name="lab")
def make_lab():
    base = rasdlab.make_base()
    guests = {n: PagedGuest(base, n, n[:-1]) for n in ("nmi1", "poll1")}
    rasd, typed = rasdlab.Rasd(base, {n: "fatal" for n in guests}), poke(base)
    try:
        for g in guests.values():
            g.wait().console(f"echo {typed} | base64 -d | gzip -d >/poke; chmod +x /poke")
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


def reported(guest, source, gpa, seconds=20):
    """The guest's kernel has reported a memory error from that source."""
    guest.wait_log(f"Generic Hardware Error Source: {source}", seconds)
    guest.wait_log(f"physical_address: {gpa:#018x}", seconds)


@pytest.mark.parametrize("name", ("nmi1", "poll1"))
def test_corrected_is_polled(lab, name):
    guest = getattr(lab, name)
    row = acked(send(lab, name, gpa="0x4001000", severity="corrected"))
    reported(guest, 0, 0x4001000)
    status, record, ack = guest.block(0)
    assert (status, ack & 1) == (0, 1)
    assert uuid.UUID(row["id"]).bytes_le in record


@pytest.mark.parametrize("name", ("nmi1", "poll1"))
def test_recoverable_takes_the_page(lab, name):
    """The page of a process goes out of use, and the process gets SIGBUS when it touches it."""
    guest = getattr(lab, name)
    guest.console("(/poke >/entry; echo ended by $? >/dev/console) & sleep 1")
    entry = int(guest.console("cat /entry"), 16)
    assert entry >> 63
    gpa = (entry & (1 << 55) - 1) << 12
    row = acked(send(lab, name, gpa=hex(gpa), severity="recoverable"))
    assert uuid.UUID(row["id"]).bytes_le in guest.block(1)[1]
    guest.wait_log(f"Memory failure: {gpa >> 12:#x}: recovery action")
    guest.wait_log(f"ended by {128 + signal.SIGBUS}")


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


SHORT = {"002-mem-multibit-ue", "053-ia-ctx-x64", "074-vendor-unknown", "085-big-2k-multi"}
SAMPLES = sorted((TOP / "tests/data/cper/valid").glob("*.gesb"))


def same_text(lab, names):
    """The kernel's text is the one that test_guest_decodes.py holds arm64 guests to."""
    samples = [guest_feed.Sample(p) for p in SAMPLES if p.stem in names]
    verdicts = guest_feed.feed_all(lab.rasd, [lab.poll1], samples)
    assert {k: v for k, v in verdicts.items() if v} == {}
    assert set(verdicts) == set(names)


def test_same_bytes_same_text(lab):
    """Among them an IA32/X64 processor section, and a record that QEMU's own GHES cannot take."""
    same_text(lab, SHORT)


@pytest.mark.long
def test_all_samples(lab):
    same_text(lab, {p.stem for p in SAMPLES})


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


def test_kill(lab):
    """kill -9 of rasd at each step of this road. The guest's trace says what it has read."""
    assert {p for p in POINTS if p.startswith("shm")} == {k[0] for k in KILLS
                                                          if k[0].startswith("shm")}
    guest, record = lab.nmi1.witness(), rasdlab.vendor_record(severity=0).hex()
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
        lab.rasd.stop()
        lab.rasd.start(["nmi1", "poll1"])


@pytest.mark.long
def test_random_kills(monkeypatch):
    """What test_kill.py does with an arm64 guest (RASD_KILLS times, 200 by default)."""
    monkeypatch.setattr(kill, "RECORD", rasdlab.vendor_record(severity=0).hex())
    base = rasdlab.make_base()
    vm = PagedGuest(base, "kill1", "nmi")
    rasd = rasdlab.Rasd(base, {"kill1": "recoverable"})
    try:
        vm.wait().witness()
        many = type("Lab", (), {"rasd": rasd, "vm": vm, "n": 0})
        kill.test_prepare(many)
        kill.test_random_moments_under_load(many)
    finally:
        rasd.stop()
        vm.stop()
        rasdlab.drop_base(base)


@pytest.mark.parametrize("name", ("nmi1", "poll1"))
def test_fatal(lab, name):
    """The guest panics. Linux acknowledges even such a record before."""
    guest = getattr(lab, name)
    row = send(lab, name, gpa="0x7000000", severity="fatal", confirm=True)["result"]
    guest.wait_log("Kernel panic - not syncing")
    assert row["state"] in ("acknowledged", "consumed"), row
    assert "Fatal hardware error" in guest.log()
