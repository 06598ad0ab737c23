# SPDX-License-Identifier: LGPL-2.1-or-later
"""The units of rasd on a Debian 13 host with systemd as its first process, as `make install` leaves
them: what systemd says of them, what happens when they are killed, restarted, misconfigured, and a
libvirt guest in its AppArmor profile that gets and acknowledges an error through all of it."""
import re
import subprocess

import pytest

import hostlab
from rasdlab import TOP

CONF = """[guests]
qmp-directory = /run/qmp
qemu-user = qemu
qemu-user = libvirt-qemu
libvirt-uri = {uri}
[domain a]
target-max-severity = recoverable
"""
SERVICES = ("rasd", "rasd-pagemap", "rasd-trace")
# libvirt's emulator for the guest lv. QEMU that runs without KVM would ask for SIGBUS at once when
# a page of it is lost, and die: no-early-kill is what lab/host/vm.py runs guests with, too.
EMULATOR = "/usr/bin/qemu-lab-aarch64"
WRAPPER = """#!/bin/sh
exec /usr/local/lib/rasd-lab/no-early-kill /usr/bin/qemu-system-aarch64 "$@"
"""
APPARMOR = f"""{EMULATOR} rix,
/usr/bin/dash ix,
/usr/local/lib/rasd-lab/no-early-kill rix,
"""


@pytest.fixture(scope="module", name="host")
def make_host():
    yield from hostlab.fixture({"a": hostlab.TARGET})


def status_line(host):
    return host.sh("systemctl show -P StatusText rasd").strip()


def main_pid(host, unit="rasd"):
    return int(host.sh(f"systemctl show -P MainPID {unit}"))


def acknowledged(host, name="a", gpa=None):
    gpa = gpa if gpa is not None else host.tagged[host.take()]
    r = host.rasctl("inject", "--domain", name, "--gpa", hex(gpa), "--severity", "corrected",
                    "--wait", "--timeout", hostlab.WAIT_S)
    assert "acknowledged" in r.out, r.out
    return gpa


def test_systemd_accepts_them(host):
    units = host.sh("cd /usr/lib/systemd/system && ls -d $PWD/rasd*").split()
    assert len(units) >= 7
    r = host.run("systemd-analyze verify --man=no " + " ".join(units))
    assert r.rc == 0 and not r.out + r.err, r.out + r.err
    for unit, limit in (("rasd", 10), ("rasd-pagemap", 20), ("rasd-trace", 10)):
        host.sh(f"systemd-analyze security --no-pager --threshold={limit} {unit}.service")


def test_status_says_what_there_is(host):
    host.ready()
    whole = "libvirt not used; helper ok; pages by bpf; safety lever released"
    host.wait("the status", lambda: status_line(host) == whole)
    assert "Status: \"libvirt not used" in host.sh("systemctl status --no-pager rasd")


def test_killed_and_the_next_answer(host):
    """Nobody who asks meanwhile is refused: systemd holds the socket."""
    host.ready()
    before = main_pid(host)
    host.rasctl("domains")
    host.sh("kill -9 $(systemctl show -P MainPID rasd) && "
            f"rasctl --timeout {hostlab.WAIT_S} domains")
    assert main_pid(host) != before
    assert int(host.sh("systemctl show -P NRestarts rasd")) == 1
    host.ready()
    acknowledged(host)


def test_helper_killed(host):
    host.ready()
    before = main_pid(host), main_pid(host, "rasd-pagemap")
    host.sh("kill -9 $(systemctl show -P MainPID rasd-pagemap)")
    host.wait("another helper", lambda: main_pid(host, "rasd-pagemap") not in (0, before[1])
              and "helper ok; pages by bpf" in status_line(host))
    assert main_pid(host) == before[0]
    host.ready()
    acknowledged(host)


def test_restarted(host):
    host.sh("systemctl restart rasd-pagemap rasd && "
            f"rasctl --timeout {hostlab.WAIT_S} domains")
    host.ready()
    acknowledged(host)


def test_reloaded(host):
    """Both go by the new file, and neither is started again for it."""
    host.ready()
    before = main_pid(host)
    good = host.get("/etc/rasd/rasd.conf")
    host.put("/etc/rasd/rasd.conf", good.replace(hostlab.TARGET, "target-max-severity = none"))
    host.sh("systemctl reload rasd")
    r = host.rasctl("inject", "--domain", "a", "--gpa", hex(host.tagged[host.take()]),
                    "--severity", "corrected", check=False)
    assert r.rc == 5, r.out + r.err
    host.put("/etc/rasd/rasd.conf", good)
    host.sh("systemctl reload rasd")
    assert main_pid(host) == before
    host.ready()
    acknowledged(host)


def test_a_wrong_configuration(host):
    """It is said once, is not tried over and over, and is mended by mending it."""
    good = host.get("/etc/rasd/rasd.conf")
    host.put("/etc/rasd/rasd.conf", good + "no-such-key = 1\n")
    assert host.run("systemctl restart rasd").rc != 0
    assert host.sh("systemctl show -P ExecMainStatus rasd").strip() == "78"
    assert "no-such-key" in host.run("rasd --check-config").err
    assert "no-such-key" in host.sh("journalctl -b --no-pager -u rasd -n 20")
    host.put("/etc/rasd/rasd.conf", good)
    host.sh("rasd --check-config && systemctl restart rasd")
    host.ready()


def test_nothing_was_denied(host):
    refused = host.run("journalctl -k -b --no-pager | grep -E 'type=1326|apparmor=.DENIED'").out
    assert not refused, refused
    for unit in SERVICES:
        assert not re.search("ot permitted|ermission denied", host.journal(unit)), unit


@pytest.mark.long
def test_libvirt_and_apparmor(host):
    """A domain that libvirt has restored, in its AppArmor profile, takes an error through libvirt,
    polkit and the sandboxes of both units."""
    host.only()  # every guest costs CPU
    made = subprocess.run([TOP / "lab/make-host-domain"], check=True, text=True,
                          stdout=subprocess.PIPE).stdout.strip()
    host.put(EMULATOR, WRAPPER, 0o755)
    host.sh("mkdir -p /etc/apparmor.d/local/abstractions")
    host.put("/etc/apparmor.d/local/abstractions/libvirt-qemu", APPARMOR)
    host.sh("cat >/root/lv.save", data=(TOP / made / "lv.save").read_bytes())
    host.put("/root/lv.xml", (TOP / made / "lv.xml").read_text())
    host.put("/etc/rasd/rasd.conf", CONF.format(uri="qemu:///system")
             + "[domain lv]\ntarget-max-severity = recoverable\n")
    host.sh("systemctl restart rasd")
    host.wait("why there is no libvirt", lambda: re.match(r"no libvirt \(.+\)", status_line(host)))
    host.sh("systemctl start virtlogd.socket libvirtd.socket libvirtd")
    host.sh("virsh restore --xml /root/lv.xml /root/lv.save", seconds=900)
    host.wait("libvirt", lambda: status_line(host).startswith("libvirt connected; helper ok"))
    pid = host.sh("cat /run/libvirt/qemu/lv.pid").strip()
    assert "(enforce)" in host.sh(f"cat /proc/{pid}/attr/current")
    assert host.sh(f"stat -c %U /proc/{pid}").strip() == "libvirt-qemu"
    host.ready("lv")
    gpa = acknowledged(host, "lv", 0x47000000)
    log = "/var/log/libvirt/qemu/lv-console.log"
    host.wait("the guest's kernel reports it",
              lambda: f"physical_address: {gpa:#018x}" in host.get(log))
    test_nothing_was_denied(host)
    host.sh("virsh destroy lv")
