# SPDX-License-Identifier: LGPL-2.1-or-later
"""A dimm comes and goes while records are sent. When the guest has let it go, QEMU lists its RAM
block without a name, and goes on doing so even after its backend is deleted. That must not make the
guest unreachable.
"""
import time

import pytest

import rasdlab

MIB = 1 << 20
RECORD = rasdlab.vendor_record().hex()


@pytest.fixture(scope="module", name="lab")
def make_lab():
    base = rasdlab.make_base()
    # The guest's kernel leaves the dimm's memory offline, so it can always let it go.
    vm = rasdlab.Guest(base, "dimm1", "--mem", "512M,slots=2,maxmem=4G", "--append",
                       "memhp_default_state=offline").wait().witness()
    rasd = rasdlab.Rasd(base, {"dimm1": "corrected"}).start(["dimm1"])
    yield type("Lab", (), {"rasd": rasd, "vm": vm})
    rasd.stop()
    vm.stop()
    rasdlab.drop_base(base)


def until(what, words):
    end = time.monotonic() + 30
    while not (got := what()):
        assert time.monotonic() < end, f"expected: {words}"
        time.sleep(0.1)
    return got


def proved(lab, name):
    a = lab.rasd.rpc("injection.create", request_id=name, domain="dimm1", record_hex=RECORD,
                     fru_id="own", wait=True, timeout_ms=10000)
    assert a.get("result", {}).get("state") == "acknowledged", a
    lab.vm.wait_seen(a["result"]["id"])


def is_ram(lab, gpa):
    a = lab.rasd.rpc("injection.create", request_id="dry", domain="dimm1", gpa=hex(gpa),
                     dry_run=True)
    if "result" in a:
        return True
    assert a["error"]["data"]["reason"] == "address-not-ram", a
    return False


def dimms(lab):
    return [d["data"]["addr"] for d in lab.vm.qmp("query-memory-devices")]


def nameless(lab):
    """QEMU's list has a line that begins with the page size."""
    return [x for x in lab.vm.hmp("info ramblock").splitlines() if x.split()[1:2] == ["KiB"]]


def test_plugged_and_unplugged(lab):
    vm = lab.vm
    proved(lab, "before")
    for i in range(2):
        vm.qmp("object-add", **{"qom-type": "memory-backend-ram", "id": f"d{i}",
                                "size": 256 * MIB})
        vm.qmp("device_add", driver="pc-dimm", id=f"dimm{i}", memdev=f"d{i}")
        at = until(lambda: dimms(lab), "the dimm")[0]
        until(lambda at=at: is_ram(lab, at + MIB), "its address is RAM")
        proved(lab, f"plugged-{i}")
        vm.qmp("device_del", id=f"dimm{i}")
        until(lambda: not dimms(lab), "the guest lets the dimm go")
        assert nameless(lab), "QEMU does not list what this test is about"
        until(lambda at=at: not is_ram(lab, at + MIB), "its address is no RAM any more")
        proved(lab, f"between-{i}")
        vm.qmp("object-del", id=f"d{i}")
        assert not [m for m in vm.qmp("query-memdev") if m.get("id") == f"d{i}"]
        until(lambda at=at: not is_ram(lab, at + MIB), "its address is no RAM any more")
        proved(lab, f"after-{i}")
    rows = lab.rasd.wait_decided()
    assert {r[1] for r in rows.values()} == {"acknowledged"} and len(rows) == 7, rows
