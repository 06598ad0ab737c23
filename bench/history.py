#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Lists of a long journal: how long rasd takes for a page, beside sqlite itself with the same
query on the same file; and how long rasd takes to start with it.

usage: bench/history.py SOCKET JOURNAL fill ROWS | SOCKET JOURNAL measure"""
import json
import os
import socket
import sqlite3
import sys
import time

STATES = ("acknowledged",) * 96 + ("refused", "lost", "unknown", "delivered")
PAGES = 200
FILTERS = (
    ("everything", {}, "1"),
    ("one guest of 100", {"domain": "vm7"}, "domain = 'vm7'"),
    ("one state of 100 rows", {"state": ["unknown"]}, "state = 'unknown'"),
    ("three states", {"state": ["unknown", "lost", "refused"]},
     "state IN ('unknown', 'lost', 'refused')"),
    ("guest and state", {"domain": "vm7", "state": ["lost"]}, "domain = 'vm7' AND state = 'lost'"),
    ("a severity", {"severity": ["fatal"]}, "severity = 'fatal'"),
    ("a tag of 1,000 rows", {"tag": "t5"}, "tag = 't5' AND tag <> ''"),
    ("an hour in the middle", {"since_ns": 500_000 * 10**9, "until_ns": 503_600 * 10**9},
     f"created_real_ns BETWEEN {500_000 * 10**9} AND {503_600 * 10**9 - 1}"),
)
INSERT = ("INSERT INTO injection(rowid, id, request_id, params_digest, peer_uid, peer_pid, domain,"
          " tag, qemu_pid, qemu_start_time, reset_count, gpa, severity, backend, source_id, state,"
          " detail, created_real_ns, decided_real_ns, ack_ns, record)"
          " VALUES(?,?,?,'d',1000,1,?,?,1,1,0,1207959552,?,'qemu-ghes',1,?,"
          "'the guest has acknowledged',?,?,0,zeroblob(228))")


def fill(path, rows):
    db = sqlite3.connect(path)
    db.execute("PRAGMA synchronous = OFF")
    with db:
        db.executemany(INSERT, (
            (n, os.urandom(16), f"r{n}", f"vm{n * 7919 % 100}", "" if n % 1000 else f"t{n % 7}",
             ("corrected", "recoverable", "fatal")[n % 3], STATES[n * 31 % 100], n * 10**9,
             n * 10**9) for n in range(1, rows + 1)))
        db.executemany("INSERT INTO transition(injection, state, read, t_real_ns, t_boot_ns,"
                       " boot_id, detail) VALUES(?,'intent','',1,1,'b','')",
                       ((n,) for n in range(1, rows + 1)))
    db.close()


def median_ms(times):
    times.sort()
    return times[len(times) // 2] * 1e3, times[len(times) * 99 // 100] * 1e3


def measure(sock, path):
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    s = socket.socket(socket.AF_UNIX)
    s.connect(sock)
    f = s.makefile()
    print(f"{'a page of 100 rows':24} {'rasd p50 ms':>12} {'p99 ms':>8} {'sqlite p50 ms':>14}"
          f" {'ratio':>6}")
    for name, params, where in FILTERS:
        ours, theirs, cursor = [], [], None
        for _ in range(PAGES):
            p = {**params, "limit": 100, **({"cursor": cursor} if cursor else {})}
            line = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "injection.list", "params": p})
            t = time.perf_counter()
            s.sendall(line.encode() + b"\n")
            answer = f.readline()
            ours.append(time.perf_counter() - t)
            cursor = json.loads(answer)["result"].get("next")
            t = time.perf_counter()
            db.execute(f"SELECT * FROM injection WHERE listed = 1 AND {where}"
                       " ORDER BY created_real_ns DESC, rowid DESC LIMIT 100").fetchall()
            theirs.append(time.perf_counter() - t)
        (p50, p99), (peer, _) = median_ms(ours), median_ms(theirs)
        print(f"{name:24} {p50:12.2f} {p99:8.2f} {peer:14.2f} {p50 / peer:6.1f}")
    print("bar: p50 < 5 ms. rasd's page is JSON, and goes on behind the one before; sqlite's is"
          " always the first.")


if sys.argv[3] == "fill":
    fill(sys.argv[2], int(sys.argv[4]))
else:
    measure(*sys.argv[1:3])
