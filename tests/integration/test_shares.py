# SPDX-License-Identifier: LGPL-2.1-or-later
"""Persons share the queue of a guest: one floods it on many connections, another asks for one
record at a time.

Real uids, a real guest. What is judged is the order in the journal, so a slow machine changes
nothing.
"""
import contextlib
import grp
import json
import sqlite3
import threading

import pytest

import client_attacks as attacks
import rasdlab

GREEDY, MODEST, SUB = 54320, 54330, 3000000000
N_MODEST, N_CONNS, AT_ONCE = 20, 4, 12


@pytest.fixture(scope="module", name="lab")
def make_lab():
    base = rasdlab.make_base()
    guest = rasdlab.Guest(base, "shared1").wait()
    (base / "subuid").write_text(f"{MODEST}:{SUB}:{attacks.SUB_UIDS}\n")
    (base / "rasd").write_text(
        f"#!/bin/sh\nexec unshare -m sh -c 'mount --bind {base}/subuid /etc/subuid &&"
        f' exec "$0" "$@"\' {rasdlab.BUILD}/rasd "$@"\n')
    (base / "rasd").chmod(0o755)
    rasd = rasdlab.Rasd(base, {"shared1": "corrected"}).start([guest.name], build=base)
    rasd.sock.chmod(0o666)
    yield rasd
    rasd.stop()
    guest.stop()
    rasdlab.drop_base(base)


def record(ident):
    return attacks.line(attacks.request("injection.create", ident, request_id=ident,
                                        domain="shared1", gpa="0x48000000", wait=True,
                                        timeout_ms=120000))


def flood(path, name):
    """AT_ONCE requests open on each of N_CONNS connections, for ever."""
    def again(k):
        with attacks.connect(path) as s:
            f = s.makefile("rb")
            n = 0
            for n in range(AT_ONCE):
                s.sendall(record(f"{name}-{k}-{n}"))
            while f.readline():
                n += 1
                s.sendall(record(f"{name}-{k}-{n}"))
    for k in range(N_CONNS):
        threading.Thread(target=again, args=(k,), daemon=True).start()


def modest(path, name, n):
    states = []
    with attacks.connect(path) as s:
        s.settimeout(300)
        f = s.makefile("rb")
        for i in range(n):
            s.sendall(record(f"{name}-{i}"))
            answer = json.loads(f.readline())
            states.append(answer.get("result", answer)["state"])
    return states


def times(rasd):
    """[(uid, as_uid or uid, name, accepted, written)] of all rows that were written."""
    with contextlib.closing(sqlite3.connect(f"file:{rasd.state}/journal.db?mode=ro",
                                            uri=True)) as db:
        return db.execute(
            "SELECT i.peer_uid, ifnull(i.as_uid, i.peer_uid), i.request_id,"
            " min(CASE t.state WHEN 'intent' THEN t.t_boot_ns END) a,"
            " min(CASE t.state WHEN 'written' THEN t.t_boot_ns WHEN 'acknowledged' THEN t.t_boot_ns"
            " END) w FROM injection i JOIN transition t ON t.injection = i.rowid"
            " GROUP BY i.rowid HAVING w IS NOT NULL").fetchall()


def test_one_record_a_round(lab):
    """Of the greedy one's records two at most are sent while one of the modest one waits. Before,
    up to 32 were.
    """
    group = [grp.getgrnam("rasd").gr_gid]
    greedy = attacks.As(GREEDY, lambda: flood(lab.sock, "greedy"), group)
    asker = None
    try:
        assert greedy.said is None
        # The modest one uses a uid of a namespace of his own: that is he, too.
        asker = attacks.As(MODEST, lambda: modest(lab.sock, "modest", N_MODEST), group,
                           in_namespace=(SUB, 42))
        assert asker.said == ["acknowledged"] * N_MODEST
    finally:
        greedy.close()
        if asker:
            asker.close()
    lab.wait_decided(120)
    rows = times(lab)
    mine = [r for r in rows if r[0] == MODEST]
    others = [r for r in rows if r[0] == GREEDY]
    assert len(mine) == N_MODEST and {r[1] for r in mine} == {SUB + 41}
    assert all(r["as_uid"] == SUB + 41 for r in lab.rows() if r["uid"] == MODEST)
    waiting = [sum(a < accepted < w for _, _, _, a, w in others) for _, _, _, accepted, _ in mine]
    before = [sum(accepted < w < written for _, _, _, _, w in others)
              for _, _, _, accepted, written in mine]
    print("of the greedy one waited:", waiting, "and were sent first:", before)
    assert max(waiting) > 8  # it was a flood
    assert max(before) <= 2
