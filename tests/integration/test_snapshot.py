# SPDX-License-Identifier: LGPL-2.1-or-later
"""A domain that libvirt reverts to a snapshot, or saves and restores. What was pending is unknown
and never sent again. The table is found again, and what comes after is acknowledged.
"""
import os
import re
import struct

import pytest

import lvlab
import rasdlab
from test_libvirt import (acked, create, done, explain, rasd_for, unread, wait_backend,
                          wait_for)

CLUSTER = 1 << 16


def qcow2(path, data, size):
    """An image with these bytes at its beginning, with one L2 table (the lab has no qemu-img)."""
    chunks = {i: data[i * CLUSTER:(i + 1) * CLUSTER] for i in range(-(-len(data) // CLUSTER))}
    chunks = {i: c for i, c in chunks.items() if any(c)}
    l2 = [0] * (CLUSTER // 8)
    for n, i in enumerate(chunks):
        l2[i] = (5 + n) * CLUSTER | 1 << 63
    # header, refcount table, refcount block, L1 table, L2 table
    parts = [struct.pack(">4sIQIIQIIQQIIQQQQII", b"QFI\xfb", 3, 0, 0, 16, size, 0, 1, 3 * CLUSTER,
                         CLUSTER, 1, 0, 0, 0, 0, 0, 4, 104),
             struct.pack(">Q", 2 * CLUSTER), struct.pack(f">{5 + len(chunks)}H",
                                                         *[1] * (5 + len(chunks))),
             struct.pack(">Q", 4 * CLUSTER | 1 << 63), struct.pack(f">{len(l2)}Q", *l2),
             *chunks.values()]
    path.write_bytes(b"".join(p.ljust(CLUSTER, b"\0") for p in parts))
    os.chown(path, path.parent.stat().st_uid, path.parent.stat().st_gid)
    path.chmod(0o660)


@pytest.fixture(scope="module", name="lab")
def make_lab():
    base = rasdlab.make_base()
    lv = lvlab.Libvirt(base).start()
    lv.guest("snap", start=False)
    nvram = (rasdlab.lab_dir() / "root/usr/share/AAVMF/AAVMF_VARS.fd").read_bytes()
    qcow2(lv.dir / "guests/snap_VARS.qcow2", nvram, len(nvram))
    qcow2(lv.dir / "guests/snap.qcow2", b"", 1 << 20)
    xml = re.sub(r"<nvram [^>]*>.*?</nvram>",
                 "<nvram format='qcow2'>/srv/guests/snap_VARS.qcow2</nvram>",
                 lv.virsh("dumpxml", "snap", "--inactive"))
    xml = xml.replace("</emulator>",
                      "</emulator><disk type='file' device='disk'><driver name='qemu' "
                      "type='qcow2'/>"
                      "<source file='/srv/guests/snap.qcow2'/><target dev='vda' "
                      "bus='virtio'/></disk>")
    guest = lv.guest("snap", xml).wait()
    rasd = rasd_for(base, lv, "rasd",
                    extra="[domain snap]\ntarget-max-severity = recoverable\n").start(["snap"])
    yield type("Lab", (), {"lv": lv, "guest": guest, "rasd": rasd})
    rasd.stop()
    lv.down()
    rasdlab.drop_base(base)


def tables_found(lab):
    return lab.rasd.logfile.read_text().count("guest snap: HEST at")


def before(lab, tag):
    acked(create(lab.rasd, f"{tag}-before", domain="snap", wait=True, timeout_ms=20000))


def pending(lab, tag):
    lab.guest.deaf()
    return unread(lab.rasd, f"{tag}-pending", domain="snap")["id"]


def after(lab, tag, *unknown, heard):
    """The guest takes the next record and got no other one. No row was changed or added."""
    wait_backend(lab.rasd, "snap")
    acked(create(lab.rasd, f"{tag}-after", domain="snap", wait=True, timeout_ms=20000))
    assert lab.guest.notifications() - heard == 1
    assert [lab.rasd.row(x)["state"] for x in unknown] == ["unknown"] * len(unknown)
    assert len(lab.rasd.journal()) == len(lab.rasd.rows())


@pytest.mark.parametrize("paused", [False, True], ids=["running", "paused"])
def test_revert(lab, paused):
    tag, pid, n = f"revert-{paused}", lab.guest.pid, tables_found(lab)
    before(lab, tag)
    heard = lab.guest.notifications()
    lab.lv.virsh("snapshot-create-as", "snap", tag)
    row = pending(lab, tag)
    lab.lv.virsh("snapshot-revert", "snap", tag, *(["--paused"] if paused else []))
    assert "snapshot" in lab.rasd.wait_state(row, "unknown")["detail"]
    assert lab.guest.pid != pid, "libvirt 11.3 starts another QEMU"
    if paused:
        e = wait_for(lambda: (x := explain(lab.rasd, "snap"))["state"] == "prelaunch" and x)
        assert e["pid"] == lab.guest.pid and e["backends"][0]["reason_code"] == "guest-not-running"
        lab.lv.virsh("resume", "snap")
    after(lab, tag, row, heard=heard)
    assert explain(lab.rasd, "snap")["pid"] == lab.guest.pid and tables_found(lab) > n


def test_a_snapshot_that_holds_the_record(lab):
    """It comes back unread with the memory. rasd neither claims it nor sends it again, and the full
    status block takes no other.
    """
    before(lab, "held")
    row = pending(lab, "held")
    lab.lv.virsh("snapshot-create-as", "snap", "held")
    lab.lv.virsh("snapshot-revert", "snap", "held")
    lab.rasd.wait_state(row, "unknown")
    wait_backend(lab.rasd, "snap")
    full = done(create(lab.rasd, "held-full", domain="snap", wait=True, timeout_ms=500))
    assert lab.rasd.wait_state(full["id"], "refused")["detail"].startswith("not sent")
    assert lab.rasd.row(row)["state"] == "unknown"
    ready = lab.guest.log().count("RASD-LAB-GUEST-READY")
    lab.lv.virsh("reset", "snap")
    lab.guest.wait(count=ready + 1)


def test_loaded_by_the_monitor(lab):
    """Without libvirt's knowledge: it learns only that the guest stopped and went on."""
    before(lab, "hmp")
    heard = lab.guest.notifications()
    assert lab.lv.hmp("snap", "savevm hmp").strip() == ""
    row = pending(lab, "hmp")
    pid, n = lab.guest.pid, tables_found(lab)
    assert lab.lv.hmp("snap", "loadvm hmp").strip() == ""
    assert "snapshot" in lab.rasd.wait_state(row, "unknown")["detail"]
    after(lab, "hmp", row, heard=heard)
    assert lab.guest.pid == pid and tables_found(lab) > n


@pytest.mark.parametrize("full", [False, True], ids=["empty", "pending"])
def test_save_and_restore(lab, full):
    tag = f"save-{full}"
    before(lab, tag)
    heard, n = lab.guest.notifications(), tables_found(lab)
    rows = [pending(lab, tag)] if full else []
    lab.lv.virsh("save", "snap", "/srv/guests/snap.save")
    for row in rows:
        assert "saved" in lab.rasd.wait_state(row, "unknown")["detail"]
    lab.lv.virsh("restore", "/srv/guests/snap.save")
    wait_backend(lab.rasd, "snap")
    if not full:
        after(lab, tag, heard=heard)
        assert tables_found(lab) > n
    else:
        assert [lab.rasd.row(x)["state"] for x in rows] == ["unknown"]
