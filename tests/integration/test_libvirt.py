# SPDX-License-Identifier: LGPL-2.1-or-later
"""Guests through a real libvirtd 11.3 (client library: the host's): found, explained, injected
into; and what happens when parts fail.
"""
import concurrent.futures
import json
import os
import re
import signal
import statistics
import time

import pytest

import lvlab
import rasdlab

GPA = "0x48000000"


def rasd_for(base, lv, name, uri=None, extra=""):
    return rasdlab.Rasd(base, {}, name,
                        guests=f"libvirt-uri = {uri or lv.uri}\nlibvirt-run-directory = "
                               f"{lv.run_dir}\n"
                                               f"qmp-directory = {lv.dir}/guests\n{extra}")


@pytest.fixture(scope="module", name="lab")
def make_lab():
    base = rasdlab.make_base()
    lv = lvlab.Libvirt(base).start()
    guests = {"vm1": lv.guest("vm1"), "vm2": lv.guest("vm2"),
              "pc": lv.guest("pc", pc_xml(), "1024")}
    for name in ("vm1", "vm2"):
        guests[name].wait()
    rasd = rasd_for(base, lv, "rasd").start(guests)
    yield type("Lab", (), {"base": base, "lv": lv, "rasd": rasd, **guests})
    rasd.stop()
    lv.down()
    rasdlab.drop_base(base)


def pc_xml():
    """A q35 guest with a PCI hole, two NUMA nodes in memfd, room for a dimm, and a QMP socket of
    its own.
    """
    return """<domain type='qemu' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
  <name>pc</name><uuid>6c61e6f0-9f41-4f5c-8f0b-3a5b1d0f0c01</uuid>
  <maxMemory slots='4' unit='GiB'>16</maxMemory><memory unit='GiB'>4</memory><vcpu>2</vcpu>
  <memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>
  <os><type arch='x86_64' machine='q35'>hvm</type><kernel>/srv/lab/amd64/vmlinuz</kernel>
    <initrd>/srv/lab/amd64/initrd.gz</initrd><cmdline>console=ttyS0 loglevel=7
    panic=0</cmdline></os>
  <features><acpi/><apic/></features>
  <cpu mode='maximum'><numa><cell id='0' cpus='0' memory='3' unit='GiB'/><cell id='1' cpus='1'
  memory='1' unit='GiB'/></numa></cpu> <on_reboot>restart</on_reboot><on_crash>destroy</on_crash>
  <devices><emulator>/usr/bin/qemu-system-x86_64</emulator><controller type='usb' model='none'/>
    <serial type='unix'><source mode='bind' path='/srv/guests/pc.serial'/><log
    file='/srv/guests/pc.log' append='off'/></serial> <memballoon model='none'/></devices>
  <qemu:commandline><qemu:arg value='-chardev'/><qemu:arg
  value='socket,id=rasd,path=/srv/guests/pc.qmp,server=on,wait=off'/>
    <qemu:arg value='-mon'/><qemu:arg value='chardev=rasd,id=rasd,mode=control'/></qemu:commandline>
</domain>"""


def create(rasd, request_id, domain="vm1", **params):
    return rasd.rpc("injection.create", request_id=request_id, domain=domain,
                    **({"gpa": GPA} | params))


def done(answer):
    assert "result" in answer, answer
    return answer["result"]


def unread(rasd, request_id, **kw):
    """The record is in the block of a guest that does not read it, and rasd has had the time for a
    look at it. How long the send takes is the machine's affair.
    """
    row = done(create(rasd, request_id, **kw))
    assert row["state"] == "written", row
    time.sleep(0.5)
    return row


def acked(answer):
    assert answer.get("result", {}).get("state") == "acknowledged", answer


def explain(rasd, domain):
    answer = rasd.rpc("domain.explain", domain=domain)
    assert "result" in answer, answer
    return answer["result"]


def wait_for(what, seconds=20):
    end = time.monotonic() + seconds
    while not (got := what()):
        assert time.monotonic() < end, "did not come true in time"
        time.sleep(0.05)
    return got


def wait_backend(rasd, domain, available=True, seconds=30):
    def look():
        e = rasd.rpc("domain.explain", domain=domain).get("result")
        return e if e and e["backends"][0]["available"] == available else None
    return wait_for(look, seconds)


def test_absent_grant_is_denied_and_allow_grants(lab):
    assert create(lab.rasd, "no-grant")["error"]["data"]["reason"] == "policy-denied"
    r = lab.rasd.ctl("allow", "vm1", "--target-max-severity", "recoverable", "--dry-run")
    assert r.returncode == 0 and "dry run" in r.stdout, r
    assert create(lab.rasd, "still-no-grant")["error"]["data"]["reason"] == "policy-denied"
    for d in ("vm1", "vm2"):
        r = lab.rasd.ctl("allow", d, "--target-max-severity", "recoverable",
                         "--forward-uncorrected", "yes")
        assert r.returncode == 0, r
    xml = lab.lv.virsh("dumpxml", "vm1")
    assert "urn:rasd:grants:1" in xml and "max-severity='recoverable'" in xml.replace('"', "'")
    assert "max-severity" in lab.lv.virsh("dumpxml", "vm1", "--inactive")
    grant = explain(lab.rasd, "vm1")["grant"]
    assert grant == {"target_max_severity": "recoverable", "forward_corrected": False,
                     "forward_uncorrected": True, "forward_label": False,
                     "from": "domain metadata"}
    assert create(lab.rasd, "fatal", severity="fatal",
                  confirm=True)["error"]["data"]["reason"] == "policy-denied"


def test_a_grant_that_is_not_understood_denies(lab):
    lab.lv.virsh("metadata", "vm2", "--uri", "urn:rasd:grants:1", "--key", "rasd", "--live",
                 "--set",
                 "<grants><target max-severity='everything'/></grants>")
    wait_for(lambda: "everything" in explain(lab.rasd, "vm2")["grant"].get("reason", ""))
    assert create(lab.rasd, "odd", domain="vm2")["error"]["data"]["reason"] == "policy-denied"
    assert lab.rasd.ctl("allow", "vm2", "--target-max-severity", "recoverable").returncode == 0


def test_inventory(lab):
    e = explain(lab.rasd, "vm1")
    assert e["uuid"] == lab.lv.virsh("domuuid", "vm1").strip() and e["pid"] == lab.vm1.pid
    assert (e["arch"], e["machine"][:5], e["ras"], e["state"], e["monitor"]) == ("aarch64",
                                                                                 "virt-", True,
                                                                                 "running",
                                                                                 "libvirt")
    assert e["memory_bytes"] == 512 << 20 and e["start_time"] > 0
    pc = explain(lab.rasd, "pc")
    assert pc["uuid"] == lab.lv.virsh("domuuid", "pc").strip() and pc["pid"] == lab.pc.pid
    assert pc["monitor"].endswith("/pc.qmp"), "its own socket is preferred"
    assert "x86_64" in pc["backends"][0]["reason"]
    top = lab.rasd.rpc("domain.list")["result"]["libvirt"]
    assert top["connected"] and top["version"].startswith("11.") and not top["read_only"]


def test_acknowledged(lab):
    for severity in ("corrected", "recoverable"):
        a = done(create(lab.rasd, f"light-{severity}", severity=severity, wait=True))
        assert a["state"] == "acknowledged" and a["backend"] == "qemu-ghes", a
        lab.vm1.wait(f"fru_id: {a['id']}")
    lab.vm1.wait("Memory failure: 0x48000: recovery action")


def test_two_domains_at_once(lab):
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        jobs = [pool.submit(create, lab.rasd, f"two-{d}-{i}", domain=d, wait=True)
                for i in range(8) for d in ("vm1", "vm2")]
        assert [j.result()["result"]["state"] for j in jobs] == ["acknowledged"] * 16


def test_libvirtd_killed_under_a_queue(lab, record_property):
    before = lab.vm1.notifications()
    times = []

    def one(i):
        a = done(create(lab.rasd, f"queue-{i}", wait=True, timeout_ms=60000))
        times.append(time.monotonic())
        return a
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        jobs = [pool.submit(one, i) for i in range(20)]
        wait_for(lambda: len(times) >= 3)
        os.kill(lab.lv.pid(), signal.SIGKILL)
        time.sleep(2)
        at_kill = len(times)
        lab.lv.start()
        back = time.monotonic()
        states = [j.result()["state"] for j in jobs]
    resumed = min(t for t in times if t > back) - back
    record_property("resumed_s", resumed)
    # rasd tries again after at most twice the time that libvirtd was away.
    assert at_kill < 20 and resumed < 10, (at_kill, resumed)
    # The guest counts: as many records were written as rows say so, none of them twice.
    assert set(states) <= {"acknowledged", "refused"} and states.count("refused") <= 1, states
    assert lab.vm1.notifications() - before == states.count("acknowledged")


def test_a_hung_qemu_holds_up_nobody(lab, record_property):
    def fifty(tag):
        out = []
        for i in range(50):
            t0 = time.monotonic()
            acked(create(lab.rasd, f"{tag}-{i}", wait=True))
            out.append(time.monotonic() - t0)
        return out
    quiet = fifty("quiet")
    acked(create(lab.rasd, "warm", domain="vm2", wait=True))
    before = lab.vm2.notifications()
    lab.vm2.signal(signal.SIGSTOP)
    t0 = time.monotonic()
    try:
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            hung = pool.submit(create, lab.rasd, "hung", domain="vm2", wait=True, timeout_ms=3000)
            loud = fifty("loud")
            assert hung.result()["result"]["state"] == "intent"
        e = wait_for(lambda: (x := explain(lab.rasd, "vm2"))["state"] == "stuck" and x, 10)
        assert "stuck" in e["backends"][0]["reason"] and e["backends"][0]["hint"]
        assert create(lab.rasd, "also-hung",
                      domain="vm2")["error"]["data"]["reason"] == "monitor-error"
        time.sleep(max(0, 40 - (time.monotonic() - t0)))
        loud += fifty("louder")
    finally:
        lab.vm2.signal(signal.SIGCONT)
    print(f"median ms: {statistics.median(quiet) * 1e3:.1f} quiet, "
          f"{statistics.median(loud) * 1e3:.1f} beside a hung QEMU")
    record_property("ratio", statistics.median(loud) / statistics.median(quiet))
    # A call to the hung QEMU takes its time limit of 5 s, so whoever waits for it takes longer.
    assert max(loud) < 5, "nobody waits for the hung one"
    wait_backend(lab.rasd, "vm2")
    row = lab.rasd.journal()["hung"]
    wait_for(lambda: lab.rasd.row(row[0])["final"], 30)
    state = lab.rasd.row(row[0])["state"]
    assert state in ("acknowledged", "refused"), lab.rasd.row(row[0])
    assert lab.vm2.notifications() - before == (state == "acknowledged")
    acked(create(lab.rasd, "after-hung", domain="vm2", wait=True))


def test_paused_is_refused(lab):
    lab.lv.virsh("suspend", "vm2")
    e = wait_backend(lab.rasd, "vm2", False)
    assert e["state"] == "paused"
    assert create(lab.rasd, "paused",
                  domain="vm2")["error"]["data"]["reason"] == "guest-not-running"
    lab.lv.virsh("resume", "vm2")
    wait_backend(lab.rasd, "vm2")


def test_a_job_in_progress_is_refused(lab):
    """A migration that makes no progress: nobody reads the other end."""
    fifo = lab.lv.dir / "guests/fifo"
    os.mkfifo(fifo, 0o666)
    fifo.chmod(0o666)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        dump = pool.submit(lab.lv.virsh, "dump", "--live", "vm2", "/srv/guests/fifo", check=False)
        try:
            wait_for(lambda: "None" not in lab.lv.virsh("domjobinfo", "vm2",
                                                        check=False).split("\n")[0])
            before = len(lab.rasd.rows())
            a = create(lab.rasd, "in-job", domain="vm2", wait=True)
            assert a["result"]["state"] == "refused" and "job" in a["result"]["detail"], a
            assert len(lab.rasd.rows()) == before + 1
        finally:
            lab.lv.virsh("domjobabort", "vm2", check=False)
            os.close(reader)
            dump.result()
    fifo.unlink()
    acked(create(lab.rasd, "after-job", domain="vm2", wait=True))


def test_reset_is_a_new_generation(lab):
    lab.vm2.deaf()
    a = unread(lab.rasd, "unread", domain="vm2")
    resets = explain(lab.rasd, "vm2")["resets"]
    ready = lab.vm2.log().count("RASD-LAB-GUEST-READY")
    lab.lv.virsh("reset", "vm2")
    assert lab.rasd.wait_state(a["id"], "lost")["final"]
    lab.vm2.wait(count=ready + 1)
    assert explain(lab.rasd, "vm2")["resets"] == resets + 1
    acked(create(lab.rasd, "after-reset", domain="vm2", wait=True, timeout_ms=20000))
    assert f"fru_id: {a['id']}" not in lab.vm2.log()


def test_save_and_restore(lab):
    lab.vm2.deaf()
    a = unread(lab.rasd, "before-save", domain="vm2")
    lab.lv.virsh("save", "vm2", "/srv/guests/vm2.save")
    row = lab.rasd.wait_state(a["id"], "unknown")
    assert "saved" in row["detail"], row
    e = wait_for(lambda: (x := explain(lab.rasd, "vm2"))["state"] == "shutoff" and x)
    assert "saved" in e["backends"][0]["reason"]
    n = len(lab.rasd.rows())
    lab.lv.virsh("restore", "/srv/guests/vm2.save")
    wait_backend(lab.rasd, "vm2")
    assert len(lab.rasd.rows()) == n and lab.rasd.row(a["id"])["state"] == "unknown"
    assert explain(lab.rasd, "vm2")["pid"] == lab.vm2.pid


def test_destroyed_undefined_and_another_of_that_name(lab):
    # The guest still holds the record from before it was saved.
    a = done(create(lab.rasd, "full", domain="vm2", wait=True, timeout_ms=1000))
    lab.rasd.wait_state(a["id"], "refused")
    old = explain(lab.rasd, "vm2")
    lab.lv.virsh("destroy", "vm2")
    wait_for(lambda: explain(lab.rasd, "vm2")["state"] == "shutoff")
    r = create(lab.rasd, "off", domain="vm2")
    assert r["error"]["data"]["reason"] == "guest-not-running", r
    lab.lv.virsh("undefine", "--nvram", "vm2")
    wait_for(lambda: "error" in lab.rasd.rpc("domain.explain", domain="vm2"))
    xml = lab.lv.virsh("dumpxml", "vm1", "--inactive")
    xml = re.sub(r"<uuid>.*</uuid>", "<uuid>6c61e6f0-9f41-4f5c-8f0b-3a5b1d0f0c02</uuid>",
                 xml.replace("vm1", "vm2"))
    xml = re.sub(r"<metadata>.*</metadata>", "", xml, flags=re.S)
    vm2 = lab.lv.guest("vm2", xml).wait()
    new = wait_backend(lab.rasd, "vm2")
    assert (new["uuid"], new["pid"]) == ("6c61e6f0-9f41-4f5c-8f0b-3a5b1d0f0c02",
                                         vm2.pid) and new["pid"] != old["pid"]
    assert create(lab.rasd, "no-heir", domain="vm2")["error"]["data"]["reason"] == "policy-denied"
    assert lab.rasd.ctl("allow", "vm2", "--target-max-severity", "corrected").returncode == 0
    acked(create(lab.rasd, "heir", domain="vm2", wait=True))


def test_qemu_killed(lab):
    lab.vm2.deaf()
    a = unread(lab.rasd, "qemu-killed", domain="vm2")
    lab.vm2.signal(signal.SIGKILL)
    row = wait_for(lambda: (r := lab.rasd.row(a["id"]))["final"] and r)
    assert row["state"] in ("unknown", "lost"), row
    wait_for(lambda: explain(lab.rasd, "vm2")["state"] == "shutoff")


def test_memory_failure_is_seen(lab):
    """By QEMU's own event; without a socket, by libvirt's."""
    lab.pc.wait(seconds=120)
    other = rasd_for(lab.base, lab.lv, "no-sockets",
                     extra="[domain pc]\ntarget-max-severity = none\n")
    other.conf.write_text(other.conf.read_text().replace(f"qmp-directory = {lab.lv.dir}/guests\n",
                                                         ""))
    other.start(["pc"])
    try:
        assert explain(other, "pc")["monitor"] == "libvirt"
        assert explain(lab.rasd, "pc")["monitor"].endswith("pc.qmp")
        for rasd in (lab.rasd, other):
            assert explain(rasd, "pc")["memory_failures"]["count"] == 0
        lab.lv.hmp("pc", "mce 0 9 0x9c00004000010090 0 0x12345000 0x8c")
        for rasd in (lab.rasd, other):
            got = wait_for(lambda r=rasd: (m := explain(r, "pc")["memory_failures"])["count"] and m)
            assert got["count"] == 1 and "recipient guest, action inject" in got["last"]
        # If rasd.conf has a section for the domain, it alone decides.
        assert explain(other, "pc")["grant"]["from"] == "rasd.conf"
        answer = other.rpc("domain.allow", domain="pc", target_max_severity="fatal")
        assert answer["error"]["data"]["reason"] == "config", answer
    finally:
        other.stop()


def test_explain_says_what_to_change_in_the_xml(lab):
    xml = ("<domain type='qemu'><name>noras</name><memory "
           "unit='MiB'>16</memory><vcpu>1</vcpu><os><type arch='aarch64' "
           "machine='virt'>hvm</type></os><features><gic version='3'/></features><cpu "
           "mode='custom'><model>cortex-a57</model>"
           "</cpu><devices><emulator>/usr/bin/qemu-system-aarch64</emulator><controller type='usb' "
           "model='none'/>"
           "<memballoon model='none'/></devices></domain>")
    (lab.lv.dir / "guests/noras.xml").write_text(xml)
    lab.lv.virsh("create", "/srv/guests/noras.xml", "--paused")
    b = wait_for(lambda: (x := lab.rasd.rpc("domain.explain", domain="noras").get("result")) and
                 (y := x["backends"][0])["reason_code"] == "not-capable" and y)
    assert "<acpi/><ras state='on'/>" in b["hint"], b
    lab.lv.virsh("destroy", "noras")
    wait_for(lambda: "error" in lab.rasd.rpc("domain.explain", domain="noras"))  # it was transient


def check_layout(lab, rasd):
    """Every claim of RAM compared with gpa2hva: inside, at and beyond each end."""
    ram = explain(rasd, "pc")["ram"]
    spans = [(int(r["gpa"], 16), int(r["gpa"], 16) + r["bytes"]) for r in ram]
    probes = {0x80000000, 0xfed00000, 0xc0000000}
    for lo, hi in spans:
        probes |= {lo, hi - 4096, hi, (lo + hi) // 2 & ~0xfff}
        if lo:
            probes.add(lo - 4096)
    seen = set()
    for p in sorted(probes):
        text = lab.lv.hmp("pc", f"gpa2hva {p:#x}")
        name = re.search(r"\((.*)\) is 0x", text)
        guest_ram = bool(name) and re.match(r"(ram-node|mem)", name.group(1)) is not None
        assert guest_ram == any(lo <= p < hi for lo, hi in spans), (hex(p), text, ram)
        seen.add(guest_ram)
    assert seen == {True, False}
    return sum(hi - lo for lo, hi in spans), explain(rasd, "pc")["layout_generation"]


def test_ram_layout_against_gpa2hva(lab):
    size, generation = check_layout(lab, lab.rasd)
    assert size == 4 << 30 or size < 4 << 30 and (4 << 30) - size <= 1 << 20, size
    dimm = lab.lv.dir / "guests/dimm.xml"
    dimm.write_text("<memory model='dimm'><target><size "
                    "unit='MiB'>512</size><node>0</node></target></memory>")
    lab.lv.virsh("attach-device", "pc", "/srv/guests/dimm.xml", "--live")
    with_dimm, later = check_layout(lab, lab.rasd)
    assert with_dimm == size + (512 << 20) and later > generation


def test_read_only_and_refused(lab):
    ro = str(lab.lv.socket) + "-ro"
    rasd = rasd_for(lab.base, lab.lv, "readonly", uri=f"qemu+unix:///system?socket={ro}")
    rasd.conf.write_text(rasd.conf.read_text().replace(f"qmp-directory = {lab.lv.dir}/guests\n",
                                                       ""))
    rasd.start()
    try:
        e = wait_for(lambda: "error" not in (x := rasd.rpc("domain.explain", domain="vm1")) and
                     x["result"]["state"] == "permission" and x["result"])
        b = e["backends"][0]
        assert b["reason_code"] == "permission" and "60-rasd.rules" in b["hint"], b
        assert create(rasd, "denied")["error"]["data"]["reason"] in ("policy-denied", "permission")
        r = rasd.ctl("allow", "vm1", "--target-max-severity", "none")
        assert r.returncode == 3, r
    finally:
        rasd.stop()
    assert not [x for x in rasd.logfile.read_text().splitlines() if x
                and not x.startswith("rasd: ")], "libvirt wrote on stderr"


def libvirt_says(rasd, text):
    top = rasd.rpc("domain.list")["result"]["libvirt"]
    return top if text in top.get("reason", "") else None


def test_no_permission_for_the_socket_then_granted(lab):
    lab.lv.socket.chmod(0o700)
    rasd = rasd_for(lab.base, lab.lv, "refused").start()
    try:
        top = wait_for(lambda: libvirt_says(rasd, "denied"))
        assert top["connected"] and top["read_only"] and "60-rasd.rules" in top["hint"], top
        assert explain(rasd, "vm1")["state"] == "permission"
        lab.lv.socket.chmod(0o777)
        wait_backend(rasd, "vm1", seconds=15)
    finally:
        lab.lv.socket.chmod(0o777)
        rasd.stop()


def test_no_libvirtd_at_start(lab):
    lv = lvlab.Libvirt(lab.base / "late")
    rasd = rasd_for(lab.base, lv, "late").start()
    try:
        assert rasd.rpc("rpc.ping")["result"]["pong"]
        top = wait_for(lambda: libvirt_says(rasd, "not running"))
        assert not top["connected"]
        maps = open(f"/proc/{rasd.process.pid}/maps").read()
        assert "libvirt.so" not in maps, "no libvirtd, no library"
        lab.base.joinpath("late").mkdir(exist_ok=True)
        lv.start()
        wait_for(lambda: rasd.rpc("domain.list")["result"]["libvirt"]["connected"], 15)
    finally:
        rasd.stop()
        lv.down()


def test_the_loop_never_calls_libvirt(lab):
    """The thread that serves clients never enters libvirt, so its answers do not wait for it."""
    os.kill(lab.lv.pid(), signal.SIGSTOP)
    try:
        t0 = time.monotonic()
        for _ in range(20):
            assert lab.rasd.rpc("domain.list")["result"]["domains"]
        assert time.monotonic() - t0 < 5
    finally:
        os.kill(lab.lv.pid(), signal.SIGCONT)
    assert json.dumps(wait_backend(lab.rasd, "vm1")["state"]) == '"running"'
