# SPDX-License-Identifier: LGPL-2.1-or-later
"""A journal of an older rasd, and two requests to resolve one injection. No guest is needed."""
import contextlib
import json
import shutil
import socket
import sqlite3
import uuid

import pytest

import rasdlab


def ident(n):
    """The id of the n-th injection in tests/data/journal-*.sql."""
    return str(uuid.UUID(bytes=bytes([n]) + bytes(14) + b"\xaa"))


@pytest.fixture(params=[1, 2, 3])
def rasd(request):
    base = rasdlab.make_base()
    r = rasdlab.Rasd(base, {})
    (base / "guests").mkdir()
    r.state.mkdir(mode=0o700)
    sql = (rasdlab.TOP / f"tests/data/journal-{request.param}.sql").read_text()
    with contextlib.closing(sqlite3.connect(r.state / "journal.db")) as db:
        db.executescript(sql)
    shutil.chown(r.state / "journal.db", "rasd", "rasd")  # whom rasd becomes
    yield r
    r.stop()
    rasdlab.drop_base(base)


def resolve(number, n, state, who):
    return json.dumps({"jsonrpc": "2.0", "id": number, "method": "injection.resolve",
                       "params": {"id": ident(n), "state": state, "reason": who}})


def judge(answers):
    """One has succeeded, and the other was given the state that the first has stored."""
    assert [("result" in a) for a in answers].count(True) == 1, answers
    won = next(a["result"] for a in answers if "result" in a)
    lost = next(a["error"] for a in answers if "error" in a)
    assert f"is {won['state']}" in lost["message"] and lost["data"]["field"] == "id", lost
    return won


def test_one_of_two_resolves(rasd):
    rasd.start()
    # both in one write
    answers = rasd.lines(resolve(1, 5, "acknowledged", "first"), resolve(2, 5, "lost", "second"))
    won = judge(answers)
    assert won["id"] == ident(5) and won["origin"] == "operator" and "read" not in won
    assert rasd.rpc("injection.get", id=ident(5))["result"]["state"] == won["state"]
    # what an earlier boot of the host left undecided is unknown now; from two clients
    assert rasd.wait_decided()["req-6"][1] == "unknown"
    clients, answers = [], []
    with contextlib.ExitStack() as stack:
        for _ in range(2):
            s = stack.enter_context(socket.socket(socket.AF_UNIX))
            s.settimeout(20)
            s.connect(str(rasd.sock))
            clients.append(s)
        for i, s in enumerate(clients):
            s.sendall(resolve(i, 6, ("lost", "consumed")[i], f"client {i}").encode() + b"\n")
        for s in clients:
            answers.append(json.loads(s.makefile().readline()))
    won = judge(answers)
    with contextlib.closing(sqlite3.connect(f"file:{rasd.state}/journal.db?mode=ro",
                                            uri=True)) as db:
        states = [x for x, in db.execute(
            "SELECT t.state FROM transition t JOIN injection i ON i.rowid = t.injection"
            " WHERE i.request_id = 'req-6' ORDER BY seq")]
    assert states == ["intent", "written", "unknown", won["state"]]
    log = rasd.ctl("log", "-o", "json")
    assert log.returncode == 0 and len(log.stdout.splitlines()) == 7, log
