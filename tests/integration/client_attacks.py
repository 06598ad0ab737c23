# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a hostile client does to rasd's socket, each as a process with the attacker's real uid."""
import collections
import contextlib
import ctypes
import grp
import json
import os
import pathlib
import signal
import socket
import sqlite3
import struct
import threading
import time

CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG = 1
SUB_UIDS = 65536
PLACES = 64  # connections of one person


def request(method, ident=1, **params):
    return {"jsonrpc": "2.0", "id": ident, "method": method, "params": params}


def line(message):
    return json.dumps(message).encode() + b"\n"


def nodes_line():
    """1 MiB, as many values as fit."""
    head, tail = b'{"jsonrpc":"2.0","id":1,"method":"rpc.ping","params":{"x":[{}', b"]}}\n"
    return head + b",{}" * (((1 << 20) - len(head) - len(tail)) // 3) + tail


def connect(path):
    """Waits its turn: with a timeout set, a full backlog would be an error at once."""
    s = socket.socket(socket.AF_UNIX)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("@ll", 60, 0))
    s.connect(str(path))
    s.settimeout(60)
    return s


def answers(s, seconds):
    """What comes until the other side closes, or nothing comes for so long."""
    data = b""
    s.settimeout(seconds)
    with contextlib.suppress(TimeoutError, ConnectionError):
        while chunk := s.recv(65536):
            data += chunk
    return data


def in_threads(path, n, what):
    """what(socket) on n connections at once, again and again."""
    def again():
        while True:
            with contextlib.suppress(OSError), connect(path) as s:
                what(s)
            time.sleep(0.01)
    for _ in range(n):
        threading.Thread(target=again, daemon=True).start()


def nodes(path):
    """Lines of 1 MiB with 350,000 values, from 64 connections."""
    text = nodes_line()

    def what(s):
        s.sendall(text)
        assert b"error" in s.recv(65536)
    in_threads(path, PLACES, what)


def unread(path):
    """Batches of 18 lists of 1,000 rows on 64 connections, none of which reads."""
    text = line([request("injection.list", i, limit=1000) for i in range(18)])

    def what(s):
        s.sendall(text)
        time.sleep(3600)
    in_threads(path, PLACES, what)


def read_batch(s, text):
    s.sendall(text)
    left = 1
    while left:
        left = b"\n" not in s.recv(1 << 20)


def discover(path):
    """Batches of 100 rpc.discover, read as fast as they come."""
    text = line([request("rpc.discover", i) for i in range(100)])

    in_threads(path, 8, lambda s: read_batch(s, text))


def metrics(path):
    """Batches of 100 metrics.get, a third of a millisecond each, on 64 connections."""
    text = line([request("metrics.get", i) for i in range(100)])

    in_threads(path, PLACES, lambda s: read_batch(s, text))


def slow(path):
    """Long answers, read a byte at a time; and half a line that is never completed."""
    text = line([request("injection.list", i, limit=1000) for i in range(18)])

    def what(s):
        s.sendall(text + b'{"jsonrpc":')
        while s.recv(1):
            time.sleep(0.1)
    in_threads(path, PLACES, what)


def half_closed(path):
    """Requests from clients that say that they will send no more, and leave later."""
    text = line([request("injection.list", i, limit=1000) for i in range(18)])

    def what(s):
        s.sendall(text)
        s.shutdown(socket.SHUT_WR)
        time.sleep(0.3)
    in_threads(path, PLACES, what)


def connects(path):
    """10,000 connections and then more, as fast as they are taken; the last 200 are not closed."""
    made, kept, enough = 0, collections.deque(maxlen=200), threading.Event()

    def work():
        nonlocal made
        while True:
            with contextlib.suppress(OSError):
                kept.append(connect(path))
            made += 1
            if made == 10000:
                enough.set()
    threading.Thread(target=work, daemon=True).start()
    enough.wait()


def slow_loris(path):
    """A request that comes a byte at a time and has no end."""
    def what(s):
        s.sendall(line(request("rpc.ping"))[:-2])
        while True:
            s.sendall(b" ")
            time.sleep(0.05)
    in_threads(path, 8, what)


def deaf(path):
    """Subscribers that ask for all that ever happened, again and again, and never read."""
    text = b"".join(line(request("event.subscribe", i, cursor=f"{BOOT_ID}:0"))
                    for i in range(1000))

    def what(s):
        s.sendall(text)
        time.sleep(3600)
    in_threads(path, 8, what)


def pipelined(path):
    """100,000 requests without reading an answer."""
    text = b"".join(line(request("rpc.ping", i)) for i in range(100000))

    def what(s):
        s.settimeout(None)
        s.sendall(text)  # it is stuck before the end
        time.sleep(3600)
    in_threads(path, 4, what)


def hostile(path):
    """What is wrong JSON, or no request, or has wrong parameters, and each answer is read."""
    def what(s):
        f = s.makefile("rb")
        for text, code in HOSTILE:
            s.sendall(text + b"\n")
            assert json.loads(f.readline())["error"]["code"] == code
    in_threads(path, 2, what)


def inject(more=b"", **changes):
    """The text of a request to inject, with parameters changed, and with more of them as text."""
    params = {"request_id": "hostile", "domain": "vm1", "gpa": "0x48000000", **changes}
    return line(request("injection.create", **params))[:-3] + more + b"}}"


def swapped(old, new):
    text = inject()
    assert old in text
    return text.replace(old, new)


PARSE, REQUEST, PARAMS = -32700, -32600, -32602
# Each would be an injection if what is wrong with it were overlooked: (line, error code).
HOSTILE = [(text, PARSE) for text in (
    inject(b', "timeout_ms": 18446744073709551616'),
    inject(b', "timeout_ms": -9223372036854775809'), inject(b', "timeout_ms": 1e400'),
    inject(b', "timeout_ms": NaN'), inject(b', "timeout_ms": Infinity'),
    inject(b', "timeout_ms": -Infinity'),
    inject(b', "timeout_ms": 01'), inject(b', "timeout_ms": +1'), inject(b', "timeout_ms": .5'),
    inject(b', "timeout_ms": 0x10'), inject(b', "wait": True'), inject(b","), inject(b"//"),
    inject(b', "domain": "vm1"'), inject(b', "\\u0064omain": "vm2"'), inject(b", 'tag': 'x'"),
    inject(b', "tag": "a\tb"'), inject(b', "tag": "a\x00b"'), inject(b', "tag": "\xff"'),
    inject(b', "tag": "\xc0\xaf"'), inject(b', "tag": "\\ud800"'), inject(b', "t\\u0000": 1'),
    inject(b', "block": ' + b"[" * 20 + b"]" * 20), inject(b', "block": ' + b"[" * 100000),
    swapped(b'"vm1"', b'"vm1\\u0000x"'), swapped(b'"vm1"', b"vm1"), inject() + b" x",
    inject() + inject(), b"\xef\xbb\xbf" + inject(), inject()[:-1], b"\x00" + inject(),
    b"inject vm1")]
HOSTILE += [(text, REQUEST) for text in (
    b"12", b'"injection.create"', b"null", b"[]", b"[" + b", ".join([inject()] * 101) + b"]",
    swapped(b'"id": 1', b'"id": {}'), swapped(b'"id": 1', b'"id": 1.5'),
    swapped(b'"id": 1', b'"id": "' + b"x" * 129 + b'"'), swapped(b'"2.0"', b"2.0"),
    swapped(b'"id": 1', b'"id": 1, "more": 1'))]
HOSTILE += [(text, PARAMS) for text in (
    inject(gpa=2 ** 64 - 1), inject(gpa=-1), inject(gpa=1.9), inject(gpa="0x1g"),
    inject(gpa="4096"),
    inject(gpa="0x10000000000000000"), inject(gpa=" 0x48000000"), inject(gpa=None),
    inject(timeout_ms="0x1000"), inject(timeout_ms=-1), inject(timeout_ms=2 ** 63),
    inject(wait=1), inject(domain=["vm1"]), inject(domain=""), inject(domain="x" * 5000),
    inject(severity="FATAL"), inject(tag="a\nb"), inject(sections={}), inject(sections=[]),
    inject(no_such=1), inject(sections=[{}] * 5000), swapped(b'"gpa"', b'"GPA"'))]
BOOT_ID = pathlib.Path("/proc/sys/kernel/random/boot_id").read_text().strip()
ALL = (nodes, unread, discover, slow, half_closed, connects, slow_loris, deaf, pipelined, hostile)


class As:
    """A process of that uid, in no group but those, that does work(); its answer is in .said once
    .wait() has returned. It stays until close(), or until the test's process ends.
    """

    def __init__(self, uid, work, groups=(), in_namespace=None):
        r, w = os.pipe()
        ready = os.pipe()
        mapped = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                os.setgroups(list(groups))
                os.setresgid(uid, uid, uid)
                os.setresuid(uid, uid, uid)
                if in_namespace is not None:
                    self._enter(ready[1], mapped[0], in_namespace[1])
                # A change of the uid would undo it.
                ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
                os.write(w, json.dumps(work()).encode() + b"\n")
                signal.pause()
            finally:
                os._exit(1)
        os.close(w)
        self.out = os.fdopen(r)
        if in_namespace is not None:
            self._map(ready[0], mapped[1], uid, in_namespace[0])
        for fd in (*ready, *mapped):
            os.close(fd)

    @staticmethod
    def _enter(ready, mapped, inner):
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(CLONE_NEWUSER) != 0:
            raise OSError(ctypes.get_errno(), "unshare")
        os.write(ready, b"x")
        os.read(mapped, 1)
        os.setresuid(inner, inner, inner)

    def _map(self, ready, mapped, uid, first):
        """What newuidmap does for a user whose range in /etc/subuid begins at first."""
        os.read(ready, 1)
        pathlib.Path(f"/proc/{self.pid}/uid_map").write_text(
            f"0 {uid} 1\n1 {first} {SUB_UIDS}\n")
        os.write(mapped, b"x")

    @property
    def said(self):
        text = self.out.readline()
        assert text, "the attacker failed"
        return json.loads(text)

    def close(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        self.out.close()


def memory_kib(pid):
    """What the process has for itself: pages of files come and go with the page cache."""
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(text.split("RssAnon:")[1].split()[0])


def pings(path, n, pause=0.002):
    """n requests, one after the other: [ns of each], all of them answered rightly."""
    took = []
    with connect(path) as s:
        f = s.makefile("rb")
        for i in range(n):
            t0 = time.monotonic_ns()
            s.sendall(line(request("rpc.ping", i)))
            answer = json.loads(f.readline())
            took.append(time.monotonic_ns() - t0)
            assert answer["id"] == i and answer["result"]["pong"] is True, answer
            time.sleep(pause)
    return took


def gid(group):
    return grp.getgrnam(group).gr_gid


@contextlib.contextmanager
def stopped_journal(rasd):
    """The journal of a rasd that does not run, to be filled."""
    with contextlib.closing(sqlite3.connect(f"{rasd.state}/journal.db")) as db, db:
        yield db


def fill_journal(rasd, n=1000, ident=None, state="refused"):
    """n rows, so that lists are long; one row has the id that is given. rasd is stopped."""
    with stopped_journal(rasd) as db:
        for i in range(n):
            key = ident or os.urandom(16)
            db.execute("INSERT INTO injection(id, request_id, params_digest, peer_uid, peer_pid,"
                       " domain, tag, qemu_pid, qemu_start_time, reset_count, gpa, severity,"
                       " backend, source_id, state, detail, created_real_ns, decided_real_ns,"
                       " ack_ns, record) VALUES(?,?,'d',1,1,'vm1','',1,1,0,0,'corrected',"
                       "'qemu-ghes',1,?,?,1,1,0,zeroblob(172))",
                       (key, f"{key.hex()}{i}", state, "x" * 150))
            db.execute("INSERT INTO transition(injection, state, read, t_real_ns, t_boot_ns,"
                       " boot_id, detail) VALUES(last_insert_rowid(),?,'',1,1,'b','x')", (state,))


def fill_host_events(rasd, n):
    """n decided errors of the host. rasd is stopped."""
    with stopped_journal(rasd) as db:
        seq = db.execute("SELECT max(seq) FROM transition").fetchone()[0]
        for i in range(n):
            db.execute("INSERT INTO host_event(id, seq, source, report, kind, severity, boot_id,"
                       " boot_ns, real_ns, flags, hpa, len_bytes, count, label, detail, decision,"
                       " reason, domain, gpa, pages, corrected, uncorrected, decided_real_ns)"
                       " VALUES(?,?,'kernel','mc_event','memory','corrected','b',1,1,0,4096,64,1,"
                       "'DIMM_A1','x','counted','r','vm1',4096,1,1,0,1)",
                       (os.urandom(16), seq + 1 + i))
