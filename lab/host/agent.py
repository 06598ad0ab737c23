#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs in the nested host: does what tests/integration/hostlab.py asks on a virtio port.

A message is a line of JSON, then as many bytes as its "bytes" says. The first message of each
start is {"hello": BOOT_ID}. Then each request gets one answer with its "id", in any order:
  {"id", "run": COMMAND, "seconds", "bytes"}  bash; the bytes are its input
      -> {"id", "rc", "bytes", "err"}         its output; rc is None if it took too long
  {"id", "call": SOURCE, "name", "args"}      defines Python functions, calls one
      -> {"id", "value"} or {"id", "error"}
"""
import json
import os
import subprocess
import sys
import threading
import traceback

PORT = "/dev/virtio-ports/rasd.lab"
sys.path.append(os.path.dirname(os.path.abspath(__file__)))


class Agent:
    def __init__(self, port):
        self.port, self.lock = port, threading.Lock()

    def send(self, message, data=b""):
        message["bytes"] = len(data)
        with self.lock:
            rest = memoryview(json.dumps(message).encode() + b"\n" + data)
            while rest:
                rest = rest[os.write(self.port, rest):]

    def run(self, m, data):
        try:
            p = subprocess.run(["/bin/bash", "-c", m["run"]], input=data, timeout=m["seconds"],
                               capture_output=True, check=False)
            rc, out, err = p.returncode, p.stdout, p.stderr
        except subprocess.TimeoutExpired as e:
            rc, out, err = None, e.stdout or b"", e.stderr or b""
        self.send({"id": m["id"], "rc": rc, "err": err.decode(errors="replace")}, out)

    def call(self, m, _):
        answer = {"id": m["id"]}
        try:
            names = {}
            exec(m["call"], names)  # the test's own functions
            answer["value"] = names[m["name"]](*m["args"])
            json.dumps(answer)
        except Exception:  # whatever it is, the test shall see it
            answer = {"id": m["id"], "error": traceback.format_exc()}
        self.send(answer)

    def serve(self, read):
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as f:
            self.send({"hello": f.read().strip()})
        while line := read.readline():
            m = json.loads(line)
            data = read.read(m["bytes"])
            target = self.run if "run" in m else self.call
            threading.Thread(target=target, args=(m, data), daemon=True).start()


if __name__ == "__main__":
    fd = os.open(PORT, os.O_RDWR)
    Agent(fd).serve(os.fdopen(os.dup(fd), "rb"))
