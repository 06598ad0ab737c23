# SPDX-License-Identifier: LGPL-2.1-or-later
"""Guests that acknowledge in other orders than Linux: an EFI program on EDK2 that does it as
FreeBSD and NetBSD do, on both architectures. It says what it reads before it clears anything, and
that is the oracle.
"""
import contextlib
import re
import time
import uuid

import pytest

import efilab
import rasdlab

ORDERS = ("linux", "freebsd", "netbsd")
GPA = {"arm": 0x48000000, "nmi": 0x4001000, "poll": 0x4001000}
# Which source of the guest's HEST a severity goes to, and whether the program polls that one.
SOURCE = {"arm": {"corrected": 1, "recoverable": 1}, "nmi": {"corrected": 0, "recoverable": 1},
          "poll": {"corrected": 0, "recoverable": 1}}
POLLED = {("nmi", "corrected"), ("poll", "corrected"), ("poll", "recoverable")}
SAID = {"corrected": 2, "recoverable": 0}
ALL = [(g, s) for g in GPA for s in SAID]


class Lab:
    def __init__(self, rasd, guests):
        self.rasd, self.guests = rasd, guests

    def send(self, name, severity, wait=True, timeout_ms=60000):
        answer = self.rasd.rpc("injection.create", request_id=str(uuid.uuid4()), domain=name,
                               gpa=hex(GPA[name]), severity=severity, wait=wait,
                               timeout_ms=timeout_ms)
        assert "result" in answer, answer
        return answer["result"]

    def acked(self, name, severity, order):
        """A record that is acknowledged, and that the program has read."""
        row = self.send(name, severity)
        assert row["state"] == "acknowledged", row
        saw = [x for x in self.guests[name].saw() if x[3] == row["id"]]
        assert saw == [(SOURCE[name][severity], order, SAID[severity], row["id"])], saw

    def unread(self, name, severity):
        """A record that nobody looks at stays written. Returns its id."""
        self.guests[name].detach()
        row = self.send(name, severity, wait=False)
        self.rasd.wait_state(row["id"], "written")
        time.sleep(1.5)  # a look a second at least
        assert self.rasd.row(row["id"])["state"] == "written"
        assert row["id"] not in {x[3] for x in self.guests[name].saw()}
        return row["id"]


@pytest.fixture(scope="module", name="lab")
def make_lab(base):
    rasd = rasdlab.Rasd(base, {n: "fatal" for n in GPA}).start()
    kernel = {a: efilab.program(base, a) for a in ("aarch64", "x86_64")}
    with contextlib.ExitStack() as stack:
        stack.callback(rasd.stop)
        arm = efilab.EfiGuest(base, "arm", "--kernel", kernel["aarch64"])
        stack.callback(arm.stop)
        guests = {n: stack.enter_context(rasdlab.provisioned_guest(
            rasd, n, str(uuid.uuid4()), "--firmware", "ovmf", "--kernel", kernel["x86_64"],
            notify=n, kind=efilab.EfiGuest)) for n in ("nmi", "poll")}
        yield Lab(rasd, {"arm": arm.wait(), **guests})


def test_hest(lab):
    """The program finds what rasd says that there is."""
    for name, notify in (("nmi", ("00", "04")), ("poll", ("00", "00")), ("arm", ("08", "07"))):
        log = lab.guests[name].log()
        assert tuple(re.findall(r"source \d notify (\d\d) block", log)) == notify, log
    for name in ("nmi", "poll"):
        page = int(lab.rasd.rpc("domain.explain", domain=name)["result"]["provisioned"]["gpa"], 16)
        for n in (0, 1):
            assert f"block {page + 0x1000 * (n + 1):016x}" in lab.guests[name].log()


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("name", GPA)
def test_acknowledged(lab, name, order):
    """One after the other, of both severities."""
    lab.guests[name].attach(order)
    for severity in ("corrected", "recoverable", "corrected", "recoverable"):
        lab.acked(name, severity, order)


@pytest.mark.parametrize("order", (pytest.param("linux", marks=pytest.mark.long), "freebsd"))
@pytest.mark.parametrize("name, severity", ALL)
def test_pending_at_attach(lab, name, severity, order):
    """What waits when the driver starts is acknowledged, and nothing before that."""
    ident = lab.unread(name, severity)
    lab.guests[name].attach(order)
    lab.rasd.wait_state(ident, "acknowledged", 60)
    assert lab.guests[name].wait_saw(ident)
    lab.acked(name, severity, order)


@pytest.mark.parametrize("name, severity", (
    pytest.param(*x, marks=pytest.mark.long if x == ("arm", "corrected") else ()) for x in ALL))
def test_pending_at_attach_of_netbsd(lab, name, severity):
    """Cleared at its start without an acknowledgement. One follows only where the source is polled;
    else the injection ends as unknown, and says what was seen.
    """
    guest = lab.guests[name]
    ident = lab.unread(name, severity)
    guest.attach("netbsd")
    assert f"CLEARED ONLY source {SOURCE[name][severity]}" in guest.log()
    assert guest.wait_saw(ident)
    if (name, severity) in POLLED:
        lab.rasd.wait_state(ident, "acknowledged", 60)
    else:
        row = lab.rasd.wait_state(ident, "unknown", 90)
        assert row["detail"] == ("the guest cleared our record and ran on, but did not acknowledge "
                                 "it"), row
    if name == "arm":  # QEMU itself waits for the acknowledgement
        # The wait may end right before the last try.
        row = lab.rasd.wait_state(lab.send(name, severity, timeout_ms=5000)["id"], "refused", 60)
        assert "does not acknowledge" in row["detail"], row
        guest.key("a", "DONE")
    lab.acked(name, severity, "netbsd")


def test_paused_between_clear_and_acknowledge(lab):
    """The time in which the guest stands still does not count, and it acknowledges late."""
    guest = lab.guests["nmi"]
    ident = lab.unread("nmi", "recoverable")
    guest.key("c", "DONE")
    guest.qmp("stop")
    time.sleep(15)
    assert lab.rasd.row(ident)["state"] == "written"
    guest.qmp("cont")
    guest.key("a", "DONE")
    lab.rasd.wait_state(ident, "acknowledged", 60)
    guest.attach("freebsd")
    lab.acked("nmi", "recoverable", "freebsd")


def test_idle_read_acks_prove_nothing(lab):
    """NetBSD sets read-ack again and again. A record that it does not look at is not acknowledged
    by that."""
    guest = lab.guests["poll"]
    guest.attach("netbsd")
    ident = lab.unread("poll", "recoverable")
    for _ in range(3):
        guest.key("a", "DONE")
        time.sleep(1.1)
        assert lab.rasd.row(ident)["state"] == "written"
    guest.attach("netbsd")
    lab.rasd.wait_state(ident, "acknowledged", 60)


@pytest.mark.parametrize("name", ("arm", "poll"))
def test_reset_with_a_pending_record(lab, name):
    """QEMU's block is made anew, and the record is lost. Ours is read after the reset."""
    ident = lab.unread(name, "recoverable")
    lab.guests[name].boot_again()
    if name == "arm":
        assert lab.rasd.wait_state(ident, "lost", 60)["read"] == "possibly"
    else:
        assert lab.rasd.row(ident)["state"] == "written"
    lab.guests[name].attach("freebsd")
    if name != "arm":
        lab.rasd.wait_state(ident, "acknowledged", 60)
    lab.acked(name, "recoverable", "freebsd")


def test_none_was_acknowledged_unread(lab):
    """Over all that happened here: each acknowledged record was read by the program, once."""
    saw = [x[3] for g in lab.guests.values() for x in g.saw()]
    rows = lab.rasd.rows()
    acked = [r["id"] for r in rows if r["state"] == "acknowledged"]
    assert acked
    assert {i: saw.count(i) for i in acked if saw.count(i) != 1} == {}
    assert {r["id"] for r in rows if r["state"] in ("refused", "lost")} & set(saw) == set()
