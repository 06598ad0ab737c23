# SPDX-License-Identifier: LGPL-2.1-or-later
"""rasd on a real host: Debian 13 with systemd and rasdaemon, errors that the host's kernel takes
for real, and guests whose pages they hit. How to write another scenario: hostlab.py."""
import pytest

import hostlab

# Of rasd.service and rasd-pagemap.service, as SECURITY.md promises: uid's name, capabilities.
UNITS = {"rasd": ("rasd", 0), "rasd-pagemap": ("rasd-pagemap", (1 << 2) | (1 << 19) | (1 << 21))}


DOMAINS = dict.fromkeys(("a", "b", "huge"), hostlab.TARGET)


@pytest.fixture(scope="module", name="host")
def make_host():
    yield from hostlab.fixture(DOMAINS)


@pytest.fixture(scope="module", name="newer")
def make_newer():
    """The same with the kernel of trixie-backports."""
    yield from hostlab.fixture(DOMAINS, "bpo")


def inject(host, *args):
    r = host.rasctl("inject", *args, "--wait", "--timeout", hostlab.WAIT_S)
    assert "acknowledged" in r.out, r.out


def translate(host, pfn):
    return host.rpc("address.translate", hpa=hex(pfn << 12))


def owners(answer):
    return [(o["domain"], int(o["gpa"], 16), o["state"]) for o in answer["owners"]]


def unit_status(units):
    import subprocess
    out = {}
    for u in units:
        pid = subprocess.run(["systemctl", "show", "-PMainPID", u], check=True, text=True,
                             capture_output=True).stdout.strip()
        with open(f"/proc/{pid}/status", encoding="ascii") as f:
            out[u] = dict(line.split(":", 1) for line in f)
    return out


def test_units_run_in_their_sandbox(host):
    host.ready()
    for unit, status in host.call(unit_status, list(UNITS)).items():
        name, caps = UNITS[unit]
        status = {k: v.split() for k, v in status.items()}
        assert status["Uid"] == [host.sh(f"id -u {name}").strip()] * 4
        assert status["NoNewPrivs"] == ["1"] and status["Seccomp"] == ["2"]
        for which in ("CapEff", "CapPrm", "CapBnd"):
            assert int(status[which][0], 16) == caps, (unit, which, status[which])
        assert host.sh(f"systemctl show -PProtectSystem {unit}").strip() == "strict"
    # Neither the system call filter nor AppArmor had to refuse anything.
    refused = host.run("journalctl -k -b --no-pager | grep -E 'type=1326|apparmor=.DENIED'").out
    assert not refused, refused
    for unit in UNITS:
        assert "permitted" not in host.journal(unit), host.journal(unit)


def test_trace_instance(host):
    """The units have set up rasd's own trace instance, which works beside rasdaemon's."""
    host.ready()
    assert host.sh("systemctl show -PResult rasd-trace").strip() == "success"
    instance = "/sys/kernel/tracing/instances/rasd"
    for event in ("mce/mce_record", "ras/memory_failure_event", "ras/mc_event"):
        assert host.get(f"{instance}/events/{event}/enable").strip() == "1", event
    assert host.get(f"{instance}/buffer_percent").strip() == "0"
    assert "sig == 7" in host.get(f"{instance}/events/signal/signal_generate/filter").replace(
        "==", " == ").replace("  ", " ")


def test_status(host):
    host.ready()
    out = host.rasctl("status").out
    assert "1: 1 ready; 1 granted" in out, out
    host.wait("pages are found by what the kernel records",
              lambda: host.rpc("rpc.ping")["pages"] == "rmap")


def test_read_only_socket(host):
    """systemd passes both sockets, and root is a viewer by the second."""
    host.ready()
    ro = "--socket /run/rasd/rasd-ro.sock"
    assert host.sh("stat -c '%U %G %a' /run/rasd/rasd-ro.sock").split() == ["root", "rasd", "666"]
    host.sh(f"rasctl {ro} domains")
    out = host.run(f"rasctl {ro} inject --domain a --gpa 0x40000000 2>&1").out
    assert "read-only socket: ask at /run/rasd/rasd.sock" in out, out


def test_inject_into_inner_guest(host):
    host.ready()
    _, gpa, _ = host.page()
    inject(host, "--domain", "a", "--gpa", hex(gpa), "--severity", "corrected")
    host.wait("the guest's kernel reports it",
              lambda: f"physical_address: {gpa:#018x}" in host.vm_log("a"))


def fails_in_guest(gpa):
    """What the guest's kernel says when it has given up a page of its file."""
    return f"Memory failure: {gpa >> 12:#x}: recovery action for dirty LRU page: Recovered"


def wait_for_row(host, pfn):
    query = "SELECT pfn, action_result FROM memory_failure_event"
    host.wait("rasdaemon's row", lambda: f"{pfn:#x}|Recovered" in host.sql(query).split())


def poisoned_page(host, name, how):
    """The host's kernel has taken a guest's page away. It is still found, and rasdaemon has a row.
    Told of it, the guest's kernel gives up the same page, and its QEMU lives."""
    n, gpa, pfn = host.page(name)
    answer = translate(host, pfn)
    assert answer["state"] == "live" and owners(answer) == [(name, gpa, "live")], answer
    if how == "hwpoison":
        host.poison(pfn)
    else:
        host.mce(pfn, corrected=False)
    wait_for_row(host, pfn)
    answer = translate(host, pfn)
    assert answer["state"] == "poisoned" and owners(answer) == [(name, gpa, "poisoned")], answer
    share = host.rpc("address.owners", **{"from": hex(pfn << 12), "to": hex((pfn + 1) << 12)})
    assert [(g["domain"], g["bytes"], g["poisoned_bytes"]) for g in share["guests"]] == [
        (name, 4096, 4096)] and share["complete"], share
    stays = host.wait("rasd says that the guest cannot be migrated", lambda: (
        m := host.rpc("domain.explain", domain=name)["migration"])["blocked"] and m)
    assert "QEMU would be killed" in stays["reason"], stays  # there is no KVM
    assert stays["evidence"][0]["by"] == "host-event", stays
    inject(host, "--hpa", hex(pfn << 12), "--severity", "recoverable")
    host.wait("the guest gives up the page",
              lambda: fails_in_guest(gpa) in host.vm_log(name))
    if how == "hwpoison":
        said = host.console(name, f"dd if=/t/tagged bs=4096 skip={n} count=1 of=/dev/null")
        assert "Input/output error" in said, said
    assert host.vm("end", name) == "active"


@pytest.mark.parametrize("name,memory", [("a", "anon"), ("b", "memfd")])
@pytest.mark.parametrize("how", ["hwpoison", "mce"])
def test_poisoned_page(host, name, memory, how):
    host.run_guest(name, memory)
    poisoned_page(host, name, how)


@pytest.mark.long
@pytest.mark.parametrize("how", ["hwpoison", "mce"])
def test_poisoned_page_newer_kernel(newer, how):
    newer.ready()
    assert int(newer.sh("uname -r").split(".", 1)[0]) >= 7, newer.sh("uname -r")
    poisoned_page(newer, "a", how)


def test_corrected_error_leaves_the_page(host):
    host.ready()
    _, gpa, pfn = host.page()
    host.mce(pfn, corrected=True)
    query = f"SELECT count(*) FROM mce_record WHERE addr = {pfn << 12}"
    host.wait("rasdaemon's row", lambda: host.sql(query).strip() not in ("", "0"))
    answer = translate(host, pfn)
    assert owners(answer) == [("a", gpa, "live")], answer


def test_page_of_no_guest(host):
    host.ready()
    pfn = host.call(hostlab.own_page)
    assert translate(host, pfn)["state"] == "host"
    host.poison(pfn)
    wait_for_row(host, pfn)
    answer = translate(host, pfn)
    assert not answer["owners"] and answer["state"] in ("host", "poisoned"), answer
    r = host.rasctl("inject", "--hpa", hex(pfn << 12), "--severity", "recoverable", check=False)
    assert r.rc == 2 and "--help" not in r.out, r.out  # a wrong address, not a wrong word


def source(host, name):
    return next(s for s in host.rpc("source.list")["sources"] if s["name"] == name)


def poison_own_pages(count):
    """Pages of a process that is no guest, one right after the other: their host pages."""
    import ctypes
    import mmap
    import sys
    import vm
    m = mmap.mmap(-1, count * 4096)
    m.madvise(mmap.MADV_NOHUGEPAGE)
    sys.modules[f"rasd_lab_pages_{count}"] = m  # it stays mapped
    address = ctypes.addressof(ctypes.c_char.from_buffer(m))
    pfns = []
    for i in range(count):
        m[i * 4096] = 1
        pfns.append(vm.pagemap("self", address + i * 4096) & ((1 << 55) - 1))
    for pfn in pfns:
        with open("/sys/kernel/debug/hwpoison/corrupt-pfn", "w", encoding="ascii") as f:
            f.write(str(pfn))
    return pfns


def test_rasdaemon_loses_no_row(host):
    """rasd reads each row while rasdaemon writes the next ones. rasdaemon never waits for a lock,
    so a reader that takes one would cost rows."""
    host.wait("rasd reads rasdaemon's database",
              lambda: source(host, "rasdaemon")["state"] == "live")
    before = source(host, "rasdaemon")["events"]
    host.sh("modprobe hwpoison-inject")
    pfns = host.call(poison_own_pages, 40)
    host.wait("rasd has read all of them",
              lambda: source(host, "rasdaemon")["events"] >= before + len(pfns))
    rows = host.sql("SELECT pfn FROM memory_failure_event").split()
    assert not [hex(pfn) for pfn in pfns if hex(pfn) not in rows]
    assert "on sqlite" not in host.journal("rasdaemon"), host.journal("rasdaemon")
    assert source(host, "rasdaemon")["malformed"] == 0


def test_rasdaemon_runs_rasd_trigger(host):
    """With the drop-in that is installed for it."""
    drop_in = "/etc/systemd/system/rasdaemon.service.d/rasd.conf"
    assert source(host, "trigger")["state"] == "live"
    before = source(host, "trigger")["events"]
    host.sh(f"install -D -m644 /usr/share/rasd/rasd.conf {drop_in} && systemctl daemon-reload && "
            "systemctl restart rasdaemon")
    try:
        pfn = host.call(poison_own_pages, 1)[0]
        host.wait("rasd is told", lambda: source(host, "trigger")["events"] > before)
        seen = [e for e in host.rpc("event.list", limit=100)["events"] if e["source"] == "trigger"]
        assert any(hex(pfn << 12) in (e.get("hpa") or "") for e in seen), seen
        assert "exited with status" not in host.journal("rasdaemon")
    finally:
        host.sh(f"rm {drop_in} && systemctl daemon-reload && systemctl restart rasdaemon")


def test_zero_page_belongs_to_nobody(host):
    """After a restore the guest's pages that hold only zeros are the host's zero page, all of them.
    It must not be taken for a page of that guest."""
    host.ready()
    gpa, pfn = host.call(hostlab.zero_page, "a")
    answer = translate(host, pfn)
    assert not answer["owners"] and "zero page" in answer["detail"], answer
    answer = host.rpc("address.translate", domain="a", gpa=hex(gpa))
    assert answer["state"] == "unbacked" and "hpa" not in answer, answer


def test_page_that_the_host_has_moved(host):
    """Intel's second corrected error on a page makes Linux copy it to another and retire it (CEC).
    The guest keeps its data and is at the new page. The old one is nobody's now; rasd may know from
    its index that it was the guest's."""
    host.ready()
    _, gpa, old = host.page()
    count = f"SELECT count(*) FROM mce_record WHERE addr = {old << 12}"
    for n in ("1", "2"):
        host.mce(old, corrected=True)
        host.wait("rasdaemon's row", lambda n=n: host.sql(count).strip() == n)
    host.wait("Linux moves the page",
              lambda: host.vm("pfn", "a", gpa) not in (None, old))
    new = host.vm("pfn", "a", gpa)
    assert owners(translate(host, new)) == [("a", gpa, "live")]
    answer = translate(host, old)
    assert owners(answer) in ([], [("a", gpa, "historic")]), answer
    assert not answer["owners"] or int(answer["hpa_now"], 16) >> 12 == new, answer


def test_hugetlb_page(host):
    """The kernel takes away all of it, and then pagemap says nothing of it. What rasd has seen
    before tells whose it was, and which page of it is asked for."""
    host.sh("echo 140 >/proc/sys/vm/nr_hugepages")
    host.run_guest("huge", "hugetlb")
    gpa = host.call(hostlab.empty_blocks, "huge")[0]
    pfn = host.vm("pfn", "huge", gpa)
    host.wait("the page is in rasd's index", lambda: translate(host, pfn)["found"] == "index")
    host.poison(pfn + 5)
    wait_for_row(host, pfn + 5)
    for n in (0, 5, 511):
        answer = translate(host, pfn + n)
        assert owners(answer) == [("huge", gpa + n * 4096, "poisoned")], answer
        assert answer["page_bytes"] == 2 << 20, answer
    inject(host, "--hpa", hex((pfn + 5) << 12), "--severity", "recoverable")
    host.wait("the guest gives up the page", lambda: f"Memory failure: {(gpa >> 12) + 5:#x}: "
              "recovery action for free buddy page: Recovered" in host.vm_log("huge"))
    assert host.vm("end", "huge") == "active"
    host.vm("stop", "huge")
    host.sh("echo 0 >/proc/sys/vm/nr_hugepages")


def test_without_rasd(host):
    """What rasd is for: a guest that is not told of its bad page touches it, and its QEMU dies."""
    host.vm("start", "untold")
    n, _, pfn = host.page("untold")
    host.poison(pfn)
    assert host.vm("end", "untold") == "active"
    with pytest.raises(AssertionError, match="closed|reset"):
        host.console("untold", f"dd if=/t/tagged bs=4096 skip={n} count=1 of=/dev/null")
    host.wait("QEMU is killed", lambda: host.vm("end", "untold") != "active")
    assert "7" in host.vm("end", "untold").split(), host.vm("end", "untold")  # SIGBUS
    host.vm("stop", "untold")


def lost_pages(host):
    """Those that rasdaemon has a row of."""
    return {int(p, 16) for p in host.sql("SELECT pfn FROM memory_failure_event").split()}


def lever_is_engaged(host):
    """It outlives a boot: it is shown, refuses injections, and real errors are still forwarded."""
    status = host.rasctl("safety", "status").out
    assert "engaged: nothing is injected" in status and "before the boot" in status, status
    r = host.rasctl("inject", "--domain", "a", "--gpa", "0x48000000", check=False)
    assert r.rc == 5 and "the safety lever is engaged" in r.err, r
    assert "\nrasd_safety_engaged 1\n" in host.rasctl("metrics").out


def test_host_reboots(host):
    """The last test: a real boot, with the safety lever engaged. rasd comes up with its journal and
    the lever, and knows the guests of this boot. It reads only now of errors before it. Some of
    their pages are another guest's by now: that guest is not told, and rasd says why."""
    names = ("b", "huge")
    host.domains = dict.fromkeys(("a", *names), "forward-uncorrected = yes")
    host.only("a")
    # With the kernel's source live, a row of rasdaemon's is never forwarded at all.
    host.restart_rasd("source = rasdaemon", "a")
    _, _, first = host.page()
    host.poison(first)
    host.decided(first, "forwarded")  # it has a place in rasdaemon's table now
    before = host.rpc("injection.list", limit=1000)["injections"]
    host.rasctl("safety", "engage", "--reason", "before the boot")
    host.sh("systemctl stop rasd.socket rasd")
    old = host.call(hostlab.frames, "a", 2 << 20)
    # The guest dies of it sooner or later. A page that is just being freed makes no row or is an
    # error here.
    host.sh("for p in " + " ".join(map(str, old))
            + "; do echo $p >/sys/kernel/debug/hwpoison/corrupt-pfn; done; true")
    host.wait("rasdaemon's rows", lambda: len(lost_pages(host) & set(old)) > len(old) // 2)
    host.events = "source = kernel"
    host.configure()
    host.reboot()
    host.sh("systemctl is-system-running --wait || systemctl --failed")
    assert host.sh("systemctl is-active rasd.service").strip() == "active"
    lever_is_engaged(host)
    for name in names:
        host.vm("start", name)
        mine = set(host.call(hostlab.frames, name, 4096))
        if again := mine & set(old) & lost_pages(host):
            break
    assert again, "none of the pages is a guest's now"
    host.restart_rasd("source = rasdaemon", name)
    for pfn in again:
        event = host.decided(pfn, "stale")
        assert "earlier boot" in event["reason"] and "injection" not in event, event
    after = host.rpc("injection.list", limit=1000)["injections"]
    assert before and [r["id"] for r in after] == [r["id"] for r in before]
    assert all(r["final"] for r in after), after
    assert "Hardware Error" not in host.vm_log(name)
    _, gpa, pfn = host.page(name)  # an error of this boot
    host.poison(pfn)
    event = host.decided(pfn, "forwarded")
    assert event["domain"] == name and int(event["gpa"], 16) == gpa, event
    host.given_up(name, gpa)
