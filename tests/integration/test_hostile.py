# SPDX-License-Identifier: LGPL-2.1-or-later
"""Guests that lie about their HEST, and a rasd-pagemap that dies."""
import os
import signal
import socket
import struct
import subprocess
import time

import pytest

import rasdlab


class Helper:
    """rasd-pagemap on a listening socket, as systemd starts it."""

    def __init__(self, rasd):
        self.conf = rasd.conf
        self.path = rasd.base / "pagemap.sock"
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.bind(str(self.path))
        self.path.chmod(0o666)
        self.listener.listen(8)
        self.process = None

    def start(self):
        fd = self.listener.fileno()
        self.process = subprocess.Popen(
            ["bash", "-c", f'LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" --config "$1" 3<&{fd}',
             rasdlab.BUILD / "rasd-pagemap", self.conf], pass_fds=[fd])

    def kill(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None


@pytest.fixture(scope="module")
def guest(base):
    with rasdlab.running(base, "hv1") as (g,):
        yield g


@pytest.fixture
def rasd(base, request):
    r = rasdlab.Rasd(base, {"hv1": "corrected"}, name=request.node.name)
    r.sock = base / "r.sock"
    r.conf.write_text(r.conf.read_text().replace(f"{request.node.name}.sock", "r.sock"))
    yield r
    r.stop()


def wait_for(true, seconds=10):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def explain(rasd):
    return rasd.rpc("domain.explain", domain="hv1")["result"]


def test_helper_dies_and_comes_back(rasd, guest, base):
    """A record in the status block stays `written` while rasd-pagemap is away, and rasd watches it
    again afterwards.
    """
    rasd.conf.write_text(rasd.conf.read_text().replace("[guests]",
                                                       f"helper-socket = "
                                                       f"{base}/pagemap.sock\n[guests]"))
    helper = Helper(rasd)
    helper.start()
    try:
        with rasd.logfile.open("a") as log:
            rasd.process = subprocess.Popen([rasdlab.BUILD / "rasd", "--config", rasd.conf],
                                            stderr=log)
        rasd.wait_log("guest hv1: pid")
        assert explain(rasd)["hest"]["found"]
        guest.deaf()
        row = rasd.rpc("injection.create", request_id="one", domain="hv1",
                       gpa="0x48000000")["result"]["id"]
        rasd.wait_state(row, "written")

        # It hangs: rasd reports it, and it works again when it goes on.
        helper.process.send_signal(signal.SIGSTOP)
        wait_for(lambda: "in time" in explain(rasd)["hest"].get("slot_error", ""))
        assert rasd.rpc("rpc.ping")["result"]
        helper.process.send_signal(signal.SIGCONT)
        wait_for(lambda: "slot_error" not in explain(rasd)["hest"])
        assert rasd.row(row)["state"] == "written"

        # Without the socket it stays away until it is started again.
        aside = helper.path.rename(base / "aside.sock")
        helper.kill()
        rasd.wait_log("rasd-pagemap has gone")
        told = explain(rasd)
        assert not told["hest"]["found"]
        assert "rasd-pagemap" in told["hest"]["reason"]
        refused = rasd.rpc("injection.create", request_id="two", domain="hv1",
                           gpa="0x48000000")["error"]
        assert refused["data"]["reason"] == "helper-error"
        assert "rasd-pagemap is not running" in refused["message"]
        assert rasd.row(row)["state"] == "written"

        helper.start()
        aside.rename(helper.path)
        rasd.wait_log("there again")
        guest.hears()
        rasd.wait_state(row, "acknowledged")
        assert explain(rasd)["hest"]["found"]
    finally:
        helper.kill()
        guest.hears()


def test_own_helper_dies(rasd, guest):
    """Only root can start another one. So rasd ends and says so, and its supervisor starts both."""
    rasd.start(["hv1"])
    children = subprocess.run(["pgrep", "-P", str(rasd.process.pid), "rasd-pagemap"], text=True,
                              capture_output=True, check=True).stdout.split()
    assert len(children) == 1
    os.kill(int(children[0]), signal.SIGKILL)
    assert rasd.process.wait(10) == 1
    assert "only root could start another" in rasd.logfile.read_text()


def test_second_client(rasd, guest, base):
    """QEMU serves one monitor client. The second one gets an error that says so."""
    rasd.start(["hv1"])
    second = rasdlab.Rasd(base, {"hv1": "corrected"}, name="second")
    second.start()
    try:
        end = time.monotonic() + 10
        while "no greeting" not in (reason := explain(second)["backends"][0]).get("reason", ""):
            assert time.monotonic() < end, reason
            time.sleep(0.1)
        assert "one client" in reason["hint"]
    finally:
        second.stop()


def table(pointer, ack, good=True):
    ghes = struct.pack("<HHHBBIIIBBBBQ", 10, 1, 0xffff, 0, 1, 1, 1, 1024, 0, 64, 0, 4, pointer)
    ghes += struct.pack("<BB26x", 7, 28) + struct.pack("<I", 1024)
    ghes += struct.pack("<BBBBQQQ", 0, 64, 0, 4, ack, 0xfffffffffffffffe, 1)
    t = bytearray(struct.pack("<4sIBB6s8sI4sII", b"HEST", 40 + len(ghes), 1, 0, b"BOCHS ",
                              b"BXPC    ", 1,
                              b"BXPC", 1, 1) + ghes)
    assert len(t) == 132
    t[9] = -sum(t) & 0xff
    if not good:
        t[9] ^= 0x55
    return bytes(t)


def plant(guest, name, data, doublings):
    """Pages in the guest's RAM, filled as any of its users may do: a file on its ramfs."""
    for i in range(0, len(data), 33):
        text = "".join(f"\\{b:03o}" for b in data[i:i + 33])
        console(guest, f"printf '{text}' >> /tmp/{name}.1")
    double = f"cat /tmp/{name} /tmp/{name} > /tmp/{name}.2; mv /tmp/{name}.2 /tmp/{name}; "
    console(guest, f"dd if=/tmp/{name}.1 of=/tmp/{name} bs=4096 count=1 conv=sync; "
            + doublings * double)


def console(guest, command):
    subprocess.run([rasdlab.TOP / "lab/guest", "console", guest.name, guest.dir, command],
                   check=True,
                   timeout=60, capture_output=True)


def test_planted_tables(rasd, guest):
    """Planted tables are ignored, counted and reported. Perfect ones are told apart."""
    rasd.start(["hv1"])
    before = explain(rasd)["hest"]
    assert before["found"] and before["rival_tables"] == 0
    rasd.stop()

    ack = int(before["read_ack"], 16)
    plant(guest, "bad", table(ack - 16, ack, good=False), 10)
    rasd.start(["hv1"])
    told = explain(rasd)["hest"]
    assert {k: told[k] for k in ("address", "block", "read_ack")} == \
        {k: before[k] for k in ("address", "block", "read_ack")}
    assert told["ignored_tables"] >= before["ignored_tables"] + 500
    assert told["rival_tables"] == 0
    rasd.stop()

    plant(guest, "rival", table(ack - 16, int(before["block"], 16) + 512), 8)
    mark = len(rasd.logfile.read_text())
    rasd.start(["hv1"])
    told = explain(rasd)["hest"]
    assert told["rival_tables"] >= 1
    rasd.wait_log("say something else", mark)
