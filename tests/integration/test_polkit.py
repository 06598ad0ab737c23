# SPDX-License-Identifier: LGPL-2.1-or-later
"""The shipped polkit rule with a real polkitd and a libvirtd with access_drivers = polkit: it is
enough for rasd and allows nothing more.
"""
import os
import pathlib
import shutil
import subprocess
import time

import pytest

import lvlab
import rasdlab
from test_libvirt import acked, create, rasd_for, wait_backend, wait_for

BUS = """<busconfig><type>system</type><listen>unix:path={path}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow
own="*"/><allow user="*"/></policy> </busconfig>"""


@pytest.fixture(scope="module", name="lab")
def make_lab():
    base = rasdlab.make_base()
    lv = lvlab.Libvirt(base)
    bus = lv.dir / "run/dbus/system_bus_socket"  # where libvirtd in its chroot looks for it
    for d in ("etc", "run/dbus", "rules", "actions"):
        (lv.dir / d).mkdir(parents=True)
    (lv.dir / "etc/libvirtd.conf").write_text('auth_unix_rw = "polkit"\nauth_unix_ro = "none"\n'
                                              'unix_sock_rw_perms = "0777"\naccess_drivers = [ '
                                              '"polkit" ]\n')
    (lv.dir / "bus.conf").write_text(BUS.format(path=bus))
    subprocess.run([rasdlab.TOP / "lab/make-libvirt"], check=True)
    chroot = pathlib.Path(os.environ.get("RASD_LAB_DIR", "/var/cache/rasd-lab")) / "root"
    for f in (chroot / "usr/share/polkit-1/actions").glob("org.libvirt.*"):
        shutil.copy(f, lv.dir / "actions")
    env = dict(os.environ, DBUS_SYSTEM_BUS_ADDRESS=f"unix:path={bus}")
    started = [subprocess.Popen(["dbus-daemon", f"--config-file={lv.dir}/bus.conf", "--nofork",
                                 "--nopidfile"],
                                stderr=subprocess.DEVNULL)]
    wait_for(bus.exists)
    log = (lv.dir / "polkitd.log").open("w")
    started.append(subprocess.Popen(
        ["unshare", "--mount", "--propagation", "private", "sh", "-ec",
         'mount --bind "$1/rules" /usr/share/polkit-1/rules.d; mount --bind "$1/actions" '
         '/usr/share/polkit-1/actions; '
         "exec /usr/lib/polkit-1/polkitd", "sh", str(lv.dir)], env=env, stdout=log, stderr=log))
    wait_for(lambda: "Acquired the name" in (lv.dir / "polkitd.log").read_text())
    lv.start()
    lv.guest("pk1")
    lv.guest("pkx", "q35", start=False)
    yield type("Lab", (), {"base": base, "lv": lv})
    lv.down()
    for p in reversed(started):
        p.terminate()
        p.wait(10)
    rasdlab.drop_base(base)


def test_without_the_rule_permission_and_with_it_enough(lab):
    rasd = rasd_for(lab.base, lab.lv, "rasd").start()
    try:
        top = wait_for(lambda: (x := rasd.rpc("domain.list")["result"]["libvirt"]).get("reason")
                       and "not connected" not in
                       x["reason"] and x)
        assert top["connected"] and top["read_only"], top
        assert "polkit" in top["reason"] and "60-rasd.rules" in top["hint"], top
        shutil.copy(rasdlab.TOP / "contrib/polkit/60-rasd.rules", lab.lv.dir / "rules")
        lvlab.Domain(lab.lv, "pk1").wait()
        wait_backend(rasd, "pk1", seconds=30)
        assert rasd.ctl("allow", "pk1", "--target-max-severity", "corrected").returncode == 0
        acked(create(rasd, "by-rule", domain="pk1", wait=True))
        before = lab.lv.virsh("dumpxml", "--security-info", "pkx")
        for verb in ("provision", "unprovision"):
            p = rasd.ctl(verb, "pkx")
            assert p.returncode == 0, p.stderr
        assert lab.lv.virsh("dumpxml", "--security-info", "pkx") == before
    finally:
        rasd.stop()


@pytest.mark.parametrize("args", [("destroy", "pk1"), ("undefine", "pk1"), ("suspend", "pk1"),
                                  ("reset", "pk1"),
                                  ("detach-device", "pk1", "/dev/null"), ("managedsave", "pk1")])
def test_no_more_than_needed(lab, args):
    time.sleep(0.1)
    r = subprocess.run(["setpriv", "--reuid", "rasd", "--regid", "rasd", "--init-groups", "virsh",
                        "-c", lab.lv.uri, *args],
                       capture_output=True, text=True, check=False, timeout=30)
    assert r.returncode != 0 and ("denied" in r.stderr or "detach" in args[0]), r
    assert "running" in lab.lv.virsh("domstate", "pk1")


def test_the_rule_is_for_rasd_alone(lab):
    r = subprocess.run(["setpriv", "--reuid", "rasd-lab", "--regid", "rasd-lab", "--clear-groups",
                        "virsh", "-c", lab.lv.uri,
                        "list"], capture_output=True, text=True, check=False, timeout=30)
    assert r.returncode != 0 and "authenticate" in r.stderr, r
