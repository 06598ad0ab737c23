# SPDX-License-Identifier: LGPL-2.1-or-later
"""The read-only socket: made by rasd or passed to it, and used by rasctl. What each role may ask
there is in test_conformance.py, for every method.
"""
import contextlib
import os
import stat
import subprocess

import pytest

import client_attacks as attacks
import rasdlab

VIEWER, STRANGER = 54350, 54351
INJECT = ("inject", "vm1", "--gpa", "0x48000000")


@pytest.fixture(name="rasd")
def make_rasd(base):
    rasdlab.make_guests_dir(base)
    r = rasdlab.Rasd(base, {"vm1": "fatal"}).start()
    yield r
    r.stop()


def ctl_as(rasd, uid, groups, *args):
    return rasd.ctl(*args, user=uid, group=uid, extra_groups=[attacks.gid(g) for g in groups])


def role_at(rasd, sock):
    answer = rasd.lines(attacks.line(attacks.request("rpc.ping")).decode(), sock=sock)[0]
    return answer["result"]["role"]


def test_modes(rasd):
    """Without systemd only members of the group rasd can open the control socket."""
    modes = [stat.S_IMODE(s.stat().st_mode) for s in (rasd.sock, rasd.ro_sock)]
    assert modes == [0o660, 0o666]
    assert role_at(rasd, rasd.sock) == "admin"
    assert role_at(rasd, rasd.ro_sock) == "view"  # although root asks


def test_root_is_told_where_to_ask(rasd):
    out = rasd.ctl("domains", sock=rasd.ro_sock)
    assert out.returncode == 0, out
    out = rasd.ctl(*INJECT, sock=rasd.ro_sock)
    assert out.returncode != 0 and f"read-only socket: ask at {rasd.sock}" in out.stderr, out
    assert not rasd.journal()


def test_rasctl_falls_back(rasd):
    """A viewer who may not open the control socket, and somebody without a role."""
    out = ctl_as(rasd, VIEWER, ["rasd-view"], "domains")
    assert out.returncode == 0, out
    out = ctl_as(rasd, VIEWER, ["rasd-view"], *INJECT)
    assert out.returncode != 0 and "usermod -aG rasd " in out.stderr, out
    out = ctl_as(rasd, STRANGER, [], "domains")
    assert out.returncode != 0 and "usermod -aG rasd-view " in out.stderr, out
    rasd.ro_sock.chmod(0o600)
    out = ctl_as(rasd, VIEWER, ["rasd-view"], "domains")
    assert out.returncode == 3 and f"no permission to talk to rasd at {rasd.sock}" in out.stderr
    assert not rasd.journal()


def test_none(rasd):
    rasd.stop()
    rasd.ro_sock.unlink()
    rasd.conf.write_text(rasd.conf.read_text().replace("[rasd]\n",
                                                       "[rasd]\nread-only-socket = none\n"))
    rasd.start()
    assert not rasd.ro_sock.exists() and role_at(rasd, rasd.sock) == "admin"


@pytest.mark.parametrize("names", ["control:readonly", "readonly:control", ""])
def test_passed_sockets(rasd, names):
    """As systemd passes them. A control socket may come without a name."""
    rasd.stop()
    by_name = {n: rasd.base / f"passed-{n}.sock" for n in ("control", "readonly")}
    order = [by_name[n] for n in names.split(":") if n] or [by_name["control"]]
    for s in (rasd.sock, rasd.ro_sock):
        s.unlink()
    argv = ["systemd-socket-activate", *(f"--listen={s}" for s in order),
            *([f"--fdname={names}"] if names else []),
            rasdlab.BUILD / "rasd", "--config", rasd.conf, "--helper", rasd.helper]
    with subprocess.Popen(argv) as p:
        try:
            rasdlab.wait_for(order[-1].exists)
            assert role_at(rasd, by_name["control"]) == "admin"
            if names:
                assert role_at(rasd, by_name["readonly"]) == "view"
            assert not rasd.sock.exists() and not rasd.ro_sock.exists()
        finally:
            p.terminate()
            p.wait(60)
    for s in order:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(s)
