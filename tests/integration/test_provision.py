# SPDX-License-Identifier: LGPL-2.1-or-later
"""Provisioning through a real libvirtd: a q35 guest gets error sources of rasd's own, is started
with them, and loses them again.
"""
import json
import re
import signal
import time
import xml.etree.ElementTree

import pytest

import lvlab
import rasdlab

RAM = 512  # MiB
BASE = 0x100000000  # where memory devices begin with so little RAM


@pytest.fixture(scope="module", name="lab")
def make_lab():
    base = rasdlab.make_base()
    lv = lvlab.Libvirt(base).start()
    vx = lv.guest("vx", "q35", str(RAM), start=False)
    lv.guest("arm", "virt", start=False)

    def make_rasd(name):
        return rasdlab.Rasd(base, {"vx": "fatal"}, name, ghes=lv.dir / "ghes",
                            guests=f"libvirt-uri = {lv.uri}\n"
                                   f"libvirt-run-directory = {lv.run_dir}\n")

    rasd = make_rasd("rasd").start()
    yield type("Lab", (), {"base": base, "lv": lv, "rasd": rasd, "vx": vx,
                           "make_rasd": staticmethod(make_rasd)})
    rasd.stop()
    lv.down()
    rasdlab.drop_base(base)


def definition(lab):
    return lab.lv.virsh("dumpxml", "--inactive", "--security-info", "vx")


def define(lab, text):
    """Its log and socket stay in place."""
    lab.lv.virsh("define", "/dev/stdin", stdin=text)


def explain(lab):
    return lab.rasd.rpc("domain.explain", domain="vx")["result"]


def provisioned(lab, until=lambda p: True):
    """What explain says of it, once rasd has heard from libvirt what changed."""
    end = time.monotonic() + 20
    while not until(p := explain(lab).get("provisioned")):
        assert time.monotonic() < end, p
        time.sleep(0.1)
    return p


def ok(p):
    assert p.returncode == 0, p.stderr
    return p.stdout


def refused(p, *words):
    assert p.returncode != 0, p.stdout
    for w in words:
        assert w in p.stderr, p.stderr


def files(lab):
    return sorted(x.suffix for x in lab.rasd.ghes.iterdir())


def start(lab):
    (lab.lv.dir / "guests/vx.log").unlink(missing_ok=True)
    lab.lv.virsh("start", "vx")
    return lab.vx.wait()


def unprovision_once_stopped(lab):
    """rasd hears of it from libvirt, a moment later."""
    end = time.monotonic() + 20
    while (p := lab.rasd.ctl("unprovision", "vx")).returncode and time.monotonic() < end:
        time.sleep(0.1)
    return p


def test_dry_run_lists_changes_and_makes_none(lab):
    before = definition(lab)
    out = ok(lab.rasd.ctl("provision", "vx", "--dry-run"))
    assert out.count("change ") == 4, out
    for word in ("maxMemory (was none)", "NUMA cell", "ACPI table", "memory device", "dry run"):
        assert word in out, out
    assert definition(lab) == before
    assert not files(lab)
    assert "provisioned" not in explain(lab)


def test_who_is_not_provisioned(lab):
    refused(lab.rasd.ctl("provision", "vy"), "vy")
    refused(lab.rasd.ctl("provision", "arm"), "q35 machines only")
    refused(lab.rasd.ctl("unprovision", "vx"), "not provisioned")
    assert lab.rasd.ctl("provision", "vx", "--notify", "sci").returncode == 2
    assert not files(lab)


def test_from_provision_to_unprovision(lab):
    before = definition(lab)
    out = ok(lab.rasd.ctl("provision", "vx", "--notify", "nmi"))
    assert "next    start the guest" in out, out
    assert files(lab) == [".hest", ".page"]
    now = xml.etree.ElementTree.fromstring(definition(lab))
    device = now.find("devices/memory")
    assert device.get("model") == "nvdimm" and device.get("access") == "shared"
    assert int(device.find("address").get("base"), 16) == BASE
    assert int(now.find("memory").text) == (RAM + 2) << 10
    assert int(now.find("maxMemory").text) == (RAM + 1024) << 10
    assert now.find("os/acpi/table").text.endswith(".hest")
    p = provisioned(lab, lambda p: p and "problem" not in p)
    assert p["gpa"] == hex(BASE) and p["notify"] == "nmi" and p["ram_bytes"] == RAM << 20

    start(lab)
    log = lab.vx.log()
    assert "HEST: Table parsing has been initialized" in log
    assert f"addr: {hex(BASE)}" in lab.lv.hmp("vx", "info memory-devices")
    provisioned(lab, lambda p: p and "problem" not in p)
    for severity in ("corrected", "recoverable"):
        out = ok(lab.rasd.ctl("inject", "--domain", "vx", "--gpa", "0x10000000", "--severity",
                              severity, "--wait", "--timeout", "30"))
        assert "acknowledged" in out, out
    for verb in ("provision", "unprovision"):
        refused(lab.rasd.ctl(verb, "vx"), "runs with the page", "shut it down")
    assert files(lab) == [".hest", ".page"]

    lab.lv.virsh("destroy", "vx")
    assert (out := ok(unprovision_once_stopped(lab))).count("change ") == 4, out
    assert definition(lab) == before
    assert not files(lab)
    assert provisioned(lab, lambda p: p is None) is None


def test_error_device(lab):
    """Systems that insist on PNP0C33 and _OSC find them; Linux shows both."""
    before = definition(lab)
    out = ok(lab.rasd.ctl("provision", "vx", "--acpi-error-device"))
    assert out.count("change ") == 5, out
    assert files(lab) == [".hest", ".page", ".ssdt"]
    assert provisioned(lab, lambda p: p and p.get("acpi_error_device"))
    start(lab)
    assert "APEI firmware first mode is enabled by APEI bit and WHEA _OSC" in lab.vx.log()
    assert "RERR" in lab.vx.console("cat /sys/bus/acpi/devices/PNP0C33:00/path")
    out = ok(lab.rasd.ctl("inject", "--domain", "vx", "--gpa", "0x10000000", "--severity",
                          "corrected", "--wait", "--timeout", "30"))
    assert "acknowledged" in out, out
    lab.lv.virsh("destroy", "vx")
    # Again, without it: only the table that is not wanted any more goes.
    end = time.monotonic() + 20
    while (p := lab.rasd.ctl("provision", "vx")).returncode and time.monotonic() < end:
        time.sleep(0.1)
    assert "-acpitable" not in definition(lab) and ok(p)
    assert provisioned(lab, lambda p: p and not p.get("acpi_error_device"))
    ok(unprovision_once_stopped(lab))
    assert definition(lab) == before
    assert not files(lab)


def test_changed_memory_is_noticed(lab):
    """What the page was placed for has changed: rasd says so, and places it again. Passwords in the
    definition stay."""
    before = definition(lab)
    ok(lab.rasd.ctl("provision", "vx"))
    more = re.sub(r"memory='\d+'", f"memory='{RAM << 11}'", definition(lab))
    define(lab, more.replace("</devices>", "<graphics type='vnc' passwd='s3'/></devices>"))
    p = provisioned(lab, lambda p: "problem" in p)
    assert "reprovision needed" in p["problem"] and "1024 MiB of RAM" in p["problem"], p
    ok(lab.rasd.ctl("provision", "vx"))
    lab.rasd.stop(signal.SIGKILL)
    lab.rasd.start()
    p = provisioned(lab, lambda p: p and "problem" not in p)
    assert p["ram_bytes"] == RAM << 21
    ok(lab.rasd.ctl("unprovision", "vx"))
    assert f"<memory unit='KiB'>{RAM << 11}</memory>" in definition(lab)
    assert "passwd='s3'" in definition(lab)
    define(lab, before)


def test_what_stands_in_the_way(lab):
    """A definition that makes rasd's computing wrong, or takes the place of the table."""
    before = definition(lab)
    xmlns = "http://libvirt.org/schemas/domain/qemu/1.0"
    for words, why in ((("-machine", "max-ram-below-4g=1G"), "max-ram-below-4g"),
                       (("-acpitable", "sig=HEST,data=/x"), "another ACPI table")):
        args = "".join(f"<qemu:arg value='{w}'/>" for w in words)
        define(lab, before.replace("</domain>", f"<qemu:commandline xmlns:qemu='{xmlns}'>{args}"
                                                "</qemu:commandline></domain>"))
        refused(lab.rasd.ctl("provision", "vx"), why)
    define(lab, before)
    assert not files(lab)


def test_two_at_once(lab):
    """Of two requests for one guest one is done; the other changes nothing of what it does."""
    before = definition(lab)
    ask = {"jsonrpc": "2.0", "method": "domain.provision", "params": {"domain": "vx"}}
    answers = lab.rasd.lines(*(json.dumps({**ask, "id": i}) for i in (1, 2)))
    assert sorted("result" in a for a in answers) == [False, True], answers
    error = next(a["error"] for a in answers if "error" in a)
    assert error["data"]["reason"] == "busy", error
    assert files(lab) == [".hest", ".page"]
    provisioned(lab, lambda p: p and "problem" not in p)
    ok(lab.rasd.ctl("unprovision", "vx"))
    assert definition(lab) == before


def test_definition_of_another_host(lab):
    """Nobody remembers here how it was provisioned; it gets the same address nevertheless."""
    before = definition(lab)
    ok(lab.rasd.ctl("provision", "vx"))
    lab.rasd.stop()
    there = definition(lab)
    other = lab.make_rasd("other").start()
    try:
        answer = other.rpc("domain.provision", domain="vx")
        assert answer["result"]["gpa"] == hex(BASE), answer
        assert definition(lab) == there
        ok(other.ctl("unprovision", "vx"))
    finally:
        other.stop()
        lab.rasd.start()
    left = definition(lab)
    assert "maxMemory" not in left and "nvdimm" not in left and ".hest" not in left
    assert "reprovision needed" in provisioned(lab, lambda p: "problem" in p)["problem"]
    ok(lab.rasd.ctl("unprovision", "vx"))
    define(lab, before)


def test_undefined_domain(lab):
    """Its files and what rasd remembers are left. They are removed by its UUID, while no domain has
    that."""
    before = definition(lab)
    uuid = re.search(r"<uuid>(.*)</uuid>", before)[1]
    refused(lab.rasd.ctl("unprovision", uuid), "no guest with the UUID")
    ok(lab.rasd.ctl("provision", "vx"))
    refused(lab.rasd.ctl("unprovision", uuid), "vx has that UUID", "rasctl unprovision vx")
    lab.lv.virsh("undefine", "vx")
    rasdlab.wait_for(lambda: "error" in lab.rasd.rpc("domain.explain", domain="vx"))
    refused(lab.rasd.ctl("unprovision", "vx"), "vx")
    ok(lab.rasd.ctl("unprovision", uuid, "--dry-run"))
    assert files(lab) == [".hest", ".page"]
    ok(lab.rasd.ctl("unprovision", uuid))
    assert not files(lab) and not list((lab.rasd.state / "ghes").iterdir())
    refused(lab.rasd.ctl("unprovision", uuid), "no guest with the UUID")
    define(lab, before)


def test_table_by_the_command_line(lab):
    """As rasd does it with an older libvirt: taken by QEMU, and taken back."""
    before = definition(lab)
    ok(lab.rasd.ctl("provision", "vx"))
    native = definition(lab)
    table = re.search(r"<acpi>\s*<table type='raw'>(.*)</table>\s*</acpi>", native)
    xmlns = "http://libvirt.org/schemas/domain/qemu/1.0"
    define(lab, native.replace(table[0], "").replace(
        "</domain>", f"<qemu:commandline xmlns:qemu='{xmlns}'><qemu:arg value='-acpitable'/>"
                     f"<qemu:arg value='file={table[1]}'/></qemu:commandline></domain>"))
    lab.lv.virsh("start", "vx")
    assert table[1] in open(f"/proc/{lab.vx.pid}/cmdline", encoding="utf-8").read()
    lab.lv.virsh("destroy", "vx")
    ok(unprovision_once_stopped(lab))
    left = definition(lab)
    assert "acpitable" not in left and ".hest" not in left and "maxMemory" not in left
    define(lab, before)


def test_guest_without_libvirt(lab):
    """Known by its socket only: its owner gets QEMU's arguments, which give it the same."""
    ident = "9c1b8a52-0f5e-4c5e-9d07-00000000005a"
    with rasdlab.provisioned_guest(lab.rasd, "sx", ident) as guest:
        memory = guest.hmp("info memory-devices")
        assert f"addr: {hex(BASE)}" in memory, memory
        assert "HEST: Table parsing has been initialized" in guest.log()
        refused(lab.rasd.ctl("unprovision", "sx"), "runs with the page")
    assert lab.rasd.ctl("unprovision", "sx").returncode == 4  # it is gone, and so is its name


@pytest.mark.parametrize("ram, base, limit", [(6 << 10, 0x200000000, 0), (16 << 10, 0x480000000, 0),
                                              (6 << 10, 0x280000000, 8 << 10)])
def test_qemu_has_room_at_the_address(lab, ram, base, limit):
    """QEMU takes the arguments, and the page is in no way of a DIMM that fits into what was the
    limit of memory before. The guest does not run: its RAM is never touched.
    """
    name, ident = f"m{ram}-{limit}", f"9c1b8a52-0f5e-4c5e-9d07-{ram:06x}{limit:06x}"
    of_ram = ("-object", f"memory-backend-ram,id=main,size={ram}M,reserve=off", "-machine",
              "memory-backend=main", "-S", "-uuid", ident)
    options = ("--arch", "x86_64", "--mem", f"{ram},slots=2,maxmem={limit}M" if limit else str(ram))
    guest = rasdlab.Guest(lab.base, name, *options, extra=of_ram)
    try:
        lab.rasd.wait_log(f"guest {name}: pid {guest.pid}")
        result = lab.rasd.rpc("domain.provision", domain=name)["result"]
        guest.stop()
        assert result["gpa"] == hex(base), result
        extra = (*of_ram, *result["qemu_arguments"])
        guest = rasdlab.Guest(lab.base, name, *options, extra=extra)
        if limit:
            size = (limit - ram) << 20
            guest.qmp("object-add", id="d", size=size, reserve=False,
                      **{"qom-type": "memory-backend-ram"})
            guest.qmp("device_add", driver="pc-dimm", id="d0", memdev="d")
        devices = {d["data"]["id"]: d["data"]["addr"] for d in guest.qmp("query-memory-devices")}
        assert devices.pop("rasd-ghes0") == base
        assert devices == ({"d0": 0x200000000} if limit else {})
    finally:
        guest.stop()
