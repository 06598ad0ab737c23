# SPDX-License-Identifier: LGPL-2.1-or-later
"""A guest is not its file name: sockets that are swapped, forged, doubled, or served by somebody
else. Each attacker is a process with the attacker's real uid. Guests are real QEMUs.
"""
import json
import os
import pwd
import socket
import time

import pytest

import lvlab
import rasdlab
from played_qemu import PlayedQemu
from test_attack_helper import Child

GPA = "0x48000000"
U1, U2 = (f"6a1c1a52-0f5e-4c5e-9d07-00000000000{i}" for i in (1, 2))


def as_user(user, work):
    """work() in a process of that user, which ends."""
    child = Child(user, lambda: (work(),))
    child.close()
    return child.said


def fake_qemu(path, name, ident=None, user="rasd-lab"):
    """A process of that user that says to be a QEMU of this name."""
    return PlayedQemu(path, {
        "query-name": {"name": name},
        "query-uuid": {"UUID": ident or "00000000-0000-0000-0000-000000000000"},
        "query-version": {"qemu": {"major": 11, "minor": 1, "micro": 3}, "package": ""},
        "query-commands": [{"name": "inject-ghes-v2-error"}, {"name": "query-migrate"}],
        "qom-get": None}, user)


def explain(rasd, name):
    return rasd.rpc("domain.explain", domain=name).get("result", {})


def wait_for(what, seconds=20):
    end = time.monotonic() + seconds
    while not (got := what()):
        assert time.monotonic() < end, "it did not become so"
        time.sleep(0.05)
    return got


def wait_other(rasd, name, why):
    def is_so():
        told = explain(rasd, name)
        return (told.get("state") == "other-guest"
                and why in told.get("identity", {}).get("problem", ""))

    try:
        wait_for(is_so)
    except AssertionError as e:
        raise AssertionError(f"{explain(rasd, name)}\n{rasd.logfile.read_text()}") from e


def create(rasd, request_id, domain, severity="corrected", **more):
    return rasd.rpc("injection.create", request_id=request_id, domain=domain, gpa=GPA,
                    severity=severity, **more)


def other_guest(answer):
    assert answer.get("error", {}).get("data", {}).get("reason") == "other-guest", answer
    return answer["error"]["message"]


def acked(rasd, request_id, domain, severity="corrected"):
    row = create(rasd, request_id, domain, severity, wait=True, timeout_ms=20000)["result"]
    assert row["state"] == "acknowledged", row


def leave_in_the_queue(rasd, domain, first, *rest):
    """The first record is in the status block, unread; the others wait for it."""
    rasd.wait_state(create(rasd, first, domain, "recoverable")["result"]["id"], "written")
    for name in rest:
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(str(rasd.sock))
            s.sendall(json.dumps({"jsonrpc": "2.0", "id": 1, "method": "injection.create",
                                  "params": {"request_id": name, "domain": domain, "gpa": GPA,
                                             "severity": "recoverable",
                                             "timeout_ms": 60000}}).encode() + b"\n")
            wait_for(lambda n=name: n in rasd.journal())


def swap(a, b):
    def work():
        spare = a.with_suffix(".spare")
        a.rename(spare)
        b.rename(a)
        spare.rename(b)

    as_user("rasd-lab", work)


@pytest.fixture(scope="module")
def guests(base):
    with rasdlab.running(base, "id1", "id2") as two:
        yield two


def test_swapped_sockets_and_a_restart(base, guests):
    """id2 allows corrected records only. It gets none that is meant for id1, under any name."""
    one, two = guests
    paths = [base / "guests" / f"{g.name}.qmp" for g in guests]
    rasd = rasdlab.Rasd(base, {"id1": "recoverable", "id2": "corrected"}, "swap")
    rasd.start(["id1", "id2"])
    try:
        for g in guests:
            acked(rasd, f"before-{g.name}", g.name)
        one.deaf()
        leave_in_the_queue(rasd, "id1", "left", "waits")
        seen = two.slot(rasd)[0]
    finally:
        rasd.stop(9)
    swap(*paths)
    try:
        rasd.start()
        wait_other(rasd, "id1", "id2")
        wait_other(rasd, "id2", "id1")
        assert "id2" in other_guest(create(rasd, "into-1", "id1", "recoverable"))
        assert "id1" in other_guest(create(rasd, "into-2", "id2"))
        time.sleep(1)
        rows = rasd.journal()
        # What is in the status block of id1's QEMU cannot be asked: not decided, and not sent.
        assert rows["left"][1] == "written" and rows["waits"][1] == "intent", rows
    finally:
        rasd.stop(9)
        swap(*paths)
        one.hears()
    rasd.start(["id1", "id2"])
    try:
        rows = rasd.wait_decided()
        assert rows["left"][1] == "acknowledged", rows["left"]
        assert rows["waits"][1] == "refused", rows["waits"]
        assert two.slot(rasd)[0] == seen
        acked(rasd, "after-2", "id2")
    finally:
        rasd.stop()


def test_a_name_can_be_said_by_anybody(base, guests):
    """It gains nothing by that, and takes nothing away."""
    liar = fake_qemu(base / "guests/liar.qmp", "id1", U1)
    rasd = rasdlab.Rasd(base, {"id1": "corrected", "liar": "fatal"}, "liar").start(["id1"])
    try:
        wait_other(rasd, "liar", "id1")
        other_guest(create(rasd, "lie", "liar"))
        acked(rasd, "true", "id1")
    finally:
        rasd.stop()
        liar.stop()


def test_two_directories(base, guests):
    """Who may write in another qmp-directory makes a second id1: nobody is hit, and it is said."""
    other = base / "other"
    other.mkdir()
    os.chown(other, *pwd.getpwnam("rasd-lab")[2:4])
    other.chmod(0o755)
    rasd = rasdlab.Rasd(base, {"id1": "corrected"}, "dirs",
                        guests=f"libvirt-uri = none\nqmp-directory = {other}\n").start(["id1"])
    second = fake_qemu(other / "id1.qmp", "id1")
    try:
        wait_other(rasd, "id1", "two of one name")
        other_guest(create(rasd, "which", "id1"))
        second.stop()
        wait_for(lambda: explain(rasd, "id1")["state"] == "running")
        acked(rasd, "this", "id1")
        # A socket that is there when the other one goes is the guest's from then on.
        second = fake_qemu(other / "id1.qmp", "id1")
        wait_other(rasd, "id1", "two of one name")
        (base / "guests/id1.qmp").rename(base / "guests/id1.away")
        wait_for(lambda: explain(rasd, "id1")["monitor"] == str(other / "id1.qmp"))
    finally:
        rasd.stop()
        second.stop()
        away = base / "guests/id1.away"
        if away.exists():
            away.rename(base / "guests/id1.qmp")


def test_a_process_of_another_user(base):
    """A local user's socket that got into the directory."""
    place = base / "nobody"
    place.mkdir()
    os.chown(place, *pwd.getpwnam("nobody")[2:4])
    stray = fake_qemu(place / "id3.qmp", "id3", user="nobody")
    rasd = rasdlab.Rasd(base, {"id3": "corrected"}, "uid",
                        guests=f"libvirt-uri = none\nqmp-directory = {place}\n").start()
    try:
        wait_other(rasd, "id3", "is no qemu-user")
        other_guest(create(rasd, "stray", "id3"))
    finally:
        rasd.stop()
        stray.stop()


def test_another_uuid_behind_the_socket(base):
    """QEMU ends with records in its queue, and another guest's QEMU takes its socket."""
    guest = rasdlab.Guest(base, "id5", extra=("-uuid", U1)).wait()
    rasd = rasdlab.Rasd(base, {"id5": "recoverable"}, "uuid")
    rasd.conf.write_text(rasd.conf.read_text() + f"uuid = {U1}\n")
    rasd.start(["id5"])
    fake = None
    try:
        acked(rasd, "before", "id5")
        assert explain(rasd, "id5")["identity"]["uuid"] == U1
        guest.deaf()
        leave_in_the_queue(rasd, "id5", *(f"q{i}" for i in range(4)))
        rasd.stop(9)
        guest.kill()
        guest.stop()
        fake = fake_qemu(base / "guests/id5.qmp", "id5", U2)
        rasd.start()
        wait_other(rasd, "id5", U2)
        other_guest(create(rasd, "more", "id5"))
        rows = rasd.wait_decided()
        assert {rows[f"q{i}"][1] for i in range(4)} <= {"unknown", "refused", "lost"}, rows
    finally:
        rasd.stop()
        guest.stop()
        if fake:
            fake.stop()


def test_a_fake_socket_beside_libvirts_domain(base):
    """The domain's record goes to the domain, whatever is named like it."""
    lv = lvlab.Libvirt(base).start()
    rasd = rasdlab.Rasd(base, {}, "lv", guests=f"libvirt-uri = {lv.uri}\nlibvirt-run-directory = "
                        f"{lv.run_dir}\n")
    fake = None
    try:
        domain = lv.guest("lv1").wait()
        fake = fake_qemu(base / "guests/lv1.qmp", "lv1")
        # QEMU's user owns the directory of pid files, but not the files that count.
        forged = lv.run_dir / "forged.pid"
        as_user("rasd-lab", lambda: forged.write_text(f"{fake.pid}\n"))
        rasd.start()
        wait_for(lambda: explain(rasd, "lv1").get("pid") == domain.pid)
        told = explain(rasd, "lv1")
        assert told["monitor"] == "libvirt", told
        assert str(fake.pid) in told["identity"]["problem"], told
        rasd.rpc("domain.allow", domain="lv1", target_max_severity="corrected")
        heard = domain.notifications()
        acked(rasd, "lv", "lv1")
        assert domain.notifications() == heard + 1
        # libvirtd away: the pid file still says which process the domain is.
        rasd.stop()
        lv.stop()
        rasd.start()
        wait_other(rasd, "lv1", "libvirt's domain is process")
        other_guest(create(rasd, "lv-away", "lv1"))
    finally:
        rasd.stop()
        if fake:
            fake.stop()
        lv.down()
