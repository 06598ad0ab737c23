# SPDX-License-Identifier: LGPL-2.1-or-later
"""q35 guests with Linux that OVMF boots instead of SeaBIOS: with error sources of rasd's own.

OVMF takes what memory it likes below 4 GiB, and puts the 64-bit window of PCI where QEMU says that
memory for devices ends. The page must be in neither.
"""
import re
import time
import uuid

import pytest

import rasdlab

PAGE_BYTES = 2 << 20


@pytest.fixture(scope="module", name="lab")
def make_lab(base):
    rasd = rasdlab.Rasd(base, {n: "fatal" for n in ("ovmf", "big")}).start()
    try:
        with rasdlab.provisioned_guest(rasd, "ovmf", str(uuid.uuid4()), "--firmware",
                                       "ovmf") as guest:
            yield type("Lab", (), {"rasd": rasd, "guest": guest})
    finally:
        rasd.stop()


def send(lab, gpa, severity, wait=True, name="ovmf"):
    answer = lab.rasd.rpc("injection.create", request_id=str(uuid.uuid4()), domain=name,
                          gpa=hex(gpa), severity=severity, wait=wait, timeout_ms=30000)
    assert "result" in answer, answer
    return answer["result"]


def acked(lab, guest, gpa, severity, source):
    """Acknowledged, and in the guest's kernel's own words."""
    mark = len(guest.log())
    row = send(lab, gpa, severity, name=guest.name)
    assert (row["state"], row["backend"]) == ("acknowledged", "shm-ghes"), row
    for text in (f"Generic Hardware Error Source: {source}", f"event severity: {severity}",
                 f"fru_id: {row['id']}", f"physical_address: {gpa:#018x}"):
        rasdlab.wait_for(lambda text=text: text in guest.log()[mark:])


def ranges(guest):
    """(first, last, name) of each resource that the guest knows of."""
    found = re.findall(r"^ *([0-9a-f]+)-([0-9a-f]+) : (.*)$", guest.console("cat /proc/iomem"),
                       re.M)
    assert len(found) > 10
    return [(int(a, 16), int(b, 16), name.strip()) for a, b, name in found]


def page_is_free(lab, guest):
    """What OVMF and the kernel have put elsewhere. Returns the address of the page."""
    explained = lab.rasd.rpc("domain.explain", domain=guest.name)["result"]["provisioned"]
    page = int(explained["gpa"], 16)
    assert "problem" not in explained
    assert [x for x in ranges(guest) if x[0] < page + PAGE_BYTES and x[1] >= page] == []
    windows = [a for a, _, name in ranges(guest) if name.startswith("PCI Bus") and a >= 1 << 32]
    assert windows and min(windows) >= page + PAGE_BYTES
    return page


def test_boots_by_ovmf_and_acknowledges(lab):
    guest = lab.guest
    assert "efi: EFI v2" in guest.log() and "EDK II" in guest.log()
    assert page_is_free(lab, guest) == 1 << 32
    acked(lab, guest, 0x4001000, "corrected", 0)
    acked(lab, guest, 0x5001000, "recoverable", 1)
    guest.wait_log("Memory failure: 0x5001: recovery action")
    assert "unknown reason" not in guest.log()


def booted(guest, mark):
    rasdlab.wait_for(lambda: guest.READY in guest.log()[mark:], 120)


def reset_with(lab, prepare):
    """A reset with a record that is pending. It is reported at the next boot, and not before."""
    mark, ident = prepare()
    assert lab.rasd.wait_state(ident, "acknowledged", 120)["final"]
    rasdlab.wait_for(lambda: f"fru_id: {ident}" in lab.guest.log()[mark:])
    booted(lab.guest, mark)
    assert "unknown reason" not in lab.guest.log()[mark:]
    lab.guest.rest()
    acked(lab, lab.guest, 0x6001000, "corrected", 0)


def test_reset_with_a_pending_record(lab):
    def pending():
        for _ in range(10):
            # The kernel has just looked, and looks again in a second.
            assert send(lab, 0x7001000, "corrected")["state"] == "acknowledged"
            row = send(lab, 0x7002000, "corrected", wait=False)
            mark = len(lab.guest.log())
            lab.guest.qmp("system_reset")
            time.sleep(0.3)
            if lab.rasd.row(row["id"])["state"] == "written":
                return mark, row["id"]
            booted(lab.guest, mark)
        raise AssertionError("the guest was never slower than we are")

    reset_with(lab, pending)


def test_record_while_ovmf_runs(lab):
    """The urgent source is notified by an NMI, which would halt OVMF: none is sent."""
    def in_firmware():
        mark = len(lab.guest.log())
        lab.guest.qmp("system_reset")
        row = send(lab, 0x8001000, "recoverable", wait=False)
        assert lab.rasd.wait_state(row["id"], "written")
        assert "Linux version" not in lab.guest.log()[mark:]
        return mark, row["id"]

    reset_with(lab, in_firmware)


@pytest.mark.long
def test_ram_above_4_gib(lab):
    with rasdlab.provisioned_guest(lab.rasd, "big", str(uuid.uuid4()), "--firmware", "ovmf",
                                   "--mem", "6144", notify="poll") as guest:
        assert page_is_free(lab, guest) == 8 << 30
        acked(lab, guest, 0x101001000, "recoverable", 1)
