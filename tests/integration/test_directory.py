# SPDX-License-Identifier: LGPL-2.1-or-later
"""A qmp-directory that does not exist when rasd starts, goes away and comes back."""
import shutil
import socket
import time

import pytest

import rasdlab


@pytest.fixture
def rasd():
    base = rasdlab.make_base()
    r = rasdlab.Rasd(base, {})
    r.conf.write_text(r.conf.read_text().replace("/guests\n", "/a/b/guests/\n"))
    yield r
    r.stop()
    rasdlab.drop_base(base)


def listener(directory, name):
    s = socket.socket(socket.AF_UNIX)
    s.bind(str(directory / f"{name}.qmp"))
    s.listen(1)
    (directory / f"{name}.qmp").chmod(0o777)
    s.settimeout(10)
    return s


def wait_domains(rasd, *names):
    end = time.monotonic() + 5
    while sorted(d["name"] for d in rasd.rpc("domain.list")["result"]["domains"]) != sorted(names):
        assert time.monotonic() < end, rasd.rpc("domain.list")
        time.sleep(0.02)


def test_directory_comes_and_goes(rasd):
    rasd.start()
    assert "waiting for it" in rasd.logfile.read_text()
    guests = rasd.base / "a/b/guests"
    for name in ("one", "two"):
        guests.mkdir(parents=True)
        guests.chmod(0o755)
        with listener(guests, name):
            wait_domains(rasd, name)
        # Removed with its parents, so both have to be waited for again.
        shutil.rmtree(rasd.base / "a")
        wait_domains(rasd)
    # Moved to its place as a whole, with the socket in it.
    spare = rasd.base / "spare"
    (spare / "b/guests").mkdir(parents=True)
    with listener(spare / "b/guests", "three"):
        spare.rename(rasd.base / "a")
        wait_domains(rasd, "three")


def test_a_guest_goes_with_its_monitor(rasd):
    guests = rasd.base / "a/b/guests"
    guests.mkdir(parents=True)
    guests.chmod(0o755)
    rasd.start()
    s = listener(guests, "one")
    monitor, _ = s.accept()
    (guests / "one.qmp").unlink()
    s.close()
    # The next guest shows that the removal of the first was seen.
    with listener(guests, "two"):
        wait_domains(rasd, "one", "two")
        monitor.close()
        wait_domains(rasd, "two")
