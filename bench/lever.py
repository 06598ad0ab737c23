#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How soon the safety lever stops a full queue: from sending safety.engage to the last record that
the guest gets, and to the last of those that wait being refused; beside the time between two
records of that queue, which four persons fill. The bar is 100 ms. One arm64 guest of the lab.

usage: bench/lever.py BUILD [ROUNDS]"""
import json
import os
import pathlib
import socket
import sqlite3
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "tests/integration"))
import client_attacks as attacks  # noqa: E402
import rasdlab  # noqa: E402

PERSONS, EACH, BAR_MS = 4, 32, 100  # so many wait for one person at most


class Client:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(path))
        self.lines = self.socket.makefile()
        self.n = 0

    def send(self, method, **params):
        self.n += 1
        self.socket.sendall(json.dumps({"jsonrpc": "2.0", "id": self.n, "method": method,
                                        "params": params}).encode() + b"\n")

    def receive(self):
        return json.loads(self.lines.readline())

    def call(self, method, **params):
        self.send(method, **params)
        return self.receive()["result"]


def now_ns():
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


def transitions(rasd, name):
    """[(state, boot time)] of the injections of that round."""
    with sqlite3.connect(f"file:{rasd.state}/journal.db?mode=ro", uri=True) as db:
        return db.execute("SELECT t.state, t.t_boot_ns FROM transition t JOIN injection i"
                          " ON i.rowid = t.injection WHERE i.request_id GLOB ?",
                          (f"{name}-*",)).fetchall()


def fill(rasd, name):
    """As many as one person may have waiting."""
    c = Client(rasd.sock)
    for i in range(EACH):
        c.send("injection.create", request_id=f"{name}-{os.getuid()}-{i}", domain="lever1",
               gpa="0x48000000")
    for _ in range(EACH):
        c.receive()
    return EACH


def one(rasd, name):
    """(engage to its answer, to the last record, to the last refusal, a record), all in ms."""
    lever = Client(rasd.sock)
    lever.call("safety.release", reason="go on")
    persons = [attacks.As(71100 + n, lambda: fill(rasd, name), [attacks.gid("rasd")])
               for n in range(PERSONS)]
    before, waited = -1, 0  # until no more come than go
    end = now_ns() + 30 * 10**9
    while (waited > before or waited < EACH) and now_ns() < end:
        before = waited
        time.sleep(0.005)
        waited = lever.call("safety.engage", reason="try", dry_run=True)["refused"]
    start = now_ns()
    waited = lever.call("safety.engage", reason=name)["refused"]
    answered = now_ns()
    for p in persons:
        assert p.said
        p.close()
    while {"intent", "written"} & {r[1] for r in rasd.journal().values()}:
        time.sleep(0.05)
    rows = transitions(rasd, name)
    sent = sorted(t for s, t in rows if s == "written")
    refused = [t for s, t in rows if s == "refused"]
    gaps = [b - a for a, b in zip(sent, sent[1:], strict=False)]
    assert waited and len(refused) >= waited, (waited, len(refused))
    ms = 1e6
    return ((answered - start) / ms, max(0, (sent[-1] - start) / ms),
            (max(refused) - start) / ms, sorted(gaps)[len(gaps) // 2] / ms if gaps else 0, waited)


def main():
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 10
    rasdlab.BUILD = pathlib.Path(sys.argv[1]).resolve()
    base = rasdlab.make_base()
    rasdlab.make_guests_dir(base)
    guest = rasdlab.Guest(base, "lever1").wait()
    rasd = rasdlab.Rasd(base, {"lever1": "fatal"})
    with rasd.conf.open("a") as f:
        f.write("[limits]\nguest-per-minute = 0\nhost-per-minute = 0\n")
    try:
        rasd.start(["lever1"], build=rasdlab.BUILD)
        print(f"load {os.getloadavg()[0]:.1f}; milliseconds from sending safety.engage")
        print("refused  answer  last record  last refusal  between two records")
        worst = 0
        for n in range(rounds):
            answer, record, refusal, gap, waited = one(rasd, f"round{n}")
            worst = max(worst, record, refusal)
            print(f"{waited:7} {answer:7.1f} {record:12.1f} {refusal:13.1f} {gap:20.1f}")
        print(f"worst {worst:.1f} ms, {worst / BAR_MS:.2f} of the bar of {BAR_MS} ms")
    finally:
        rasd.stop()
        guest.stop()
        rasdlab.drop_base(base)


if __name__ == "__main__":
    main()
