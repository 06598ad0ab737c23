# SPDX-License-Identifier: LGPL-2.1-or-later
"""Errors of a real host reach the right guest by themselves, once, and no other guest. The host's
kernel takes each error for real; nothing is injected by hand. How to write another scenario:
hostlab.py."""
import pytest

import hostlab

# The grant to forward is all that these guests have: it needs no grant for operators.
DOMAINS = {"a": "forward-uncorrected = yes", "b": "forward-uncorrected = yes",
           "huge": "forward-uncorrected = yes", "private": "forward-corrected = yes",
           "first": "forward-corrected = yes"}
GHES = "Hardware error from APEI Generic Hardware Error Source"


@pytest.fixture(scope="module", name="host")
def make_host():
    yield from hostlab.fixture(DOMAINS)


def is_live(host, name):
    return {s["name"]: s["state"] for s in host.rpc("source.list")["sources"]}[name] == "live"


@pytest.fixture(autouse=True)
def wait_until_live(host):
    host.ready()
    host.wait("the kernel's own reports are read", lambda: is_live(host, "kernel"))


def forwarded_once(host, name, gpa, pfn):
    """The guest was sent one record, has acknowledged it, and its kernel has given up the page.
    Whatever else reports the error, no second record follows."""
    event = host.decided(pfn, "forwarded")
    assert event["domain"] == name and int(event["gpa"], 16) == gpa, event
    assert host.given_up(name, gpa) == 1
    host.wait("it is acknowledged",
              lambda: host.rpc("injection.get", id=event["injection"])["state"] == "acknowledged")
    assert host.vm("end", name) == "active"
    others = [e["decision"] for e in host.events_of(pfn) if e["id"] != event["id"]]
    assert set(others) <= {"same-error", "secondary"}, others
    rows = host.injections(gpa)
    assert [r["id"] for r in rows] == [event["injection"]], rows
    return event


@pytest.mark.parametrize("name,memory", [("a", "anon"), ("b", "memfd")])
@pytest.mark.parametrize("how", ["hwpoison", "mce"])
def test_uncorrected(host, name, memory, how):
    host.run_guest(name, memory)
    _, gpa, pfn = host.page(name)
    if how == "hwpoison":
        host.poison(pfn)
    else:
        host.mce(pfn, corrected=False)  # a machine check, then a lost page, from two CPUs
    event = forwarded_once(host, name, gpa, pfn)
    shown = host.rasctl("log", "--host").out
    assert event["injection"][:8] in shown and "forwarded" in shown, shown


def test_corrected_is_counted(host):
    """The guest hears nothing of it; rasd and rasdaemon have it."""
    _, gpa, pfn = host.page()
    before = host.vm_log("a").count(GHES)
    host.mce(pfn, corrected=True)
    event = host.decided(pfn, "counted")
    assert event["domain"] == "a" and event["count"] == 1 and event["severity"] == "corrected"
    assert not host.injections(gpa) and host.vm_log("a").count(GHES) == before


def test_guest_without_grant(host):
    host.run_guest("private")
    _, gpa, pfn = host.page("private")
    host.poison(pfn)
    event = host.decided(pfn, "not-granted")
    assert event["domain"] == "private" and int(event["gpa"], 16) == gpa, event
    assert not host.injections(gpa) and GHES not in host.vm_log("private")
    host.vm("stop", "private")


@pytest.mark.parametrize("before,after", [("stop", "start"), ("kill -s STOP", "kill -s CONT")])
def test_without_rasdaemon(host, before, after):
    """rasd reads the kernel itself: it needs no rasdaemon, and no one that answers (a slow trigger
    blocks it for as long as it runs)."""
    host.sh(f"systemctl {before} rasdaemon")
    _, gpa, pfn = host.page()
    host.poison(pfn)
    forwarded_once(host, "a", gpa, pfn)
    host.sh(f"systemctl {after} rasdaemon")


def test_while_rasd_is_down(host):
    """The kernel keeps the event, and its poison proves whose page it was."""
    host.sh("systemctl stop rasd.socket rasd")
    _, gpa, pfn = host.page()
    host.poison(pfn)
    host.sh("systemctl start rasd.socket rasd")
    host.ready()
    event = forwarded_once(host, "a", gpa, pfn)
    assert event["late"], event


def test_killed_between(host):
    """rasd dies right behind the error, wherever it is then: the guest is told once."""
    _, gpa, pfn = host.page()
    host.poison(pfn)
    host.sh("systemctl kill -s KILL rasd")
    host.ready()
    forwarded_once(host, "a", gpa, pfn)


def test_page_of_no_guest(host):
    pfn = host.call(hostlab.own_page)
    before = len(host.rpc("injection.list", limit=1000)["injections"])
    host.poison(pfn)
    event = host.decided(pfn, "no-guest")
    assert "domain" not in event, event
    assert len(host.rpc("injection.list", limit=1000)["injections"]) == before


def test_zero_page(host):
    """It is in all guests. None of them is told."""
    _, pfn = host.call(hostlab.zero_page, "a")
    host.mce(pfn, corrected=True)
    event = host.decided(pfn, "no-guest")
    assert "domain" not in event, event


def test_machine_check_without_address(host):
    """Told as what it is; nobody's page is guessed."""
    before = len(host.rpc("event.list", limit=1000)["events"])
    host.sh("echo 1 >/sys/devices/system/machinecheck/machinecheck0/check_interval")
    assert not host.hmp("mce 0 9 0x9800000000000090 0 0 0x8c").strip()
    host.wait("its event", lambda: any(
        e["decision"] == "no-address" and e["severity"] == "corrected"
        for e in host.rpc("event.list", limit=1000)["events"]))
    assert len(host.rpc("event.list", limit=1000)["events"]) > before


@pytest.mark.long
def test_hugetlb_page(host):
    """One page of the host, 512 of the guest: it hears of each of them, in as few records as they
    fit in."""
    host.sh("echo 140 >/proc/sys/vm/nr_hugepages")
    host.run_guest("huge", "hugetlb")
    gpa = host.call(hostlab.empty_blocks, "huge")[0]
    pfn = host.vm("pfn", "huge", gpa)
    host.wait("the page is in rasd's index", lambda: host.rpc(
        "address.translate", hpa=hex(pfn << 12))["found"] == "index")
    host.poison(pfn + 5)
    event = host.decided(pfn + 5, "forwarded")
    assert event["domain"] == "huge" and event["pages"] == 512, event

    def told():
        rows = [r for r in host.rpc("injection.list", limit=1000)["injections"]
                if r["domain"] == "huge"]
        assert all(r["state"] in ("intent", "written", "acknowledged") for r in rows), rows
        return len(rows) == -(-512 // 6) and all(r["final"] for r in rows)
    host.wait("all records are acknowledged", told, 5 * hostlab.WAIT_S)
    pages = {f"Memory failure: {(gpa >> 12) + n:#x}:" for n in range(512)}
    host.wait("the guest gives up all pages",
              lambda: not [p for p in pages if p not in host.vm_log("huge")])
    assert host.vm("end", "huge") == "active"
    host.vm("stop", "huge")
    host.sh("echo 0 >/proc/sys/vm/nr_hugepages")


def frames(name, step):
    """Host pages of a guest, one of each stretch of `step` bytes that has any."""
    import os
    import vm
    process, first, found = vm.pid(name), vm.hva(name, vm.RAM), []
    pagemap = os.open(f"/proc/{process}/pagemap", os.O_RDONLY)
    flags = os.open("/proc/kpageflags", os.O_RDONLY)
    for at in range(first, first + vm.SIZE, step):
        entry = int.from_bytes(os.pread(pagemap, 8, at // 4096 * 8), "little")
        pfn = entry & ((1 << 55) - 1)
        if entry >> 63 and not int.from_bytes(os.pread(flags, 8, pfn * 8), "little") >> 24 & 1:
            found.append(pfn)  # it is not the zero page
    os.close(pagemap)
    os.close(flags)
    return found


def read_errors(host):
    """How many of its banks' errors the host's kernel has reported (rasdaemon's rows)."""
    return int(host.sql("SELECT count(*) FROM mce_record") or 0)


def test_page_that_another_guest_has_now(host):
    """Corrected errors of a guest's pages while rasd is down. That guest ends, and another gets
    some of these pages. It wants corrected errors, but these were not its own."""
    host.events = "corrected = forward"
    host.configure()
    host.vm("start", "first")
    host.sh("systemctl restart rasd")
    host.ready("first")
    _, gpa, pfn = host.page("first")
    host.mce(pfn, corrected=True)
    event = host.decided(pfn, "forwarded")  # such an error is forwarded, when it is fresh
    assert event["domain"] == "first" and int(event["gpa"], 16) == gpa, event
    host.sh("systemctl stop rasd.socket rasd")
    old = host.call(frames, "first", 2 << 20)
    for n in range(0, 24, 8):
        before = read_errors(host)
        for bank, page in enumerate(old[n:n + 8], 2):
            host.mce(page, corrected=True, bank=bank)
        host.wait("the kernel reads its banks",
                  lambda n=n, b=before: read_errors(host) >= b + len(old[n:n + 8]))
    host.vm("stop", "first")
    host.vm("start", "private")
    again = set(old[:24]) & set(host.call(frames, "private", 4096))
    assert again, "none of the pages is in use again"
    host.sh("systemctl start rasd.socket rasd")
    host.ready("private")
    for page in again:
        host.decided(page, "stale")
    assert GHES not in host.vm_log("private")


def test_rasdaemon_later(host):
    """The kernel's report is forwarded; rasd is killed. Then rasdaemon, which was blocked, writes
    its row of the same error. The guest is not told again."""
    host.sh("systemctl kill -s STOP rasdaemon")
    _, gpa, pfn = host.page()
    host.poison(pfn)
    forwarded_once(host, "a", gpa, pfn)
    host.sh("systemctl kill -s KILL rasd")
    host.ready()
    host.sh("systemctl kill -s CONT rasdaemon")
    host.wait("rasd has rasdaemon's row of it",
              lambda: "rasdaemon" in {e["source"] for e in host.events_of(pfn)})
    forwarded_once(host, "a", gpa, pfn)
