# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a guest with error sources of rasd's own must not be, or not any more: each is refused with
its reason, and the guest is unharmed. docs/coverage.md lists where the others are tested.
"""
import contextlib
import socket
import uuid

import pytest

import rasdlab

GUESTS = ("i440fx", "dimm", "pmem", "no-table", "other-table", "moves")


@pytest.fixture(scope="module", name="rasd")
def make_rasd(base):
    rasdlab.make_guests_dir(base)
    rasd = rasdlab.Rasd(base, {n: "fatal" for n in GUESTS}).start()
    yield rasd
    rasd.stop()


def send(rasd, name, gpa="0x4001000"):
    return rasd.rpc("injection.create", request_id=str(uuid.uuid4()), domain=name, gpa=gpa,
                    severity="recoverable", wait=True, timeout_ms=20000)


def acked(answer):
    assert answer.get("result", {}).get("state") == "acknowledged", answer
    return answer["result"]


def refused(answer, *words):
    assert answer["error"]["data"]["reason"] == "not-capable", answer
    for w in words:
        assert w in str(answer), answer


@contextlib.contextmanager
def changed(rasd, name, change, boot=True, ident=None):
    """A guest with the arguments that rasd has shown for it, changed."""
    options, extra = ("--arch", "x86_64", "--mem", "256"), ("-uuid", ident or str(uuid.uuid4()))
    guest = rasdlab.Guest(rasd.base, name, *options, extra=(*extra, "-S"))
    try:
        rasd.wait_log(f"guest {name}: pid")
        shown = rasd.rpc("domain.provision", domain=name, notify="nmi")["result"]
        guest.stop()
        guest = rasdlab.Guest(rasd.base, name, *options,
                              extra=(*extra, *change(shown["qemu_arguments"]),
                                     *(() if boot else ("-S",))))
        if boot:
            guest.wait()
        rasd.wait_log(f"guest {name}: pid {guest.pid}")
        yield guest
    finally:
        guest.stop()


def replaced(word, by):
    def change(arguments):
        assert any(word in a for a in arguments), arguments
        return [a.replace(word, by) for a in arguments]
    return change


def test_another_machine(rasd):
    """QEMU's old PC has another address space."""
    guest = rasdlab.Guest(rasd.base, "i440fx", "--arch", "x86_64", "--machine", "type=pc", extra=(
        "-S", "-uuid", str(uuid.uuid4())))
    try:
        rasd.wait_log("guest i440fx: pid")
        assert "i440fx" in guest.qmp("qom-get", path="/machine", property="type")
        refused(rasd.rpc("domain.provision", domain="i440fx"), "q35 machines only")
    finally:
        guest.stop()


def test_a_dimm_is_no_page(rasd):
    """The guest's kernel would use it as RAM."""
    with changed(rasd, "dimm", replaced("nvdimm,id", "pc-dimm,id"), boot=False) as guest:
        assert guest.qmp("query-memory-devices")[0]["type"] == "dimm"
        guest.qmp("cont")
        refused(send(rasd, "dimm"), "(pc-dimm)", "nvdimm")
    assert rasd.rows() == []


def test_virtio_pmem_is_no_page(rasd):
    """QEMU gives its RAM block no name, so where it is in QEMU cannot be told."""
    def change(arguments):
        return [a.replace("nvdimm,id=rasd-ghes0", "virtio-pmem-pci,id=rasd-ghes0").replace(
            ",slot=0,addr=", ",memaddr=") for a in arguments]

    with changed(rasd, "pmem", change, boot=False) as guest:
        assert guest.qmp("query-memory-devices")[0]["type"] == "virtio-pmem"
        guest.qmp("cont")
        answer = send(rasd, "pmem")
        assert answer["error"]["data"]["reason"] == "layout-unknown", answer
        assert "region rasd-ghes (" in answer["error"]["message"], answer
        assert "virtio-pmem" in answer["error"]["message"], answer


def without_table(arguments):
    at = arguments.index("-acpitable")
    return arguments[:at] + arguments[at + 2:]


def test_without_the_table(rasd):
    """Nobody reads the page; the NMI would be one of unknown reason, on which some guests panic."""
    with changed(rasd, "no-table", without_table) as guest:
        refused(send(rasd, "no-table"), "without the ACPI table", "-acpitable")
        assert "alive" in guest.console("echo al''ive")
        assert "NMI" not in guest.log().split("RASD-LAB-GUEST-READY")[1]


def test_table_of_another(rasd):
    def change(arguments):
        table = next(a for a in arguments if a.endswith(".hest"))
        other = rasd.base / "other.hest"
        other.write_bytes(open(table.removeprefix("file="), "rb").read())
        return [a if a != table else f"file={other}" for a in arguments]

    with changed(rasd, "other-table", change, boot=False):
        refused(send(rasd, "other-table"), "without the ACPI table")


def test_migration(rasd):
    """While the page is copied nothing is written to it."""
    wire = rasd.base / "guests/wire"
    with changed(rasd, "moves", list) as guest, socket.socket(socket.AF_UNIX) as s:
        acked(send(rasd, "moves"))
        s.bind(str(wire))
        wire.chmod(0o777)
        s.listen()
        ident = guest.qmp("query-uuid")["UUID"]
        page = rasd.ghes / f"{ident}.page"
        before = page.read_bytes()
        guest.qmp("migrate", uri=f"unix:{wire}")
        rasdlab.wait_for(lambda: guest.qmp("query-migrate")["status"] == "active")
        row = send(rasd, "moves")["result"]
        assert row["state"] == "refused" and "migration or save" in row["detail"], row
        assert page.read_bytes() == before
        guest.qmp("migrate_cancel")
        rasdlab.wait_for(lambda: guest.qmp("query-migrate")["status"] == "cancelled")
        acked(send(rasd, "moves"))
        with another_host() as other:
            to_another_host(guest, ident, rasd, other)


@contextlib.contextmanager
def another_host():
    base = rasdlab.make_base()
    rasdlab.make_guests_dir(base)
    rasd = rasdlab.Rasd(base, {"moves": "fatal"}).start()
    try:
        yield rasd
    finally:
        rasd.stop()
        rasdlab.drop_base(base)


def to_another_host(guest, ident, rasd, other):
    """As explain says: it is provisioned there, too. The rasd there serves it then."""
    shown = rasd.rpc("domain.explain", domain="moves")["result"]["provisioned"]
    for words in ("provision it there", "pause it first"):
        assert words in shown["migration"], shown
    wire = other.base / "guests/wire"

    def incoming(arguments):
        return [*arguments, "-incoming", f"unix:{wire}"]

    with changed(other, "moves", incoming, boot=False, ident=ident) as arrived:
        rasdlab.wait_for(wire.exists)
        # QEMU 11.1 under TCG ends (tlb_reset_dirty_range_all) where a guest with an nvdimm runs on.
        guest.qmp("stop")
        guest.qmp("migrate", uri=f"unix:{wire}")
        rasdlab.wait_for(lambda: guest.qmp("query-migrate")["status"] == "completed", 120)
        arrived.qmp("cont")
        rasdlab.wait_for(lambda: other.rpc("domain.explain", domain="moves")["result"]["state"]
                         == "running")
        row = acked(send(other, "moves", gpa="0x4005000"))
        assert row["backend"] == "shm-ghes", row
        arrived.wait_log("Memory failure: 0x4005: recovery action")
        assert send(rasd, "moves", gpa="0x4006000")["error"]["data"]["reason"] == (
            "guest-not-running")
