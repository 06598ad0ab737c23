# SPDX-License-Identifier: LGPL-2.1-or-later
"""Units, users and manual pages are accepted by the tools that will read them."""
import pathlib
import re
import shutil
import socket
import subprocess
import time

import pytest

import rasdlab

ROOT = pathlib.Path(__file__).resolve().parents[2]
SERVICES = sorted((ROOT / "systemd").glob("*.service"))
UNITS = SERVICES + sorted((ROOT / "systemd").glob("*.socket")) + sorted(
    (ROOT / "systemd").glob("*.timer"))
PAGES = sorted((ROOT / "man").glob("*.[1-8]"))


def run(*argv):
    """Run a tool that must exist. Returns both outputs as one text."""
    assert shutil.which(argv[0]), f"{argv[0]} is missing. hint: lab/install-deps test"
    return subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=60, check=False)


def verify(directory, change=lambda text: text):
    """systemd-analyze verify on copies whose programs exist on any machine."""
    copies = []
    for unit in UNITS:
        text = re.sub(r"(?m)^(Exec\w+=)\S+", r"\1/bin/true", unit.read_text())
        copy = directory / unit.name
        copy.write_text(change(text))
        copies.append(str(copy))
    return run("systemd-analyze", "verify", "--man=no", *copies)


def test_units_are_there():
    assert {u.name for u in UNITS} >= {"rasd.service", "rasd.socket", "rasd-pagemap.service",
                                       "rasd-pagemap.socket", "rasd-trigger.socket"}


def test_only_root_reports_errors():
    text = (ROOT / "systemd/rasd-trigger.socket").read_text()
    assert re.search(r"(?m)^SocketMode=0600$", text)
    assert re.search(r"(?m)^SocketUser=root$", text)
    assert re.search(r"(?m)^PassCredentials=yes$", text)


def test_verify_is_clean(tmp_path):
    r = verify(tmp_path)
    assert r.returncode == 0 and r.stdout.strip() == "", r.stdout


def test_verify_sees_a_wrong_key(tmp_path):
    r = verify(tmp_path, lambda text: text.replace("[Service]", "[Service]\nNoSuchKey=1"))
    assert "NoSuchKey" in r.stdout


def test_programs_are_where_install_puts_them():
    want = {"rasd.service": "/usr/sbin/rasd",
            "rasd-pagemap.service": "/usr/libexec/rasd/rasd-pagemap",
            "rasd-trace.service": "/usr/libexec/rasd/rasd-pagemap",
            "rasd-metrics.service": "/usr/bin/rasctl"}
    for unit in SERVICES:
        assert re.search(r"(?m)^ExecStart=(\S+)", unit.read_text()).group(1) == want[unit.name]


def test_rasd_has_no_capability():
    text = (ROOT / "systemd/rasd.service").read_text()
    assert re.search(r"(?m)^CapabilityBoundingSet=$", text)
    assert re.search(r"(?m)^User=rasd$", text)


# What systemd-analyze security (252) counts. A lower figure goes here; a higher one is a hole.
EXPOSURE = {"rasd.service": 0.9, "rasd-pagemap.service": 1.9, "rasd-trace.service": 0.7,
            "rasd-metrics.service": 1.1}


@pytest.mark.parametrize("unit", SERVICES, ids=lambda u: u.name)
def test_exposure(unit):
    r = run("systemd-analyze", "security", "--no-pager", "--offline=true", str(unit))
    level = re.search(r"Overall exposure level for \S+: ([0-9.]+)", r.stdout)
    assert level, r.stdout
    assert float(level.group(1)) <= EXPOSURE[unit.name], r.stdout


@pytest.mark.parametrize("unit", SERVICES, ids=lambda u: u.name)
def test_there_is_a_last_fence(unit):
    """Nobody who can make a service grow takes the host's memory or its threads."""
    text = unit.read_text()
    memory = re.search(r"(?m)^MemoryMax=(\d+)M$", text)
    tasks = re.search(r"(?m)^TasksMax=(\d+)$", text)
    assert memory and int(memory.group(1)) <= 256, text
    assert tasks and int(tasks.group(1)) <= 320, text


def test_only_one_unit_writes_to_tracefs():
    """The helper that rasd talks to opens and reads; what writes takes no request."""
    for unit in SERVICES:
        paths = re.findall(r"(?m)^ReadWritePaths=(.*)$", unit.read_text())
        want = {"rasd-trace.service": ["-/sys/kernel/tracing/instances"],
                "rasd-metrics.service": ["/var/lib/prometheus/node-exporter"]}
        assert paths == want.get(unit.name, [])
    assert re.search(r"(?m)^CapabilityBoundingSet=$",
                     (ROOT / "systemd/rasd-trace.service").read_text())


def test_the_helper_may_ask_about_sockets():
    text = (ROOT / "systemd/rasd-pagemap.service").read_text()
    families = re.search(r"(?m)^RestrictAddressFamilies=(.*)$", text).group(1).split()
    assert sorted(families) == ["AF_NETLINK", "AF_UNIX"]
    assert not re.search(r"(?m)^PrivateNetwork=", text)


@pytest.mark.parametrize("unit", UNITS, ids=lambda u: u.name)
def test_users_stay_visible(unit):
    """PrivateUsers= would turn every peer uid into nobody."""
    assert not re.search(r"(?m)^PrivateUsers=", unit.read_text())


def test_sysusers():
    r = run("systemd-sysusers", "--dry-run", str(ROOT / "systemd/rasd.sysusers"))
    assert r.returncode == 0, r.stdout
    assert "ailed" not in r.stdout, r.stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_manual(page):
    r = run("mandoc", "-Tlint", "-Wwarning", str(page))
    assert r.returncode == 0 and r.stdout.strip() == "", r.stdout


def test_manuals_are_there():
    assert {p.name for p in PAGES} >= {"rasd.8", "rasd.conf.5"}


def test_a_wrong_configuration_is_not_tried_again(tmp_path):
    """Its exit status is its own, and both units know it."""
    conf = tmp_path / "rasd.conf"
    conf.write_text("[rasd]\nno-such-key = 1\n")
    for argv in (["--check-config"], []):
        r = run(ROOT / "build/release/rasd", "--config", conf, *argv)
        assert r.returncode == 78 and "no-such-key" in r.stdout, r
    r = run(ROOT / "build/release/rasd", "--check-config", "--config", ROOT / "systemd/rasd.conf")
    assert (r.returncode, r.stdout) == (0, "")
    for unit in ("rasd.service", "rasd-pagemap.service"):
        text = (ROOT / "systemd" / unit).read_text()
        assert re.search(r"(?m)^RestartPreventExitStatus=78$", text), unit


def test_the_helper_follows_the_configuration(tmp_path):
    """rasd, started again after a change of rasd.conf, must not meet a helper with the old one."""
    conf, path = tmp_path / "rasd.conf", tmp_path / "pagemap.sock"
    conf.write_text("[rasd]\nuser = rasd-lab\n")
    tmp_path.chmod(0o755)
    helper = subprocess.Popen(["systemd-socket-activate", "--seqpacket", f"--listen={path}",
                               ROOT / "build/release/rasd-pagemap", "--config", conf])
    try:
        def connect():
            s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            end = time.monotonic() + 60
            while time.monotonic() < end and s.connect_ex(str(path)):
                time.sleep(0.05)
            s.settimeout(60)
            try:
                s.send(b"no request")  # too short: ignored, and the connection stays
            except ConnectionError:
                assert helper.wait(60) == 0  # it has ended in between, as the last one makes it
            return s
        peers = [connect(), connect()]
        time.sleep(0.5)  # it has the time to end, if it were to
        assert helper.poll() is None
        conf.write_text("[rasd]\nuser = rasd-lab\n[guests]\nqemu-user = rasd-lab\n")
        peers.append(connect())
        assert helper.wait(60) == 0
    finally:
        helper.kill()
        helper.wait()
    for s in peers:
        s.close()


@pytest.mark.parametrize("unit,name", [("rasd.socket", "control"), ("rasd-ro.socket", "readonly")])
def test_every_role_may_connect(unit, name):
    """A socket has one group, and there are three roles: the daemon decides who may ask what."""
    text = (ROOT / "systemd" / unit).read_text()
    assert re.search(r"(?m)^SocketMode=0666$", text)
    assert re.search(rf"(?m)^FileDescriptorName={name}$", text)
    assert unit == "rasd.socket" or re.search(r"(?m)^Service=rasd.service$", text)
    assert unit in re.search(r"(?m)^Sockets=(.*)$",
                             (ROOT / "systemd/rasd.service").read_text())[1].split()


@pytest.fixture(name="told")
def make_told(base, monkeypatch):
    """What rasd says to the supervisor whose socket NOTIFY_SOCKET names: a function that waits for
    it.
    """
    path = base / "notify"
    path.unlink(missing_ok=True)
    base.chmod(0o755)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.bind(str(path))
        path.chmod(0o666)
        s.settimeout(120)
        monkeypatch.setenv("NOTIFY_SOCKET", str(path))

        def wait(pattern):
            while not re.search(pattern, text := s.recv(4096).decode()):
                pass
            return text
        yield wait


def test_status_of_a_rasd_that_lacks_everything(base, told):
    """Each of libvirt, helper and pages says why it is not there."""
    rasd = rasdlab.Rasd(base, {}, name="lone",
                        guests=f"libvirt-uri = qemu+unix:///system?socket={base}/none\n")
    conf = rasd.conf.read_text().replace("[guests]", f"helper-socket = {base}/none\n[guests]", 1)
    rasd.conf.write_text(conf)
    rasd.process = subprocess.Popen([ROOT / "build/release/rasd", "--config", rasd.conf],
                                    stderr=rasd.logfile.open("w"))
    try:
        text = told("^STATUS=")
        assert re.search(r"no libvirt \([^)]+\); no helper \([^)]+\); .*pages.* \(.+\)", text), text
        assert "\n" not in text
        # What changes is told as it changes: no timer looks for it.
        told(f"^STATUS=no libvirt .*{base}/none")
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as helper:
            helper.bind(str(base / "none"))
            (base / "none").chmod(0o666)
            helper.listen()
            told("^STATUS=no libvirt .*; helper ok; no pages ")
            peer = helper.accept()[0]
        peer.close()
        told(r"^STATUS=no libvirt .*; no helper \(.*(has gone|refused)\); no pages ")
    finally:
        rasd.stop()
    assert told("STOPPING")


def test_status_and_watchdog(base, told, monkeypatch):
    monkeypatch.setenv("WATCHDOG_USEC", "1000000")
    rasd = rasdlab.Rasd(base, {}, name="whole").start()
    try:
        told("READY=1")
        assert "libvirt not used; helper ok; pages by " in told("^STATUS=.*helper ok; pages by")
        told("WATCHDOG=1")
        assert rasd.ctl("safety", "engage", "--reason", "too hot").returncode == 0
        told("^STATUS=.*; SAFETY LEVER ENGAGED: too hot$")
        assert rasd.ctl("safety", "release", "--reason", "cold").returncode == 0
        told("^STATUS=.*; safety lever released$")
    finally:
        rasd.stop()


def test_the_watchdog_is_fed_often_enough():
    text = (ROOT / "systemd/rasd.service").read_text()
    assert int(re.search(r"(?m)^WatchdogSec=(\d+)s$", text).group(1)) >= 30


def test_what_security_md_names_is_there():
    """A promise whose test has another name by now is a promise without a test."""
    named = set(re.findall(r"`((?:tests|helper|lib|docs)/[\w/.-]+)`",
                           (ROOT / "SECURITY.md").read_text()))
    assert len([n for n in named if n.startswith("tests/")]) > 30
    assert not sorted(n for n in named if not (ROOT / n).exists())


@pytest.mark.parametrize("unit", SERVICES, ids=lambda u: u.name)
def test_security_md_says_what_the_unit_says(unit):
    """Users and capabilities of the table are those of the units."""
    text = unit.read_text()
    name = unit.name.removesuffix(".service")
    row = re.search(rf"(?m)^\| {name} \|([^|]*)\|([^|]*)\|",
                    (ROOT / "SECURITY.md").read_text())
    user = re.search(r"(?m)^User=(.*)$", text).group(1)
    assert user == re.search(r"[\w-]+", row.group(1)).group()
    caps = re.search(r"(?m)^CapabilityBoundingSet=(.*)$", text).group(1).replace("CAP_", "")
    assert caps.split() == [c for c in re.findall(r"\w+", row.group(2)) if c != "none"]
