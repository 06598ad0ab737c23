# SPDX-License-Identifier: LGPL-2.1-or-later
"""Attacks on rasd-pagemap, each by a process with the attacker's real uid: rasd in wrong hands, and
a local user in no group of ours. All run beside 3,000 sockets of that user, whose names look like
entries of /proc/net/unix.
"""
import json
import os
import pathlib
import pwd
import re
import resource
import signal
import socket
import struct
import subprocess

import pytest

import rasdlab

HEADER = (rasdlab.TOP / "helper/protocol.h").read_text()
VERSION = int(re.search(r"HELPER_PROTO_VERSION (\d+)u", HEADER).group(1))
HEST, SLOT, PAGEMAP = 2, 3, 1
GPA, GUEST_BYTES, MIB = 0x40000000, 512 << 20, 1 << 20
CROWD = 20000 if os.environ.get("RASD_LONG") else 3000
REPLY_HEAD = struct.Struct("<QiIQIIQQII")
SOURCE = struct.Struct("<HB5xQQQII")
PATIENCE_S = 20
TEXT_AT = REPLY_HEAD.size + 16 * SOURCE.size


class Child:
    """A process of another user that does work(), reports, and stays until close()."""

    def __init__(self, user, work, groups=()):
        ids = pwd.getpwnam(user)
        r, w = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                os.setgroups(list(groups))
                os.setresgid(ids.pw_gid, ids.pw_gid, ids.pw_gid)
                os.setresuid(ids.pw_uid, ids.pw_uid, ids.pw_uid)
                keep = work()
                os.write(w, json.dumps(keep[0]).encode() + b"\n")
                signal.pause()
            finally:
                os._exit(1)
        os.close(w)
        with os.fdopen(r) as f:
            line = f.readline()
        assert line, f"the attacker failed as {user}"
        self.said = json.loads(line)

    def close(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


def start_time(pid):
    stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    return int(stat.rsplit(")", 1)[1].split()[19])


class Peer:
    """Speaks the protocol of rasd-pagemap with the rights of rasd."""

    def __init__(self, path):
        self.path = str(path)

    def ask(self, *requests):
        """One connection, all requests in turn. Returns (status, sources, text, block) of each."""
        def work():
            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as s:
                s.settimeout(PATIENCE_S)
                s.connect(self.path)
                return [[one(s, *r) for r in requests]]

        child = Child("rasd", work)
        child.close()
        return child.said


def one(s, verb, pid, sections=(), source=0):
    data = struct.pack("<IIQiIQII16xI4x", VERSION, verb, 1, pid, len(sections), start_time(pid),
                       source, 0, PATIENCE_S * 1000)
    s.send(data + b"".join(struct.pack("<QQQ", *x) for x in sections))
    reply = s.recv(65536)
    head = REPLY_HEAD.unpack_from(reply)
    sources = [SOURCE.unpack_from(reply, REPLY_HEAD.size + i * SOURCE.size)
               for i in range(head[2])]
    text = reply[TEXT_AT:TEXT_AT + 160].split(b"\0")[0].decode()
    return head[1], sources, text, reply[TEXT_AT + 160:].hex()


@pytest.fixture(scope="module")
def crowd(base):
    """Sockets of a local user: each adds a line "listens at DIR/NAME.qmp" to /proc/net/unix."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    place = base / "crowd"
    place.mkdir()
    os.chown(place, *pwd.getpwnam("nobody")[2:4])

    def work():
        os.chdir(place)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        keep = []
        for i in range(min(CROWD, hard - 64)):
            name = f"\n0: 2 0 10000 1 1 1 {base}/guests/f{i}.qmp"
            os.makedirs(os.path.dirname(name), exist_ok=True)
            s = socket.socket(socket.AF_UNIX)
            s.bind(name)
            s.listen()
            keep.append(s)
        return len(keep), keep

    child = Child("nobody", work)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert child.said >= 3000, "raise the hard limit of descriptors to 4096"
    yield child.said
    child.close()


@pytest.fixture(scope="module")
def guest(base, crowd):
    with rasdlab.running(base, "ah1") as (g,):
        yield g


@pytest.fixture(scope="module")
def peer(base, guest):
    """rasd-pagemap as systemd starts it, and how rasd's user reaches it."""
    rasd = rasdlab.Rasd(base, {}, name="conf")
    path = base / "pagemap.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(str(path))
        path.chmod(0o666)
        listener.listen(8)
        fd = listener.fileno()
        process = subprocess.Popen(
            ["bash", "-c", f'LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" --config "$1" 3<&{fd}',
             rasdlab.BUILD / "rasd-pagemap", rasd.conf], pass_fds=[fd])
        try:
            yield Peer(path)
        finally:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def ram(guest):
    """Where the guest's RAM is in QEMU, by its own word."""
    return int(guest.hmp(f"gpa2hva {GPA:#x}").split()[-1], 16)


def ram_blocks(guest):
    """(address in QEMU, bytes) of each of its RAM blocks. The kernel may list one in parts."""
    line = r"(0x[0-9a-f]+) +(0x[0-9a-f]+) +r[ow]\s*$"
    found = re.findall(line, guest.hmp("info ramblock"), re.M)
    return [(int(hva, 16), int(total, 16)) for total, hva in found]


def writable_mappings(pid):
    for line in pathlib.Path(f"/proc/{pid}/maps").read_text().splitlines():
        ends, perm = line.split()[:2]
        if perm[:2] == "rw":
            start, end = (int(x, 16) for x in ends.split("-"))
            yield start, end - start


def test_a_new_guest_is_proved(base, guest, crowd):
    """The local user's sockets hide no guest that was started after them."""
    rasd = rasdlab.Rasd(base, {"ah1": "corrected"}, name="proof")
    rasd.start(["ah1"])
    try:
        row = rasd.rpc("injection.create", request_id="one", domain="ah1",
                       gpa="0x48000000")["result"]["id"]
        assert rasd.wait_state(row, "acknowledged")["final"]
    finally:
        rasd.stop()


def test_only_guest_ram(guest, peer, ram):
    """Whatever else QEMU has mapped is refused; what counts as RAM is a block of QEMU's list."""
    pid = guest.pid
    (status, sources, text, _), = peer.ask((HEST, pid, [(GPA, GUEST_BYTES, ram)]))
    assert status == 0 and sources, text
    blocks = ram_blocks(guest)
    assert ram in {start for start, _ in blocks}
    claims = list(writable_mappings(pid))
    assert len(claims) > 20
    answers = peer.ask(*((HEST, pid, [(GPA, size, start)]) for start, size in claims))
    refused = inside = 0
    for (start, size), (status, _, text, _) in zip(claims, answers):
        if "guest RAM of the process" in text:
            refused += 1
        else:
            inside += 1
            assert any(a <= start < a + n for a, n in blocks), (hex(start), size, text)
    assert refused > inside
    print(f"{refused} of {len(claims)} writable mappings refused")


BACKINGS = {
    "memfd": (512, "memory-backend-memfd,share=on"),
    "memfd-private": (512, "memory-backend-memfd,share=off"),
    "file": (512, "memory-backend-file,share=on,mem-path={D}/ram"),
    "file-private": (512, "memory-backend-file,share=off,mem-path={D}/ram"),
    "shared": (512, "memory-backend-ram,share=on"),
    "prealloc": (64, "memory-backend-ram,prealloc=on"),
    "huge-guest": (300 << 10, "memory-backend-ram,reserve=off"),
    "no-thp": (512, "memory-backend-ram,merge=off,dump=off"),
}


@pytest.mark.parametrize("name", BACKINGS)
def test_every_backing_is_guest_ram(base, peer, name):
    """QEMU maps RAM in many ways, and all of them are found. This guest never runs."""
    mib, backend = BACKINGS[name]
    backend = backend.replace("{D}", str(base / "guests"))
    g = rasdlab.Guest(base, f"b-{name}", "--kernel", "none", "--mem", str(mib),
                      extra=("-S", "-machine", "memory-backend=m0", "-object",
                             f"{backend},id=m0,size={mib}M"))
    try:
        hva = int(g.hmp(f"gpa2hva {GPA:#x}").split()[-1], 16)
        answer, = peer.ask((HEST, g.pid, [(GPA, mib << 20, hva)]))
        # Nothing is found in it, or the time for 300 GiB is over.
        assert answer[2].startswith(("no usable HEST", "HEST search: budget")), answer[2]
    finally:
        g.stop()
        (base / "guests/ram").unlink(missing_ok=True)


def test_patchwork(guest, peer, ram):
    """The true table, with another place for the page of its status block."""
    pid = guest.pid
    (_, sources, _, _), = peer.ask((HEST, pid, [(GPA, GUEST_BYTES, ram)]))
    ident, _, _, block, _, _, _ = sources[0]
    page = block & ~0xfff
    heap = next(start for start, size in writable_mappings(pid) if size >= MIB)
    rest = [(GPA, page - GPA, ram),
            (page + 4096, GPA + GUEST_BYTES - page - 4096, ram + page + 4096 - GPA)]
    for lie in ([(page, 4096, heap)], [(page, MIB, heap)], []):
        hest, slot = peer.ask((HEST, pid, rest + lie), (SLOT, pid, (), ident))
        assert hest[0] != 0 and slot[0] != 0 and not slot[3], (hest, slot)
    # Guest RAM in another order: its upper half below.
    half = GUEST_BYTES // 2
    hest, slot = peer.ask((HEST, pid, [(GPA, half, ram + half), (GPA + half, half, ram)]),
                          (SLOT, pid, (), ident))
    assert "contradict" in hest[2] and not slot[3]
    # After a failed search nothing is left of the last one.
    good, slot, bad, void = peer.ask(
        (HEST, pid, [(GPA, GUEST_BYTES, ram)]), (SLOT, pid, (), ident),
        (HEST, pid, [(GPA, MIB, heap)]), (SLOT, pid, (), ident))
    assert good[0] == 0 and slot[0] == 0 and len(slot[3]) >= 2048
    assert bad[0] != 0 and void[0] != 0 and not void[3]


def test_forged_listener(base, peer):
    """A process of QEMU's user that serves nothing stays closed, whatever a name says."""
    def hold():
        s = socket.socket(socket.AF_UNIX)
        return os.fstat(s.fileno()).st_ino, s

    def forge():
        """Many, so that some come early in a list of all sockets."""
        os.chdir(base / "crowd")
        keep = []
        for i in range(300):
            name = f"\n0: 2 0 10000 1 1 {victim.said} {base}/guests/forged{i}.qmp"
            os.makedirs(os.path.dirname(name), exist_ok=True)
            s = socket.socket(socket.AF_UNIX)
            s.bind(name)
            s.listen()
            keep.append(s)
        return True, keep

    victim = Child("rasd-lab", hold)
    forger = Child("nobody", forge)
    try:
        forged = f" {victim.said} {base}/guests/forged0.qmp"
        assert forged in pathlib.Path("/proc/net/unix").read_text(errors="replace")
        pagemap, hest = peer.ask((PAGEMAP, victim.pid), (HEST, victim.pid, [(GPA, MIB, 4096)]))
        assert pagemap[0] != 0 and hest[0] != 0
        assert "listens on no configured QMP socket" in pagemap[2], pagemap[2]
    finally:
        forger.close()
        victim.close()
