# SPDX-License-Identifier: LGPL-2.1-or-later
"""Errors of a real host reach an x86_64 guest by themselves: through the page that it shares with
rasd, or, where it has none, as a machine check; and if neither can be, that is said."""
import contextlib
import uuid

import pytest

import hostlab
import nested_q35
from test_nested_forward import corrected_arrives, forwarded_once, is_live, until_forwarded

BOTH = "forward-uncorrected = yes\nforward-corrected = yes"
DOMAINS = {"x": BOTH, "bare": BOTH, "other": BOTH}
GHES = "Hardware error from APEI Generic Hardware Error Source: 1"


def backends(host, name):
    return {b["name"]: b for b in host.rpc("domain.explain", domain=name)["backends"]}


@pytest.fixture(scope="module", name="host")
def make_host():
    with contextlib.contextmanager(hostlab.fixture)(DOMAINS) as host:
        host.ready()
        host.vm("stop", "a")  # it costs CPU
        host.arguments = nested_q35.provision(host, "x")
        host.tagged = nested_q35.make_state(host, host.arguments, host.base)
        nested_q35.start(host, "x", *host.arguments)
        host.wait("rasd reaches its page", lambda: backends(host, "x")["shm-ghes"]["available"])
        host.wait("the kernel's own reports are read", lambda: is_live(host, "kernel"))
        yield host


@pytest.mark.parametrize("how", ["hwpoison", "mce"])
def test_uncorrected(host, how):
    """The guest is told by NMI, gives up its page, and has acknowledged the record."""
    _, gpa, pfn = host.page("x")
    if how == "hwpoison":
        host.poison(pfn)
    else:
        host.mce(pfn, corrected=False)
    event = forwarded_once(host, "x", gpa, pfn)
    row = host.rpc("injection.get", id=event["injection"])
    assert row["backend"] == "shm-ghes" and row["origin"] == "host-event", row
    assert GHES in host.vm_log("x")
    assert f"physical_address: {gpa:#018x}" in host.vm_log("x")


@pytest.fixture(name="bare")
def make_bare(host):
    """The same guest under another UUID: rasd has not provisioned that one. What it has at the
    page's address is a file of somebody else's."""
    def start(name, *more, **options):
        host.vm("stop", "x")  # one at a time: each costs CPU
        host.sh(f"truncate -s 2M /var/tmp/{name}.page && chown qemu: /var/tmp/{name}.page")
        page = next(a for a in host.arguments if "mem-path=" in a).split("mem-path=")[1]
        nested_q35.start(host, name, *(a.replace(page, f"/var/tmp/{name}.page")
                                       for a in host.arguments),
                         *more, ident=str(uuid.uuid4()), **options)
        started.append(name)
    started = []
    yield start
    for name in started:
        if host.vm("end", name) == "active":
            host.vm("stop", name)
    nested_q35.start(host, "x", *host.arguments)


def test_without_page(host, bare):
    """It is told by a machine check, which nobody acknowledges."""
    bare("bare")
    shown = backends(host, "bare")
    assert not shown["shm-ghes"]["available"] and "not provisioned" in shown["shm-ghes"]["reason"]
    assert "rasctl provision bare" in shown["shm-ghes"]["hint"] and shown["hmp-mce"]["available"]
    _, gpa, pfn = host.page("bare")
    host.poison(pfn)
    assert host.given_up("bare", gpa) == 1
    event = host.decided(pfn, "forwarded")
    row = host.wait("it is delivered", lambda: (r := host.rpc(
        "injection.get", id=event["injection"]))["final"] and r)
    assert (row["state"], row["backend"]) == ("delivered", "hmp-mce"), row
    assert GHES not in host.vm_log("bare") and host.vm("end", "bare") == "active"


@pytest.mark.long
@pytest.mark.parametrize("n", [3, 512])
def test_huge_page_without_page(host, bare, n):
    """A page of the host that is 512 of the guest: one machine check for each, one after the other,
    for as long as the guest lives."""
    host.sh("echo 140 >/proc/sys/vm/nr_hugepages")
    bare("bare", "-machine", "memory-backend=pc.ram", "-object", "memory-backend-memfd,id=pc.ram,"
         f"share=on,hugetlb=on,hugetlbsize=2M,size={hostlab.vm.SIZE}")
    gpa = host.call(hostlab.empty_blocks, "bare", 0)[0]
    pfn = host.vm("pfn", "bare", gpa)
    host.wait("the page is in rasd's index", lambda: host.rpc(
        "address.translate", hpa=hex(pfn << 12))["found"] == "index")
    host.poison(pfn + 5)
    event = host.decided(pfn + 5, "forwarded")
    assert event["domain"] == "bare" and event["pages"] == 512, event

    def told():
        rows = {int(r.get("gpa", "0"), 16): r for r in reversed(
            host.rpc("injection.list", limit=1000)["injections"])}
        at = [rows.get(gpa + i * 4096) for i in range(n)]
        return all(r and r["final"] for r in at) and at
    for row in host.wait("machine checks are delivered", told, max(hostlab.WAIT_S, 4 * n)):
        assert (row["state"], row["backend"]) == ("delivered", "hmp-mce"), row
    pages = {f"Memory failure: {(gpa >> 12) + i:#x}:" for i in range(n)}
    host.wait("the guest gives up these pages",
              lambda: not [p for p in pages if p not in host.vm_log("bare")])
    assert host.vm("end", "bare") == "active"
    host.vm("stop", "bare")
    if n < 512:
        host.wait("what is left is given up, and that is said", lambda: [
            e for e in host.events_of(pfn + 5)
            if e["decision"] == "failed" and 'there is no domain "bare"' in e["reason"]])
    host.sh("echo 0 >/proc/sys/vm/nr_hugepages")


@pytest.mark.long
def test_neither_page_nor_machine_check(host, bare):
    """A processor whose machine checks rasd does not know: not sent, and the event says why."""
    bare("other", cpu="Skylake-Server,vendor=HygonGenuine")
    assert "neither Intel" in backends(host, "other")["hmp-mce"]["reason"]
    _, gpa, pfn = host.page("other")
    host.poison(pfn)
    event = host.decided(pfn, "failed")
    assert "not provisioned" in event["reason"], event
    assert event["domain"] == "other" and int(event["gpa"], 16) == gpa, event
    assert not [r for r in host.injections(gpa) if r["state"] != "refused"]
    assert "Memory failure" not in host.vm_log("other")


@pytest.mark.long
def test_corrected_over_the_threshold(host):
    """Opt-in: the guest hears of it by the source that it polls, and moves the data."""
    host.sh("echo 1000 >/sys/kernel/debug/ras/cec/action_threshold")
    host.restart_rasd("corrected = threshold\ncorrected-threshold = 2")
    host.wait("rasd reaches its page", lambda: backends(host, "x")["shm-ghes"]["available"])

    def twice(gpa, pfn):
        host.mce(pfn, corrected=True)
        assert host.decided(pfn, "counted") and not host.injections(gpa)
        host.mce(pfn, corrected=True)

    gpa, _, event = until_forwarded(host, "x", twice)
    corrected_arrives(host, "x", event)
    assert GHES.replace("Source: 1", "Source: 0") in host.vm_log("x")
    n = {at: n for n, at in host.tagged.items()}[gpa]
    host.wait("the guest moves the data", lambda: set(host.call(moved, n)) > {gpa})


def moved(n):
    """For Host.call(): hostlab's tagged_pages() of a guest whose RAM begins at 0."""
    import vm
    page, base = (vm.tag(n) * vm.PAGE)[:vm.PAGE], vm.hva("x", 0x100000)
    with open(f"/proc/{vm.pid('x')}/mem", "rb", buffering=0) as mem:
        mem.seek(base)
        data = mem.read(vm.SIZE - 0x100000)
    return [0x100000 + at for at in range(0, len(data), vm.PAGE) if data[at:at + vm.PAGE] == page]
