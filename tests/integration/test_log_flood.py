# SPDX-License-Identifier: LGPL-2.1-or-later
"""A QEMU fills rasd's log with events: the lines are bounded, each event is counted, and other
guests are still heard."""
import json
import os
import re
import shutil
import subprocess
import sys
import time

import pytest

import rasdlab

EVENTS = 20000

# Runs as the user of QEMU: python3 -c QEMU PATH. Each line of stdin is a number of events to send.
QEMU = r"""
import json, os, select, socket, sys
ANSWERS = %s
EVENT = json.dumps({"event": "MEMORY_FAILURE", "timestamp": {"seconds": 1, "microseconds": 0},
    "data": {"recipient": "guest", "action": "inject",
             "flags": {"action-required": False, "recursive": False}}}) + "\n"
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o666)
listener.listen(1)
print("ready", flush=True)
conn = listener.accept()[0]
def say(message):
    conn.sendall(json.dumps(message).encode() + b"\n")
say({"QMP": {"version": {}, "capabilities": []}})
data = b""
while True:
    if sys.stdin in select.select([conn, sys.stdin], [], [])[0]:
        line = sys.stdin.readline()
        if not line:
            break
        left = int(line)
        while left:
            n = min(left, 500)
            conn.sendall(EVENT.encode() * n)
            left -= n
        print("sent", flush=True)
        continue
    chunk = conn.recv(65536)
    if not chunk:
        break
    data += chunk
    while b"\n" in data:
        line, data = data.split(b"\n", 1)
        c = json.loads(line)
        name = c["execute"]
        say({"return": ANSWERS[name], "id": c.get("id")} if name in ANSWERS else
            {"error": {"class": "CommandNotFound", "desc": "none"}, "id": c.get("id")})
"""
ANSWERS = {
    "qmp_capabilities": {},
    "query-status": {"status": "running", "running": True},
    "query-version": {"qemu": {"major": 7, "minor": 2, "micro": 22}, "package": ""},
    "query-target": {"arch": "aarch64"},
    "query-commands": [{"name": "query-status"}],
    "qom-get": True,
}


class Qemu:
    def __init__(self, base, name):
        self.process = subprocess.Popen(
            ["setpriv", "--reuid", "rasd-lab", "--regid", "rasd-lab", "--clear-groups",
             sys.executable, "-c", QEMU % ANSWERS, base / f"guests/{name}.qmp"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "ready\n"

    def send(self, n):
        self.process.stdin.write(f"{n}\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "sent\n"

    def stop(self):
        self.process.kill()
        self.process.wait()


@pytest.fixture(name="base")
def make_base():
    base = rasdlab.make_base()
    (base / "guests").mkdir()
    os.chmod(base / "guests", 0o2770)
    shutil.chown(base / "guests", "rasd-lab", "rasd-qmp")
    yield base
    rasdlab.drop_base(base)


def heard(rasd, name):
    return rasd.rpc("domain.explain", domain=name)["result"].get("memory_failures", {}).get(
        "count", 0)


def wait_heard(rasd, name, n, seconds=60):
    end = time.monotonic() + seconds
    while (got := heard(rasd, name)) < n:
        assert time.monotonic() < end, got
        time.sleep(0.1)
    assert got == n


def flood(base, n):
    loud, calm = Qemu(base, "loud"), Qemu(base, "calm")
    rasd = rasdlab.Rasd(base, {})
    try:
        rasd.start(["loud", "calm"])
        before, t0 = len(rasd.logfile.read_bytes()), time.monotonic()
        loud.send(n // 2)
        calm.send(1)
        loud.send(n - n // 2)
        wait_heard(rasd, "loud", n)
        wait_heard(rasd, "calm", 1)
        seconds = time.monotonic() - t0
        rasd.stop()
        log = rasd.logfile.read_bytes()[before:].decode()
        lines = [x for x in log.splitlines() if "guest loud: MEMORY_FAILURE" in x]
        left_out = sum(int(x) for x in re.findall(r"(\d+) lines (?:before )?were left out", log))
        told_alone = sum(1 for x in lines if "were left out, the last" in x)
        assert len(lines) - told_alone + left_out == n, log
        assert "guest calm: MEMORY_FAILURE" in log, log
        # 20 at once, then one in 5 s, and the number of the others; 300 bytes for each
        allowed = 20 + 2 * (int(seconds / 5) + 2)
        assert len(lines) <= allowed and len(log) < 300 * (allowed + 20), log
        print(json.dumps({"events": n, "seconds": round(seconds, 1), "bytes": len(log)}))
    finally:
        rasd.stop()
        loud.stop()
        calm.stop()


def test_events_flood(base):
    flood(base, EVENTS)


@pytest.mark.long
def test_events_flood_long(base):
    # A monitor is read at once for 40 s of its share (lib/qmp/receive.c), beyond that slowly.
    flood(base, EVENTS * 3 // 2)
