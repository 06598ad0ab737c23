# SPDX-License-Identifier: LGPL-2.1-or-later
"""Errors of the host, as its kernel's log tells them, up to the guest's kernel and to who watches.

The log is played (helper_with_log.py), everything else is real: rasd, rasd-pagemap, pages of QEMU
that this host's kernel shows, and a guest that takes the page out of use.
"""
import collections
import contextlib
import fcntl
import grp
import json
import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import termios
import threading
import time

import pytest

import client_attacks as attacks
import rasdlab
from rasdlab import ASAN, BUILD, TOP

PAGE, GPA = 4096, 0x44000000
HPA_NOWHERE = 1 << 51
POINTS = [p for p in subprocess.run([ASAN / "rasd", "--failpoints"], capture_output=True, text=True,
                                    check=True).stdout.split() if p.startswith("host_")]
SO_SNDBUFFORCE = 32
OTHER = 61000  # a uid that nobody has


class Log:
    """/dev/kmsg: who opens it reads it from its beginning."""

    def __init__(self, path):
        self.path, self.number = path, 0
        self.lines = [b"5,0,0,-;Linux version\n"]  # who has read to the end once is not behind
        self.readers, self.lock = [], threading.Lock()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen(8)
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                asks, _ = self.listener.accept()
                ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                ours.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, 64 << 20)
                with asks, its, self.lock:
                    self._send(ours, self.lines)  # all of it is there before it is read
                    socket.send_fds(asks, [b"log"], [its.fileno()])
                    self.readers.append(ours)

    @staticmethod
    def _send(reader, lines):
        with contextlib.suppress(OSError):  # it has ended
            for text in lines:
                reader.send(text)

    def record(self, hpa, severity, label=""):
        """What the kernel prints of a record of firmware about that address."""
        self.number += 1
        us = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        new = [f"{{{self.number}}}[Hardware Error]: {x}" for x in (
            "Hardware error from APEI Generic Hardware Error Source: 1",
            f"event severity: {severity}", f" Error 0, type: {severity}",
            *([f"  fru_text: {label}"] if label else ()), "  section_type: memory error",
            f"  physical_address: {hpa:#x}")]
        with self.lock:
            at = len(self.lines)
            new = [f"4,{at + i},{us + i},-;{x}\n".encode() for i, x in enumerate(new)]
            self.lines += new
            for reader in self.readers:
                self._send(reader, new)

    def close(self):
        self.listener.close()
        for reader in self.readers:
            reader.close()


class Lab:
    def __init__(self):
        self.base = rasdlab.make_base()
        self.log = Log(self.base / "log")
        self.vm = rasdlab.Guest(self.base, "he1").wait()
        self.rasd = rasdlab.Rasd(self.base, {"he1": "recoverable"})
        with self.rasd.conf.open("a") as f:
            f.write("forward-uncorrected = yes\nforward-corrected = yes\n"
                    "[events]\nsource = kmsg\ncorrected = threshold\ncorrected-threshold = 8\n")
        self.rasd.helper = TOP / "tests/integration/helper_with_log.py"
        self.env = {"PLAYED_LOG": str(self.log.path), "PLAYED_HELPER": str(BUILD / "rasd-pagemap")}
        self.next = GPA

    def start(self, build=BUILD, point=None):
        n = len(self.log.readers)
        self.rasd.start(["he1"], build=build,
                        env={**self.env, **({"RASD_FAILPOINT": point} if point else {})})
        end = time.monotonic() + 30
        while len(self.log.readers) == n:  # what comes from now on is not catching up
            assert time.monotonic() < end, self.rasd.logfile.read_text()
            time.sleep(0.02)
        for _ in range(3):
            self.rasd.rpc("rpc.ping")
        return self.rasd

    def page(self):
        """A page of the guest that no test had: (guest address, host address)."""
        self.next += 16 * PAGE
        end = time.monotonic() + 30
        while True:
            r = self.rasd.rpc("address.translate", domain="he1", gpa=hex(self.next))
            if "hpa" in r.get("result", {}):
                return self.next, int(r["result"]["hpa"], 16)
            self.next += 16 * PAGE
            assert time.monotonic() < end, r

    def events(self, hpa):
        got = self.rasd.rpc("event.list", limit=1000)["result"]["events"]
        return [e for e in got if int(e.get("hpa", "0"), 16) // PAGE == hpa // PAGE]

    def decided(self, hpa, n=1, seconds=30):
        end = time.monotonic() + seconds
        while len(got := self.events(hpa)) < n:
            assert time.monotonic() < end, (got, self.rasd.logfile.read_text()[-3000:])
            time.sleep(0.05)
        return got

    def forwarded(self, label=""):
        """An error of a page that the guest is told of: (guest address, host address, event). On a
        busy machine rasd may come to it too late to be sure whose page it was; then another page.
        """
        end = time.monotonic() + 120
        while True:
            gpa, hpa = self.page()
            self.log.record(hpa, "recoverable", label)
            event = self.decided(hpa)[0]
            if event["decision"] == "forwarded":
                return gpa, hpa, event
            assert event["decision"] == "stale" and time.monotonic() < end, event

    def told(self, gpa):
        """How often the guest's kernel said that it takes this page out of use."""
        return len(re.findall(rf"Memory failure: 0x{gpa // PAGE:x}: recovery action",
                              self.vm.log()))


@pytest.fixture(scope="module", name="lab")
def make_lab():
    lab = Lab()
    lab.start()
    yield lab
    lab.rasd.stop()
    lab.vm.stop()
    lab.log.close()
    rasdlab.drop_base(lab.base)


@pytest.fixture(autouse=True)
def rasd_runs(lab):
    if lab.rasd.process.poll() is not None:
        lab.start()


class Watch:
    """rasctl watch -o json, or in words."""

    def __init__(self, rasd, *args, columns=0):
        self.out, out = pty.openpty() if columns else os.pipe()
        if columns:
            fcntl.ioctl(out, termios.TIOCSWINSZ, struct.pack("4H", 24, columns, 0, 0))
        self.process = subprocess.Popen([BUILD / "rasctl", "--socket", rasd.sock, "watch", *args],
                                        stdout=out, stderr=subprocess.PIPE)
        os.close(out)
        self.data = b""

    def until(self, text, seconds=40):
        end = time.monotonic() + seconds
        while text.encode() not in self.data:
            assert time.monotonic() < end, self.data
            if select.select([self.out], [], [], 0.5)[0]:
                new = os.read(self.out, 65536)
                assert new, self.process.stderr.read()
                self.data += new
        return self.data.decode()

    def stop(self):
        self.process.kill()
        self.process.communicate()
        os.close(self.out)


@contextlib.contextmanager
def watching(rasd, *args, **kw):
    w = Watch(rasd, *args, **kw)
    try:
        time.sleep(0.5)  # it has no cursor before its first answer
        yield w
    finally:
        w.stop()


def test_uncorrected_reaches_the_guest(lab):
    gpa, hpa, event = lab.forwarded("DIMM 7")
    assert (event["domain"], int(event["gpa"], 16)) == ("he1", gpa)
    assert event["label"] == "DIMM 7" and event["source"] == "kmsg"
    lab.rasd.wait_state(event["injection"], "acknowledged")
    lab.vm.wait_log(f"Memory failure: 0x{gpa // PAGE:x}: recovery action")
    lab.log.record(hpa, "recoverable")  # another report of it
    assert [e["decision"] for e in lab.decided(hpa, 2)] == ["same-error", "forwarded"]
    assert lab.told(gpa) == 1
    assert "DIMM 7" not in json.dumps(lab.rasd.row(event["injection"]))  # forward-label is not set


def test_numbers_of_it(lab):
    """rasctl metrics: how long that error took to its guest, and what was asked for it."""
    def now():
        return rasdlab.metrics(lab.rasd.ctl("metrics").stdout)

    before = now()["rasd_forward_latency_seconds_count"][None]
    event = lab.forwarded()[2]
    lab.rasd.wait_state(event["injection"], "acknowledged")
    rasdlab.wait_for(lambda: now()["rasd_forward_latency_seconds_count"][None] == before + 1)
    m = now()
    assert m["rasd_forward_latency_seconds_sum"][None] > 0
    assert m["rasd_qmp_round_trip_seconds_count"]['transport="socket"'] > 0
    assert m["rasd_qmp_round_trip_seconds_count"]['transport="libvirt"'] == 0
    assert sum(m["rasd_translate_seconds_count"].values()) > 0
    assert m["rasd_qmp_reconnects_total"][None] == 0


def held(rasd):
    return rasd.rpc("safety.get")["result"]["held"]


def test_lever_also_for_forwarding(lab):
    """An error of the host is held back, and its guest is told once the lever is released."""
    rasd = lab.rasd
    assert rasd.ctl("safety", "engage", "--reason", "work", "--also-forwarding").returncode == 0

    def stale():  # as in forwarded(): then another page
        return any(e["decision"] == "stale" for e in lab.events(hpa))
    for _ in range(8):
        gpa, hpa = lab.page()
        lab.log.record(hpa, "recoverable")
        rasdlab.wait_for(lambda: held(rasd) or stale(), seconds=60)
        if not stale():
            break
    assert held(rasd) == 1
    assert not lab.events(hpa)  # it is decided when its guest is told
    r = rasd.ctl("safety", "status")
    assert "1 real error of this host waits for its release" in r.stdout, r
    rasd.wait_log("is not told: the safety lever is engaged by uid 0: work")
    assert rasdlab.metrics(rasd.ctl("metrics").stdout)["rasd_forwards_held"][None] == 1
    assert lab.told(gpa) == 0
    assert rasd.ctl("safety", "release", "--reason", "done").returncode == 0
    event = rasdlab.wait_for(lambda: [e for e in lab.events(hpa) if e["decision"] == "forwarded"],
                             seconds=60)
    rasd.wait_state(event[0]["injection"], "acknowledged")
    lab.vm.wait_log(f"Memory failure: 0x{gpa // PAGE:x}: recovery action")
    assert held(rasd) == 0 and lab.told(gpa) == 1


def test_lies(lab):
    """Each report is answered by a decision that is true, whatever it says."""
    for address, severity in ((HPA_NOWHERE, "recoverable"), ((1 << 64) - PAGE, "fatal"),
                              ((1 << 63) - PAGE, "corrected"), (1 << 63, "corrected")):
        lab.log.record(address, severity, "\x1b[2J\u202e\xff")
        got = lab.decided(address)
        assert got[0]["decision"] == "no-guest" and got[0]["label"].isascii(), got
    assert "\x1b" not in lab.rasd.ctl("log", "--host").stdout
    assert lab.rasd.rpc("rpc.ping")["result"]["pong"]


def test_watch_goes_on_over_restarts(lab):
    with watching(lab.rasd, "-o", "json") as watch:
        _, first, _ = lab.forwarded()
        watch.until(f'"{first:#x}"')
        lab.rasd.stop()
        lab.start()
        _, last, event = lab.forwarded()
        watch.until(f'"{last:#x}"')
        lab.rasd.wait_state(event["injection"], "acknowledged")
        watch.until('"acknowledged"')
        out = [json.loads(x) for x in watch.data.decode().splitlines()]
    seqs = [n["seq"] for n in out]
    assert seqs == sorted(set(seqs)) and not any("gap" in n for n in out)
    assert collections.Counter(n["host"]["hpa"] for n in out if "host" in n)[f"{first:#x}"] == 1


def test_watch_from_a_cursor(lab):
    """Nothing is missed, and a cursor of what is not there any more says so."""
    answer = lab.rasd.rpc("event.subscribe", wait_ms=0)["result"]
    boot, seq = answer["cursor"].split(":")
    _, hpa, _ = lab.forwarded()
    with watching(lab.rasd, "--cursor", answer["cursor"]) as watch:
        text = watch.until(f"at {hpa:#x}")
    assert "host uncorrected" in text and "(kmsg): forwarded, he1" in text and "-- " not in text
    later = lab.rasd.rpc("event.subscribe", wait_ms=0, cursor=f"{boot}:{int(seq) + 10**6}")
    assert later["result"]["gap"] and not later["result"]["events"]
    other = lab.rasd.rpc("event.subscribe", wait_ms=0, cursor=f"{'0' * 8}{boot[8:]}:{seq}")
    assert other["result"]["rebooted"]
    for bad in ("", "x", f"{boot}:", f"{boot}:1x", f"{boot}:-1"):
        r = lab.rasd.rpc("event.subscribe", wait_ms=0, cursor=bad)
        assert not bad or r["error"]["data"]["field"] == "cursor", (bad, r)


@pytest.mark.parametrize("columns", [80, 132])
def test_watch_fits_a_terminal(lab, columns):
    """Lines are broken between words. What is read by a program is one line for each event."""
    cursor = lab.rasd.rpc("event.subscribe", wait_ms=0)["result"]["cursor"]
    _, _, event = lab.forwarded()
    lab.rasd.wait_state(event["injection"], "acknowledged")
    with watching(lab.rasd, "--cursor", cursor) as plain, \
            watching(lab.rasd, "--cursor", cursor, columns=columns) as shown:
        lines = plain.until("acknowledged").splitlines()
        folded = shown.until("acknowledged").replace("\r", "").splitlines()
    assert max(map(len, folded)) <= columns < max(map(len, lines)), folded
    said, words = (" ".join(x).split() for x in (lines, folded))
    n = min(len(said), len(words)) - 1  # the last one may not be there in full
    assert "acknowledged" in words and said[:n] == words[:n], (folded, lines)
    begin = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d ")
    assert all(begin.match(x) or x.startswith(" " * 20) for x in folded), folded


def test_log_host(lab):
    gpa, hpa, _ = lab.forwarded()
    text = lab.rasd.ctl("log", "--host", "--domain", "he1")
    assert text.returncode == 0, text
    row = [x for x in text.stdout.splitlines() if f"{hpa:#x}" in x][0]
    assert "forwarded" in row and "he1" in row and hex(gpa)[2:] in row
    got = lab.rasd.ctl("-o", "json", "log", "--host").stdout.splitlines()
    assert any(int(json.loads(e).get("hpa", "0"), 16) == hpa for e in got)
    assert "HPA" in lab.rasd.ctl("log", "--host", "--domain", "nobody").stdout


def test_who_may_see_host_addresses(lab):
    """Host addresses help to aim at a neighbour's row: lists of events need role inject, as
    translate, and a viewer's subscription passes over them."""
    lab.forwarded()
    boot = lab.rasd.rpc("event.subscribe", wait_ms=0)["result"]["cursor"].split(":")[0]

    def ask():
        out = []
        for method, params in (("event.list", {}), ("source.list", {}), ("injection.list", {}),
                               ("event.subscribe", {"cursor": f"{boot}:0", "wait_ms": 0})):
            with attacks.connect(lab.rasd.sock) as s:
                s.sendall(attacks.line(attacks.request(method, **params)))
                s.settimeout(20)
                out.append(json.loads(s.makefile().readline()))
        return out

    os.chmod(lab.rasd.sock, 0o666)  # as rasd.socket: the roles are the border
    view = attacks.As(OTHER, ask, attacks_group("rasd-view"))
    member = attacks.As(OTHER + 1, ask, attacks_group("rasd"))
    try:
        said, allowed = view.said, member.said
    finally:
        view.close()
        member.close()
    assert said[0].get("error", {}).get("data", {}).get("reason") == "permission", said
    assert all("result" in r for r in said[1:]), said
    kinds = [{k for k in e if k != "seq"} for e in said[3]["result"]["events"]]
    assert kinds and all(k == {"injection"} for k in kinds), kinds
    assert any("host" in e for e in allowed[3]["result"]["events"])
    hpas = {e["hpa"] for e in lab.rasd.rpc("event.list")["result"]["events"] if "hpa" in e}
    assert hpas and not any(h in json.dumps(said) for h in hpas)
    assert all("result" in r for r in allowed)


def attacks_group(name):
    return [grp.getgrnam(name).gr_gid]


def test_subscribers_that_never_read(lab):
    """64 connections ask for everything again and again and take no answer: others are served, and
    rasd does not grow.
    """
    boot = lab.rasd.rpc("event.subscribe", wait_ms=0)["result"]["cursor"].split(":")[0]
    asked = attacks.line(attacks.request("event.subscribe", wait_ms=0, cursor=f"{boot}:0"))
    waits = attacks.line(attacks.request("event.subscribe"))
    before = attacks.memory_kib(lab.rasd.process.pid)
    keep = []
    try:
        for _ in range(64):
            s = attacks.connect(lab.rasd.sock)
            s.setblocking(False)
            keep.append(s)
            with contextlib.suppress(OSError):
                s.send(asked * 50 + waits)
        hpa = lab.page()[1]
        lab.log.record(hpa, "recoverable")
        lab.decided(hpa)
        for _ in range(50):
            assert lab.rasd.rpc("rpc.ping")["result"]["pong"]
        assert attacks.memory_kib(lab.rasd.process.pid) - before < 16 << 10
    finally:
        for s in keep:
            s.close()


def test_threshold_over_a_restart(lab):
    """Seven corrected errors, a restart: what follows is over the threshold, and says so."""
    _, hpa = lab.page()

    def count():
        return sum(e["count"] for e in lab.events(hpa))

    for _ in range(7):
        lab.log.record(hpa, "corrected")
    end = time.monotonic() + 60
    while count() < 7:
        assert time.monotonic() < end, lab.events(hpa)
        time.sleep(0.1)
    assert "forwarded" not in {e["decision"] for e in lab.events(hpa)}
    lab.rasd.stop()
    lab.start()
    end = time.monotonic() + 90
    while "forwarded" not in {e["decision"] for e in lab.events(hpa)}:
        n = count()
        assert time.monotonic() < end and n < 14, lab.events(hpa)
        lab.log.record(hpa, "corrected")
        while count() == n:
            assert time.monotonic() < end, lab.events(hpa)
            time.sleep(0.1)


@pytest.mark.parametrize("point", POINTS)
def test_killed(lab, point):
    """kill -9 anywhere between the report and the end of its forward: the guest is told at most
    once, and the report has one decision.
    """
    pages = [lab.page() for _ in range(20)]
    lab.rasd.stop()
    rasd = lab.start(ASAN, point)
    for gpa, hpa in pages:  # one that is decided too late does not come so far
        lab.log.record(hpa, "recoverable")
        with contextlib.suppress(subprocess.TimeoutExpired):
            rasd.process.wait(10)
            break
    assert rasd.process.returncode == -signal.SIGKILL
    lab.start(ASAN)
    lab.decided(hpa)
    rasd.wait_decided()
    marker, _, event = lab.forwarded()
    lab.rasd.wait_state(event["injection"], "acknowledged")
    lab.vm.wait_log(f"Memory failure: 0x{marker // PAGE:x}: recovery action")
    events = [e for e in lab.events(hpa) if e["decision"] != "same-error"]
    assert len(events) == 1, events
    assert events[0]["decision"] == ("forwarded" if point == "host_sent" else "stale"), events
    if point == "host_sent":
        # Its block was seen with the same bytes only if rasd can prove so; it is never sent again.
        assert lab.rasd.row(events[0]["injection"])["state"] in ("acknowledged", "unknown")
    assert lab.told(gpa) == (point == "host_sent")
    lab.rasd.stop()
