# SPDX-License-Identifier: LGPL-2.1-or-later
"""Provisioning on a Debian 13 host as it is installed: libvirt gives the domain's QEMU an AppArmor
profile of its own and another user, and rasd and rasd-pagemap are in their units' sandbox.
"""
import json

import pytest

import hostlab

NAME, UUID = "vx", "5b3d0c52-0f5e-4c5e-9d07-0000000000a1"
GHES = "/var/lib/rasd-ghes"
XML = f"""<domain type='qemu'><name>{NAME}</name><uuid>{UUID}</uuid>
<memory unit='MiB'>128</memory><vcpu>1</vcpu>
<os><type arch='x86_64' machine='q35'>hvm</type></os><features><acpi/><apic/></features>
<devices><controller type='usb' model='none'/><memballoon model='none'/></devices></domain>"""


@pytest.fixture(scope="module", name="host")
def make_host():
    yield from hostlab.fixture({})


@pytest.mark.long
def test_page_and_table_under_apparmor(host):
    assert "Y" in host.sh("cat /sys/module/apparmor/parameters/enabled")
    host.put("/etc/rasd/rasd.conf", "[guests]\nqemu-user = libvirt-qemu\n")
    host.put("/root/vx.xml", XML)
    host.sh("systemctl start virtlogd.socket libvirtd.socket libvirtd; systemctl restart rasd")
    host.sh("virsh define /root/vx.xml", seconds=600)
    before = host.sh(f"virsh dumpxml --inactive {NAME}")
    host.wait("the domain", lambda: NAME in host.rasctl("domains").out)
    result = json.loads(host.rasctl("-o", "json", "provision", NAME).out)
    assert len(result["changes"]) == 4, result
    assert host.sh(f"stat -c '%U %a' {GHES}").split() == ["rasd-pagemap", "711"]

    host.sh(f"virsh start {NAME}", seconds=600)
    pid = host.sh(f"cat /run/libvirt/qemu/{NAME}.pid").strip()
    assert "(enforce)" in host.sh(f"cat /proc/{pid}/attr/current")
    assert host.sh(f"stat -c %U /proc/{pid}").strip() == "libvirt-qemu"
    assert f"{GHES}/{UUID}.page" in host.sh(f"cat /proc/{pid}/maps")
    devices = host.sh(f"virsh qemu-monitor-command --hmp {NAME} 'info memory-devices'")
    assert f"addr: {result['gpa']}" in devices, devices
    # rasd reaches the page that libvirt has given to QEMU's user.
    host.wait("the backend", lambda: [
        b for b in host.rpc("domain.explain", domain=NAME)["backends"]
        if b["name"] == "shm-ghes" and b["available"]])

    host.sh(f"virsh destroy {NAME}")
    host.wait("the end", lambda: host.rasctl("unprovision", NAME, check=False).rc == 0)
    assert host.sh(f"virsh dumpxml --inactive {NAME}") == before
    assert not host.sh(f"ls {GHES}")
    denied = host.run("journalctl -k -b --no-pager | grep -E 'apparmor=.DENIED'").out
    assert "rasd" not in denied, denied
