# SPDX-License-Identifier: LGPL-2.1-or-later
"""Hung, killed and resetting guests, a full or read-only state directory, a clock that jumps. Real
QEMU, real kernels.
"""
import contextlib
import json
import os
import signal
import subprocess
import time

import pytest

import rasdlab

GPA = "0x48000000"
VENDOR = {"gpa": None, "record_hex": rasdlab.vendor_record().hex(), "fru_id": "own"}


@pytest.fixture(scope="module", name="lab")
def make_lab():
    base = rasdlab.make_base()
    guests = {n: rasdlab.Guest(base, n, "--append", rasdlab.WITNESS_FROM_BOOT)
              for n in ("fire1", "fire2")}
    for g in guests.values():
        g.wait()
    rasd = rasdlab.Rasd(base, {n: "recoverable" for n in (*guests, "fire3")}).start(guests)
    yield type("Lab", (), {"rasd": rasd, "base": base, **guests})
    rasd.stop()
    for g in guests.values():
        g.stop()
    rasdlab.drop_base(base)


@pytest.fixture(name="victim")
def make_victim(lab):
    """A guest for one test, which ends it."""
    vm = rasdlab.Guest(lab.base, "fire3").wait()
    lab.rasd.wait_log(f"guest fire3: pid {vm.pid}")
    assert create(lab.rasd, f"warm-{vm.pid}", domain="fire3",
                  wait=True)["result"]["state"] == "acknowledged"
    yield vm
    vm.stop()


def create(rasd, request_id, domain="fire1", **params):
    return rasd.rpc("injection.create", request_id=request_id, domain=domain,
                    **{k: v for k, v in ({"gpa": GPA} | params).items() if v is not None})


def stops_before(lab, nth, *guests):
    """Another rasd, which stops before its nth record is written to the monitor."""
    lab.rasd.stop()
    lab.rasd.start(guests, build=rasdlab.ASAN, env={"RASD_FAILPOINT": f"submit_asked:{nth}:stop"})


def test_hung_for_a_minute(lab):
    """QEMU does not run for 60 s. Its injection stays undecided, the other guest takes 60, then the
    outcome is found.
    """
    stops_before(lab, 2, "fire1", "fire2")
    assert create(lab.rasd, "warm", domain="fire2", wait=True)["result"]["state"] == "acknowledged"
    lab.fire2.rest()
    t0 = time.monotonic()
    try:
        hung = lab.rasd.into_a_stopped_qemu(lab.fire2, lambda: create(lab.rasd, "hung",
                                                                      domain="fire2",
                                                                      timeout_ms=1000))["result"]
        assert hung["state"] == "intent"
        for i in range(60):
            a = create(lab.rasd, f"beside-{i}", wait=True, timeout_ms=5000)["result"]
            assert a["state"] == "acknowledged", a
            time.sleep(max(0, t0 + i - time.monotonic()))
            assert not lab.rasd.row(hung["id"])["final"]
        busy = create(lab.rasd, "more", domain="fire2")
        assert busy.get("error") or not busy["result"]["final"], busy
        why = lab.rasd.rpc("domain.explain", domain="fire2")["result"]
        assert why["state"] == "stuck" and "fire2 is stuck" in why["backends"][0]["reason"], why
    finally:
        os.kill(lab.fire2.pid, signal.SIGCONT)
    rows = lab.rasd.wait_decided()
    state = rows["hung"][1]
    assert state in ("acknowledged", "refused"), rows["hung"]
    after = create(lab.rasd, "after-hung", domain="fire2", wait=True)["result"]
    assert after["state"] == "acknowledged"
    assert lab.fire2.log().count(f"fru_id: {hung['id']}") == (state == "acknowledged")


def test_killed_with_a_queue(lab, victim):
    """Before the command: proved not sent. After it, unread: lost."""
    victim.deaf()
    first = create(lab.rasd, "q-0", domain="fire3")["result"]
    assert first["state"] == "written"
    queued = [create(lab.rasd, f"q-{i}", domain="fire3", timeout_ms=1)["result"]
              for i in range(1, 6)]
    assert {q["state"] for q in queued} <= {"intent", "refused"}
    victim.sleep()
    victim.kill()
    rows = lab.rasd.wait_decided()
    assert rows["q-0"][1] == "lost", rows["q-0"]
    for i in range(1, 6):
        assert rows[f"q-{i}"][1] == "refused" and "not sent" in rows[f"q-{i}"][2], rows[f"q-{i}"]


def test_killed_during_the_command(lab, victim):
    """QEMU never answers and is gone: nobody can tell, and rasd says so."""
    stops_before(lab, 1, "fire3")
    a = lab.rasd.into_a_stopped_qemu(victim, lambda: create(lab.rasd, "during", domain="fire3",
                                                            timeout_ms=500))["result"]
    assert a["state"] == "intent"
    victim.kill()
    row = lab.rasd.wait_decided()["during"]
    assert row[1] == "unknown" and "QEMU ended" in row[2]
    again = create(lab.rasd, "during", domain="fire3")["result"]
    assert (again["id"], again["state"]) == (a["id"], "unknown")
    # An operator may decide what nothing can prove, once. His uid is stored with it.
    said = {"id": a["id"], "state": "lost", "reason": "the guest was killed"}
    assert lab.rasd.rpc("injection.resolve", **said, dry_run=True)["result"]["state"] == "lost"
    assert lab.rasd.row(a["id"])["state"] == "unknown"
    wrong = lab.rasd.rpc("injection.resolve", **(said | {"state": "unknown"}))
    assert wrong["error"]["data"]["field"] == "state"
    r = lab.rasd.ctl("resolve", a["id"], "--state", "lost", "--reason", "the guest was killed")
    assert r.returncode == 0 and "lost" in r.stdout, r
    row = lab.rasd.journal()["during"]
    assert row == (a["id"], "lost", f"resolved by uid {os.getuid()}: the guest was killed")
    assert lab.rasd.rpc("injection.resolve", **said)["error"]["data"]["field"] == "id"
    assert lab.rasd.ctl("resolve", a["id"], "--state", "lost").returncode == 2


def test_during_firmware_after_a_warm_reset(lab):
    """Earlier records were acknowledged and RAM still holds them. They must prove nothing."""
    for i in range(3):
        assert create(lab.rasd, f"earlier-{i}", domain="fire2",
                      wait=True)["result"]["state"] == "acknowledged"
    ready = lab.fire2.log().count("RASD-LAB-GUEST-READY")
    lab.fire2.qmp("system_reset")
    tried, refused = [], set()
    while lab.fire2.log().count("RASD-LAB-GUEST-READY") == ready:
        a = create(lab.rasd, f"firmware-{len(tried)}", domain="fire2", timeout_ms=300, **VENDOR)
        tried.append(f"firmware-{len(tried)}")
        if "error" in a:
            refused.add(a["error"]["data"]["reason"])
        time.sleep(0.02)
    assert len(tried) > 20 and refused & {"guest-not-ready", "guest-not-running"}, (len(tried),
                                                                                    refused)
    rows = lab.rasd.wait_decided()
    after = create(lab.rasd, "after-firmware", domain="fire2", wait=True, **VENDOR)["result"]
    assert after["state"] == "acknowledged"
    taken = {rows[n][0]: 1 for n in tried if n in rows and rows[n][1] == "acknowledged"}
    # The kernel has traced each record that it has read since its start, and nothing else.
    assert lab.fire2.seen(lab.fire2.traced_from_boot()) == {**taken, after["id"]: 1}


def test_socket_removed_and_back(lab):
    sock, aside = lab.base / "guests/fire2.qmp", lab.base / "aside.qmp"
    sock.rename(aside)
    assert create(lab.rasd, "unlinked", domain="fire2",
                  wait=True)["result"]["state"] == "acknowledged"
    lab.rasd.stop()
    lab.rasd.start(["fire1"])
    assert create(lab.rasd, "away", domain="fire2")["error"]["data"]["reason"] == "no-such-domain"
    mark = lab.rasd.logfile.stat().st_size
    aside.rename(sock)
    lab.rasd.wait_log("guest fire2: pid", mark)
    assert create(lab.rasd, "away", domain="fire2", wait=True)["result"]["state"] == "acknowledged"


@pytest.fixture(name="small")
def make_small(lab):
    """rasd with its state on a small file system of its own, on a loop device."""
    lab.rasd.stop()
    rasd = rasdlab.Rasd(lab.base, {"fire1": "recoverable"}, "small")
    rasd.image = lab.base / "small.img"
    rasd.state.mkdir(exist_ok=True)
    with open(rasd.image, "wb") as f:
        f.truncate(4 << 20)
    subprocess.run(["mkfs.ext4", "-q", "-F", "-O", "^has_journal", rasd.image], check=True)
    mount(rasd)
    rasd.start(["fire1"])
    assert create(rasd, f"first-{time.monotonic()}", wait=True)["result"]["state"] == "acknowledged"
    yield rasd
    rasd.stop()
    subprocess.run(["umount", rasd.state], check=True)
    lab.rasd.start(["fire1", "fire2"])


def mount(rasd):
    subprocess.run(["mount", "-o", "loop,errors=remount-ro", rasd.image, rasd.state], check=True)


def mend(rasd):
    """Repairs the file system as an operator does. -y: what stood in memory when the kernel made it
    read-only is not on disk, and some kernels leave more of that than -p (only safe repairs) mends.
    """
    for code in (1, 0):  # 1: errors were corrected. A second run finds none.
        fsck = subprocess.run(["fsck.ext4", "-y", "-f", rasd.image], check=False, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert fsck.returncode <= code, fsck.stdout


def refused(lab, rasd, names):
    """Each is refused because of the journal, and the guest's status block is as it was."""
    slot = lab.fire1.slot(rasd)
    for name in names:
        a = create(rasd, name, wait=True, timeout_ms=3000)
        assert a["error"]["data"]["reason"] == "journal-unavailable", a
        assert "hint" in a["error"]["data"], a
    assert lab.fire1.slot(rasd) == slot


def test_state_directory_full(lab, small):
    """Nothing is sent without a durable intent. When there is room again, rasd goes on by itself.
    """
    filler = open(small.state / "filler", "wb", 0)
    with contextlib.suppress(OSError):
        while True:
            filler.write(bytes(4096))
    filler.close()
    sent = 0
    while "result" in (a := create(small, f"last-{sent}", wait=True, timeout_ms=3000)):
        assert a["result"]["state"] == "acknowledged", a  # what the blocks of the log still hold
        sent += 1
        assert sent < 2000
    refused(lab, small, [f"full-{i}" for i in range(20)])
    (small.state / "filler").unlink()
    assert create(small, "mended", wait=True)["result"]["state"] == "acknowledged"
    rows = small.wait_decided()
    for name in rows:
        assert not name.startswith("full-") or rows[name][1] == "refused", (name, rows[name])


def test_state_directory_becomes_read_only(lab, small):
    """As the kernel does after a disk error. What was refused was not sent. The next rasd goes on.
    """
    device = subprocess.run(["findmnt", "-no", "SOURCE", small.state], text=True,
                            capture_output=True, check=True)
    trigger = f"/sys/fs/ext4/{os.path.basename(device.stdout.strip())}/trigger_fs_error"
    with open(trigger, "w") as f:
        f.write("rasd test")
    names = [f"ro-{i}" for i in range(20)]
    refused(lab, small, names)
    small.stop()
    subprocess.run(["umount", small.state], check=True)
    said = small.logfile.read_text()[small.mark:].count("journal: cannot commit")
    assert said <= 1, "once, not at each try"
    mend(small)
    mount(small)
    small.start(["fire1"])
    assert create(small, names[0], wait=True)["result"]["state"] == "acknowledged"
    assert not set(names[1:]) & set(small.wait_decided())


def test_clock_set_back_ten_years(lab):
    """Only printed dates, and so the order of lists, depend on the clock."""
    lab.rasd.stop()
    stamp = lab.base / "clock"
    stamp.write_text("+0\n")
    stamp.chmod(0o644)
    lib = next(iter(sorted(rasdlab.pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))))
    env = {"LD_PRELOAD": str(lib), "FAKETIME_TIMESTAMP_FILE": str(stamp), "FAKETIME_NO_CACHE": "1",
           "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    lab.rasd.start(["fire1"], env=env)
    try:
        lab.fire1.deaf()
        a = create(lab.rasd, "ten-years-ago")["result"]
        assert a["state"] == "written"
        stamp.write_text("-3650d\n")
        lab.fire1.hears()
        row = lab.rasd.wait_state(a["id"], "acknowledged")
        assert row["decided_ns"] < row["created_ns"] and 0 < row["ack_ns"] < 60e9
        b = create(lab.rasd, "back-then", wait=True)["result"]
        assert b["state"] == "acknowledged" and b["created_ns"] < a["created_ns"]
        rows = [r["request_id"] for r in lab.rasd.rows()]
        assert rows[0] == "ten-years-ago" and rows[-1] == "back-then"
    finally:
        lab.rasd.stop()
        lab.rasd.start(["fire1", "fire2"])
    assert create(lab.rasd, "back-then", wait=True)["result"]["id"] == b["id"]


def test_queue_is_bounded(lab):
    """A guest that does not take its records fills its own queue and not rasd. What is over the
    limit is refused with that reason and is not in the journal.
    """
    lab.fire2.deaf()
    try:
        lines = [json.dumps({"jsonrpc": "2.0", "id": i, "method": "injection.create", "params":
                             {"request_id": f"bound-{i}", "domain": "fire2", "gpa": GPA,
                              "timeout_ms": 2000}})
                 for i in range(50)]
        answers = {a["id"]: a for a in lab.rasd.lines(*lines)}
    finally:
        lab.fire2.hears()
    busy = {i for i, a in answers.items() if a.get("error", {}).get("data",
                                                                    {}).get("reason") == "busy"}
    assert len(answers) == 50 and len(busy) == 50 - 32, answers
    assert "hint" in answers[max(busy)]["error"]["data"]
    rows = lab.rasd.wait_decided()
    mine = {n for n in rows if n.startswith("bound-")}
    assert mine == {f"bound-{i}" for i in set(range(50)) - busy}
    assert rows["bound-0"][1] == "acknowledged" and {rows[n][1] for n in mine} <= {"acknowledged",
                                                                                   "refused"}
