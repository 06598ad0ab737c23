# SPDX-License-Identifier: LGPL-2.1-or-later
"""Backend aer: root ports of real guests (q35 and arm64 virt, TCG). The oracle is the AER driver of
the guest's kernel.
"""
import json

import pytest

import rasdlab

PORTS = ("-device", "pcie-root-port,id=rp1,chassis=1,slot=1",
         "-device", "pcie-root-port,id=rp2,chassis=2,slot=2",
         "-device", "e1000e,bus=rp2,id=nic1")
FIRST, SECOND = "0000:00:01.0", "0000:00:02.0"


@pytest.fixture(scope="module", name="lab")
def make_lab():
    base = rasdlab.make_base()
    guests = {"pc": rasdlab.Guest(base, "pc", "--arch", "x86_64", "--mem", "256", extra=PORTS),
              "virt": rasdlab.Guest(base, "virt", "--no-ras", extra=PORTS),
              "timid": rasdlab.Guest(base, "timid", "--arch", "x86_64", "--mem", "256",
                                     "--append", "pci=noaer", extra=PORTS)}
    rasd = rasdlab.Rasd(base, {"pc": "fatal", "virt": "fatal", "timid": "recoverable"})
    with rasdlab.lab_of(base, rasd, guests) as all_of_it:
        for g in guests.values():
            g.wait()
        rasd.start(list(guests))
        yield all_of_it


def inject(lab, name, bdf, aer, severity, *more):
    return lab.rasd.ctl("inject", "--domain", name, "--type", "pcie", "--bdf", bdf, "--aer", aer,
                        "--severity", severity, "--via", "aer", "--wait", "--timeout", "20",
                        "-o", "json", *more)


def row(answer, state):
    got = json.loads(answer.stdout)
    assert got.get("state") == state and got["backend"] == "aer", answer
    return got


@pytest.mark.parametrize("name", ("pc", "virt"))
def test_first_corrected(lab, name):
    """The port has the id of no source yet, so its change is seen however quick the driver is."""
    r = inject(lab, name, FIRST, "receiver-error", "corrected")
    got = row(r, "acknowledged")
    assert r.returncode == 0 and "cleared" in got["detail"] and got["source"] == 8, got
    getattr(lab, name).wait_log(f"pcieport {FIRST}: AER: Correctable error message received")
    getattr(lab, name).wait_log("RxErr")


@pytest.mark.parametrize("name", ("pc", "virt"))
def test_first_uncorrected(lab, name):
    """The TLP header of the record is the one that the guest's kernel prints."""
    r = inject(lab, name, FIRST, "poisoned-tlp", "recoverable", "--tlp-header",
               "0xefbeadde,0x01000000,2,0x300")
    row(r, "acknowledged")
    guest = getattr(lab, name)
    guest.wait_log(f"pcieport {FIRST}: AER: Uncorrectable (Non-Fatal) error message received")
    guest.wait_log("TLP Header: efbeadde 01000000 00000002 00000300")
    guest.wait_log("device recovery successful")


def test_again(lab):
    """The second of a kind may be over before the first look. It is never lost or unknown."""
    for _ in range(5):
        r = inject(lab, "pc", FIRST, "bad-tlp", "corrected")
        got = json.loads(r.stdout)
        assert got["state"] in ("acknowledged", "delivered") and r.returncode == 0, r
        if got["state"] == "delivered":
            assert "not seen" in got["detail"]
    rasdlab.wait_for(lambda: lab.pc.log().count("BadTLP") >= 1)


@pytest.mark.parametrize("name", ("pc", "virt"))
def test_by_the_name_of_its_port(lab, name):
    """QEMU's id instead of the place; explain has both."""
    shown = lab.rasd.rpc("domain.explain", domain=name)["result"]["devices"]
    assert shown == [{"id": i, "bdf": bdf, "type": "pcie-root-port", "backend": "aer"}
                     for i, bdf in (("rp1", FIRST), ("rp2", SECOND))], shown
    tree = lab.rasd.ctl("explain", name).stdout
    assert "id: rp2" in tree and f"bdf: {SECOND}" in tree, tree

    def send(port, *more):
        return lab.rasd.ctl("inject", name, "--type", "pcie", "--port", port, "--aer", "bad-tlp",
                            "--severity", "corrected", "--via", "aer", "--wait", "--timeout", "20",
                            "-o", "json", *more)
    got = row(send("rp2"), "acknowledged")
    assert got["source"] == 0x10, got
    getattr(lab, name).wait_log(f"pcieport {SECOND}: AER: Correctable error message received")
    before = lab.rasd.rows()
    r = send("nic1")
    assert r.returncode == 4 and "nic1" in r.stderr and f"rp1 ({FIRST})" in r.stderr, r
    assert lab.rasd.rows() == before


def test_fatal_resets_the_link(lab):
    """Of a port with a device behind it; the guest lives."""
    row(inject(lab, "pc", SECOND, "surprise-down", "fatal", "--yes"), "acknowledged")
    lab.pc.wait_log(f"pcieport {SECOND}: AER: Uncorrectable (Fatal) error message received")
    lab.pc.wait_log("AER: device recovery failed", 60)
    assert "Kernel panic" not in lab.pc.log()
    assert lab.pc.console("echo alive").strip() == "alive"


def test_rasd_is_killed(lab):
    """Before the outcome is stored: nobody can say what became of it, and nothing is sent again.
    The port's queue goes on.
    """
    before = lab.pc.log().count("BadDLLP")
    lab.rasd.stop()
    lab.rasd.start(["pc"], build=rasdlab.ASAN, env={"RASD_FAILPOINT": "submit_answered:1"})
    lab.rasd.ctl("inject", "--domain", "pc", "--type", "pcie", "--bdf", FIRST, "--aer", "bad-dllp",
                 "--severity", "corrected", "--via", "aer", "--request-id", "killed")
    lab.rasd.process.wait(60)
    lab.rasd.start(["pc"])
    rows = lab.rasd.wait_decided()
    assert rows["killed"][1] == "unknown", rows["killed"]
    r = inject(lab, "pc", FIRST, "replay-num-rollover", "corrected")
    assert json.loads(r.stdout)["state"] in ("acknowledged", "delivered"), r
    lab.pc.wait_log("Rollover")
    assert lab.pc.log().count("BadDLLP") == before + 1


@pytest.mark.parametrize("bdf,aer,severity,words", (
    # The endpoint, for which QEMU says OK, and a place where nothing is.
    ("0000:02:00.0", "receiver-error", "corrected",
     ("no root port", "00:01.0 (rp1), 00:02.0 (rp2)")),
    ("0000:00:09.0", "receiver-error", "corrected", ("no root port",)),
    (FIRST, "receiver-error,bad-tlp", "corrected", ("several",)),
    (FIRST, "receiver-error", "recoverable", ("correctable by its status",)),
    (FIRST, "surprise-down", "fatal", ("--yes",)),
))
def test_not_accepted(lab, bdf, aer, severity, words):
    before = lab.rasd.rows()
    r = inject(lab, "pc", bdf, aer, severity)
    text = r.stdout + r.stderr
    assert r.returncode not in (0, 6) and all(w in text for w in words), r
    assert lab.rasd.rows() == before


@pytest.mark.parametrize("name,aer,severity,words", (
    ("pc", "surprise-down", "recoverable", "send it with severity fatal"),
    ("pc", "header-log-overflow", "corrected", "masked"),
    ("timid", "receiver-error", "corrected", "has not switched on"),
))
def test_refused_by_the_port(lab, name, aer, severity, words):
    """By the guest's own settings; the row says which."""
    before = lab.rasd.rows()
    r = lab.rasd.ctl("inject", "--domain", name, "--type", "pcie", "--bdf", FIRST, "--aer", aer,
                     "--severity", severity, "--via", "aer", "--wait", "--timeout", "2",
                     "-o", "json")
    got = row(r, "refused")
    assert words in got["detail"] and len(lab.rasd.rows()) == len(before) + 1, got


def test_needs_the_grant(lab):
    r = inject(lab, "timid", FIRST, "surprise-down", "fatal", "--yes")
    assert r.returncode == 5 and "does not allow fatal" in r.stderr, r


def test_other_records(lab):
    r = lab.rasd.ctl("inject", "--domain", "pc", "--gpa", "0x4001000", "--via", "aer")
    assert r.returncode != 0 and "one error of a PCIe root port" in r.stderr, r
    # And without being asked for it takes none.
    r = lab.rasd.ctl("inject", "--domain", "pc", "--gpa", "0x4001000", "--dry-run", "-o", "json")
    assert json.loads(r.stdout)["backend"] == "hmp-mce", r


def test_explain(lab):
    for name in ("pc", "virt"):
        shown = lab.rasd.rpc("domain.explain", domain=name)["result"]["backends"]
        aer = [b for b in shown if b["name"] == "aer"][0]
        assert aer["available"] and "--via aer" in aer["limits"], shown
