# SPDX-License-Identifier: LGPL-2.1-or-later
"""Backend cxl: CXL memory devices of real guests (q35 and arm64 virt, TCG) whose kernels have their
drivers. The oracle is the driver's trace: what it read from the device.
"""
import json
import re
import struct
import subprocess
import uuid

import pytest

import rasdlab

MEDIA, DRAM, MODULE = (uuid.UUID(u) for u in ("fbcd0a77-c260-417f-85a9-088b1621eba6",
                                              "601dcbb3-9c06-4eab-b8af-4e9bfb5c9624",
                                              "fe927475-dd59-4339-a586-79bab113b774"))
DEVICES = ("-object", "memory-backend-ram,id=mem0,share=on,size=256M",
           "-object", "memory-backend-ram,id=lsa0,share=on,size=256M",
           "-device", "pxb-cxl,bus_nr=12,bus=pcie.0,id=cxl.1",
           "-device", "cxl-rp,port=0,bus=cxl.1,id=crp0,chassis=0,slot=2",
           "-device", "cxl-type3,bus=crp0,persistent-memdev=mem0,lsa=lsa0,id=cxl-mem0,sn=0x99",
           "-M", "cxl-fmw.0.targets.0=cxl.1,cxl-fmw.0.size=4G")
BDF = (0x0d, 0, 0)
EVENTS = "/sys/kernel/tracing/events/cxl/enable"


READY = ("for m in cxl_acpi cxl_pci cxl_mem; do insmod /cxl/$m.ko; done; "
         "mount -t tracefs t /sys/kernel/tracing; "
         f"while [ ! -e {EVENTS} ]; do sleep 1; done; echo 1 > {EVENTS}; "
         "while ! grep -q . /sys/bus/cxl/devices/mem0/serial; do sleep 1; done")


def cxl_guest(base, name, arch, *options):
    files = rasdlab.lab_dir().with_name(rasdlab.lab_dir().name + "-cxl") / arch
    initrd = rasdlab.add_to_initrd(arch, files / "modules", base / f"{arch}.initrd")
    return rasdlab.Guest(base, name, "--mem", "512,slots=2,maxmem=8G", "--machine", "cxl=on",
                         *options, extra=("-kernel", str(files / "vmlinuz"),
                                          "-initrd", str(initrd), *DEVICES))


@pytest.fixture(scope="module", name="lab")
def make_lab():
    subprocess.run([rasdlab.TOP / "lab/make-cxl"], check=True)
    base = rasdlab.make_base()
    guests = {"virt": cxl_guest(base, "virt", "arm64"),
              "pc": cxl_guest(base, "pc", "amd64", "--arch", "x86_64"),
              "plain": rasdlab.Guest(base, "plain", "--arch", "x86_64", "--mem", "256")}
    rasd = rasdlab.Rasd(base, {n: "recoverable" for n in guests})
    with rasdlab.lab_of(base, rasd, guests) as all_of_it:
        for name in ("pc", "virt"):
            guests[name].wait()
        for name in ("pc", "virt"):
            guests[name].console(READY)
        rasd.start(list(guests))
        yield all_of_it


def event(kind, fields, flags=0, severity=2, bdf=BDF):
    """A status block with one CXL event: fields are (offset in the event record, format, value)."""
    log = bytearray(112)
    for at, form, value in ((0, "B", 128), (1, "B", flags), *fields):
        struct.pack_into("<" + form, log, at, value)
    bus, device, function = bdf
    section = struct.pack("<IQHHBBBHHBQ", 32 + len(log), 5, 0x8086, 0x0d93, function, device, bus,
                          0, 0, 0, 0) + log
    entry = struct.pack("<16sIHBBI16s20s8s", kind.bytes_le, severity, 0x300, 0, 0, len(section),
                        b"", b"", b"") + section
    status = (1 << 4) | (2 if severity == 2 else 1)
    return (struct.pack("<IIIII", status, 0, 0, len(entry), severity) + entry).hex()


MEMORY = ((32, "Q", 0x1000), (40, "B", 1), (41, "B", 0), (42, "B", 1), (45, "B", 3), (46, "B", 2))
MEDIA_EVENT = (*MEMORY, (43, "H", 0b111), (47, "H", 5))
DRAM_EVENT = (*MEMORY, (43, "H", 0x7f), (47, "B", 5), (50, "B", 2), (51, "B", 3), (52, "H", 77),
              (55, "H", 9))
MODULE_EVENT = ((32, "B", 3), (33, "B", 1), (34, "B", 2), (36, "B", 50), (37, "H", 99),
                (39, "I", 4), (43, "I", 5), (47, "I", 6))


def send(lab, record, domain="pc", **more):
    return lab.rasd.rpc("injection.create", request_id=str(uuid.uuid4()), domain=domain,
                        record_hex=record, backend="cxl", wait=True, timeout_ms=30000, **more)


def delivered(answer):
    row = answer.get("result")
    assert row and row["state"] == "delivered" and row["final"] and row["backend"] == "cxl", answer
    assert row["source"] == 0x0d00 and row["ack_ns"] == 0, row


def traced(lab, name, domain="pc"):
    text = getattr(lab, domain).console("cat /sys/kernel/tracing/trace")
    return [line for line in text.splitlines() if f" {name}: " in line]


def wait_traced(lab, name, *words, domain="pc"):
    lines = rasdlab.wait_for(lambda: [x for x in traced(lab, name, domain)
                                      if all(w in x for w in words)])
    assert len(lines) == 1 and "serial=153" in lines[0], lines


@pytest.mark.parametrize("domain", ("pc", "virt"))
def test_media(lab, domain):
    """The same bytes on both architectures."""
    delivered(send(lab, event(MEDIA, MEDIA_EVENT, flags=0b101), domain))
    wait_traced(lab, "cxl_general_media", "log=Warning", "PERMANENT_CONDITION", "dpa=1000 ",
                "descriptor='UNCORRECTABLE_EVENT'", "type='ECC Error'",
                "transaction_type='Host Read'", "channel=3 rank=2 device=5 ", domain=domain)


def test_dram(lab):
    delivered(send(lab, event(DRAM, DRAM_EVENT, flags=2, severity=0)))
    wait_traced(lab, "cxl_dram", "log=Failure", "nibble_mask=5 bank_group=2 bank=3 row=77 column=9",
                "validity_flags='CHANNEL|RANK|NIBBLE|BANK GROUP|BANK|ROW|COLUMN'")


def test_module(lab):
    delivered(send(lab, event(MODULE, MODULE_EVENT)))
    wait_traced(lab, "cxl_memory_module", "log=Informational", "event_type='Temperature Change'",
                "health_status='MAINTENANCE_NEEDED'", "life_used=50 device_temp=99",
                "dirty_shutdown_cnt=4 cor_vol_err_cnt=5 cor_per_err_cnt=6")


def test_fields_that_are_not_valid_are_not_sent(lab):
    delivered(send(lab, event(MEDIA, ((32, "Q", 0x7000), (42, "B", 1), (45, "B", 9)))))
    wait_traced(lab, "cxl_general_media", "dpa=7000 ", "channel=0", "validity_flags=''")


def test_poison(lab):
    """The device has it in its list, which the driver reads when it is told to."""
    delivered(send(lab, event(MEDIA, ((32, "Q", 0x3000), (42, "B", 4)))))
    wait_traced(lab, "cxl_general_media", "transaction_type='Host Inject Poison'", "dpa=3000 ")
    lab.pc.console("echo 1 > /sys/bus/cxl/devices/mem0/trigger_poison_list")
    lines = rasdlab.wait_for(lambda: traced(lab, "cxl_poison"))
    assert any(re.search(r"dpa=0x3000 dpa_length=0x40\b", x) for x in lines), lines


def test_the_same_record_by_rasctl(lab):
    path = lab.rasd.base / "media.bin"
    path.write_bytes(bytes.fromhex(event(MEDIA, ((32, "Q", 0x5000), (42, "B", 5)))))
    r = lab.rasd.ctl("inject", "--domain", "pc", "--record", str(path), "--via", "cxl", "--wait")
    assert r.returncode == 0 and "delivered" in r.stdout, r
    wait_traced(lab, "cxl_general_media", "dpa=5000 ", "Internal Media Scrub")


@pytest.mark.parametrize("record,reason,words", (
    (event(MEDIA, MEDIA_EVENT, bdf=(0x0d, 1, 0)), "not-capable",
     ("no CXL memory device", "0d:00.0")),
    # The root port that it is behind.
    (event(MEDIA, MEDIA_EVENT, bdf=(0x0c, 0, 0)), "not-capable", ("no CXL memory device",)),
    (event(MEDIA, MEDIA_EVENT, flags=2), "not-capable", ("worse than its severity",)),
    (event(MEDIA, MEDIA_EVENT, flags=3, severity=0), "not-capable", ("worse than its severity",)),
    (event(uuid.UUID(int=7), ()), "not-capable", ("another error",)),
    (event(uuid.UUID("77cf9271-9c02-470b-9fe4-bc7b75f2da97"), ()), "not-capable",
     ("QEMU does not have",)),
    (event(MEDIA, MEDIA_EVENT, flags=3, severity=1), "policy-denied", ("fatal",)),
))
def test_not_accepted(lab, record, reason, words):
    before = lab.rasd.rows()
    answer = send(lab, record, confirm=True)
    assert answer["error"]["data"]["reason"] == reason, answer
    assert all(w in json.dumps(answer["error"]) for w in words), answer
    assert lab.rasd.rows() == before


def test_refused_by_qemu(lab):
    """A poison at the same place twice: QEMU's words are told, and no event follows."""
    record = event(MEDIA, ((32, "Q", 0x9000), (42, "B", 4)))
    delivered(send(lab, record))
    row = send(lab, record)["result"]
    assert row["state"] == "refused" and "oison" in row["detail"], row
    assert len([x for x in traced(lab, "cxl_general_media") if "dpa=9000 " in x]) == 1


def test_guest_without_such_a_device(lab):
    answer = send(lab, event(MEDIA, MEDIA_EVENT), domain="plain")
    assert answer["error"]["data"]["reason"] == "not-capable", answer
    shown = {n: lab.rasd.rpc("domain.explain", domain=n)["result"]["backends"]
             for n in ("pc", "plain")}
    cxl = {n: [b for b in v if b["name"] == "cxl"][0] for n, v in shown.items()}
    assert cxl["pc"]["available"] and not cxl["plain"]["available"], cxl
    assert "cxl-type3" in cxl["plain"]["hint"]


@pytest.mark.long
def test_protocol_errors_of_a_port():
    """Linux 7.3 traces those that come by a GHES; 6.12 prints them only."""
    subprocess.run([rasdlab.TOP / "lab/make-kernels"], check=True)
    kernel = rasdlab.lab_dir().with_name(rasdlab.lab_dir().name + "-kernels") / "bpo-cloud"
    base = rasdlab.make_base()
    guest = rasdlab.Guest(base, "new", "--mem", "512", extra=(
        "-kernel", str(kernel), "-device", "pcie-root-port,id=rp1,chassis=1,slot=1"))
    rasd = rasdlab.Rasd(base, {"new": "recoverable"})
    with rasdlab.lab_of(base, rasd, {"new": guest}):
        guest.wait()
        guest.console(f"mount -t tracefs t /sys/kernel/tracing; echo 1 > {EVENTS}")
        rasd.start(["new"])
        for severity, at, traced in (
                ("corrected", 12, "cxl_port_aer_correctable_error: device=0000:00:01.0 "
                                  "host=pci0000:00 status='Cache Data ECC Error'"),
                ("recoverable", 0, "cxl_port_aer_uncorrectable_error: device=0000:00:01.0 "
                                   "host=pci0000:00 status: 'Cache Data Parity Error'")):
            log = bytearray(88)
            log[at] = 1  # the first bit of the status
            r = rasd.ctl("inject", "new", "--type", "cxl-protocol", "--agent-type",
                         "CXL-root-port", "--port", "rp1", "--severity", severity, "--error-log",
                         "hex:" + log.hex(), "--wait", "--timeout", "30")
            assert r.returncode == 0 and "acknowledged" in r.stdout, r
            rasdlab.wait_for(lambda t=traced: t in guest.console("cat /sys/kernel/tracing/trace"))
