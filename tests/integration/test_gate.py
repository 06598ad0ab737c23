# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who may do what, the safety lever and rasd.conf read again, on a real rasd by real users."""
import grp
import json
import signal
import subprocess

import pytest

import rasdlab

SOMEBODY = 64999


def as_member(rasd, groups, *words):
    """rasctl as a user that is in these groups only."""
    gids = ",".join(str(grp.getgrnam(g).gr_gid) for g in groups)
    return subprocess.run(["setpriv", f"--reuid={SOMEBODY}", f"--regid={SOMEBODY}",
                           *(["--groups", gids] if gids else ["--clear-groups"]),
                           rasdlab.BUILD / "rasctl", "--socket", rasd.sock, *words],
                          text=True, capture_output=True, timeout=60, check=False)


@pytest.fixture
def rasd():
    base = rasdlab.make_base()
    r = rasdlab.Rasd(base, {})
    (base / "guests").mkdir()
    r.start()
    r.sock.chmod(0o666)
    yield r
    r.stop()
    rasdlab.drop_base(base)


VERBS = {  # verb -> the least role; the exit code of who has it
    ("safety", "status"): ("view", 0),
    ("policy", "show"): ("view", 0),
    ("policy", "check", "--domain", "none"): ("view", 4),
    ("policy", "check", "--domain", "none", "--user", "root"): ("admin", 4),
    ("safety", "engage", "--reason", "r", "--dry-run"): ("inject", 0),
    ("safety", "engage", "--reason", "r", "--also-forwarding", "--dry-run"): ("admin", 0),
    ("safety", "release", "--reason", "r", "--dry-run"): ("admin", 0),
    ("reload", "--dry-run"): ("admin", 0),
    ("inject", "none", "--gpa", "0x1000"): ("inject", 4),
    ("allow", "none", "--forward-label", "no"): ("admin", 4),
    ("provision", "none", "--dry-run"): ("admin", 4),
}
ROLES = {"none": (), "view": ("rasd-view",), "inject": ("rasd",), "admin": ("rasd-admin",)}


def test_each_role_by_its_group(rasd):
    order = list(ROLES)
    for role, groups in ROLES.items():
        for words, (least, code) in VERBS.items():
            r = as_member(rasd, groups, *words)
            want = code if order.index(role) >= order.index(least) else 3
            assert r.returncode == want, (role, words, r)


def test_lever_outlives_a_kill(rasd):
    r = as_member(rasd, ["rasd"], "safety", "engage", "--reason", "a test says so")
    assert r.returncode == 0 and "engaged" in r.stdout and "0 waiting" in r.stdout, r
    rasd.process.send_signal(signal.SIGKILL)
    rasd.process.wait(60)
    rasd.start()
    rasd.sock.chmod(0o666)
    r = as_member(rasd, ["rasd-view"], "safety", "status")
    assert "a test says so" in r.stdout and f"uid {SOMEBODY}" in r.stdout, r
    r = as_member(rasd, ["rasd"], "inject", "vm1", "--gpa", "0x48000000")
    assert r.returncode == 5 and "safety lever" in r.stderr, r
    assert as_member(rasd, ["rasd"], "safety", "release", "--reason", "no").returncode == 3
    r = rasd.ctl("safety", "release", "--reason", "over")
    assert r.returncode == 0 and r.stdout.startswith("released"), r
    assert "by uid 0: over" in r.stdout, r
    assert as_member(rasd, ["rasd"], "inject", "vm1", "--gpa", "0x48000000").returncode == 4
    assert "safety lever" in rasd.logfile.read_text()


def test_also_forwarding_is_an_alert(rasd):
    r = rasd.ctl("safety", "engage", "--reason", "all", "--also-forwarding")
    assert r.returncode == 0 and "not forwarded" in r.stdout, r
    rasd.wait_log("real errors of this host are not forwarded")
    assert json.loads(rasd.ctl("safety", "status", "-o", "json").stdout)["also_forwarding"]
    rasd.ctl("safety", "release", "--reason", "over")


def test_reload(rasd):
    """A member of a group that the file did not name may inject after a reload; a wrong file
    changes nothing and its line is told.
    """
    rasd.conf.chmod(0o644)
    rasd.base.chmod(0o755)
    good = rasd.conf.read_text()
    assert as_member(rasd, ["rasd-lab"], "policy", "show").returncode == 3
    rasd.conf.write_text(good + "[injector group rasd-lab]\ndomains = test-*\n"
                                "max-severity = corrected\n[limits]\nguest-burst = 7\n")
    r = rasd.ctl("reload")
    assert r.returncode == 0 and "[injector]" in r.stdout and "[limits]" in r.stdout, r
    r = as_member(rasd, ["rasd-lab"], "policy", "show")
    assert r.returncode == 0 and "test-*" in r.stdout, r
    rasd.conf.write_text(good + "[limits]\nguest-burst = many\n")
    r = rasd.ctl("reload")
    line = len(good.splitlines()) + 2
    assert r.returncode == 1 and f":{line}: guest-burst" in r.stderr, r
    assert as_member(rasd, ["rasd-lab"], "policy", "show").returncode == 0
    rasd.conf.write_text(good)
    rasd.process.send_signal(signal.SIGHUP)
    rasdlab.wait_for(lambda: as_member(rasd, ["rasd-lab"], "policy", "show").returncode == 3)
