# SPDX-License-Identifier: LGPL-2.1-or-later
"""A monitor that is played, where the lab's QEMU would answer otherwise: a process of QEMU's user
that serves one client of a socket after the other.

    qemu = PlayedQemu(base / "guests/old.qmp", {"query-target": {"arch": "aarch64"}})
    qemu.asked()        # the commands that it was sent so far
    qemu.send(1000)     # so many MEMORY_FAILURE events, to the client that it has now
    qemu.stop()

It answers what OLD and the dict say; the value None takes an answer of OLD away. Any other command
does not exist.
"""
import json
import pathlib
import pwd
import subprocess
import sys

OLD = {
    "qmp_capabilities": {},
    "query-status": {"status": "running", "running": True},
    "query-version": {"qemu": {"major": 7, "minor": 2, "micro": 22}, "package": ""},
    "query-target": {"arch": "aarch64"},
    "query-commands": [{"name": "query-status"}],
    "qom-get": True,
}

# Runs as that user: python3 -c PROGRAM PATH ANSWERS. A line of stdin is "asked" or a number of
# events to send, and gets one line of stdout.
PROGRAM = r"""
import json, os, select, socket, sys
path, answers = sys.argv[1], json.loads(sys.argv[2])
answers["query-cpus-fast"] = [{"thread-id": os.getpid()}]
EVENT = json.dumps({"event": "MEMORY_FAILURE", "timestamp": {"seconds": 1, "microseconds": 0},
    "data": {"recipient": "guest", "action": "inject",
             "flags": {"action-required": False, "recursive": False}}}) + "\n"
listener = socket.socket(socket.AF_UNIX)
if os.path.exists(path):
    os.unlink(path)
listener.bind(path)
os.chmod(path, 0o666)
listener.listen(4)
asked, client, data = [], None, b""

def say(message):
    client.sendall(json.dumps(message).encode() + b"\n")

def greet():
    say({"QMP": {"version": answers.get("query-version", {}), "capabilities": []}})

def order(line):
    if line == "asked\n":
        return json.dumps(asked)
    left = int(line)
    while left:
        n = min(left, 500)
        client.sendall(EVENT.encode() * n)
        left -= n
    return "sent"

def answer(c):
    asked.append(c["execute"])
    say({"return": answers[c["execute"]], "id": c.get("id")} if c["execute"] in answers else
        {"error": {"class": "CommandNotFound", "desc": "none"}, "id": c.get("id")})

print("ready", flush=True)
while True:
    ready = select.select([client or listener, sys.stdin], [], [])[0]
    if sys.stdin in ready:
        line = sys.stdin.readline()
        if not line:
            break
        print(order(line), flush=True)
    try:
        if listener in ready:
            client, data = listener.accept()[0], b""
            greet()
        elif client in ready:
            chunk = client.recv(65536)
            if not chunk:
                raise ConnectionError
            data += chunk
            while b"\n" in data:
                line, data = data.split(b"\n", 1)
                answer(json.loads(line))
    except (OSError, ValueError):
        client = None
"""


class PlayedQemu:
    def __init__(self, path, answers=(), user="rasd-lab"):
        self.path, ids = pathlib.Path(path), pwd.getpwnam(user)
        says = {k: v for k, v in {**OLD, **dict(answers)}.items() if v is not None}
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, path, json.dumps(says)], user=ids.pw_uid,
            group=ids.pw_gid, extra_groups=[], cwd="/", stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)
        self.pid = self.process.pid
        assert self.process.stdout.readline() == "ready\n"

    def order(self, line):
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        return self.process.stdout.readline()

    def asked(self):
        return json.loads(self.order("asked"))

    def send(self, n):
        assert self.order(n) == "sent\n"

    def stop(self):
        self.process.kill()
        self.process.communicate()
        self.path.unlink(missing_ok=True)
