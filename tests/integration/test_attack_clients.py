# SPDX-License-Identifier: LGPL-2.1-or-later
"""Attacks on rasd's socket, each by processes with the attacker's real uid: users without a role,
members with hundreds of connections, and one member who has 65,536 uids by a user namespace or by
files with the setuid bit. Nothing is timed: the figures are made by bench/run-clients.
"""
import contextlib
import grp
import json
import os
import pathlib
import shutil
import subprocess
import time

import pytest

import client_attacks as attacks
import rasdlab

VIEWER, STRANGER, ATTACKER, MEMBER, OTHER = 54310, 54311, 54320, 54330, 54340
SUB = 3000000000  # the first of MEMBER's uids by /etc/subuid
LONG = bool(os.environ.get("RASD_LONG"))
BAR_KIB = 16 << 10


def group(name):
    return [attacks.gid(name)]


@pytest.fixture(scope="module", name="build")
def make_build(base):
    """rasd sees another /etc/subuid than the rest of the machine."""
    build = base / "build"
    build.mkdir()
    (base / "subuid").write_text(f"{MEMBER}:{SUB}:{attacks.SUB_UIDS}\n")
    (build / "rasd").write_text(
        f"#!/bin/sh\nexec unshare -m sh -c 'mount --bind {base}/subuid /etc/subuid &&"
        f' exec "$0" "$@"\' {rasdlab.BUILD}/rasd "$@"\n')
    (build / "rasd").chmod(0o755)
    return build


@pytest.fixture(name="rasd")
def make_rasd(base, build):
    """A rasd of its own, with 1,000 injections in its journal; everybody may connect."""
    shutil.rmtree(base / "rasd.state", ignore_errors=True)
    (base / "guests").mkdir(exist_ok=True)
    r = rasdlab.Rasd(base, {}).start(build=build)
    r.stop()
    attacks.fill_journal(r)
    r.start(build=build)
    r.sock.chmod(0o666)
    yield r
    r.stop()


def under(rasd, crowd, n_pings):
    """Another user pings while the crowd attacks; how much memory rasd takes beside."""
    attackers = []
    stored = rasd.journal()
    attacks.pings(rasd.sock, 50)
    before = rss = attacks.memory_kib(rasd.process.pid)
    try:
        for uid, groups, what in crowd:
            attackers.append(attacks.As(uid, lambda w=what: w(rasd.sock), groups))
        viewer = attacks.As(VIEWER, lambda: len(attacks.pings(rasd.sock, n_pings)),
                            group("rasd-view"))
        attackers.append(viewer)
        for a in attackers[:-1]:
            assert a.said is None
        end = time.monotonic() + (40 if LONG else 2)
        while time.monotonic() < end:
            rss = max(rss, attacks.memory_kib(rasd.process.pid))
            time.sleep(0.05)
        assert viewer.said == n_pings  # all answered, and rightly
        # and somebody new is let in and served
        fresh = attacks.As(OTHER, lambda: len(attacks.pings(rasd.sock, 3)), group("rasd-view"))
        attackers.append(fresh)
        assert fresh.said == 3
        rss = max(rss, attacks.memory_kib(rasd.process.pid))
    finally:
        for a in attackers:
            a.close()
    print(f"{before} KiB and {rss - before} more")
    assert rss - before < BAR_KIB
    assert len(attacks.pings(rasd.sock, 3)) == 3
    assert rasd.journal() == stored


@pytest.mark.parametrize("what", attacks.ALL, ids=lambda f: f.__name__)
def test_member(rasd, what):
    under(rasd, [(ATTACKER, group("rasd"), what)], 200)


@pytest.mark.parametrize("what", (attacks.nodes, attacks.unread), ids=lambda f: f.__name__)
def test_no_role(rasd, what):
    under(rasd, [(ATTACKER, [], what)], 200)


def test_all_at_once(rasd):
    """Each attack by a member of its own, and by a user without a role."""
    crowd = [(ATTACKER + i, group("rasd"), what) for i, what in enumerate(attacks.ALL)]
    under(rasd, [*crowd, (STRANGER, [], attacks.nodes)], 200)


def test_unread_is_dropped(rasd):
    """Who takes none of its answers is dropped; the others of the same person are served then."""
    text = attacks.line([attacks.request("injection.list", i, limit=1000) for i in range(18)])
    with attacks.connect(rasd.sock) as s:
        s.sendall(text)
        rasd.wait_log("took none of its answers for too long: dropped", rasd.mark, 90)
        data = attacks.answers(s, 20)
    assert data and not data.endswith(b"]\n")


test_unread_is_dropped = pytest.mark.long(test_unread_is_dropped)


def test_right_answers(rasd):
    """What is refused says why; half-closed and slow clients have all their answers."""
    def work():
        out = []
        with attacks.connect(rasd.sock) as s:
            s.sendall(attacks.nodes_line() + attacks.line(attacks.request("rpc.ping", 2)))
            f = s.makefile("rb")
            out += [json.loads(f.readline()), json.loads(f.readline())]
        with attacks.connect(rasd.sock) as s:
            s.sendall(attacks.line([attacks.request("rpc.discover", i) for i in range(100)]))
            s.shutdown(2 - 1)
            time.sleep(0.5)
            documents = json.loads(attacks.answers(s, 60))
        out.append([d["id"] for d in documents])
        out.append(len({json.dumps(d["result"]) for d in documents}))
        return out

    member = attacks.As(ATTACKER, work, group("rasd"))
    try:
        too_many, ping, ids, n_documents = member.said
    finally:
        member.close()
    assert "too many values" in too_many["error"]["message"]
    assert ping["result"]["pong"]
    assert ids == list(range(100)) and n_documents == 1


def open_many(path, n=attacks.PLACES):
    """How many of n connections are served; they stay open."""
    keep, served = [], 0
    for _ in range(n):
        s = attacks.connect(path)
        keep.append(s)
        with contextlib.suppress(ConnectionError):
            s.sendall(attacks.line(attacks.request("rpc.ping")))
            served += b"pong" in s.recv(4096)
    globals().setdefault("kept", []).append(keep)
    return served


def test_one_member_with_many_uids(rasd):
    """Eight of the 65,536 uids that a user namespace gives: together they have what one person has.
    Before, they had all places, and root was refused.
    """
    crowd = []
    try:
        for i in range(8):
            crowd.append(attacks.As(MEMBER, lambda: open_many(rasd.sock), group("rasd"),
                                    in_namespace=(SUB, 1 + i * 5000)))
            crowd[-1].served = crowd[-1].said
        assert sum(c.served for c in crowd) == attacks.PLACES
        for uid, groups, want in ((MEMBER, "rasd", 0), (OTHER, "rasd", 3), (OTHER + 1, "rasd-view",
                                                                            3)):
            crowd.append(attacks.As(uid, lambda: open_many(rasd.sock, 3), group(groups)))
            assert crowd[-1].said == want
        assert len(attacks.pings(rasd.sock, 3)) == 3
    finally:
        for c in crowd:
            c.close()


def test_uids_by_setuid_files(rasd, base):
    """The same uids without a namespace: a file with the setuid bit, made in one, run outside."""
    home = base / "home"
    home.mkdir()
    os.chown(home, MEMBER, MEMBER)
    home.chmod(0o777)
    python = home / "python"
    code = ("import os,socket,sys;s=socket.socket(socket.AF_UNIX);s.connect(sys.argv[1]);"
            "print(os.geteuid(),os.readlink('/proc/self/ns/user'),s.recv(4096)[:90])")

    def make():
        shutil.copy(pathlib.Path("/usr/bin/python3").resolve(), python)
        python.chmod(0o4755)
        return None

    maker = attacks.As(MEMBER, make, group("rasd"), in_namespace=(SUB, 7))
    full = None
    try:
        assert maker.said is None
        full = attacks.As(MEMBER, lambda: open_many(rasd.sock), group("rasd"))
        assert full.said == attacks.PLACES
        out = subprocess.run(["setpriv", f"--reuid={MEMBER}", f"--regid={MEMBER}",
                              f"--groups={group('rasd')[0]}", python, "-c", code, rasd.sock],
                             check=True, text=True, capture_output=True, timeout=60).stdout
        # It is another uid in the first namespace, and the same person.
        assert out.split()[:2] == [str(SUB + 6), os.readlink("/proc/self/ns/user")]
        assert "too many connections" in out
    finally:
        maker.close()
        if full:
            full.close()


def test_admins_and_root_have_places(rasd):
    """Nine members take all places that members can have."""
    crowd = []
    try:
        for i in range(9):
            crowd.append(attacks.As(ATTACKER + i, lambda: open_many(rasd.sock), group("rasd")))
            crowd[-1].served = crowd[-1].said
        assert sum(c.served for c in crowd) == 448
        crowd.append(attacks.As(OTHER, lambda: open_many(rasd.sock, 40), group("rasd-admin")))
        assert crowd[-1].said == 40
        assert len(attacks.pings(rasd.sock, 3)) == 3
    finally:
        for c in crowd:
            c.close()
