# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a real kernel does with records is what lib/cper/effect.c says, and a grant covers it.

Every record names a page or a PCIe root port of its own, so that the guest's page flags and log
tell what each of them did, though all are sent one after the other.
"""
import json
import re

import pytest

import rasdlab

NAME = "effects"
RECOVERABLE, FATAL, CORRECTED, INFO = range(4)
RESET, THRESHOLD, LATENT = 0x04, 0x08, 0x20
HWPOISON = 1 << 19  # KPF_HWPOISON of /proc/kpageflags
PAGES = 0x48000000  # free memory of the guest
OFFLINE = {"page-soft-offline", "page-offline"}
COUNTS_AS = {"page-soft-offline": "recoverable", "page-offline": "recoverable",
             "pcie-recovery": "recoverable", "pcie-reset": "fatal"}


def memory(severity, flags=0, kind="mem"):
    return lambda i: {"kind": kind, "header": {"error_severity": severity, "flags": flags},
                      "section": {"fields": {"physical_address": hex(page_of(i))}}}


def arm(severity, type_):
    return lambda i: {"kind": "proc_arm", "header": {"error_severity": severity}, "section": {
        "fields": {"mpidr_el1": "0x80000000"},
        "error_info": [{"fields": {"type": type_, "error_information": "0x91000f",
                                   "physical_fault_address": hex(page_of(i) + 0x40)}}]}}


def pcie(severity, flags=0, aer=True):
    return lambda i: {"kind": "pcie", "header": {"error_severity": severity, "flags": flags},
                      "section": {"fields": {
                          "port_type": 4, "vendor_id": 0x1b36, "device_id": 12,
                          "class_code": 0x060400, "function": 0, "device": port_of(i),
                          "segment": 0, "bus": 0, "secondary_bus": 0, "slot": 0,
                          **({"aer_info": "00" * 96} if aer else {})}}}


# name: section, severity of the block (None: the section's), effect
RECORDS = {
    "corrected": (memory(CORRECTED), None, None),
    "corrected, threshold": (memory(CORRECTED, THRESHOLD), None, "page-soft-offline"),
    "corrected, all other flags": (memory(CORRECTED, 0xf7), None, None),
    "corrected, threshold, in a recoverable block": (memory(CORRECTED, THRESHOLD), RECOVERABLE,
                                                     "page-soft-offline"),
    "corrected, threshold, in an info block": (memory(CORRECTED, THRESHOLD), INFO,
                                               "page-soft-offline"),
    "info, threshold": (memory(INFO, THRESHOLD), None, None),
    "recoverable": (memory(RECOVERABLE), None, "page-offline"),
    "recoverable, latent": (memory(RECOVERABLE, LATENT), None, "page-offline"),
    "recoverable, threshold": (memory(RECOVERABLE, THRESHOLD), None, "page-offline"),
    "recoverable in a corrected block": (memory(RECOVERABLE), CORRECTED, None),
    "recoverable in an info block": (memory(RECOVERABLE), INFO, None),
    "memory 2, recoverable": (memory(RECOVERABLE, kind="mem2"), None, None),
    "memory 2, threshold": (memory(CORRECTED, THRESHOLD, "mem2"), None, None),
    "ARM corrected": (arm(CORRECTED, 2), None, None),
    "ARM recoverable, cache": (arm(RECOVERABLE, 2), None, "page-offline"),
    "ARM recoverable, TLB": (arm(RECOVERABLE, 4), None, None),
    "ARM recoverable, cache and bus": (arm(RECOVERABLE, 10), None, "page-offline"),
    "ARM recoverable in a corrected block": (arm(RECOVERABLE, 2), CORRECTED, None),
    "PCIe corrected": (pcie(CORRECTED), None, None),
    "PCIe corrected, all flags but reset": (pcie(CORRECTED, 0xfb), None, None),
    "PCIe corrected, reset": (pcie(CORRECTED, RESET), None, "pcie-reset"),
    "PCIe info, reset": (pcie(INFO, RESET), None, "pcie-reset"),
    "PCIe info, reset, without AER": (pcie(INFO, RESET, aer=False), None, None),
    "PCIe recoverable": (pcie(RECOVERABLE), None, "pcie-recovery"),
    "PCIe recoverable in a corrected block": (pcie(RECOVERABLE), CORRECTED, "pcie-recovery"),
    "PCIe recoverable, reset": (pcie(RECOVERABLE, RESET), None, "pcie-reset"),
    "PCIe fatal in a corrected block": (pcie(FATAL), CORRECTED, "pcie-reset"),
    # the last of each kind of work, so that all before them are done
    "last page": (memory(RECOVERABLE), None, "page-offline"),
    "last port": (pcie(RECOVERABLE), None, "pcie-recovery"),
}
NAMES = list(RECORDS)
PCIE = [i for i, n in enumerate(NAMES) if "PCIe" in n or "port" in n]


def page_of(i):
    return PAGES + 0x10000 * i


def port_of(i):
    return 4 + PCIE.index(i)


def ask(lab, name, request_id, **more):
    i = NAMES.index(name)
    section, block, _ = RECORDS[name]
    if block is not None:
        more["block"] = {"error_severity": block}
    return lab.rasd.rpc("injection.create", domain=NAME, request_id=request_id,
                        sections=[section(i)], **more)


@pytest.fixture(scope="module", name="lab")
def make_lab():
    base = rasdlab.make_base()
    ports = [x for i in PCIE for x in
             ("-device", f"pcie-root-port,id=rp{i},chassis={i + 1},addr={port_of(i):#x}")]
    guest = rasdlab.Guest(base, NAME, "--smp", "1", extra=ports)
    lab = type("Lab", (), {"base": base, "guest": guest, "rasd": None})
    try:
        guest.wait()
        lab.rasd = rasdlab.Rasd(base, {NAME: "corrected"}).start([NAME])
        yield lab
    finally:
        if lab.rasd:
            lab.rasd.stop()
        guest.stop()
        rasdlab.drop_base(base)


def test_a_grant_covers_the_effects(lab):
    """With grant corrected, nothing that does more than log gets through, dry run or not."""
    for n, (name, (_, _, effect)) in enumerate(RECORDS.items()):
        for dry_run in (True, False):
            answer = ask(lab, name, f"grant-{n}-{dry_run}", confirm=True, dry_run=dry_run or
                         effect is None)
            if "error" not in answer:
                assert effect is None and answer["result"]["effects"] == [], (name, answer)
                continue
            e = answer["error"]
            assert e["data"]["reason"] == "policy-denied", (name, answer)
            if effect and re.match("(PCIe )?(corrected|info)", name) and "in a recov" not in name:
                assert f"counts as {COUNTS_AS[effect]}" in e["message"], (name, answer)
                assert re.search(r"Linux .*(0x48[0-9a-f]{6}|0000:00:[01][0-9a-f]\.0)",
                                 e["message"]), answer
    assert lab.rasd.rows() == []


def flags(guest):
    """Of all records' pages: is it taken out of use?"""
    at = " ".join(str(page_of(i) >> 12) for i in range(len(NAMES)))
    text = guest.console(f"for p in {at}; do dd if=/proc/kpageflags bs=8 skip=$p count=1 "
                         "2>/dev/null | hexdump -ve '8/1 \"%02x\" \"\\n\"'; done")
    raw = re.findall(r"^[0-9a-f]{16}$", text, re.M)
    assert len(raw) == len(NAMES), text
    return [bool(int.from_bytes(bytes.fromhex(x), "little") & HWPOISON) for x in raw]


def corrupted_kib(guest):
    return int(re.search(r"HardwareCorrupted: *(\d+) kB",
                         guest.console("cat /proc/meminfo")).group(1))


def seen(guest, log):
    """What the guest's kernel did, by record."""
    out = {}
    for i, (name, gone) in enumerate(zip(NAMES, flags(guest))):
        did = set()
        handled = f"Memory failure: {page_of(i) >> 12:#x}: recovery action" in log
        if gone or handled:
            did.add("page-offline" if handled else "page-soft-offline")
        if i in PCIE:
            port = re.escape(f"0000:00:{port_of(i):02x}.0: ")
            if re.search(port + "AER: .*link has been reset", log):
                did.add("pcie-reset")
            elif re.search(port + "AER: device recovery", log):
                did.add("pcie-recovery")
        out[name] = did
    return out


def test_the_kernel_does_what_we_say(lab):
    before = len(lab.guest.log())
    lab.rasd.stop()
    lab.rasd = rasdlab.Rasd(lab.base, {NAME: "fatal"}, "rasd-fatal").start([NAME])
    said = {}
    for n, (name, (_, _, effect)) in enumerate(RECORDS.items()):
        if effect == "pcie-reset":
            a = ask(lab, name, f"unconfirmed-{n}")
            assert a["error"]["data"]["reason"] == "needs-confirmation", (name, a)
        effects = ask(lab, name, f"dry-{n}", dry_run=True, confirm=True)["result"]["effects"]
        for e in effects:
            assert e["section"] == 0 and e["severity"] == COUNTS_AS[e["effect"]], effects
            target = e.get("gpa") or e["device"]
            assert target in e["text"] and e["text"].startswith("Linux "), effects
            i = NAMES.index(name)
            assert target in (hex(page_of(i)), hex(page_of(i) + 0x40),
                              f"0000:00:{port_of(i):02x}.0" if i in PCIE else None), effects
        said[name] = {e["effect"] for e in effects}
        assert said[name] == ({effect} if effect else set()), name
        a = ask(lab, name, f"sent-{n}", wait=True, timeout_ms=30000, confirm=True)
        assert a["result"]["state"] == "acknowledged" and "effects" not in a["result"], (name, a)
    lab.guest.wait_log(f"Memory failure: {page_of(NAMES.index('last page')) >> 12:#x}: recovery")
    lab.guest.wait_log(f"0000:00:{port_of(NAMES.index('last port')):02x}.0: AER: device recovery",
                       60)
    assert seen(lab.guest, lab.guest.log()[before:]) == said
    assert corrupted_kib(lab.guest) == 4 * sum(bool(e & OFFLINE) for e in said.values())


def test_the_list_of_bad_pages_has_what_the_guest_took_out_of_use(lab):
    out = json.loads(lab.rasd.ctl("poison", "export", NAME).stdout)
    gone = [hex(page_of(i)) for i, bad in enumerate(flags(lab.guest)) if bad]
    assert gone and [p["gpa"] for p in out["pages"]] == gone


def test_rasctl_says_it(lab):
    page = hex(page_of(len(NAMES) + 1))
    args = ("inject", "--domain", NAME, "--type", "memory", "--gpa", page, "--dry-run")
    run = lab.rasd.ctl(*args, "--severity", "recoverable")
    assert run.returncode == 0 and f"\n  Linux takes the page at {page} offline" in run.stdout, run
    run = lab.rasd.ctl(*args)
    assert run.returncode == 0 and "\n  Linux only logs it\n" in run.stdout, run
