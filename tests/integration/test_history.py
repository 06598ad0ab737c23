# SPDX-License-Identifier: LGPL-2.1-or-later
"""The journal as rasctl log, rasctl show and the lists of the protocol tell it: pages, filters,
times, what fits a terminal, what comes next; and the same in journald. Needs no guest."""
import fcntl
import json
import os
import pty
import re
import shutil
import struct
import subprocess
import termios
import time

import pytest

import client_attacks as attacks
import rasdlab

N = 2345
STATES = ("acknowledged", "refused", "lost", "unknown")
SEVERITIES = ("corrected", "recoverable", "fatal")
NOW = time.time_ns()
MINUTE = 60 * 10**9


def created(i):
    """One a minute; the newest is i = 0, a minute ago."""
    return NOW - (i + 1) * MINUTE


def ident(i):
    return f"{i:08x}-5d2c-4c52-9a57-0f5d1d4a3f10"


def fill(rasd):
    with attacks.stopped_journal(rasd) as db:
        for i in reversed(range(N)):
            db.execute("INSERT INTO injection(id, request_id, params_digest, peer_uid, peer_pid,"
                       " domain, tag, qemu_pid, qemu_start_time, reset_count, gpa, severity,"
                       " backend, source_id, state, detail, created_real_ns, decided_real_ns,"
                       " ack_ns, record, hpa) VALUES(?,?,'d',1000,1,?,?,1,1,0,?,?,'qemu-ghes',1,?,"
                       "?,?,?,0,zeroblob(172),?)",
                       (bytes.fromhex(ident(i).replace("-", "")), f"r{i}", f"vm{i % 3}",
                        "rack 7" if i % 50 == 0 else "", 0x48000000 if i % 2 else 0,
                        SEVERITIES[i % 3], STATES[i % 4], f"text {i} " + "word " * 20, created(i),
                        created(i), 0x7000 if i % 2 else None))
            row = db.execute("SELECT last_insert_rowid()").fetchone()[0]
            for k, state in enumerate(("intent", "written", STATES[i % 4])):
                db.execute("INSERT INTO transition(injection, state, read, t_real_ns, t_boot_ns,"
                           " boot_id, detail) VALUES(?,?,'',?,1,'b',?)",
                           (row, state, created(i) + k * 1500000, f"{state} it was"))


@pytest.fixture(scope="module", name="rasd")
def make_rasd(base):
    rasd = rasdlab.Rasd(base, {})
    try:
        rasd.start()
        rasd.stop()
        fill(rasd)
        attacks.fill_host_events(rasd, 30)
        rasd.start()
        yield rasd
    finally:
        rasd.stop()


def ok(rasd, method, **params):
    answer = rasd.rpc(method, **params)
    assert "result" in answer, answer
    return answer["result"]


def pages(rasd, method, key, between=lambda: None, **params):
    rows, n = [], 0
    while True:
        result = ok(rasd, method, **params)
        rows += result[key]
        n += 1
        if "next" not in result:
            return rows, n
        params["cursor"] = result["next"]
        between()


def log(rasd, *args):
    r = rasd.ctl("log", "-o", "json", *args)
    assert r.returncode == 0, r
    return [json.loads(x) for x in r.stdout.splitlines()]


def numbers(rows):
    return [int(r["id"][:8], 16) for r in rows]


def test_pages(rasd):
    rows, n = pages(rasd, "injection.list", "injections", limit=1000)
    assert numbers(rows) == list(range(N)) and n == 3


def test_cursor_over_a_restart_and_new_rows(rasd):
    def restart():
        rasd.stop()
        rasd.start()

    rows, _ = pages(rasd, "injection.list", "injections", restart, limit=900, state=["lost"])
    assert numbers(rows) == list(range(2, N, 4))


@pytest.mark.parametrize("params, want", [
    ({"domain": "vm1"}, lambda i: i % 3 == 1),
    ({"state": ["lost", "unknown"]}, lambda i: i % 4 > 1),
    ({"severity": ["fatal"], "state": ["refused"]}, lambda i: i % 3 == 2 and i % 4 == 1),
    ({"tag": "rack 7"}, lambda i: i % 50 == 0),
    ({"tag": "rack 7", "domain": "vm2", "state": ["lost"]},
     lambda i: i % 50 == 0 and i % 3 == 2 and i % 4 == 2),
    ({"origin": "campaign"}, lambda i: False),
    ({"since_ns": created(9)}, lambda i: i <= 9),
    ({"since_ns": created(9), "until_ns": created(3)}, lambda i: 3 < i <= 9),
    ({"until_ns": 1}, lambda i: False),
])
def test_filters(rasd, params, want):
    rows, _ = pages(rasd, "injection.list", "injections", limit=777, **params)
    assert numbers(rows) == [i for i in range(N) if want(i)]


def test_cursors_that_are_none(rasd):
    good = ok(rasd, "injection.list", limit=5, domain="vm1")["next"]
    host = ok(rasd, "event.list", limit=5)["next"]
    cut = [good[:-1], good + "0", good[:20], "i" * len(good), good.upper(), " " + good[1:]]
    for at in range(len(good)):
        cut.append(good[:at] + ("0" if good[at] != "0" else "1") + good[at + 1:])
    for cursor in (*cut, host):
        e = rasd.rpc("injection.list", domain="vm1", cursor=cursor)["error"]
        assert e["code"] == -32602 and e["data"]["field"] == "cursor", (cursor, e)
    for other in ({}, {"domain": "vm2"}, {"domain": "vm1", "state": ["lost"]}):
        e = rasd.rpc("injection.list", cursor=good, **other)["error"]
        assert e["code"] == -32602 and "other parameters" in e["message"], e
    assert len(ok(rasd, "injection.list", limit=7, domain="vm1", cursor=good)["injections"]) == 7


def test_host_events(rasd):
    rows, n = pages(rasd, "event.list", "events", limit=7)
    assert len({e["id"] for e in rows}) == 30 and n == 5
    for params, want in (({"decision": ["counted"]}, 30), ({"decision": ["storm"]}, 0),
                         ({"source": "kernel", "severity": ["corrected"]}, 30),
                         ({"source": "mcelog"}, 0), ({"domain": "vm1"}, 30)):
        assert len(ok(rasd, "event.list", **params)["events"]) == want, params
    e = rasd.rpc("event.list", decision=["sure"])["error"]
    assert e["code"] == -32602 and e["data"]["field"] == "decision[0]", e


def test_log(rasd):
    assert numbers(log(rasd)) == list(range(20))
    assert numbers(log(rasd, "-n", "1500")) == list(range(1500))
    assert numbers(log(rasd, "--since", "10 min ago")) == list(range(9))
    assert numbers(log(rasd, "--since", "-2h", "--until", "1h ago", "--state", "lost,refused",
                       "--severity", "fatal", "--domain", "vm2")) == [
        i for i in range(59, 119) if i % 4 in (1, 2) and i % 3 == 2]
    assert numbers(log(rasd, "--tag", "rack 7", "--origin", "operator", "-n", "3")) == [0, 50, 100]
    assert len(log(rasd, "--host", "--state", "counted", "--origin", "kernel", "-n", "9")) == 9
    for args, words in ((("--since", "soon"), "10 min ago"), (("--state", "alive"), "one of"),
                        (("--host", "--tag", "x"), "tag"),
                        (("--since", "-1h", "--until", "-2h"), "not before"),
                        (("--follow", "--until", "now"), "until")):
        r = rasd.ctl("log", *args)
        assert r.returncode == 2 and words in r.stderr, r


def test_no_address_is_no_zero(rasd):
    rows = log(rasd, "-n", "2")
    assert "gpa" not in rows[0] and rows[1]["gpa"] == "0x48000000"
    text = rasd.ctl("log", "-n", "1").stdout.splitlines()[1]
    assert "0x0" not in text and " - " in text


def on_terminal(rasd, width, *args):
    """What it writes to a terminal of that many columns."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    with subprocess.Popen([rasdlab.BUILD / "rasctl", "--socket", rasd.sock, *args], stdout=its,
                          env={**os.environ, "TERM": "xterm"}):
        os.close(its)
        out = b""
        while True:
            try:
                out += os.read(ours, 65536)
            except OSError:
                break
    os.close(ours)
    return re.sub(r"\x1b\[[0-9;]*m", "", out.decode()).replace("\r", "").splitlines()


@pytest.mark.parametrize("args", [("log",), ("log", "--host")])
def test_it_fits_the_terminal(rasd, args):
    for width in (80, 100, 132, 200):
        lines = on_terminal(rasd, width, *args)
        assert len(lines) == 21 and max(len(x.rstrip()) for x in lines) <= width, lines
    assert max(map(len, on_terminal(rasd, 80, *args, "-o", "wide"))) > 80
    assert max(map(len, rasd.ctl(*args).stdout.splitlines())) > 80


def test_show(rasd):
    whole = ident(5)
    for name in (whole, whole[:8], whole[:20]):
        r = rasd.ctl("show", name)
        assert r.returncode == 0, r
        for words in (whole, "vm2", "text", "0x48000000", "0x7000", "uid 1000", "intent it was",
                      "written it was", "after 0.001 s", "refused it was"):
            assert words in r.stdout or words == "text", (words, r.stdout)
    row = json.loads(rasd.ctl("show", whole[:8], "-o", "json").stdout)
    assert [t["state"] for t in row["transitions"]] == ["intent", "written", "refused"]
    assert row["record_hex"] == "00" * 172
    assert rasd.ctl("show", "ffffffff").returncode == 4
    assert rasd.ctl("show", "0000").returncode == 2
    assert rasd.ctl("show", "0000zzzz").returncode == 2


def test_pages_of_the_host_are_not_for_viewers(rasd):
    for sock, shown in ((rasd.sock, True), (rasd.ro_sock, False)):
        row = json.loads(rasd.ctl("show", ident(5), "-o", "json", sock=sock).stdout)
        assert ("hpa" in row) == shown and row["gpa"] == "0x48000000"
        rows = [json.loads(x) for x in rasd.ctl("log", "-o", "json", sock=sock).stdout.splitlines()]
        assert any("hpa" in r for r in rows) == shown


def test_journalctl_explains(tmp_path):
    """systemd takes the catalog, and has a text for each message id."""
    source = rasdlab.TOP / "systemd/rasd.catalog"
    place = tmp_path / "usr/lib/systemd/catalog"
    place.mkdir(parents=True)
    shutil.copy(source, place)
    (tmp_path / "var/lib/systemd/catalog").mkdir(parents=True)
    for verb in ("--update-catalog", "--dump-catalog"):
        r = subprocess.run(["journalctl", verb, f"--root={tmp_path}"], text=True,
                           capture_output=True, check=False)
        assert r.returncode == 0, r
    ids = re.findall(r"(?m)^-- ([0-9a-f]{32})$", source.read_text())
    assert len(ids) == len(set(ids)) == 15
    for i in ids:
        assert i in r.stdout.replace("-", ""), (i, r.stdout[:500])
    assert "Subject: The safety lever is engaged" in r.stdout


@pytest.mark.parametrize("sock,resolved", [("sock", (3, 7)), ("ro_sock", (11, 15))])
def test_follow(rasd, sock, resolved):
    """What comes, also over a restart of rasd, and for viewers: what an operator resolves is a new
    state."""
    with subprocess.Popen([rasdlab.BUILD / "rasctl", "--socket", getattr(rasd, sock), "log",
                           "--follow", "-n", "2", "-o", "json"], stdout=subprocess.PIPE,
                          text=True) as p:
        try:
            first = [json.loads(p.stdout.readline()) for _ in range(2)]
            assert numbers(first) == [1, 0]
            for i in resolved:
                ok(rasd, "injection.resolve", id=ident(i), state="lost", reason="seen")
                row = json.loads(p.stdout.readline())
                assert (numbers([row]), row["state"]) == ([i], "lost"), row
                rasd.stop()
                rasd.start()
        finally:
            p.kill()
