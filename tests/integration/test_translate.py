# SPDX-License-Identifier: LGPL-2.1-or-later
"""HPA <-> GPA on real QEMU processes, through rasd and with the library; inject by host address."""
import ctypes
import json
import mmap
import glob
import os
import pathlib
import random
import re
import struct
import subprocess
import time

import pytest

import rasdlab
from rasdlab import TOP, BUILD

MAGIC = 0x5261736450616765
PAGE = 4096
RAM = 0x40000000
MIB = 1 << 20
TAGGED, TAGGED_AT = 64 * MIB, RAM + 2 * MIB
QUESTIONS = int(os.environ.get("XLATE_PAGES", "10000"))
HUGE = "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"


def thp_disable(on):
    assert ctypes.CDLL(None, use_errno=True).prctl(41, on, 0, 0, 0) == 0


def write_tags(path, gpa, size):
    with open(path, "wb") as f:
        for at in range(0, size, PAGE):
            f.write(struct.pack("<Q", MAGIC ^ (gpa + at)).ljust(PAGE, b"\xa5"))
    os.chmod(path, 0o644)


def loader(path, gpa):
    return "-device", f"loader,file={path},addr={gpa:#x},force-raw=on"


def memory(kind, mib):
    return "-machine", "memory-backend=m0", "-object", f"{kind},id=m0,size={mib}M"


def reserve_huge(n):
    """That many more pages of 2 MiB. Others may reserve some too."""
    had = int(open(HUGE).read())
    with open(HUGE, "w") as f:
        f.write(str(max(0, had + n)))


class Lab:
    def __init__(self):
        self.base = rasdlab.make_base()
        tags = self.base / "tags"
        write_tags(tags, TAGGED_AT, TAGGED)
        low, high = self.base / "low", self.base / "high"
        write_tags(low, 0x7ff00000, MIB)
        write_tags(high, 1 << 32, MIB)
        self.shared = f"/dev/shm/{self.base.name}"
        reserve_huge(48)
        frozen = ("-S", *loader(tags, TAGGED_AT))
        make = lambda name, *extra, opt=("--mem", "96"): rasdlab.Guest(self.base, name, *opt,
                                                                       extra=extra)
        thp_disable(1)
        self.anon = make("t-anon", *frozen)
        thp_disable(0)
        self.thp = make("t-thp", *frozen)
        self.memfd = make("t-memfd", *frozen, *memory("memory-backend-memfd,share=on", 96))
        self.hugetlb = make("t-huge", *frozen,
                            *memory("memory-backend-memfd,share=on,hugetlb=on,hugetlbsize=2M", 96))
        # A PC with memory above its hole, and two guests on one file.
        self.pc = make("t-pc", "-S", *loader(low, 0x7ff00000), *loader(high, 1 << 32),
                       opt=("--arch", "x86_64", "--mem", "3072M,slots=2,maxmem=8G"))
        two = memory(f"memory-backend-file,share=on,mem-path={self.shared}", 64)
        self.twin1 = make("t-twin1", "-S", *two, opt=("--mem", "64"))
        self.twin2 = make("t-twin2", "-S", *two, opt=("--mem", "64"))
        self.vm = rasdlab.Guest(self.base, "t-vm").wait()
        self.names = ["t-anon", "t-thp", "t-memfd", "t-huge", "t-pc", "t-twin1", "t-twin2", "t-vm"]
        self.guests = [self.anon, self.thp, self.memfd, self.hugetlb, self.pc, self.twin1,
                       self.twin2, self.vm]
        self.rasd = rasdlab.Rasd(self.base, {"t-vm": "recoverable",
                                             "t-twin1": "corrected"}).start(self.names)

    def close(self):
        self.rasd.stop()
        for g in self.guests:
            g.stop()
        reserve_huge(-48)
        for path in (self.shared,):
            if os.path.exists(path):
                os.unlink(path)
        rasdlab.drop_base(self.base)


@pytest.fixture(scope="module", name="lab")
def make_lab():
    try:
        lab = Lab()
    finally:
        thp_disable(0)
    yield lab
    lab.close()


def hva(guest, gpa):
    """QEMU's own answer, by the tests' monitor."""
    answer = guest.hmp(f"gpa2hva {gpa:#x}")
    return int(answer.split()[-1], 16)


def entry(pid, address):
    with open(f"/proc/{pid}/pagemap", "rb") as f:
        f.seek(address // PAGE * 8)
        return struct.unpack("<Q", f.read(8))[0]


def frame(guest, gpa):
    e = entry(guest.pid, hva(guest, gpa))
    assert e >> 63, f"{gpa:#x} is not present"
    return (e & ((1 << 55) - 1)) * PAGE


def ask(lab, **params):
    answer = lab.rasd.rpc("address.translate", **params)
    assert "result" in answer, answer
    return answer["result"]


def owners(answer):
    return sorted((o["domain"], int(o["gpa"], 16)) for o in answer["owners"])


def kernel_shows_rmap():
    """The kernel has type information and is not locked down: then rasd need not search."""
    lockdown = pathlib.Path("/sys/kernel/security/lockdown")
    return os.access("/sys/kernel/btf/vmlinux", os.R_OK) and not (
        lockdown.exists() and "[confidentiality]" in lockdown.read_text())


def test_status_says_how_pages_are_found(lab):
    want = "rmap" if kernel_shows_rmap() else "search"
    end = time.monotonic() + 30  # the helper may be slow; rasd asks again
    while (ping := lab.rasd.rpc("rpc.ping")["result"])["pages"] != want:
        assert time.monotonic() < end, ping
        time.sleep(0.1)
    assert ("pages_why" in ping) == (ping["pages"] != "rmap"), ping
    shown = lab.rasd.ctl("status").stdout
    words = "what the kernel records of them" if ping["pages"] == "rmap" else ping["pages_why"]
    assert words in shown, shown


@pytest.fixture(scope="module", name="gate")
def make_gate(lab):
    exe = lab.base / "gate"
    subprocess.run(["gcc", "-std=gnu11", "-D_GNU_SOURCE", "-O2", f"-I{TOP}", f"-I{TOP}/lib", "-o",
                    exe,
                    TOP / "tests/integration/gate.c", BUILD / "libhelper.a", BUILD / "librasd.a",
                    "-lbpf"], check=True)
    return exe


@pytest.mark.parametrize("backing", ["anon", "thp", "memfd", "hugetlb"])
def test_gate(lab, gate, backing):
    """Random pages of a real QEMU: host page -> guest address -> its contents confirm it. Pages
    move meanwhile.
    """
    g = getattr(lab, backing)
    out = subprocess.run([gate, str(g.pid), str(QUESTIONS), hex(TAGGED_AT), hex(hva(g, TAGGED_AT)),
                          str(TAGGED)],
                         check=True, text=True, capture_output=True, timeout=300).stdout
    print(backing, out)
    n = dict(zip(out.split()[::2], map(int, out.split()[1::2])))
    assert n["wrong"] == n["missed"] == 0
    assert n["right"] > 0.9 * n["asked"]
    assert (n["by_index"] > n["right"] * 0.8) == (backing in ("thp", "hugetlb"))


@pytest.mark.parametrize("backing,kind", [("anon", "anonymous"), ("thp", "thp"),
                                          ("memfd", "shared"),
                                          ("hugetlb", "hugetlb")])
def test_through_rasd(lab, backing, kind):
    g = getattr(lab, backing)
    rnd = random.Random(7)
    start = hva(g, TAGGED_AT)
    seen = set()
    for _ in range(40):
        gpa = TAGGED_AT + rnd.randrange(TAGGED)
        e = entry(g.pid, start + gpa - TAGGED_AT)
        hpa = (e & ((1 << 55) - 1)) * PAGE + gpa % PAGE
        before = time.time_ns()
        a = ask(lab, hpa=hex(hpa))
        assert a["state"] == "live" and owners(a) == [(g.name, gpa)], a
        # Within the question; the clock may be adjusted by a little.
        assert before - 1e8 <= a["read_ns"] <= time.time_ns() + 1e8
        assert not a["other_mappings"]
        seen.add((a["found"], a["backing"]))
        back = ask(lab, domain=g.name, gpa=hex(gpa))
        assert int(back["hpa"], 16) == hpa and back["found"] == "layout"
    assert kind in {b for _, b in seen}, seen
    # Without a search: huge pages by the index, once it exists; all others by what the kernel
    # records.
    assert {f for f, _ in seen} <= {"rmap", "index"} or not kernel_shows_rmap(), seen
    if kind in ("thp", "hugetlb"):
        end = time.monotonic() + 30
        while ask(lab, hpa=hex(hpa))["found"] != "index":
            assert time.monotonic() < end, "the index does not come"
            time.sleep(0.1)


def test_pc_hole(lab):
    for gpa in (0x7fffff000 // 16, 1 << 32, (1 << 32) + 0x5678):
        a = ask(lab, domain="t-pc", gpa=hex(gpa))
        assert a["state"] == "live", a
        assert owners(ask(lab, hpa=a["hpa"])) == [("t-pc", gpa)]
    for gpa in (0x80000000, 0xfee00000, 1 << 40):
        error = lab.rasd.rpc("address.translate", domain="t-pc", gpa=hex(gpa))["error"]
        assert error["code"] == 1003, error


def test_memory_that_was_plugged_in(lab):
    """QEMU sends no event for it. So rasd asks QEMU again before it says that an address is not
    RAM.
    """
    pc = lab.pc
    assert lab.rasd.rpc("address.translate", domain="t-pc",
                        gpa=hex(3 << 31))["error"]["code"] == 1003
    time.sleep(1.1)
    pc.qmp("object-add", **{"qom-type": "memory-backend-ram", "id": "d0", "size": 128 * MIB,
                            "prealloc": True})
    # QEMU shows memory that is not plugged in (yet, or any more) as a RAM block without a name.
    assert re.search(r"\n +4 KiB", pc.hmp("info ramblock")), pc.hmp("info ramblock")
    hole = lab.rasd.rpc("address.translate", domain="t-pc", gpa=hex(3 << 31))["error"]
    assert hole["code"] == 1003, hole
    time.sleep(1.1)
    pc.qmp("device_add", driver="pc-dimm", id="dimm0", memdev="d0")
    at = next(d["data"]["addr"] for d in pc.qmp("query-memory-devices")
              if d["data"].get("id") == "dimm0")
    hpa = frame(pc, at + 5 * PAGE)
    assert owners(ask(lab, hpa=hex(hpa))) == [("t-pc", at + 5 * PAGE)]
    assert int(ask(lab, domain="t-pc", gpa=hex(at + 5 * PAGE))["hpa"], 16) == hpa


def test_untouched_pages_stay_untouched(lab):
    at = hva(lab.pc, 0x10000000)
    requests = [json.dumps({"jsonrpc": "2.0", "id": i, "method": "address.translate",
                            "params": {"domain": "t-pc", "gpa": hex(0x10000000 + i * PAGE)}})
                for i in range(500)]
    answers = lab.rasd.lines(*requests)
    assert len(answers) == 500
    for a in answers:
        assert a["result"]["state"] == "unbacked" and "hpa" not in a["result"], a
    present_or_swapped = 3 << 62
    assert not any(entry(lab.pc.pid, at + i * PAGE) & present_or_swapped for i in range(500))


def test_not_a_guests(lab):
    """QEMU's heap and stack, a page of a process that is no guest, free memory, no memory."""
    for line in open(f"/proc/{lab.anon.pid}/maps"):
        if "[stack]" in line or "[heap]" in line:
            start, end = (int(x, 16) for x in line.split()[0].split("-"))
            touched = [p for p in range(start, end, PAGE) if entry(lab.anon.pid, p) >> 63]
            a = ask(lab, hpa=hex((entry(lab.anon.pid, touched[-1]) & ((1 << 55) - 1)) * PAGE))
            assert a["state"] == "qemu-internal" and a["owners"][0]["domain"] == "t-anon", a
            assert "gpa" not in a["owners"][0]
    mine = mmap.mmap(-1, PAGE)
    mine[0] = 1
    buf = (ctypes.c_char * PAGE).from_buffer(mine)
    hpa = (entry(os.getpid(), ctypes.addressof(buf)) & ((1 << 55) - 1)) * PAGE
    a = ask(lab, hpa=hex(hpa))
    assert a["state"] == "host" and a["owners"] == [] and "no guest" in a["detail"], a
    a = ask(lab, hpa=hex(1 << 50))
    assert a["state"] == "host" and "no memory" in a["detail"]
    r = lab.rasd.ctl("inject", "--hpa", hex(hpa))
    assert r.returncode != 0 and "state is host" in r.stderr, r.stderr


def test_shared_by_a_backend(lab):
    """A process that maps the guest's memfd, as a vhost-user backend does, is not an owner, but is
    reported.
    """
    fds = f"/proc/{lab.memfd.pid}/fd"
    name = next(f"{fds}/{f}" for f in os.listdir(fds)
                if "memfd:memory-backend" in os.readlink(f"{fds}/{f}"))
    fd = os.open(name, os.O_RDONLY)
    other = mmap.mmap(fd, 96 * MIB, prot=mmap.PROT_READ)
    assert other[3 * MIB:3 * MIB + 8] == struct.pack("<Q", MAGIC ^ (RAM + 3 * MIB))
    a = ask(lab, hpa=hex(frame(lab.memfd, RAM + 3 * MIB)))
    assert owners(a) == [("t-memfd", RAM + 3 * MIB)]
    assert a["other_mappings"] and a["mappings"] == 2, a
    other.close()
    os.close(fd)


def test_two_guests_on_one_file(lab):
    """Both own it: both are reported, and an injection must name one."""
    at = RAM + 5 * MIB
    for g in (lab.twin1, lab.twin2):
        with open(f"/proc/{g.pid}/mem", "r+b", buffering=0) as f:
            f.seek(hva(g, at))
            f.write(b"x")
    hpa = hex(frame(lab.twin1, at))
    assert owners(ask(lab, hpa=hpa)) == [("t-twin1", at), ("t-twin2", at)]
    r = lab.rasd.ctl("inject", "--hpa", hpa)
    assert r.returncode != 0 and "shared by 2 guest pages" in r.stderr, r.stderr


def touched(lab):
    """A guest address of the booted guest that has a host page, and the answer about it."""
    for gpa in range(RAM + 32 * MIB, RAM + 512 * MIB, 2 * MIB):
        a = ask(lab, domain="t-vm", gpa=hex(gpa))
        if a["state"] == "live":
            return gpa, a
    raise AssertionError("the guest has touched nothing")


def test_inject_by_host_page(lab):
    gpa, a = touched(lab)
    r = lab.rasd.ctl("-o", "json", "inject", "--hpa", a["hpa"], "--request-id", "by-hpa", "--wait")
    row = json.loads(r.stdout)
    assert r.returncode == 0 and row["state"] == "acknowledged", (r.stdout, r.stderr)
    assert row["domain"] == "t-vm" and int(row["gpa"], 16) == gpa and row["hpa"] == a["hpa"]
    lab.vm.wait_log(f"physical_address: 0x{gpa:016x}")
    # The same request again is the same row. Another page under that id is a conflict.
    again = json.loads(lab.rasd.ctl("-o", "json", "inject", "--hpa", a["hpa"], "--request-id",
                                    "by-hpa",
                                    "--wait").stdout)
    assert again["id"] == row["id"]
    other = lab.rasd.ctl("inject", "--hpa", hex(int(a["hpa"], 16) + PAGE), "--request-id", "by-hpa")
    assert other.returncode != 0 and "was used with other parameters" in other.stderr, other.stderr
    # A domain that is named but does not own the page.
    r = lab.rasd.ctl("inject", "--domain", "t-anon", "--hpa", a["hpa"])
    assert r.returncode != 0 and "is not a page of t-anon" in r.stderr, r.stderr
    for bad in (("--gpa", "0x1"), ("--record", "/dev/null")):
        assert lab.rasd.ctl("inject", "--hpa", a["hpa"], *bad).returncode == 2
    # Deny by default holds for host addresses too.
    page = hex(frame(lab.thp, TAGGED_AT))
    r = lab.rasd.ctl("inject", "--hpa", page)
    assert r.returncode != 0, r.stdout


def share_of(lab, hpa, size, **params):
    """{domain: bytes} of a range, of all answers together."""
    got, after, answers = {}, {}, []
    while True:
        r = lab.rasd.rpc("address.owners", **{"from": hex(hpa), "to": hex(hpa + size)}, **after,
                         **params)
        assert "result" in r, r
        answers.append(r["result"])
        got.update({g["domain"]: g["bytes"] for g in r["result"]["guests"]})
        if "next" not in r["result"]:
            return got, answers
        after = {"after": r["result"]["next"]}


def host_range(guest, mib):
    """The span of host addresses that a piece of the guest's memory has, and its pages there."""
    start = hva(guest, TAGGED_AT)
    with open(f"/proc/{guest.pid}/pagemap", "rb") as f:
        f.seek(start // PAGE * 8)
        entries = struct.unpack(f"<{mib * 256}Q", f.read(mib * MIB // PAGE * 8))
    pages = [e & ((1 << 55) - 1) for e in entries if e >> 63]
    return min(pages) * PAGE, (max(pages) + 1) * PAGE, pages


def ranges_of(guest, first, end):
    """Bytes of the guest's RAM that pagemap shows in a range now."""
    start = hva(guest, RAM)
    n = 96 * MIB // PAGE
    with open(f"/proc/{guest.pid}/pagemap", "rb") as f:
        f.seek(start // PAGE * 8)
        entries = struct.unpack(f"<{n}Q", f.read(n * 8))
    return sum(PAGE for e in entries
               if e >> 63 and first <= (e & ((1 << 55) - 1)) * PAGE < end)


@pytest.mark.parametrize("kind", ("anon", "thp", "memfd", "hugetlb"))
def test_owners_of_a_range(lab, kind):
    """As much of each guest as pagemap shows there. Frozen guests: their pages stay, mostly."""
    guest = getattr(lab, kind)
    name = {"anon": "t-anon", "thp": "t-thp", "memfd": "t-memfd", "hugetlb": "t-huge"}[kind]
    for _ in range(20):  # the kernel may move pages meanwhile
        first, end, _ = host_range(guest, 8)
        before = ranges_of(guest, first, end)
        got, answers = share_of(lab, first, end - first)
        if got.get(name) == before == ranges_of(guest, first, end):
            break
    else:
        raise AssertionError((got, before))
    assert answers[-1]["complete"] and not answers[-1]["not_read"], answers
    # A row: four pages, looked up one by one where the guests are much larger.
    hpa = frame(guest, TAGGED_AT + 3 * PAGE)
    got, answers = share_of(lab, hpa, PAGE)
    assert got == {name: PAGE}, answers
    assert answers[0]["how"] == "pages", answers
    run = answers[0]["guests"][0]["ranges"]
    assert run == [{"gpa": hex(TAGGED_AT + 3 * PAGE), "bytes": PAGE}], run


def test_owners_of_shared_memory(lab):
    hpa = None
    with open(lab.shared, "r+b") as f:
        f.seek(5 * PAGE)
        f.write(b"x" * PAGE)
    lab.twin1.hmp(f"xp /1xb {RAM + 5 * PAGE:#x}")
    lab.twin2.hmp(f"xp /1xb {RAM + 5 * PAGE:#x}")
    hpa = frame(lab.twin1, RAM + 5 * PAGE)
    got, answers = share_of(lab, hpa, PAGE)
    assert got == {"t-twin1": PAGE, "t-twin2": PAGE}, answers


def test_owners_in_parts(lab):
    """Short of time, each answer has one guest more at least, and says what it did not look at."""
    got, answers = share_of(lab, 0, 1 << 40, timeout_ms=1)
    names = [n["domain"] for a in answers for n in a["guests"] + a["not_read"]]
    assert set(lab.names) - {"t-thp"} <= set(names), names
    assert len(answers) <= len(lab.names) + 1
    for a in answers:
        assert a["complete"] == ("next" not in a and not a["not_read"]), a
        assert ("next" in a) == (a["n_left"] > 0), a
    got, answers = share_of(lab, 0, 1 << 40)
    assert got["t-anon"] >= TAGGED and got["t-huge"] >= TAGGED, got
    # Beside a range that is gone through, one page is found at once by a thread of its own.
    assert ask(lab, hpa=hex(frame(lab.anon, TAGGED_AT)))["state"] == "live"


def test_owners_text(lab):
    hpa = frame(lab.anon, TAGGED_AT)
    r = lab.rasd.ctl("owners", "--hpa", f"{hpa:#x}+0x1000")
    assert r.returncode == 0, r.stderr
    assert re.search(rf"^t-anon +4 KiB +- +96.0 MiB +{TAGGED_AT:#x}$", r.stdout, re.M), r.stdout
    r = lab.rasd.ctl("-o", "json", "owners", "--hpa", f"{hpa:#x}-{hpa + PAGE - 1:#x}")
    a = json.loads(r.stdout)
    assert a["complete"] and a["guests"][0]["domain"] == "t-anon", a
    for bad in ((), ("--hpa", "0x1000"), ("--hpa", "0x2000-0x1000"), ("--hpa", "1-"),
                ("--hpa", "0xffffffffffffffff+2"), ("--hpa", "0-1", "--domain", "t-anon")):
        assert lab.rasd.ctl("owners", *bad).returncode == 2, bad


def test_doctor(lab):
    """What rasd says of itself; what it finds of this host is not the test's to know."""
    r = lab.rasd.ctl("-o", "json", "doctor")
    a = json.loads(r.stdout)
    checks = {c["name"]: c for c in a["checks"]}
    assert len(checks) == len(a["checks"]) == a["ok"] + a["warn"] + a["fail"] + a["unknown"], a
    assert r.returncode == (1 if a["fail"] else 0), (r.returncode, a)
    assert checks["rasd"]["level"] == checks["helper"]["level"] == "ok", a
    assert checks["pages"]["level"] == ("ok" if kernel_shows_rmap() else "warn"), checks["pages"]
    assert os.uname().release in checks["kernel"]["found"]
    listed = lab.rasd.rpc("source.list")["result"]["sources"]
    for s in listed:
        c = checks[f"source {s['name']}"]
        assert c["found"].startswith(s["state"]) and (c["level"] == "ok" or s["state"] != "off"), c
    if not any(s["state"] == "live" for s in listed):
        assert checks["sources"]["level"] == "fail", a
    text = lab.rasd.ctl("doctor")
    assert text.returncode == r.returncode
    assert f"{a['ok']} ok, {a['warn']} warn" in text.stdout, text.stdout


def test_doctor_without_rasd(lab):
    """The host is looked at all the same."""
    r = subprocess.run([BUILD / "rasctl", "--socket", "/nowhere/sock", "-o", "json", "doctor"],
                       text=True, capture_output=True, check=False, timeout=60)
    checks = {c["name"]: c for c in json.loads(r.stdout)["checks"]}
    assert r.returncode == 3, r
    assert checks["rasd"]["level"] == "fail" and checks["rasd"]["mend"], checks
    assert "kernel" in checks and "rasdaemon" in checks


def test_text(lab):
    gpa = hex(touched(lab)[0])
    r = lab.rasd.ctl("translate", "--domain", "t-vm", "--gpa", gpa)
    assert r.returncode == 0 and "state:      live" in r.stdout
    assert f"owner:      t-vm gpa {gpa}, live" in r.stdout
    for args in ((), ("--gpa", "0x1"), ("--hpa", "1", "--domain", "t-vm"), ("--hpa", "x")):
        assert lab.rasd.ctl("translate", *args).returncode == 2
    assert lab.rasd.ctl("translate", "--domain", "nobody", "--gpa", "0").returncode == 4


def test_view_role_may_not(lab):
    """The kernel hides page numbers from ordinary users."""
    code = ("import json,socket,sys\ns=socket.socket(socket.AF_UNIX)\ns.connect(sys.argv[1])\n"
            "s.sendall(json.dumps({'jsonrpc':'2.0','id':1,'method':sys.argv[2],"
            "'params':json.loads(sys.argv[3])}).encode()+b'\\n')\n"
            "print(s.recv(4096).decode())")
    os.chmod(lab.rasd.sock, 0o666)
    for method, params in (("address.translate", '{"hpa":"0x1000"}'),
                           ("address.owners", '{"from":"0x1000","to":"0x2000"}')):
        r = subprocess.run(["setpriv", "--reuid", "rasd-lab", "--regid", "rasd-view",
                            "--clear-groups", "/usr/bin/python3", "-c", code, lab.rasd.sock, method,
                            params], text=True, capture_output=True, check=True, timeout=30)
        assert json.loads(r.stdout)["error"]["code"] == 1014, r.stdout


def test_reset(lab):
    gpa, a = touched(lab)
    lab.vm.qmp("system_reset")
    for _ in range(5):
        b = ask(lab, domain="t-vm", gpa=hex(gpa))
        assert b["state"] == "live" and owners(ask(lab, hpa=b["hpa"])) == [("t-vm", gpa)], b


def test_guest_goes(lab):
    """Its pages belong to nobody, or to another, at once. The other guests are found as before."""
    hpa = frame(lab.thp, TAGGED_AT + 5 * PAGE)
    assert owners(ask(lab, hpa=hex(hpa))) == [("t-thp", TAGGED_AT + 5 * PAGE)]
    lab.thp.kill()
    end = time.monotonic() + 10
    # The memory goes with the last thread.
    proc = f"/proc/{lab.thp.pid}"
    while len(glob.glob(f"{proc}/task/*")) > 1 or os.path.exists(f"{proc}/exe"):
        assert time.monotonic() < end
        time.sleep(0.01)
    for _ in range(20):
        a = lab.rasd.rpc("address.translate", hpa=hex(hpa))
        if "result" in a:
            # Another guest may have been given the page by now.
            assert "t-thp" not in [o["domain"] for o in a["result"]["owners"]], a
    a = ask(lab, hpa=hex(frame(lab.anon, TAGGED_AT)))
    assert owners(a) == [("t-anon", TAGGED_AT)]
    error = lab.rasd.rpc("address.translate", domain="t-thp", gpa=hex(TAGGED_AT))["error"]
    assert error["code"] in (1001, 1010, 1016), error
