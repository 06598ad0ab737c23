# SPDX-License-Identifier: LGPL-2.1-or-later
"""A host with hundreds of domains of which few run, and one with more than rasd keeps. Domains that
run are served, however many others are defined.
"""
import struct
import mmap
import ctypes

import pytest

import lvlab
import rasdlab
from test_libvirt import GPA, acked, create, rasd_for, wait_for

N, MORE = 320, 4110  # GUEST_MAX is 4096


def define(lv, first, end):
    """Domains that do not run, all in one virsh."""
    for i in range(first, end):
        (lv.dir / f"guests/i{i:05}.xml").write_text(
            f"<domain type='qemu'><name>i{i:05}</name><memory unit='MiB'>16</memory><vcpu>1</vcpu>"
            "<os><type arch='aarch64' machine='virt'>hvm</type></os><features><gic "
            "version='3'/></features>"
            "<cpu mode='custom'><model>cortex-a57</model></cpu><devices>"
            "<emulator>/usr/bin/qemu-system-aarch64</emulator>"
            "<controller type='usb' model='none'/><memballoon model='none'/></devices></domain>")
    lv.virsh(stdin="".join(f"define /srv/guests/i{i:05}.xml\n" for i in range(first, end)))


@pytest.fixture(scope="module", name="lab")
def make_lab():
    base = rasdlab.make_base()
    lv = lvlab.Libvirt(base).start()
    zrun = lv.guest("z-runs")  # the last by name, and the last but one to be defined
    zlater = lv.guest("z-later", start=False)
    define(lv, 0, N)
    rasd = rasd_for(base, lv, "rasd").start()
    yield type("Lab", (), {"base": base, "lv": lv, "rasd": rasd, "zrun": zrun, "zlater": zlater})
    rasd.stop()
    lv.down()
    rasdlab.drop_base(base)


def listed(rasd):
    return {d["name"]: d for d in rasd.rpc("domain.list")["result"]["domains"]}


def all_described(rasd, n):
    def look():
        d = listed(rasd)
        return d if sum(x["arch"] == "aarch64" for x in d.values()) >= n else None
    return wait_for(look)


def rss_kib(rasd):
    return next(int(x.split()[1]) for x in open(f"/proc/{rasd.process.pid}/status",
                                                encoding="ascii") if x.startswith("VmRSS"))


def own_page():
    """The host physical address of a page that no guest has: this test's own."""
    m = mmap.mmap(-1, mmap.PAGESIZE)
    m[:4] = b"mine"
    at = ctypes.addressof(ctypes.c_char.from_buffer(m))
    with open("/proc/self/pagemap", "rb", 0) as f:
        f.seek(at // mmap.PAGESIZE * 8)
        entry = struct.unpack("<Q", f.read(8))[0]
    assert entry >> 63, "the page is not present"
    return m, (entry & ((1 << 55) - 1)) * mmap.PAGESIZE


def test_all_are_listed_and_described(lab):
    domains = all_described(lab.rasd, N + 2)
    assert sorted(domains) == sorted([f"i{i:05}" for i in range(N)] + ["z-later", "z-runs"])
    assert domains["i00000"]["state"] == "shutoff" and domains["z-runs"]["state"] != "shutoff"
    assert domains["i00000"]["memory_bytes"] == 16 << 20
    assert lab.rasd.rpc("domain.list")["result"]["complete"] is True
    r = lab.rasd.ctl("domains")
    lines = r.stdout.splitlines()
    assert r.returncode == 0 and r.stderr == "" and len(lines) == N + 3, r
    assert [x.split()[0] for x in lines[1:]] == sorted(domains)
    assert rss_kib(lab.rasd) < 32 << 10
    why = lab.rasd.rpc("domain.explain", domain="i00017")["result"]["backends"][0]
    assert why["reason_code"] == "guest-not-running" and "virsh start i00017" in why["hint"]


def test_domains_that_do_not_run_have_no_page(lab):
    """A page of the host is reported as such, although hundreds of domains cannot be asked: they
    have no memory.
    """
    wait_for(lambda: listed(lab.rasd)["z-runs"]["pid"] > 0)
    held, hpa = own_page()
    answer = lab.rasd.rpc("address.translate", hpa=hex(hpa))
    assert answer.get("result", {}).get("state") == "host", answer
    answer = lab.rasd.rpc("address.translate", domain="i00017", gpa=GPA)
    assert "i00017" in answer["error"]["message"], answer
    held.close()


def test_those_that_run_are_hit(lab):
    """One domain runs before rasd does, another one is started beside all that do not run."""
    lab.lv.virsh("start", "z-later")
    for d in ("z-runs", "z-later"):
        r = lab.rasd.ctl("allow", d, "--target-max-severity", "recoverable")
        assert r.returncode == 0, r
    for g in (lab.zrun, lab.zlater):
        g.wait()
        wait_for(lambda n=g.name: lab.rasd.rpc("domain.explain",
                                               domain=n)["result"]["backends"][0]["available"])
        acked(create(lab.rasd, f"hit-{g.name}", domain=g.name, wait=True))
    assert listed(lab.rasd)["z-later"]["state"] == "running"


def test_they_come_and_go(lab):
    lab.lv.virsh(stdin="".join(f"undefine i{i:05}\n" for i in range(0, N, 2)))
    wait_for(lambda: len(listed(lab.rasd)) == N // 2 + 2)
    assert "i00017" in listed(lab.rasd) and "i00016" not in listed(lab.rasd)
    define(lab.lv, 0, N)
    assert len(all_described(lab.rasd, N + 2)) == N + 2


def test_more_than_it_keeps(lab):
    """Domains that run are kept. The log says once that some are left out. The list says so too,
    and so does an answer about one of them.
    """
    lab.rasd.stop()
    define(lab.lv, N, MORE)
    lab.rasd.start(["z-runs", "z-later"])
    domains = all_described(lab.rasd, 4096)
    assert len(domains) == 4096 and {"z-runs", "z-later"} <= set(domains)
    assert lab.rasd.rpc("domain.list")["result"]["complete"] is False
    r = lab.rasd.ctl("domains")
    assert r.returncode == 0 and len(r.stdout.splitlines()) == 4097, r.stderr
    assert "keeps 4096 guests at most" in r.stderr, r.stderr
    assert "4096 (not all)" in lab.rasd.ctl("status").stdout
    assert lab.rasd.logfile.read_text()[lab.rasd.mark:].count("left out") == 1
    out, other = sorted(set(f"i{i:05}" for i in range(MORE)) - set(domains))[:2]
    for d in (out, other):
        e = lab.rasd.rpc("domain.explain", domain=d)["error"]
        assert e["data"]["reason"] == "no-such-domain" and "not all" in e["message"], e
        assert "once it does" in e["data"]["hint"], e
    lab.lv.virsh("start", "--paused", out)
    wait_for(lambda: listed(lab.rasd).get(out, {}).get("state") in ("paused", "prelaunch"))
    assert len(listed(lab.rasd)) == 4096
    acked(create(lab.rasd, "hit-beside-4096", domain="z-runs", wait=True))
    assert rss_kib(lab.rasd) < 48 << 10
