# SPDX-License-Identifier: LGPL-2.1-or-later
"""A native migration between two QEMUs that rasd sees by their sockets: what was pending, what comes after, what is never sent."""
import re
import socket
import time

import pytest

import rasdlab
from test_libvirt import acked, create, done, explain, wait_backend, wait_for


@pytest.fixture(scope="module", name="lab")
def make_lab():
    base = rasdlab.make_base()
    src = rasdlab.Guest(base, "mig-src").wait()
    wire = base / "guests/mig.sock"
    dst = rasdlab.Guest(base, "mig-dst", extra=("-incoming", f"unix:{wire}"))
    rasd = rasdlab.Rasd(base, {"mig-src": "recoverable", "mig-dst": "recoverable"}).start(["mig-src", "mig-dst"])
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
    assert create(lab.rasd, "too-early", domain="mig-dst")["error"]["data"]["reason"] == "guest-not-running"
    # The guest runs but hears of no record: this one travels with its memory.
    console(lab.src, "echo ACPI0013:00 >/sys/bus/platform/drivers/acpi-ged/unbind")
    a = done(create(lab.rasd, "travels", domain="mig-src", wait=True, timeout_ms=500))
    assert a["state"] == "written"
    lab.src.qmp("migrate", uri=f"unix:{lab.wire}")
    row = lab.rasd.wait_state(a["id"], "unknown", 60)
    assert "migrated" in row["detail"], row
    e = wait_for(lambda: (x := explain(lab.rasd, "mig-src"))["state"] == "postmigrate" and x)
    assert not e["backends"][0]["available"]
    e = wait_backend(lab.rasd, "mig-dst")
    assert e["state"] == "running" and e["hest"]["found"] and e["hest"]["block"] == block
    rows = len(lab.rasd.rows())
    # Its slot still holds the record that came along, so QEMU takes no other; rasd sends none of its own accord.
    b = done(create(lab.rasd, "full", domain="mig-dst", wait=True, timeout_ms=500))
    assert lab.rasd.wait_state(b["id"], "refused")["final"]
    assert len(lab.rasd.rows()) == rows + 1 and lab.rasd.row(a["id"])["state"] == "unknown"


def test_after_a_reset_the_migrated_guest_takes_records(lab):
    lab.dst.qmp("system_reset")
    lab.dst.wait()
    end = time.monotonic() + 30
    while "result" not in (a := create(lab.rasd, f"again-{time.monotonic()}", domain="mig-dst", wait=True, timeout_ms=20000)):
        assert time.monotonic() < end, a
        time.sleep(0.3)
    assert a["result"]["state"] == "acknowledged", a
    assert "travels" not in lab.dst.log()
