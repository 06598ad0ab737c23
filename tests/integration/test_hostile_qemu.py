# SPDX-License-Identifier: LGPL-2.1-or-later
"""Hostile QEMUs: programs of QEMU's user that hold a monitor's socket and send what they like.
Beside them a client pings, and a real guest takes records.
"""
import contextlib
import json
import os
import pathlib
import pwd
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest

import rasdlab

LONG = bool(os.environ.get("RASD_LONG"))
GPA = "0x48000000"

# What one monitor does, in its own process. argv: the socket, the attack. It serves one client
# after the other, for ever.
HOSTILE = r'''
import json, os, socket, sys, time
path, attack = sys.argv[1:3]
MIB = 1 << 20
s = socket.socket(socket.AF_UNIX)
s.bind(path)
os.chmod(path, 0o660)
s.listen(4)
ANSWERS = {"query-status": {"status": "running", "running": True},
           "query-version": {"qemu": {"major": 11, "minor": 1, "micro": 3}, "package": ""},
           "query-uuid": {"UUID": "00000000-0000-0000-0000-000000000000"},
           "query-target": {"arch": "aarch64"}, "query-commands": [{"name": "query-status"}],
           "query-memdev": [], "qom-get": True, "query-migrate": {},
           "x-query-ramblock": {"human-readable-text": ""}}
HELLO = b'{"QMP": {"version": {}, "capabilities": ["oob"]}}\r\n'
VALUES = b'{"return": [' + b"{}," * (5 * MIB) + b'{}], "id": %d}\r\n'
EVENTS = b'{"event": "RTC_CHANGE", "data": {"offset": 1}}\r\n' * 1000
FAILURES = (b'{"event": "MEMORY_FAILURE", "data": {"recipient": "guest", "action": "inject"}}\r\n'
            * 1000)
STOPS = b'{"event": "STOP"}\r\n{"event": "RESET"}\r\n' * 500


def answer(c, command, ident):
    c.sendall(json.dumps({"return": ANSWERS.get(command, {}), "id": ident}).encode() + b"\r\n")


def serve(c):
    if attack == "values-first":
        c.sendall(VALUES % 1)
    elif attack == "endless-first":
        while True:
            c.sendall(b"x" * MIB)
    elif attack == "reset":
        return
    c.sendall(HELLO)
    for line in c.makefile("rb"):
        asked = json.loads(line)
        command, ident = asked["execute"], asked["id"]
        if command == "qmp_capabilities":
            answer(c, command, ident)
        elif attack == "values":
            c.sendall(VALUES % ident)
        elif attack == "text":
            c.sendall(b'{"return": "' + b"x" * (15 * MIB) + b'", "id": %d}\r\n' % ident)
        elif attack == "unfinished" and command == "x-query-ramblock":
            answer(c, command, ident)  # the last of the first questions
            c.sendall(b'{"event": "' + b"x" * 15000)
            while True:
                c.sendall(b" ")
                time.sleep(1)
        elif attack == "ramblock" and command == "x-query-ramblock":
            c.sendall(b'{"return": {"human-readable-text": "' + b"x" * 65000)
            time.sleep(3600)
        elif attack == "mtree" and command == "human-monitor-command":
            c.sendall(b'{"return": "')
            while True:
                c.sendall(b"  0000000000000000-0000000000000fff (prio 0, i/o): x\\r\\n" * 1000)
        elif attack == "ids":
            for n in range(1000):
                c.sendall(b'{"return": {}, "id": %d}\r\n' % (n * 7919))
        elif attack in ("events", "failures", "stops") and command == "x-query-ramblock":
            answer(c, command, ident)
            flood = {"events": EVENTS, "failures": FAILURES, "stops": STOPS}[attack]
            while True:
                c.sendall(flood)
        else:
            answer(c, command, ident)


while True:
    c, _ = s.accept()
    try:
        serve(c)
    except (OSError, ValueError):
        pass
    c.close()
'''

ATTACKS = ("values-first", "endless-first", "reset", "values", "text", "unfinished", "ramblock",
           "mtree", "ids", "events", "failures", "stops")
REASON = {
    "values-first": "more than 4096 bytes for a greeting",
    "endless-first": "more than 4096 bytes for a greeting",
    "values": "bytes for",
    "text": "bytes for",
    "ids": "bad lines",
}


class Hostile:
    """A process of QEMU's user that attacks through the socket of one guest."""

    def __init__(self, base, name, attack):
        self.name, self.attack = name, attack
        path = base / "guests" / f"{name}.qmp"
        script = base / "hostile.py"
        if not script.exists():
            script.write_text(HOSTILE)
            script.chmod(0o644)
        user = pwd.getpwnam("rasd-lab")
        self.process = subprocess.Popen([sys.executable, script, path, attack], user=user.pw_uid,
                                        group=user.pw_gid, extra_groups=[],
                                        stderr=subprocess.DEVNULL)
        end = time.monotonic() + 30
        while not path.exists():
            assert time.monotonic() < end
            time.sleep(0.01)
        self.path = path

    def stop(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.path.unlink(missing_ok=True)


class Pings(threading.Thread):
    """A client beside the attack: the time of each ping, in seconds."""

    def __init__(self, rasd):
        super().__init__(daemon=True)
        self.rasd, self.seconds, self.over = rasd, [], False

    def run(self):
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(str(self.rasd.sock))
            f = s.makefile("rwb", buffering=0)
            while not self.over:
                begun = time.monotonic()
                f.write(b'{"jsonrpc":"2.0","id":1,"method":"rpc.ping"}\n')
                assert f.readline()
                self.seconds.append(time.monotonic() - begun)
                time.sleep(0.005)

    def stop(self):
        self.over = True
        self.join(120)


def memory_kib(process, key):
    for line in pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith(key + ":"):
            return int(line.split()[1])
    raise KeyError(key)


@pytest.fixture(scope="module", name="guest")
def make_guest(base):
    with rasdlab.running(base, "honest") as (vm,):
        yield vm


@pytest.fixture(name="rasd")
def make_rasd(base, guest):
    names = [f"h{i}" for i in range(64)] + ["honest"]
    r = rasdlab.Rasd(base, {n: "corrected" for n in names}, name="r")
    # As many records as there is time for.
    r.conf.write_text(r.conf.read_text() + "[limits]\nguest-per-minute = 0\nhost-per-minute = 0\n")
    r.start([guest.name])
    yield r
    r.stop()


def record(rasd, ident):
    out = rasd.rpc("injection.create", request_id=ident, domain="honest", gpa=GPA, wait=True)
    return out["result"]["state"]


def ask_layout(rasd, name):
    """Makes rasd ask the guest for all that it asks any guest."""
    rasd.rpc("injection.create", request_id=f"dry-{name}", domain=name, gpa=GPA, dry_run=True)


def under_attack(rasd, base, attacks, seconds):
    """What the attack costs: (growth in KiB, records that were acknowledged, what explain says)."""
    alone = Pings(rasd)
    alone.start()
    for i in range(10):
        assert record(rasd, f"before-{attacks[0]}-{i}") == "acknowledged"
        rasd.rpc("domain.explain", domain="honest")
    alone.stop()
    # The most that it had before counts, too.
    pathlib.Path(f"/proc/{rasd.process.pid}/clear_refs").write_text("5")
    before = memory_kib(rasd.process, "VmRSS")
    pings = Pings(rasd)
    done = 0
    with contextlib.ExitStack() as stack:
        hostile = [Hostile(base, f"h{i}", a) for i, a in enumerate(attacks)]
        for h in hostile:
            stack.callback(h.stop)
        pings.start()
        end = time.monotonic() + seconds
        askers = [threading.Thread(target=ask_layout, args=(rasd, h.name), daemon=True)
                  for h in hostile if h.attack == "mtree"]
        while time.monotonic() < end or done < 3:
            for t in askers:
                t.start()
            askers = []
            assert record(rasd, f"{attacks[0]}-{len(attacks)}-{done}") == "acknowledged"
            done += 1
            assert rasd.process.poll() is None
        pings.stop()
        growth = memory_kib(rasd.process, "VmHWM") - before
        explained = {h.attack: rasd.rpc("domain.explain", domain=h.name) for h in hostile}
    ms = [" / ".join(f"{percentile(p.seconds, at) * 1e3:.1f}" for at in (50, 99, 100))
          for p in (pings, alone)]
    what = attacks[0] if len(set(attacks)) == 1 else "all attacks"
    print(f"\n{len(attacks)} QEMUs, {what}: ping p50 / p99 / max {ms[0]} ms (before {ms[1]} ms), "
          f"growth {growth} KiB, {done} records")
    return growth, done, explained


def percentile(values, p):
    return sorted(values)[min(len(values) - 1, len(values) * p // 100)]


@pytest.mark.parametrize("attack", ATTACKS)
def test_one_of_each(rasd, base, attack):
    """Four QEMUs do the same. rasd serves everybody else, in bounded memory, and says why."""
    log = rasd.logfile.stat().st_size
    growth, done, explained = under_attack(rasd, base, [attack] * 4, 5 if LONG else 1.5)
    assert growth < 16 * 1024
    assert done >= 3
    text = json.dumps(explained[attack])
    assert REASON.get(attack, "") in text, text
    # A connection and its end are two lines, and tries become rarer.
    assert rasd.logfile.stat().st_size - log < 64 * 1024


def test_all_at_once(rasd, base):
    """64 of them, each attack several times."""
    n = 64 if LONG else 24
    growth, done, _ = under_attack(rasd, base, [ATTACKS[i % len(ATTACKS)] for i in range(n)],
                                   20 if LONG else 4)
    assert growth < 16 * 1024
    assert done >= 3


@pytest.mark.long
def test_unfinished_line(rasd, base):
    """A line that does not end, however slowly it grows, ends the connection."""
    h = Hostile(base, "h0", "unfinished")
    try:
        rasd.wait_log("did not end a line within 10 s", seconds=60)
    finally:
        h.stop()


@pytest.mark.long
def test_large_real_guest(rasd, base):
    """q35 under TCG has a view of memory for each CPU: its memory tree is over 1 MiB of text, and
    its layout is known all the same. It is never started, so that its CPUs cost nothing.
    """
    dimms = [x for i in range(62) for x in
             ("-object", f"memory-backend-ram,id=m{i},size=128M", "-device",
              f"pc-dimm,id=d{i},memdev=m{i}")]
    vm = rasdlab.Guest(base, "h1", "--arch", "x86_64", "--mem", "512,slots=64,maxmem=16G", "--smp",
                       "254", extra=("-S", *dimms))
    try:
        rasd.wait_log("guest h1: pid", seconds=60)
        end = time.monotonic() + 120
        # A QEMU that has no CPU for 5 s is asked again.
        while "result" not in (told := rasd.rpc("address.translate", domain="h1", gpa="0x100000")):
            assert time.monotonic() < end, told
            time.sleep(1)
        assert len(vm.hmp("info mtree -f")) > 1 << 20
    finally:
        vm.stop()
