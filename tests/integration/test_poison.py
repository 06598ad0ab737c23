# SPDX-License-Identifier: LGPL-2.1-or-later
"""What becomes of a page when a real kernel poisons it: one test for each line of the table.

A Debian guest plays the host: its kernel has MEMORY_FAILURE. In it tests/poison/poison.c, with
lib/xlate linked in, plays rasd and the guests; errors come from outside the victims, by
hard_offline_page and soft_offline_page."""
import re
import subprocess

import pytest

import rasdlab
from rasdlab import TOP

KSM = [f"{g}:{0x40000008 + i * 4096:#x}" for g in (1, 2) for i in range(8)]


@pytest.fixture(scope="module", name="host")
def make_host(base):
    root = base / "root/bin"
    root.mkdir(parents=True)
    subprocess.run(["gcc", "-static", "-O2", "-std=gnu11", "-D_GNU_SOURCE", f"-I{TOP}",
                    f"-I{TOP}/lib", "-o", root / "poison", TOP / "tests/poison/poison.c",
                    TOP / "build/release/libhelper.a", TOP / "build/release/librasd.a",
                    "-lbpf", "-lelf", "-lz"],
                   check=True)
    initrd = rasdlab.add_to_initrd("amd64", base / "root", base / "initrd.gz")
    host = rasdlab.Guest(base, "p-host", "--arch", "x86_64", "--mem", "1024",
                         extra=("-initrd", str(initrd)))
    yield host.wait()
    host.stop()


class Row:
    """The facts of one run of poison, by question."""

    def __init__(self, host, action, backing):
        out = subprocess.run([TOP / "lab/guest", "console", "p-host", host.dir,
                              f"/bin/poison {action} {backing}"],
                             text=True, capture_output=True, check=True, timeout=120).stdout
        # The kernel writes on the same line, and between lines.
        self.text = re.sub(r"\[ *\d+\.\d+\] [^\n]*\n", "", out)
        assert "done" in self.text, out
        self.q = {}
        for line in self.text.splitlines():
            words = line.split()
            self.q[words[0].split("=")[0]] = dict(w.split("=", 1) for w in words if "=" in w)
        self.hpa = int(self.q["page"]["hpa"], 16)
        self.gpa = int(self.q["page"]["gpa"], 16)

    def expect(self, question, state, found, owners):
        a = self.q[question]
        want = ",".join(f"{o}:{state}" for o in owners)
        assert (a["state"], a["found"], a["gpas"]) == (state, found, want), (question, a)

    def mine(self, *spaces, offset=8):
        return [f"{s}:{self.gpa + offset:#x}" for s in spaces]


def run(host, action, backing):
    row = Row(host, action, backing)
    row.text = row.text[:4000]
    flags_before, flags = int(row.q["page"]["flags"], 16), int(row.q["after"]["flags"], 16)
    assert not flags_before & 1 << 19 and flags & 1 << 19, "the kernel has not poisoned the page"
    # In use, it is found by what the kernel records of it. Of merged pages nothing is recorded.
    a = row.q["before-noted"]
    assert (a["state"], a["found"]) == ("live", "full-scan" if backing == "ksm" else "rmap"), a
    return row


def poisoned(row, owners):
    for question in ("with-index", "next-index", "no-index", "noted"):
        row.expect(question, "poisoned", "swap-entry", owners)
    row.expect("guest-page", "poisoned", "layout", row.mine(1))
    assert int(row.q["guest-page"]["hpa"], 16) == row.hpa + 8
    assert row.q["verify"]["verify"] == "0"


def moved(row):
    """The guest's page is elsewhere now and in use. An injection at the old place would be refused.
    """
    row.expect("guest-page", "live", "layout", row.mine(1))
    assert int(row.q["guest-page"]["hpa"], 16) != row.hpa + 8
    assert row.q["verify"]["verify"] != "0"
    for question in ("no-index", "noted"):
        row.expect(question, "host", "full-scan", [])


def test_hard_4k(host):
    row = run(host, "hard", "4k")
    poisoned(row, row.mine(1))


def test_hard_thp(host):
    """The huge page is split. The rest of it stays where it was."""
    row = run(host, "hard", "thp")
    row.expect("before", "live", "index", row.mine(1))
    poisoned(row, row.mine(1))
    row.expect("neighbour", "live", "index", row.mine(1, offset=4096))


def test_hard_memfd_two_processes(host):
    row = run(host, "hard", "memfd")
    poisoned(row, row.mine(1, 2))


def test_hard_hugetlb(host):
    """pagemap shows nothing of it. The index knows, or its history, or the kernel's record;
    otherwise a single candidate is probable.
    """
    row = run(host, "hard", "hugetlb")
    assert not int(row.q["after"]["entry"], 16) >> 62
    row.expect("before", "live", "index", row.mine(1))
    for question in ("with-index", "next-index"):
        row.expect(question, "poisoned", "history", row.mine(1))
    row.expect("neighbour", "poisoned", "history", row.mine(1, offset=4096))
    row.expect("no-index", "probable", "elimination", row.mine(1))
    assert row.q["guest-page"]["state"] == "poisoned" and row.q["verify"]["verify"] == "0"
    # A second one: only the history can tell them apart.
    a = row.q["one-of-two"]
    assert (a["state"], a["owners"]) == ("probable", "2"), a
    row.expect("second", "poisoned", "history", ["1:0x40600000"])
    for question in ("noted", "one-of-two-noted"):
        row.expect(question, "poisoned", "rmap", row.mine(1))
    row.expect("second-noted", "poisoned", "rmap", ["1:0x40600000"])


def test_hard_ksm(host):
    row = run(host, "hard", "ksm")
    row.expect("before", "live", "full-scan", KSM)
    poisoned(row, KSM)


def test_soft_4k(host):
    row = run(host, "soft", "4k")
    moved(row)
    row.expect("with-index", "host", "full-scan", [])


def test_soft_thp(host):
    row = run(host, "soft", "thp")
    moved(row)
    for question in ("with-index", "next-index"):
        row.expect(question, "historic", "history", row.mine(1))
        assert row.q[question]["now"] == row.q["guest-page"]["hpa"]


def test_soft_memfd(host):
    row = run(host, "soft", "memfd")
    moved(row)
    row.expect("with-index", "host", "full-scan", [])


def test_soft_hugetlb(host):
    row = run(host, "soft", "hugetlb")
    moved(row)
    for question in ("with-index", "next-index"):
        row.expect(question, "historic", "history", row.mine(1))
        assert row.q[question]["now"] == row.q["guest-page"]["hpa"]


def test_soft_ksm(host):
    row = run(host, "soft", "ksm")
    moved(row)
    row.expect("with-index", "host", "full-scan", [])
