# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every backend with every severity, on a guest of its own: what rasd says in the end, and what the
guest's kernel does. The same table stands in docs/coverage.md.

And the same bytes on arm64 and x86_64: both kernels must print the same.
"""
import collections
import concurrent.futures
import signal
import uuid

import pytest

import guest_feed
import guest_types
import rasdlab
from paged_guest import PagedGuest, page_of_a_process, type_poke
from rasdlab import TOP

CHECK = "/sys/devices/system/machinecheck/machinecheck0/check_interval"
GUESTS = {
    "arm64, qemu-ghes": lambda base: rasdlab.Guest(base, "arm"),
    "x86_64 (Intel), shm-ghes, NMI": lambda base: PagedGuest(
        base, "nmi", "nmi", "--cpu", "Skylake-Server"),
    "x86_64 (AMD), shm-ghes, polled": lambda base: PagedGuest(
        base, "poll", "poll", "--cpu", "EPYC"),
    "x86_64 (Intel), hmp-mce": lambda base: rasdlab.Guest(
        base, "intel", "--arch", "x86_64", "--mem", "256", "--cpu", "Skylake-Server"),
    "x86_64 (AMD), hmp-mce": lambda base: rasdlab.Guest(
        base, "amd", "--arch", "x86_64", "--mem", "256", "--cpu", "EPYC"),
}

# What the guest's kernel does: what docs/coverage.md calls it, and what it says then.
Outcome = collections.namedtuple("Outcome", "title says")
PRINTED = Outcome("prints the record", ("physical_address: {gpa:#018x}",))
COUNTED = Outcome("says that there were machine checks",
                  ("mce: [Hardware Error]: Machine check events logged",))
BANK = Outcome("prints the bank", ("Machine Check: 0 Bank 9:", "ADDR {gpa:x}"))
OFFLINE = ("Memory failure: {pfn:#x}: recovery action", f"ended by {128 + signal.SIGBUS}")
TAKEN = Outcome("prints it, page out of use, SIGBUS", PRINTED.says + OFFLINE)
TAKEN_BY_MCE = Outcome("page out of use, SIGBUS", OFFLINE)
PANIC = Outcome("panics", ("Kernel panic - not syncing: GHES: Fatal hardware error",))
PANIC_BY_MCE = Outcome("panics", ("Kernel panic - not syncing: Fatal",))

SEVERITIES = ("corrected", "recoverable", "fatal")
# (state, what the kernel does) for each of SEVERITIES. Linux 6.12 acknowledges before it panics.
GHES = [("acknowledged", PRINTED), ("acknowledged", TAKEN), ("acknowledged", PANIC)]
TABLE = {
    "arm64, qemu-ghes": GHES,
    "x86_64 (Intel), shm-ghes, NMI": GHES,
    "x86_64 (AMD), shm-ghes, polled": GHES,
    "x86_64 (Intel), hmp-mce": [("delivered", COUNTED), ("delivered", TAKEN_BY_MCE),
                               ("delivered", PANIC_BY_MCE)],
    "x86_64 (AMD), hmp-mce": [("delivered", BANK), ("delivered", TAKEN_BY_MCE),
                             ("delivered", PANIC_BY_MCE)],
}


@pytest.fixture(scope="module", name="lab")
def make_lab():
    base = rasdlab.make_base()
    guests = {road: make(base) for road, make in GUESTS.items()}
    rasd = rasdlab.Rasd(base, {g.name: "fatal" for g in guests.values()})
    try:
        for road, g in guests.items():
            type_poke(base, g.wait())
            if "hmp" in road:
                g.console(f"echo 1 > {CHECK}")  # seconds between the kernel's polls
        rasd.start([g.name for g in guests.values()])
        yield type("Lab", (), {"rasd": rasd, "guests": guests})
    finally:
        rasd.stop()
        for g in guests.values():
            g.stop()
        rasdlab.drop_base(base)


def test_the_table_is_in_the_manual():
    lines = ["| guest, backend | corrected | recoverable | fatal |", "|---|---|---|---|"]
    lines += [f"| {road} | " + " | ".join(f"`{state}`; {outcome.title}" for state, outcome in row)
              + " |" for road, row in TABLE.items()]
    assert "\n".join(lines) in (TOP / "docs/coverage.md").read_text()


def inject(rasd, guest, road, severity):
    """Injects it, and holds rasd and the guest's kernel to the table."""
    state, outcome = TABLE[road][SEVERITIES.index(severity)]
    backend = road.split(", ")[1]
    gpa = page_of_a_process(guest) if outcome in (TAKEN, TAKEN_BY_MCE) else (
        0x44001000 if guest.arch == "arm64" else 0x4001000)
    ask = {"domain": guest.name, "gpa": hex(gpa), "severity": severity, "wait": True,
           "timeout_ms": 30000, "request_id": str(uuid.uuid4()), "confirm": severity == "fatal"}
    if severity == "fatal" and backend == "hmp-mce":
        answer = rasd.rpc("injection.create", **ask)
        assert "--allow-crash" in str(answer.get("error")), answer
        ask["allow_crash"] = True
    answer = rasd.rpc("injection.create", **ask)
    row = answer.get("result")
    assert row and row["backend"] == backend, answer
    assert (row["state"], row["final"]) == (state, True), row
    for text in outcome.says:
        guest.wait_log(text.format(gpa=gpa, pfn=gpa >> 12), 60)
    assert severity == "fatal" or "Kernel panic" not in guest.log()


@pytest.mark.parametrize("severity, road", [(s, r) for s in SEVERITIES[:2] for r in TABLE])
def test_the_guest_lives(lab, road, severity):
    inject(lab.rasd, lab.guests[road], road, severity)
    assert "alive" in lab.guests[road].console("echo al''ive")


class Sample(guest_feed.Sample):
    """With what each kernel has printed."""

    def __init__(self, path):
        super().__init__(path)
        self.printed = {}

    def differences(self, arch, lines):
        self.printed[arch] = lines
        return super().differences(arch, lines)

    def read_by_all(self):
        """Linux decodes a processor's section on processors of that kind only."""
        return not {e["kind"] for e in self.record["entries"]} & {"proc_arm", "proc_ia"}


def feed(lab, items_of):
    """All guests at the same time; {road: items}."""
    with concurrent.futures.ThreadPoolExecutor(len(items_of)) as pool:
        jobs = [pool.submit(guest_feed.feed_all, lab.rasd, [lab.guests[road]], items)
                for road, items in items_of.items()]
        for job, items in zip(jobs, items_of.values()):
            verdicts = job.result()
            assert {k: v for k, v in verdicts.items() if v} == {}
            assert set(verdicts) == {i.name for i in items}


def same_text(lab, paths):
    """Injects the same bytes everywhere. The guest_feed holds each kernel to the predicted text."""
    samples = [Sample(p) for p in paths]
    # QEMU's own GHES takes no more.
    small = [s for s in samples if len(s.bytes) <= 1024]
    feed(lab, {"arm64, qemu-ghes": small, "x86_64 (AMD), shm-ghes, polled": samples})
    for s in small:
        if s.read_by_all():
            assert s.printed["arm64"] == s.printed["x86_64"], s.name
    return samples, small


SAMPLES = sorted((TOP / "tests/data/cper/valid").glob("*.gesb"))
SHORT = {"002-mem-multibit-ue", "053-ia-ctx-x64", "074-vendor-unknown", "085-big-2k-multi"}


def test_same_bytes_same_text(lab):
    """Among them an IA32/X64 processor section, and a record that QEMU's own GHES cannot take."""
    samples, small = same_text(lab, [p for p in SAMPLES if p.stem in SHORT])
    assert (len(samples), len(small)) == (len(SHORT), len(SHORT) - 1)


@pytest.mark.long
def test_all_samples(lab):
    samples, small = same_text(lab, SAMPLES)
    kinds = {e["kind"] for s in samples for e in s.record["entries"]}
    assert {"proc_arm", "proc_ia", "mem", "pcie", "cxl_prot", "fw"} <= kinds
    assert len(small) >= 30 and sum(s.read_by_all() for s in small) >= 25


def test_x86_processor_sections_from_options(lab):
    feed(lab, {"x86_64 (Intel), shm-ghes, NMI": guest_types.X86_RECORDS})


@pytest.mark.parametrize("road", TABLE)
def test_fatal(lab, road):
    inject(lab.rasd, lab.guests[road], road, "fatal")
    lab.guests[road].stop()  # a kernel that has panicked takes a whole CPU
