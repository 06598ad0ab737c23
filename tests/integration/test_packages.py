# SPDX-License-Identifier: LGPL-2.1-or-later
"""The Debian packages on a Debian that has never seen rasd: built and held against lintian,
installed without a network, started by systemd under all restrictions of the units, an injection
that a real guest acknowledges, an upgrade with a live journal, removal, purge.

The tests of a release follow each other. `make check` has Debian 12, `make check-long` 13, too.
"""
import re
import subprocess

import pytest

import debianlab
import rasdlab
from rasdlab import TOP

CONF = """[guests]
qmp-directory = /srv/guests
qemu-user = {uid}
libvirt-uri = none
[domain {name}]
target-max-severity = recoverable
"""
# Everything whose name says that it is ours; pseudo file systems, logs and what tests bring along
# do not count.
OURS = ("find / -xdev \\( -path /proc -o -path /sys -o -path /srv -o -path /var/log "
        "-o -path /var/cache/apt \\) -prune -o \\( -iname '*rasd*' -o -iname '*rasctl*' "
        "-o -iname '*rascper*' -o -path '/run/qmp*' \\) -print; ls -d /run/rasd /run/qmp 2>&1 | "
        "grep -v cannot || :")
INJECT = "rasctl --timeout 200 inject --domain pk1 --severity corrected --gpa "
DANGLING = "find /etc /usr /var/lib -xdev -xtype l | sort"
UNITS = ("rasd.service rasd.socket rasd-ro.socket rasd-pagemap.service rasd-pagemap.socket "
         "rasd-trigger.socket")


@pytest.fixture(scope="module", name="debian",
                params=["bookworm", pytest.param("trixie", marks=pytest.mark.long)])
def make_debian(request):
    base = rasdlab.make_base()
    base.chmod(0o755)
    debs = base / "debs"
    subprocess.run([TOP / "lab/users"], check=True)
    subprocess.run([TOP / "lab/build-debian", request.param, debs], check=True, timeout=1800)
    c = debianlab.Container(base, request.param, debs)
    try:
        c.start()
        c.dangling, c.before = c.sh(DANGLING), c.sh(OURS)
        c.guest = None
        yield c
    finally:
        c.stop()
        rasdlab.drop_base(base)


def install(c, names):
    """What they depend on comes from the archives that the root has: a proxy that is nowhere stands
    for the network.
    """
    nowhere = " ".join(f"-o Acquire::{x}::Proxy=http://127.0.0.1:1/" for x in ("http", "https"))
    c.sh(f"apt-get install -y --no-install-recommends {nowhere} {names}")


def injection(c, state):
    """The newest one; waits until it has that state."""
    def look():
        row = c.rpc("injection.list", limit=1)["injections"][0]
        return row if row["state"] == state else None
    return c.wait(state, look)


def test_a_clean_debian(debian):
    assert debian.before == ""
    names = {p.name.split("_")[0] for p in debian.debs.glob("*.deb")}
    assert {"rasd", "rasctl", "librascper1", "librascper-dev"} <= names


def test_installed(debian):
    install(debian, "/srv/debs/rasd_*.deb /srv/debs/rasctl_*.deb")
    debian.put("/root/installed", (TOP / "debian/tests/installed").read_text())
    print(debian.sh("sh /root/installed"))
    assert debian.sh("systemctl is-enabled rasd.service rasd.socket").split() == ["enabled"] * 2
    assert debian.run("systemctl is-enabled rasd-metrics.timer").stdout.strip() == "disabled"


def test_the_library_for_programs(debian):
    install(debian, "/srv/debs/librascper1_*.deb /srv/debs/librascper-dev_*.deb "
            "gcc libc6-dev pkg-config")
    debian.put("/root/library", (TOP / "debian/tests/library").read_text())
    print(debian.sh("sh /root/library"))


def test_no_role_no_answer(debian):
    debian.sh("useradd -m nobody2; useradd -m -G rasd op")
    r = debian.run("rasctl domains", user="nobody2")
    assert r.returncode == 3 and "rasd" in r.stdout, r.stdout


def test_injected_and_acknowledged(debian):
    uid = int(subprocess.run(["id", "-u", "rasd-lab"], check=True, text=True,
                             stdout=subprocess.PIPE).stdout)
    debian.guest = debianlab.Inside(debian, "pk1").wait()
    debian.put("/etc/rasd/rasd.conf", CONF.format(uid=uid, name="pk1"))
    debian.sh("rasd --check-config && systemctl restart rasd")
    debian.wait("the guest", lambda: debian.rpc("domain.list")["domains"])
    debian.wait("its error source", lambda: debian.rpc(
        "domain.explain", domain="pk1")["hest"]["found"])
    out = debian.sh(INJECT + "0x48000000 --wait", user="op")
    assert "acknowledged" in out, out
    debian.guest.wait_log("physical_address: 0x0000000048000000")
    assert injection(debian, "acknowledged")["domain"] == "pk1"


def test_both_run_as_their_units_say(debian):
    show = debian.sh("systemctl show -P CapabilityBoundingSet -P ProtectSystem -P NoNewPrivileges "
                     "-P NRestarts rasd rasd-pagemap").split()
    assert show.count("strict") == 2 and show.count("yes") == 2 and show.count("0") == 2, show
    for unit, user, caps in (("rasd", "rasd", 0), ("rasd-pagemap", "rasd-pagemap", 0x280004)):
        pid = debian.sh(f"systemctl show -P MainPID {unit}").strip()
        status = debian.sh(f"cat /proc/{pid}/status")
        assert int(re.search(r"CapEff:\t(\w+)", status).group(1), 16) == caps, status
        assert "NoNewPrivs:\t1" in status and "Seccomp:\t2" in status
        assert debian.sh(f"ps -o user:20= -p {pid}").strip() == user


def test_upgrade_with_a_live_journal(debian):
    debian.guest.rest()
    debian.guest.deaf()
    debian.sh(INJECT + "0x48001000", user="op")
    row = injection(debian, "written")
    before = debian.rpc("injection.list")["injections"]
    pid = debian.sh("systemctl show -P MainPID rasd")
    install(debian, "/srv/debs/newer/rasd_*.deb /srv/debs/newer/rasctl_*.deb")
    assert "+newer" in debian.sh("dpkg-query -W rasd")
    assert debian.sh("systemctl show -P MainPID rasd") != pid
    debian.sh(f"systemctl is-active {UNITS}")
    assert "[domain pk1]" in debian.sh("cat /etc/rasd/rasd.conf")
    after = debian.rpc("injection.list")["injections"]
    assert [(r["id"], r["state"]) for r in after] == [(r["id"], r["state"]) for r in before]
    debian.guest.hears()
    assert injection(debian, "acknowledged")["id"] == row["id"]


def test_make_uninstall_ends_what_runs(debian):
    """Its script, on the units that the package has: no link is left that would dangle."""
    debian.put("/root/installed", (TOP / "tools/installed").read_text())
    debian.sh(f"sh /root/installed --stop {UNITS}")
    assert debian.run(f"systemctl is-active {UNITS}").stdout.split().count("active") == 0
    assert debian.run("ls /etc/systemd/system/*.wants | grep rasd").stdout == ""
    debian.sh("systemctl enable --now rasd.socket rasd-pagemap.socket rasd.service")
    debian.sh(f"systemctl is-active {UNITS}")


def test_remove_keeps_and_purge_leaves_nothing(debian):
    debian.guest.stop()
    debian.sh("apt-get remove -y rasd")
    assert debian.run(f"systemctl is-active {UNITS}").stdout.split().count("active") == 0
    assert debian.run("pgrep '^rasd'").stdout == ""
    debian.sh("test -s /var/lib/rasd/journal.db && test -e /etc/rasd/rasd.conf")
    debian.sh("apt-get purge -y rasd rasctl librascper1 librascper-dev")
    debian.sh("systemctl daemon-reload")
    assert debian.sh(OURS) == ""
    assert debian.sh(DANGLING) == debian.dangling
    # Users stay, as Debian wants it: files elsewhere may be theirs.
    assert debian.sh("getent passwd rasd rasd-pagemap").count("rasd") >= 2


def test_nothing_was_denied(debian):
    """What systemd's sandbox forbids would be seen as failures of system calls in the log."""
    log = debian.sh("journalctl -b --no-pager -o cat -u rasd -u rasd-pagemap -u rasd-trace")
    assert not re.search(r"ot permitted|ermission denied|SIGSYS|code=dumped", log), log
