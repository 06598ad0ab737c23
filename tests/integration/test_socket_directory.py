# SPDX-License-Identifier: LGPL-2.1-or-later
"""rasd without systemd makes the directory of its socket. Group rasd must reach it, nobody else."""
import grp
import os
import stat
import subprocess

import pytest

import rasdlab


@pytest.fixture
def rasd():
    base = rasdlab.make_base()
    r = rasdlab.Rasd(base, {})
    r.sock = base / "run" / "rasd.sock"
    r.conf.write_text(r.conf.read_text().replace(f"socket = {base}/rasd.sock",
                                                 f"socket = {r.sock}"))
    (base / "guests").mkdir()
    yield r
    r.stop()
    rasdlab.drop_base(base)


def domains_as(rasd, *groups):
    """rasctl domains as a user who is in these groups only."""
    gids = ",".join(str(grp.getgrnam(g).gr_gid) for g in groups)
    return subprocess.run(["setpriv", "--reuid", "65534", "--regid", "65534",
                           *(["--groups", gids] if groups else ["--clear-groups"]),
                           rasdlab.BUILD / "rasctl", "--socket", rasd.sock, "domains"],
                          text=True, capture_output=True, timeout=30, check=False)


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


def test_a_member_of_the_group_connects(rasd):
    old = os.umask(0o077)
    try:
        rasd.start()
    finally:
        os.umask(old)
    assert mode(rasd.sock.parent) == 0o755 and mode(rasd.sock) == 0o660
    assert os.stat(rasd.sock).st_gid == grp.getgrnam("rasd").gr_gid and os.stat(
        rasd.sock).st_uid == 0
    r = domains_as(rasd, "rasd")
    assert r.returncode == 0, r
    r = domains_as(rasd)
    assert r.returncode == 3, r


def test_a_directory_that_exists_keeps_its_mode(rasd):
    rasd.sock.parent.mkdir(mode=0o700)
    rasd.start()
    assert mode(rasd.sock.parent) == 0o700
