# SPDX-License-Identifier: LGPL-2.1-or-later
"""Attacks with files in a qmp-directory, by a process of QEMU's user: names of any bytes, thousands
of files, processes that only listen, floods of changes. And clients that send what is no UTF-8.
"""
import grp
import json
import os
import pathlib
import pwd
import resource
import socket
import time
import unicodedata

import pytest

import rasdlab
from test_attack_helper import Child

LONG = bool(os.environ.get("RASD_LONG"))
PLACES = 4096
USER = "rasd-lab"
REFUSED = set(range(0x21)) | {0x7f} | set(b'/"\\')


@pytest.fixture
def rasd():
    base = rasdlab.make_base()
    guests = base / "guests"
    guests.mkdir()
    os.chown(guests, pwd.getpwnam(USER).pw_uid, grp.getgrnam("rasd-qmp").gr_gid)
    guests.chmod(0o2755)
    r = rasdlab.Rasd(base, {})
    yield r
    r.stop()
    rasdlab.drop_base(base)


def in_directory(rasd, work):
    """Run work() in the qmp-directory as QEMU's user."""
    def there():
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        os.chdir(rasd.base / "guests")
        return work()

    return Child(USER, there)


def listener(name, keep, listen=True):
    s = socket.socket(socket.AF_UNIX)
    s.bind(name)
    os.chmod(name, 0o666)
    if listen:
        s.listen()
    keep.append(s)


def shown_only(data):
    """The text is UTF-8 without anything that drives a terminal or turns the writing."""
    text = data.decode()  # strict
    bad = [c for c in text if c != "\n" and unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp")]
    assert not bad, text
    return text


def call(rasd, method, **params):
    """The answer's bytes, which must be UTF-8, and its value."""
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(60)
        s.connect(str(rasd.sock))
        s.sendall(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method,
                              "params": params}).encode() + b"\n")
        s.shutdown(socket.SHUT_WR)
        data = b"".join(iter(lambda: s.recv(65536), b""))
    return json.loads(data.decode())["result"]


def domains(rasd):
    return {d["name"]: d for d in call(rasd, "domain.list")["domains"]}


def wait_for(what, seconds=60):
    end = time.monotonic() + seconds
    while not (x := what()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return x


def test_names_of_any_bytes(rasd):
    """Each file is a guest of its own name, and nobody's list breaks."""
    names = [bytes([i]) for i in range(256) if i not in REFUSED]
    names += [b"\xff\xfe", b"caf\xc3", b"\xf0\x9f\x98", "ärger".encode(), b"a\xe2\x80\xaeb",
              b"a\xc2\x9b31m", b"vm\xe2\x80\x8b1", b"vm1"]
    refused = [b"a\x1b[31m", b"a\nb", b"a\\xff", b'a"b', b"\xff" * 16]

    def work():
        keep = []
        for name in names + refused:
            listener(name + b".qmp", keep)
        return len(names), keep

    rasd.start()
    attacker = in_directory(rasd, work)
    try:
        known = wait_for(lambda: (d := domains(rasd)) and len(d) >= len(names) and d)
        assert len(known) == attacker.said
        assert {"\\xff\\xfe", "caf\\xc3", "\\xf0\\x9f\\x98", "ärger", "a\\xe2\\x80\\xaeb",
                "a\\xc2\\x9b31m", "vm\\xe2\\x80\\x8b1", "vm1", "a", "\\xff"} <= set(known)
        shown_only("\n".join(known).encode())
        for args in (("domains",), ("status",), ("explain", "\\xff\\xfe"),
                     ("-o", "json", "domains"), ("explain", "a\x1b[2J\u202eb"),
                     ("-o", "json", "explain", "\u202e\x9b")):
            r = rasdlab.subprocess.run([rasdlab.BUILD / "rasctl", "--socket", rasd.sock, *args],
                                       capture_output=True, timeout=60, check=False)
            assert r.returncode == (4 if "\u202e" in args[-1] else 0), r
            out = shown_only(r.stdout)
            shown_only(r.stderr)
            if args[0] == "-o":
                json.loads(out)
    finally:
        attacker.close()
    shown_only(rasd.logfile.read_bytes())


def test_files_take_no_place(rasd):
    """5,000 plain files, dead sockets, FIFOs and links; a guest that is started then is found."""
    n = 100000 if LONG else 5000

    def work():
        for i in range(n):
            os.close(os.open(f"f{i}.qmp", os.O_CREAT | os.O_WRONLY))
        for i in range(1000):
            listener(f"dead{i}.qmp", keep := [])
            keep[0].close()
            os.mkfifo(f"fifo{i}.qmp")
            os.symlink("dead0.qmp", f"link{i}.qmp")
        return n, None

    in_directory(rasd, work).close()
    rasd.start()
    in_directory(rasd, lambda: (os.close(os.open("one-more.qmp", os.O_CREAT)), None)).close()
    guest = rasdlab.Guest(rasd.base, "an1")
    try:
        rasd.wait_log("guest an1: pid", seconds=60)
        listing = call(rasd, "domain.list")
        assert [d["name"] for d in listing["domains"]] == ["an1"] and listing["complete"]
    finally:
        guest.stop()


def test_listeners_that_say_nothing(rasd):
    """More processes that only listen than there are places: a guest that comes later is found."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    assert hard >= PLACES + 200, "raise the hard limit of descriptors to 8192"

    def work():
        keep = []
        for i in range(PLACES + 100):
            listener(f"mute{i}.qmp", keep)
        return len(keep), keep

    attacker = in_directory(rasd, work)
    rasd.start()
    guest = None
    try:
        wait_for(lambda: len(domains(rasd)) == PLACES)
        guest = rasdlab.Guest(rasd.base, "an2")
        rasd.wait_log("guest an2: pid", seconds=60)
        listing = call(rasd, "domain.list")
        assert not listing["complete"] and len(listing["domains"]) == PLACES
        assert "an2" in {d["name"] for d in listing["domains"]}
    finally:
        attacker.close()
        if guest:
            guest.stop()


def test_a_flood_of_changes(rasd):
    """Files and sockets come and go as fast as QEMU's user can, in a directory of many files.
    Others are answered, and a guest that is started then is found.
    """
    n = 100000 if LONG else 10000

    def fill():
        for i in range(n):
            os.close(os.open(f"f{i}.qmp", os.O_CREAT | os.O_WRONLY))
        return n, None

    def flood():
        if os.fork() == 0:
            keep = []
            while os.getppid() != 1:
                for i in range(200):
                    os.close(os.open(f"g{i}.qmp", os.O_CREAT | os.O_WRONLY))
                    listener(f"s{i}.qmp", keep)
                for i in range(200):
                    os.unlink(f"g{i}.qmp")
                    os.unlink(f"s{i}.qmp")
                for s in keep:
                    s.close()
                keep.clear()
            os._exit(0)
        return 1, None

    in_directory(rasd, fill).close()
    rasd.start()
    attacker = in_directory(rasd, flood)
    guest = None
    try:
        times = []
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(60)
            s.connect(str(rasd.sock))
            f = s.makefile("rwb")
            end = time.monotonic() + (20 if LONG else 3)
            while time.monotonic() < end:
                t0 = time.monotonic()
                f.write(b'{"jsonrpc":"2.0","id":1,"method":"rpc.ping"}\n')
                f.flush()
                assert b'"result"' in f.readline()
                times.append((time.monotonic() - t0) * 1000)
                time.sleep(0.001)
        times.sort()
        stat = pathlib.Path(f"/proc/{rasd.process.pid}/status").read_text()
        rss = next(x.split()[1] for x in stat.splitlines() if x.startswith("VmHWM"))
        print(f"ping beside a flood: median {times[len(times) // 2]:.2f} ms, "
              f"p99 {times[len(times) * 99 // 100]:.2f} ms, most {times[-1]:.2f} ms, "
              f"VmHWM {rss} KiB")
        guest = rasdlab.Guest(rasd.base, "an3")
        rasd.wait_log("guest an3: pid", seconds=60)
    finally:
        attacker.close()
        if guest:
            guest.stop()


def bad_lines():
    """Requests with bytes that are no UTF-8 at every place that a client has."""
    bad = [bytes([i]) for i in range(0x80, 0x100)]
    bad += [b"\xc3", b"\xe2\x82", b"\xf0\x9f\x98", b"\xc0\xaf", b"\xed\xa0\x80",
            b"\xf4\x90\x80\x80"]
    forms = [b'{"jsonrpc":"2.0","id":1,"method":"rpc.ping%s"}',
             b'{"jsonrpc":"2.0","id":"%s","method":"rpc.ping"}',
             b'{"jsonrpc":"2.0","id":1,"method":"domain.explain","params":{"domain":"%s"}}',
             b'{"jsonrpc":"2.0","id":1,"method":"domain.explain","params":{"%s":1}}',
             b'{"jsonrpc":"2.0","id":1,"%s":1,"method":"rpc.ping"}', b'%s', b'["%s"]']
    return [f % b for f in forms for b in bad]


def good_lines():
    """The same places with characters of every kind, by escapes and as they are."""
    good = ["\\u0001", "\\u001b[31m", "\u009b", "\u202e", "\U0001f600" * 70, "é" * 100, "\x7f",
            "\\ud83d\\ude00"]
    forms = ['{"jsonrpc":"2.0","id":1,"method":"rpc.ping%s"}',
             '{"jsonrpc":"2.0","id":1,"method":"domain.explain","params":{"domain":"%s"}}',
             '{"jsonrpc":"2.0","id":1,"method":"domain.explain","params":{"%s":1}}',
             '{"jsonrpc":"2.0","id":1,"%s":1,"method":"rpc.ping"}',
             '{"jsonrpc":"2.0","id":1,"method":"injection.list","params":{"%s":1,"domain":"x"}}',
             '{"jsonrpc":"2.0","id":1,"method":"injection.create","params":'
             '{"request_id":"a","domain":"x","gpa":"0x0","severity":"%s"}}']
    return [(f % g).encode() for f in forms for g in good]


def test_requests_that_are_no_utf8(rasd):
    """They are refused, and the next request is answered. What is quoted of others is clean."""
    rasd.start()
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(60)
        s.connect(str(rasd.sock))
        f = s.makefile("rwb")
        for line, code in ([(x, -32700) for x in bad_lines()]
                           + [(x, None) for x in good_lines()]):
            f.write(line + b"\n")
            f.flush()
            error = json.loads(f.readline().decode())["error"]
            assert code is None or error["code"] == code, (line, error)
            if code:
                assert "UTF-8" in error["message"] or line[:1] >= b"\x80", (line, error)
            for text in (error["message"], error["data"].get("hint", ""),
                         error["data"].get("field", "")):
                shown_only(text.encode())
    shown_only(rasd.logfile.read_bytes())
