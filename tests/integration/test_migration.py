# SPDX-License-Identifier: LGPL-2.1-or-later
"""A native migration between two QEMUs that rasd sees by their sockets: what was pending, what
comes after, and what is never sent.
"""
import re
import socket
import subprocess
import time
import uuid

import pytest

import lvlab
import rasdlab
from test_libvirt import (acked, create, done, explain, rasd_for, unread, wait_backend,
                          wait_for)


@pytest.fixture(scope="module", name="lab")
def make_lab():
    base = rasdlab.make_base()
    src = rasdlab.Guest(base, "mig-src").wait()
    wire = base / "guests/mig.sock"
    dst = rasdlab.Guest(base, "mig-dst", extra=("-incoming", f"unix:{wire}"))
    rasd = rasdlab.Rasd(base, {"mig-src": "recoverable",
                               "mig-dst": "recoverable"}).start(["mig-src", "mig-dst"])
    yield type("Lab", (), {"base": base, "src": src, "dst": dst, "rasd": rasd, "wire": wire})
    rasd.stop()
    src.stop()
    dst.stop()
    rasdlab.drop_base(base)


def console(guest, command):
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(20)
        s.connect(str(guest.dir / f"{guest.name}.serial"))
        s.sendall(command.encode() + b"\n")
        data = b""
        while not re.search(rb"RASD-LAB-DONE \d+", data):
            data += s.recv(4096)


def test_out_is_unknown_and_in_is_found_anew(lab):
    acked(create(lab.rasd, "before", domain="mig-src", wait=True))
    block = explain(lab.rasd, "mig-src")["hest"]["block"]
    e = explain(lab.rasd, "mig-dst")
    assert e["state"] == "inmigrate" and e["backends"][0]["reason_code"] == "guest-not-running", e
    assert create(lab.rasd, "too-early",
                  domain="mig-dst")["error"]["data"]["reason"] == "guest-not-running"
    # The guest runs but does not notice records: this one travels with its memory.
    console(lab.src, "echo ACPI0013:00 >/sys/bus/platform/drivers/acpi-ged/unbind")
    a = unread(lab.rasd, "travels", domain="mig-src")
    lab.src.qmp("migrate", uri=f"unix:{lab.wire}")
    row = lab.rasd.wait_state(a["id"], "unknown", 60)
    assert "migrated" in row["detail"], row
    e = wait_for(lambda: (x := explain(lab.rasd, "mig-src"))["state"] == "postmigrate" and x)
    assert not e["backends"][0]["available"]
    e = wait_backend(lab.rasd, "mig-dst")
    assert e["state"] == "running" and e["hest"]["found"] and e["hest"]["block"] == block
    rows = len(lab.rasd.rows())
    # Its status block still holds the record that came along, so QEMU takes no other. rasd sends
    # none by itself.
    b = done(create(lab.rasd, "full", domain="mig-dst", wait=True, timeout_ms=500))
    assert lab.rasd.wait_state(b["id"], "refused")["final"]
    assert len(lab.rasd.rows()) == rows + 1 and lab.rasd.row(a["id"])["state"] == "unknown"


def test_after_a_reset_the_migrated_guest_takes_records(lab):
    lab.dst.qmp("system_reset")
    lab.dst.wait()
    end = time.monotonic() + 30
    while "result" not in (a := create(lab.rasd, f"again-{time.monotonic()}", domain="mig-dst",
                                       wait=True, timeout_ms=20000)):
        assert time.monotonic() < end, a
        time.sleep(0.3)
    assert a["result"]["state"] == "acknowledged", a
    assert "travels" not in lab.dst.log()


@pytest.fixture(name="reverted", scope="module")
def make_reverted():
    """A guest with a QMP socket and a snapshot from before its firmware ran."""
    base = rasdlab.make_base()
    guest = rasdlab.Guest(base, "reverted", extra=("-S",))
    add_disk(guest)
    snapshot(guest, "savevm", "early")
    guest.qmp("cont")
    guest.wait()
    rasd = rasdlab.Rasd(base, {"reverted": "recoverable"}).start(["reverted"])
    yield guest, rasd
    rasd.stop()
    guest.stop()
    rasdlab.drop_base(base)


def add_disk(guest):
    """An image for snapshots, made by QEMU, because the lab has no qemu-img."""
    image = str(guest.dir / f"{guest.name}.qcow2")

    def job(command, **arguments):
        guest.qmp(command, **{"job-id": "j"}, **arguments)
        j = wait_for(lambda: (x := guest.qmp("query-jobs")[0])["status"] == "concluded" and x)
        guest.qmp("job-dismiss", id="j")
        assert "error" not in j, j

    job("blockdev-create", options={"driver": "file", "filename": image, "size": 0})
    guest.qmp("blockdev-add", **{"driver": "file", "filename": image, "node-name": "file"})
    job("blockdev-create", options={"driver": "qcow2", "file": "file", "size": 1 << 20})
    guest.qmp("blockdev-add", **{"driver": "qcow2", "file": "file", "node-name": "disk"})


def snapshot(guest, verb, name):
    assert guest.hmp(f"{verb} {name}") == ""


@pytest.mark.parametrize("to", ["unix", "file"])
def test_a_migration_in_progress(reverted, to):
    """The guest is being migrated to nobody, or saved slowly to a file. Nobody could know whether
    the copy has the record.
    """
    guest, rasd = reverted
    target = guest.dir / f"slow.{to}"
    ask = {"domain": "reverted", "wait": True, "timeout_ms": 20000}
    acked(create(rasd, f"{to}-before", **ask))
    with socket.socket(socket.AF_UNIX) as s:
        if to == "unix":
            s.bind(str(target))
            target.chmod(0o777)
            s.listen()
        else:
            guest.qmp("migrate-set-parameters", **{"max-bandwidth": 65536})
        slot = guest.slot(rasd)
        guest.qmp("migrate", uri=f"{to}:{target}")
        wait_for(lambda: guest.qmp("query-migrate")["status"] == "active")
        for i in range(3):
            row = done(create(rasd, f"{to}-during-{i}", **ask))
            assert row["state"] == "refused", row
            assert "migration or save of the guest is in progress (active)" in row["detail"], row
        assert guest.qmp("query-migrate")["status"] == "active"
        assert guest.qmp("query-status")["status"] == "running"
        assert guest.slot(rasd) == slot, "nothing was sent"
        guest.qmp("migrate_cancel")
        wait_for(lambda: guest.qmp("query-migrate")["status"] == "cancelled")
        acked(create(rasd, f"{to}-after", **ask))
    target.unlink()


@pytest.mark.parametrize("fru", ["own", "none"])
@pytest.mark.parametrize("paused", [False, True])
def test_a_snapshot_loaded_by_the_monitor(reverted, fru, paused):
    """QEMU 11.1 sends STOP and RESUME; of a paused guest it sends nothing. The snapshot's status
    block holds the record before, acknowledged. Without an id of its own the pending record has
    the same bytes.
    """
    guest, rasd = reverted
    name = f"{fru}{int(paused)}"
    acked(create(rasd, f"{name}-before", domain="reverted", fru_id=fru, wait=True,
                 timeout_ms=20000))
    snapshot(guest, "savevm", name)
    guest.console("echo ACPI0013:00 >/sys/bus/platform/drivers/acpi-ged/unbind")
    row = unread(rasd, f"{name}-pending", domain="reverted", fru_id=fru)
    if paused:
        guest.qmp("stop")
    tables = rasd.logfile.read_text().count("HEST at")
    snapshot(guest, "loadvm", name)
    row = rasd.wait_state(row["id"], "unknown")
    if paused:
        guest.qmp("cont")
    # The guest notices records again, as it did when the snapshot was taken, and takes the next
    # ones.
    acked(create(rasd, f"{name}-after", domain="reverted", fru_id=fru, wait=True, timeout_ms=20000))
    assert rasd.row(row["id"])["state"] == "unknown"
    # It may lie elsewhere in the snapshot.
    assert rasd.logfile.read_text().count("HEST at") > tables


def test_a_snapshot_of_before_the_firmware(reverted):
    """The address of the old status block means nothing any more. The table is searched first."""
    guest, rasd = reverted
    ready = guest.log().count("RASD-LAB-GUEST-READY")
    acked(create(rasd, "early-before", domain="reverted", wait=True, timeout_ms=20000))
    guest.console("echo ACPI0013:00 >/sys/bus/platform/drivers/acpi-ged/unbind")
    row = unread(rasd, "early-pending", domain="reverted")
    snapshot(guest, "loadvm", "early")
    detail = rasd.wait_state(row["id"], "unknown")["detail"]
    # On a busy machine rasd looks when the firmware has already run.
    assert "no error table any more" in detail or "firmware started again" in detail, detail
    wait_for(lambda: guest.log().count("RASD-LAB-GUEST-READY") > ready, 120)
    wait_backend(rasd, "reverted")
    acked(create(rasd, "early-after", domain="reverted", wait=True, timeout_ms=20000))
    assert rasd.row(row["id"])["state"] == "unknown"


def test_a_pending_record_that_the_snapshot_holds(reverted):
    """It is still in the status block and unread: neither lost nor acknowledged until the restored
    guest reads it.
    """
    guest, rasd = reverted
    guest.console("echo ACPI0013:00 >/sys/bus/platform/drivers/acpi-ged/unbind")
    row = unread(rasd, "held", domain="reverted")
    snapshot(guest, "savevm", "held")
    snapshot(guest, "loadvm", "held")
    time.sleep(1)
    assert rasd.row(row["id"])["state"] == "written" and explain(rasd,
                                                                 "reverted")["state"] == "running"
    guest.qmp("system_reset")
    assert rasd.wait_state(row["id"], "lost")["final"], "it was seen unread before the reset"


@pytest.fixture(name="hosts")
def make_hosts():
    """Two libvirtds with a rasd each, as on two hosts."""
    base = rasdlab.make_base()
    hosts = []
    for name in "ab":
        lv = lvlab.Libvirt(base / name)
        (lv.dir / "etc").mkdir(parents=True)
        (lv.dir / "etc/libvirtd.conf").write_text('auth_unix_rw = "none"\nauth_unix_ro = '
                                                  '"none"\nunix_sock_rw_perms = "0777"\n'
                                                  f'host_uuid = "{uuid.uuid4()}"\n')
        lv.start()
        hosts.append((lv, rasd_for(base, lv, f"rasd-{name}").start()))
    yield hosts
    for lv, rasd in hosts:
        rasd.stop()
        lv.down()
    rasdlab.drop_base(base)


def test_migration_between_two_libvirtds(hosts):
    (lva, a), (lvb, b) = hosts
    mg = lva.guest("mg", mem="256").wait()
    wait_backend(a, "mg")
    assert a.ctl("allow", "mg", "--target-max-severity", "recoverable").returncode == 0
    acked(create(a, "before", domain="mg", wait=True))
    mg.deaf()
    row = unread(a, "travels", domain="mg")
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    subprocess.run(["virsh", "-c", lva.uri, "migrate", "--live", "--persistent", "mg", lvb.uri,
                    "--migrateuri",
                    f"tcp://127.0.0.1:{port}"], check=True, timeout=60)
    row = a.wait_state(row["id"], "unknown")
    assert "migrated" in row["detail"], row
    e = wait_for(lambda: (x := explain(a, "mg"))["state"] == "shutoff" and x)
    assert "migrated" in e["backends"][0]["reason"], e
    e = wait_backend(b, "mg")
    assert e["state"] == "running" and e["hest"]["found"]
    assert e["grant"]["target_max_severity"] == "recoverable", "the grant moves with the domain"
    assert b.rows() == []
    other = lvlab.Domain(lvb, "mg")
    lvb.virsh("reset", "mg")
    other.wait()
    wait_backend(b, "mg")
    acked(create(b, "after", domain="mg", wait=True, timeout_ms=20000))
