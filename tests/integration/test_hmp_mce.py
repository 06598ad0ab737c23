# SPDX-License-Identifier: LGPL-2.1-or-later
"""Backend hmp-mce: x86_64 guests that are not provisioned (q35, TCG), of Intel, AMD and another
vendor. The oracle is the guest's kernel, and QEMU's own words on the test's monitor.
"""
import contextlib
import json
import sqlite3
import uuid

import pytest

import rasdlab

CPUS = {"intel": "Skylake-Server", "amd": "EPYC", "other": "EPYC,vendor=HygonGenuine",
        "old": "Skylake-Server"}
MACHINES = {"old": ("--machine", "type=pc")}
CHECK = "/sys/devices/system/machinecheck/machinecheck0/check_interval"


@pytest.fixture(scope="module", name="lab")
def make_lab():
    base = rasdlab.make_base()
    guests = {n: rasdlab.Guest(base, n, "--arch", "x86_64", "--mem", "256", "--cpu", cpu,
                               *MACHINES.get(n, ())) for n, cpu in CPUS.items()}
    rasd = rasdlab.Rasd(base, {"intel": "fatal", "amd": "recoverable", "other": "fatal",
                               "old": "fatal"})
    with rasdlab.lab_of(base, rasd, guests) as all_of_it:
        for name in ("intel", "amd", "old"):
            guests[name].wait()
            guests[name].console(f"echo 1 > {CHECK}")  # seconds between the kernel's polls
        rasd.start(list(guests))
        yield all_of_it


def send(lab, name, gpa, severity, **more):
    return lab.rasd.rpc("injection.create", request_id=str(uuid.uuid4()), domain=name, gpa=gpa,
                        severity=severity, wait=True, timeout_ms=30000, **more)


def delivered(answer):
    row = answer.get("result")
    assert row and row["state"] == "delivered" and row["final"], answer
    assert row["backend"] == "hmp-mce" and row["ack_ns"] == 0
    return row


def refused(answer, reason, *words):
    assert answer.get("error", {}).get("data", {}).get("reason") == reason, answer
    text = json.dumps(answer["error"])
    for w in words:
        assert w in text, answer


def test_i440fx(lab):
    """QEMU's old PC cannot be provisioned, and says so; machine checks reach it."""
    shown = lab.rasd.rpc("domain.explain", domain="old")["result"]
    assert "i440fx" in shown["machine"] and shown["ready"] == "yes", shown
    assert shown["backend"] == "hmp-mce", shown
    backends = {b["name"]: b for b in shown["backends"]}
    assert "not provisioned" in backends["shm-ghes"]["reason"], shown
    assert "q35 machines" in backends["shm-ghes"]["hint"], shown
    assert "rasctl provision" not in backends["shm-ghes"]["hint"], shown
    assert "no PCIe root port" in backends["aer"]["reason"], shown
    delivered(send(lab, "old", "0x4010000", "corrected"))
    lab.old.wait_log("Machine check events logged", 60)
    delivered(send(lab, "old", "0x4011000", "recoverable"))
    lab.old.wait_log("Memory failure: 0x4011: recovery action", 60)
    delivered(send(lab, "old", "0x4012000", "fatal", allow_crash=True, confirm=True))
    lab.old.wait_log("Kernel panic", 60)


def test_amd_errors_do_not_overwrite_each_other(lab):
    """They stay in their banks until the kernel polls, which it does at long intervals."""
    lab.amd.console(f"echo 300 > {CHECK}")
    answers = [send(lab, "amd", hex(0x4040000 + n * 0x1000), "recoverable") for n in range(8)]
    for a in answers[:7]:
        delivered(a)
    refused(answers[7], "busy", "overwrite", "rasctl provision")
    lab.amd.console(f"echo 1 > {CHECK}")
    for n in range(7):
        lab.amd.wait_log(f"Memory failure: {0x4040 + n:#x}: recovery action", 60)
    assert "Memory failure: 0x4047" not in lab.amd.log()


def failures(lab, name):
    return lab.rasd.rpc("domain.explain", domain=name)["result"]["memory_failures"]


def test_two_at_once(lab):
    """The second waits until the kernel has handled the first; QEMU would reset the machine."""
    resets = lab.rasd.rpc("domain.explain", domain="intel")["result"]["resets"]
    first = lab.rasd.rpc("injection.create", request_id=str(uuid.uuid4()), domain="intel",
                         gpa="0x4010000", severity="recoverable", timeout_ms=30000)
    assert "result" in first, first
    delivered(send(lab, "intel", "0x4011000", "recoverable"))
    for pfn in ("0x4010", "0x4011"):
        lab.intel.wait_log(f"Memory failure: {pfn}: recovery action", 60)
    assert lab.rasd.rpc("domain.explain", domain="intel")["result"]["resets"] == resets


def test_own_events_are_no_errors_of_the_host(lab):
    delivered(send(lab, "amd", "0x4020000", "corrected"))
    got = failures(lab, "amd")
    assert got["count"] == 0 and got["own"] >= 1, got
    shown = lab.rasd.rpc("domain.explain", domain="amd")["result"]
    assert not shown.get("migration", {}).get("blocked"), shown
    # Another's command is not ours.
    lab.amd.hmp("mce 0 9 0x9c00004000000090 0 0x4021000 0x8c")
    rasdlab.wait_for(lambda: failures(lab, "amd")["count"] == 1)
    assert failures(lab, "amd")["own"] == got["own"]


def test_explain_lists_the_backends_in_order(lab):
    shown = lab.rasd.rpc("domain.explain", domain="amd")["result"]["backends"]
    assert [b["name"] for b in shown] == ["qemu-ghes", "shm-ghes", "hmp-mce", "aer", "cxl"], shown
    ghes, shm, mce, *_ = shown
    assert not ghes["available"] and "no option ras" in ghes["reason"]
    assert not shm["available"] and "not provisioned" in shm["reason"]
    assert "rasctl provision" in shm["hint"]
    assert mce["available"] and "one memory error" in mce["limits"]


@pytest.mark.parametrize("params,reason,words", (
    ({"severity": "fatal"}, "not-capable", ("panic", "--allow-crash")),
    ({"severity": "info"}, "not-capable", ("one memory error", "rasctl provision")),
    ({"severity": "corrected", "backend": "shm-ghes"}, "not-capable", ("not provisioned",)),
    ({"severity": "corrected", "backend": "no-such"}, "not-capable", ("no backend",)),
    ({"gpa": "0xfed00000"}, "address-not-ram", ()),
    # What the guest could take is told before what it is granted; this one it could take.
    ({"severity": "fatal", "allow_crash": True, "confirm": True}, "policy-denied", ()),
))
def test_refused(lab, params, reason, words):
    params = {"gpa": "0x4001000", "severity": "corrected"} | params
    before = lab.rasd.rows()
    refused(lab.rasd.rpc("injection.create", request_id=str(uuid.uuid4()), domain="amd", **params),
            reason, *words)
    assert lab.rasd.rows() == before


def test_other_records_say_how(lab):
    r = lab.rasd.ctl("inject", "--domain", "amd", "--type", "x86-processor", "--apic-id", "1")
    assert r.returncode != 0 and "one memory error" in r.stderr and "provision" in r.stderr, r


def test_unknown_vendor(lab):
    """Refused before it has booted, too."""
    refused(send(lab, "other", "0x4001000", "corrected"), "not-capable", "neither Intel")
    shown = lab.rasd.rpc("domain.explain", domain="other")["result"]["backends"][2]
    assert not shown["available"] and shown["reason_code"] == "not-capable", shown


def test_rasctl_says_how_it_went(lab):
    r = lab.rasd.ctl("inject", "--domain", "amd", "--gpa", "0x4030000", "--wait", "--via",
                     "hmp-mce")
    assert r.returncode == 0 and "delivered" in r.stdout and "hmp-mce" in r.stdout, r
    # The journal says why this one: it was asked for.
    with contextlib.closing(sqlite3.connect(lab.rasd.state / "journal.db")) as db:
        details = [d for d, in db.execute("SELECT detail FROM transition WHERE state = 'intent'")]
    assert any("asked for" in d for d in details), details
    assert any("not by qemu-ghes" in d for d in details), details
