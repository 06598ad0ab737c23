# SPDX-License-Identifier: LGPL-2.1-or-later
"""A guest with two monitors, its own socket and libvirt's. What one rasd sent by one of them the
next rasd decides only behind that monitor's fence, and not by what the other one says.
"""
import concurrent.futures
import contextlib
import os
import re
import signal
import sqlite3
import time
import uuid

import pytest

import lvlab
import rasdlab
from test_libvirt import acked, create, done, explain, unread, wait_for


@pytest.fixture(scope="module", name="lab")
def make_lab():
    base = rasdlab.make_base()
    lv = lvlab.Libvirt(base).start()
    own = lv.dir / "guests/own"
    own.mkdir()
    os.chown(own, lv.dir.joinpath("guests").stat().st_uid, lv.dir.joinpath("guests").stat().st_gid)
    own.chmod(0o2775)
    lv.guest("two", start=False)
    xml = lv.virsh("dumpxml", "two", "--inactive")
    xml = xml.replace("<domain type='qemu'",
                      "<domain type='qemu' "
                      "xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'", 1)
    xml = xml.replace("</domain>", "<qemu:commandline><qemu:arg value='-chardev'/>"
                      "<qemu:arg value='socket,id=rasd,path=/srv/guests/own/two.qmp,"
                      "server=on,wait=off'/>"
                      "<qemu:arg value='-mon'/>"
                      "<qemu:arg value='chardev=rasd,id=rasd,mode=control'/>"
                      "</qemu:commandline></domain>")
    guest = lv.guest("two", xml).wait()
    other = lvlab.Libvirt(base / "other").start()
    yield type("Lab", (), {"base": base, "lv": lv, "other": other, "own": own, "guest": guest})
    other.down()
    lv.down()
    rasdlab.drop_base(base)


@contextlib.contextmanager
def life(lab, *monitors):
    """One rasd of several on the same state, with these monitors. Without libvirt it uses a
    libvirtd that does not know the guest.

    Some libvirtd is needed: the guest's process is found by its pid file, as its socket has another
    path in the lab's chroot.
    """
    uri = (lab.lv if "libvirt" in monitors else lab.other).uri
    guests = f"libvirt-uri = {uri}\nlibvirt-run-directory = {lab.lv.run_dir}\n"
    if "socket" in monitors:
        guests += f"qmp-directory = {lab.own}\n"
    rasd = rasdlab.Rasd(lab.base, {"two": "recoverable"}, "rasd", guests=guests).start(["two"])
    try:
        yield rasd
    finally:
        rasd.stop(signal.SIGKILL)


def connections(rasd):
    """The monitors by which this rasd reached the guest, in order."""
    return re.findall(r"guest two: pid .* by (\w+)", rasd.logfile.read_text()[rasd.mark:])


def journal(lab):
    return contextlib.closing(sqlite3.connect(lab.base / "rasd.state/journal.db",
                                              isolation_level=None))


def back_to_intent(db, request_id):
    """The row as it was before the answer was stored. The database itself refuses that: not now."""
    guards = db.execute("SELECT name, sql FROM sqlite_master WHERE name IN ('injection_decided', "
                        "'injection_listed')").fetchall()
    for name, _ in guards:
        db.execute(f"DROP TRIGGER {name}")
    db.execute("UPDATE injection SET state = 'intent', listed = 0 WHERE request_id = ?",
               (request_id,))
    for _, guard in guards:
        db.execute(guard)


def left_by(lab, monitor, name):
    """A row as a rasd leaves that dies just before it sends it: another like the one in the slot,
    with an id of its own.

    Written by hand: builds with fail-points have a sanitizer that libvirt's client does not
    survive.
    """
    with life(lab, monitor) as rasd:
        old = uuid.UUID(done(create(rasd, f"{name}-before", domain="two", wait=True,
                                    timeout_ms=20000))["id"])
        assert explain(rasd, "two")["monitor"].endswith("libvirt" if monitor == "libvirt"
                                                        else "two.qmp")
        assert rasd.wait_state(str(old), "acknowledged")
        time.sleep(0.2)
    new = uuid.uuid4()
    with journal(lab) as db:
        names = [x[1] for x in db.execute("PRAGMA table_info(injection)") if x[1] != "rowid"]
        row = dict(zip(names, db.execute(f"SELECT {','.join(names)} FROM injection WHERE id = ?",
                                         (old.bytes,)).fetchone()))
        assert row["monitor"] == monitor and row["state"] == "acknowledged"
        row |= {"id": new.bytes, "request_id": name, "state": "intent", "ack_ns": 0, "detail": "",
                "listed": 0,
                "record": row["record"].replace(old.bytes_le, new.bytes_le)}
        at = db.execute(f"INSERT INTO injection({','.join(names)}) "
                        f"VALUES({','.join('?' * len(names))})", [*row.values()]).lastrowid
        db.execute("INSERT INTO transition(injection, state, read, t_real_ns, t_boot_ns, boot_id, "
                   "detail) SELECT ?, 'intent', '', t_real_ns, t_boot_ns, boot_id, '' "
                   "FROM transition WHERE injection = (SELECT rowid FROM injection WHERE id = ?) "
                   "ORDER BY seq LIMIT 1", (at, old.bytes))


@pytest.mark.parametrize("waits_in,outcome", [("libvirtd", "refused"), ("QEMU", "acknowledged")])
def test_a_call_of_a_dead_rasd_hangs(lab, waits_in, outcome):
    """QEMU's own socket answers at once, but only libvirt's fence is behind what libvirt was given.
    """
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        with life(lab, "libvirt") as rasd:
            # the second is after the pause that follows a guest's slow first record
            for i in range(2):
                acked(create(rasd, f"{waits_in}-before-{i}", domain="two", wait=True,
                             timeout_ms=20000))
            heard = lab.guest.notifications()
            lab.guest.signal(signal.SIGSTOP)
            try:
                if waits_in == "libvirtd":
                    # This has the domain's job; what comes next waits for it.
                    virsh = pool.submit(lab.lv.virsh, "qemu-monitor-command", "two",
                                        '{"execute":"query-status"}')
                    time.sleep(1)
                sent = pool.submit(create, rasd, waits_in, domain="two")
                wait_for(lambda: waits_in in rasd.journal())
                time.sleep(1)
                rasd.stop(signal.SIGKILL)
                with contextlib.suppress(ConnectionError, IndexError):
                    sent.result()
            finally:
                os.kill(lab.lv.pid(), signal.SIGSTOP)
                lab.guest.signal(signal.SIGCONT)
        try:
            with life(lab, "socket", "libvirt") as rasd:
                time.sleep(3)
                assert connections(rasd) == ["socket"]
                assert rasd.journal()[waits_in][1] == "intent", rasd.journal()[waits_in]
                os.kill(lab.lv.pid(), signal.SIGCONT)
                _, state, detail = rasd.wait_decided()[waits_in]
                assert state == outcome, detail
                assert connections(rasd)[:2] == ["socket", "libvirt"]
                assert lab.guest.notifications() - heard == (state == "acknowledged")
                acked(create(rasd, f"{waits_in}-after", domain="two", wait=True, timeout_ms=20000))
        finally:
            os.kill(lab.lv.pid(), signal.SIGCONT)
        if waits_in == "libvirtd":
            virsh.result()


@pytest.mark.parametrize("monitor,other", [("libvirt", "socket"), ("socket", "libvirt")])
def test_the_monitor_is_gone_for_good(lab, monitor, other):
    """The intact status block proves nothing then: the command may still come."""
    left_by(lab, monitor, f"gone-{monitor}")
    with life(lab, other) as rasd:
        _, state, detail = rasd.wait_decided()[f"gone-{monitor}"]
        assert state == "unknown" and "monitor" in detail, detail
        acked(create(rasd, f"gone-{monitor}-after", domain="two", wait=True))


def test_a_record_that_arrived_is_known_without_its_monitor(lab):
    """As if rasd had died before it stored the answer. The status block has the record, whoever
    reads it.
    """
    with life(lab, "libvirt") as rasd:
        acked(create(rasd, "arrived", domain="two", wait=True, timeout_ms=20000))
        time.sleep(0.2)
    with journal(lab) as db:
        back_to_intent(db, "arrived")
    with life(lab, "socket") as rasd:
        assert rasd.wait_decided()["arrived"][1] == "acknowledged"


@pytest.mark.parametrize("monitor,ways", [("socket", ["socket"]),
                                          ("libvirt", ["socket", "libvirt"])])
def test_both_are_there(lab, monitor, ways):
    left_by(lab, monitor, f"both-{monitor}")
    with life(lab, "socket", "libvirt") as rasd:
        assert rasd.wait_decided()[f"both-{monitor}"][1] == "refused"
        wait_for(lambda: rasd.rpc("domain.list")["result"]["libvirt"]["connected"])
        got = connections(rasd)
        assert monitor in got and set(got) <= {*ways, "libvirt"}, got
        # as soon as nothing needs libvirt's fence
        wait_for(lambda: connections(rasd)[-1] == "socket", 5)
        wait_for(lambda: explain(rasd, "two")["backends"][0]["available"])
        acked(create(rasd, f"both-{monitor}-after", domain="two", wait=True))
        assert explain(rasd, "two")["monitor"].endswith("two.qmp")


def test_what_is_undecided_keeps_its_monitor(lab):
    """Found in the status block behind libvirt's fence, and not read yet. The guest returns to its
    socket only when it is decided.
    """
    with life(lab, "libvirt") as rasd:
        acked(create(rasd, "kept-before", domain="two", wait=True, timeout_ms=20000))
        lab.guest.deaf()
        unread(rasd, "kept", domain="two")
    with journal(lab) as db:
        back_to_intent(db, "kept")
    try:
        with life(lab, "socket", "libvirt") as rasd:
            wait_for(lambda: rasd.journal()["kept"][1] == "written")
            time.sleep(2)
            assert connections(rasd) in (["libvirt"], ["socket", "libvirt"])
            with concurrent.futures.ThreadPoolExecutor(1) as pool:
                after = pool.submit(create, rasd, "kept-next", domain="two", wait=True,
                                    timeout_ms=20000)
                wait_for(lambda: "kept-next" in rasd.journal())
                lab.guest.hears()
                acked(after.result())
            rows = rasd.wait_decided()
            assert rows["kept"][1] == "acknowledged", rows["kept"]
            wait_for(lambda: connections(rasd)[-1] == "socket", 5)
            wait_for(lambda: explain(rasd, "two")["backends"][0]["available"])
            acked(create(rasd, "kept-after", domain="two", wait=True))
            assert len(connections(rasd)) <= 3
    finally:
        lab.guest.hears()


def test_a_row_of_version_2_needs_both(lab):
    """The row does not say which monitor it was sent by."""
    left_by(lab, "libvirt", "old")
    with journal(lab) as db:
        db.execute("UPDATE injection SET monitor = '' WHERE request_id = 'old'")
    with life(lab, "socket", "libvirt") as rasd:
        assert rasd.wait_decided()["old"][1] == "refused"
        assert set(connections(rasd)) == {"socket", "libvirt"}
        assert done(create(rasd, "old-after", domain="two", wait=True))["state"] == "acknowledged"
