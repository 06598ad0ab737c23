# SPDX-License-Identifier: LGPL-2.1-or-later
"""A QEMU without inject-ghes-v2-error. The lab's QEMU has it, so this monitor is played."""
import rasdlab
from played_qemu import OLD, PlayedQemu


def test_qemu_without_the_command_is_refused(base):
    rasdlab.make_guests_dir(base)
    qemu = PlayedQemu(base / "guests/old.qmp")
    rasd = rasdlab.Rasd(base, {"old": "fatal"})
    try:
        rasd.start(["old"])
        r = rasd.rpc("injection.create", request_id="r", domain="old", gpa="0x48000000")
        assert r["error"]["data"]["reason"] == "not-capable"
        assert "7.2" in r["error"]["message"] and "10.2" in r["error"]["data"]["hint"]
        assert rasd.rows() == []
        seen = qemu.asked()
        assert set(seen) >= set(OLD)
        assert all(c.startswith(("query-", "x-query-", "qom-get", "qom-list", "qmp_capabilities",
                                 "human-monitor-command")) for c in seen), seen
    finally:
        rasd.stop()
        qemu.stop()
