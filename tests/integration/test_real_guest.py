# SPDX-License-Identifier: LGPL-2.1-or-later
"""Real QEMU and real Linux guests: what is acknowledged, what is refused, what is lost."""
import json
import os
import signal
import subprocess
import time

import pytest

import rasdlab
from rasdlab import TOP

GPA = "0x48000000"


@pytest.fixture(scope="module", name="lab")
def make_lab():
    base = rasdlab.make_base()
    guests = {
        "vm1": rasdlab.Guest(base, "vm1"),
        "vm2": rasdlab.Guest(base, "vm2", "--append", "panic=1"),
        "noras": rasdlab.Guest(base, "noras", "--no-ras", "--mem", "256"),
        "pc": rasdlab.Guest(base, "pc", "--arch", "x86_64", "--mem", "256"),
        "cold": rasdlab.Guest(base, "cold", "--mem", "256", extra=("-S",)),
    }
    for name in ("vm1", "vm2"):
        guests[name].wait()
    rasd = rasdlab.Rasd(base, {"vm1": "recoverable", "vm2": "fatal", "noras": "fatal",
                               "pc": "fatal",
                               "cold": "fatal"}).start(guests)
    yield type("Lab", (), {"rasd": rasd, "base": base, **guests})
    rasd.stop()
    for g in guests.values():
        g.stop()
    rasdlab.drop_base(base)


def inject(rasd, domain, *args):
    r = rasd.ctl("-o", "json", "inject", "--domain", domain, "--gpa", GPA, *args)
    out = json.loads(r.stdout)
    return r.returncode, out


def create(rasd, request_id, domain="vm1", **params):
    return rasd.rpc("injection.create", request_id=request_id, domain=domain,
                    **({"gpa": GPA} | params))


def test_corrected_then_recoverable(lab):
    for severity in ("corrected", "recoverable"):
        a = create(lab.rasd, f"light-{severity}", severity=severity, wait=True)["result"]
        assert a["state"] == "acknowledged" and a["final"] and a["ack_ns"] > 0
        assert a["backend"] == "qemu-ghes"
        lab.vm1.wait_log(f"fru_id: {a['id']}")
    lab.vm1.wait_log("Memory failure: 0x48000: recovery action")


def test_rasd_is_nobody_special(lab):
    status = open(f"/proc/{lab.rasd.process.pid}/status").read()
    assert "Uid:\t0" not in status
    for s in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert f"{s}:\t0000000000000000" in status
    assert "NoNewPrivs:\t1" in status


@pytest.mark.parametrize("domain,params,reason", [
    ("vm3", {}, "no-such-domain"),
    ("vm1", {"severity": "fatal", "confirm": True}, "policy-denied"),
    ("vm1", {"gpa": "0x1000"}, "address-not-ram"),
    ("vm1", {"gpa": "0x60000000"}, "address-not-ram"),
    ("vm1", {"gpa": "0x48000000z"}, "invalid-params"),
    ("vm1", {"gpa": -1}, "invalid-params"),
    ("vm2", {"severity": "fatal"}, "needs-confirmation"),
    ("noras", {}, "not-capable"),
    ("pc", {"backend": "qemu-ghes"}, "not-capable"),
    ("pc", {"severity": "fatal", "confirm": True}, "not-capable"),
    ("cold", {}, "guest-not-running"),
    ("vm1", {"gpa": None, "record_hex": "00" * 172}, "invalid-record"),
])
def test_refused_and_nothing_sent(lab, domain, params, reason):
    before = lab.rasd.rows()
    params = {k: v for k, v in ({"gpa": GPA} | params).items() if v is not None}
    a = lab.rasd.rpc("injection.create", request_id=f"no-{domain}-{params}"[:60], domain=domain,
                     **params)
    assert a["error"]["data"]["reason"] == reason, a
    if reason == "no-such-domain":
        assert "vm1" in a["error"]["data"]["hint"] or "vm2" in a["error"]["data"]["hint"]
    if reason == "invalid-params":
        assert a["error"]["code"] == -32602 and a["error"]["data"]["field"] == "gpa"
    assert lab.rasd.rows() == before


def test_exit_codes(lab):
    assert lab.rasd.ctl("inject", "--domain", "vm3", "--gpa", GPA).returncode == 4
    assert lab.rasd.ctl("inject", "--domain", "vm1", "--gpa", "zzz").returncode == 2
    r = lab.rasd.ctl("inject", "--domain", "vm1", "--gpa", GPA, "--severity", "fatal", "--yes")
    assert r.returncode == 5 and "hint:" in r.stderr
    assert lab.rasd.ctl("--socket", "/nonexistent", "status").returncode == 3


def test_no_grant_is_denied(lab):
    rasd = rasdlab.Rasd(lab.base, {}, "deny")
    lab.rasd.stop()
    try:
        rasd.start(["vm1"])
        assert create(rasd, "d1")["error"]["data"]["reason"] == "policy-denied"
        assert rasd.rows() == []
    finally:
        rasd.stop()
        lab.rasd.start(["vm1", "vm2"])


def test_request_id_gives_the_stored_result(lab):
    a = create(lab.rasd, "twice", wait=True)["result"]
    n = len(lab.rasd.rows())
    assert create(lab.rasd, "twice", wait=True)["result"]["id"] == a["id"]
    lab.rasd.stop()
    lab.rasd.start(["vm1"])
    b = create(lab.rasd, "twice", wait=True)["result"]
    assert (b["id"], b["state"]) == (a["id"], "acknowledged")
    assert len(lab.rasd.rows()) == n
    c = create(lab.rasd, "twice", severity="info")
    assert c["error"]["data"]["reason"] == "request-id-conflict"


def test_dry_run_sends_nothing(lab):
    n = len(lab.rasd.rows())
    a = create(lab.rasd, "dry", dry_run=True)["result"]
    assert "dry run" in a["detail"] and len(lab.rasd.rows()) == n


def test_paused_is_refused(lab):
    lab.vm2.qmp("stop")
    a = create(lab.rasd, "paused", domain="vm2")["error"]
    assert a["data"]["reason"] == "guest-not-running", a
    assert "paused" in a["message"] and a["data"]["hint"], a
    lab.vm2.qmp("cont")
    assert create(lab.rasd, "resumed", domain="vm2", wait=True,
                  timeout_ms=20000)["result"]["state"] == "acknowledged"


def test_deaf_guest_stays_written_and_others_go_on(lab):
    lab.vm2.deaf()
    code, out = inject(lab.rasd, "vm2", "--wait", "--timeout", "2")
    assert code == 6 and "written" in json.dumps(out)
    ident = lab.rasd.rows()[0]["id"]
    assert create(lab.rasd, "meanwhile", wait=True)["result"]["state"] == "acknowledged"
    lab.vm2.hears()
    assert lab.rasd.wait_state(ident, "acknowledged")["ack_ns"] > 2_000_000_000


def settled_as_the_guest_saw(lab, ident):
    """When its client goes, QEMU drops or executes what it had not read. Both are right if rasd
    reports the one that happened.
    """
    end = time.monotonic() + 40
    while not (row := lab.rasd.row(ident))["final"]:
        assert time.monotonic() < end, row
        time.sleep(0.05)
    assert row["state"] in ("acknowledged", "refused"), row["detail"]
    if row["state"] == "acknowledged":
        lab.vm2.wait_log(f"fru_id: {ident}")
        assert lab.vm2.log().count(f"fru_id: {ident}") == 1
    else:
        time.sleep(3)
        assert ident not in lab.vm2.log()
    return row


def stops_before_it_sends(lab):
    lab.rasd.stop()
    lab.rasd.start(["vm1", "vm2"], build=rasdlab.ASAN,
                   env={"RASD_FAILPOINT": "submit_asked:1:stop"})


def test_a_stopped_qemu_is_sent_nothing(lab):
    """QEMU does not answer whether a migration is in progress. The record is not sent, whatever
    becomes of QEMU.
    """
    assert create(lab.rasd, "before-mute", domain="vm2",
                  wait=True)["result"]["state"] == "acknowledged"
    os.kill(lab.vm2.pid, signal.SIGSTOP)
    time.sleep(0.1)    # an answer is used for 50 ms
    try:
        a = create(lab.rasd, "mute", domain="vm2", timeout_ms=1000)["result"]
        assert a["state"] == "intent"
        row = lab.rasd.wait_state(a["id"], "refused")
        assert row["detail"].startswith("not "), row
        assert lab.rasd.rpc("domain.explain", domain="vm2")["result"]["state"] == "stuck"
    finally:
        os.kill(lab.vm2.pid, signal.SIGCONT)
    mark = lab.rasd.logfile.read_text().rindex("monitor lost")
    lab.rasd.wait_log("guest vm2: pid", mark)
    assert create(lab.rasd, "after-mute", domain="vm2",
                  wait=True)["result"]["state"] == "acknowledged"
    assert a["id"] not in lab.vm2.log()


def test_stopped_qemu_is_settled_and_never_sent_twice(lab):
    lab.vm2.rest()
    stops_before_it_sends(lab)
    try:
        a = lab.rasd.into_a_stopped_qemu(lab.vm2, lambda: create(lab.rasd, "hung", domain="vm2",
                                                                 wait=True,
                                                                 timeout_ms=7000))["result"]
        assert a["state"] == "intent"
        t0 = time.monotonic()
        assert create(lab.rasd, "beside-hung", wait=True)["result"]["state"] == "acknowledged"
        assert time.monotonic() - t0 < 5
    finally:
        os.kill(lab.vm2.pid, signal.SIGCONT)
    settled_as_the_guest_saw(lab, a["id"])


def test_crash_while_written_is_settled(lab):
    lab.vm2.deaf()
    a = create(lab.rasd, "crash", domain="vm2")["result"]
    assert a["state"] == "written"
    lab.rasd.stop(signal.SIGKILL)
    lab.rasd.start(["vm1", "vm2"])
    lab.rasd.wait_state(a["id"], "written")
    lab.vm2.hears()
    lab.rasd.wait_state(a["id"], "acknowledged")
    time.sleep(0.5)
    assert lab.vm2.log().count(f"fru_id: {a['id']}") <= 1


def test_the_fence(lab):
    """Sent into a stopped QEMU, then rasd killed and restarted: the row ends as the guest saw it.
    """
    lab.vm2.rest()
    stops_before_it_sends(lab)
    ask = [rasdlab.BUILD / "rasctl", "--socket", lab.rasd.sock, "inject", "--domain", "vm2",
           "--gpa", GPA, "--request-id", "fence"]
    try:
        asker = lab.rasd.into_a_stopped_qemu(
            lab.vm2, lambda: subprocess.Popen(ask, stdout=subprocess.DEVNULL,
                                              stderr=subprocess.DEVNULL))
        end = time.monotonic() + 10
        while not [r for r in lab.rasd.rows() if r["request_id"] == "fence"]:
            assert time.monotonic() < end
            time.sleep(0.05)
        time.sleep(0.5)
        row = [r for r in lab.rasd.rows() if r["request_id"] == "fence"][0]
        lab.rasd.stop(signal.SIGKILL)
        lab.rasd.start(["vm1"])
        assert lab.rasd.row(row["id"])["state"] == "intent"
    finally:
        os.kill(lab.vm2.pid, signal.SIGCONT)
    asker.wait(10)
    row = settled_as_the_guest_saw(lab, row["id"])
    again = create(lab.rasd, "fence", domain="vm2", wait=True)["result"]
    assert (again["id"], again["state"]) == (row["id"], row["state"])


def test_reset_before_consumption_is_lost(lab):
    lab.vm2.deaf()
    a = create(lab.rasd, "reset", domain="vm2")["result"]
    assert a["state"] == "written"
    lab.vm2.sleep()
    lab.vm2.qmp("system_reset")
    assert lab.rasd.wait_state(a["id"], "lost")["final"]
    early = create(lab.rasd, "too-early", domain="vm2")
    assert early["error"]["data"]["reason"] in ("guest-not-ready", "guest-not-running"), early
    ready = lab.vm2.log().count("RASD-LAB-GUEST-READY")
    lab.vm2.qmp("cont")
    end = time.monotonic() + 60
    while lab.vm2.log().count("RASD-LAB-GUEST-READY") == ready:
        assert time.monotonic() < end
        time.sleep(0.1)
    b = create(lab.rasd, "after-reset", domain="vm2", wait=True)["result"]
    assert b["state"] == "acknowledged"
    assert f"fru_id: {a['id']}" not in lab.vm2.log()


def test_fatal_ends_the_guest_with_proof(lab):
    a = create(lab.rasd, "fatal", domain="vm2", severity="fatal", confirm=True, wait=True,
               timeout_ms=30000)
    assert a["result"]["state"] in ("consumed", "acknowledged"), a
    lab.vm2.wait_log("GHES: Fatal hardware error")


def test_qemu_killed_while_written(lab):
    guest = rasdlab.Guest(lab.base, "vm4").wait()
    lab.rasd.conf.write_text(lab.rasd.conf.read_text()
                             + "[domain vm4]\ntarget-max-severity = corrected\n")
    lab.rasd.stop()
    lab.rasd.start(["vm4"])
    guest.deaf()
    a = create(lab.rasd, "killed", domain="vm4")["result"]
    assert a["state"] == "written"
    guest.sleep()
    guest.kill()
    assert lab.rasd.wait_state(a["id"], "lost")["final"]
    guest.stop()
    guest = rasdlab.Guest(lab.base, "vm4").wait()
    lab.rasd.wait_log(f"guest vm4: pid {guest.pid}")
    guest.deaf()
    b = create(lab.rasd, "killed-both", domain="vm4")["result"]
    assert b["state"] == "written"
    lab.rasd.stop(signal.SIGKILL)
    guest.kill()
    lab.rasd.start()
    row = lab.rasd.wait_state(b["id"], "unknown")
    assert "QEMU ended" in row["detail"]
    assert lab.rasd.rpc("rpc.ping")["result"]["pong"]
    guest.stop()


def test_protocol(lab):
    rasd = lab.rasd
    n = len(rasd.rows())
    ping = {"jsonrpc": "2.0", "id": 7, "method": "rpc.ping"}
    create_note = {"jsonrpc": "2.0", "method": "injection.create",
                   "params": {"request_id": "note", "domain": "vm1", "gpa": GPA}}
    a = rasd.lines("{bad", json.dumps(dict(ping, method="no.such")), json.dumps([ping] * 101),
                   json.dumps([dict(ping, id=i) for i in (1, 2, 3)]), json.dumps(create_note),
                   json.dumps(dict(ping, params={"x": 1})),
                   '{"jsonrpc":"2.0","id":1,"id":2,"method":"rpc.ping"}')
    codes = [x["error"]["code"] if isinstance(x, dict) and "error" in x else None for x in a]
    assert codes == [-32700, -32601, -32600, None, -32602, -32700]
    assert [x["id"] for x in a[3]] == [1, 2, 3]
    assert a[4]["error"]["data"]["field"] == "x"
    time.sleep(0.3)
    assert len(rasd.rows()) == n
    proto = json.loads((TOP / "proto/ras-rpc.json").read_text())
    assert rasd.rpc("rpc.discover")["result"] == proto


def test_nobody_has_no_role(lab):
    os.chmod(lab.rasd.sock, 0o666)
    try:
        r = subprocess.run(["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups",
                            rasdlab.BUILD / "rasctl", "--socket", lab.rasd.sock, "domains"],
                           capture_output=True, text=True, check=False)
    finally:
        os.chmod(lab.rasd.sock, 0o660)
    assert r.returncode == 3 and "may not call" in r.stderr


def test_state_directory_unusable(lab):
    rasd = rasdlab.Rasd(lab.base, {}, "broken")
    rasd.state.write_text("a file where a directory should be")
    r = subprocess.run([rasdlab.BUILD / "rasd", "--config", rasd.conf], capture_output=True,
                       text=True,
                       timeout=20, check=False)
    assert r.returncode == 1 and str(rasd.state) in r.stderr


def test_one_send_and_an_idle_daemon(lab):
    create(lab.rasd, "warm", wait=True)
    trace = lab.base / "trace"
    pid = str(lab.rasd.process.pid)
    tracer = subprocess.Popen(["strace", "-f", "-s", "120", "-e", "trace=sendto,sendmsg,write",
                               "-o", trace,
                               "-p", pid], stderr=subprocess.DEVNULL)
    time.sleep(1)
    assert create(lab.rasd, "counted", wait=True)["result"]["state"] == "acknowledged"
    tracer.send_signal(signal.SIGINT)
    tracer.wait(10)
    sent = [x for x in trace.read_text().splitlines() if '\\"execute\\"' in x]
    # One record. Where the intent took longer to store than an answer about jobs is used again (a
    # slow disk, strace), rasd asks a second time.
    assert "inject-ghes-v2-error" in sent[-1] and len(sent) in (2, 3), sent
    assert all("query-migrate" in x for x in sent[:-1]), sent
    # rasd indexes the guests' huge pages every few minutes, and when guests have come or gone. Idle
    # is the time between.
    for _ in range(3):
        tracer = subprocess.run(["timeout", "10", "strace", "-c", "-f", "-p", pid],
                                capture_output=True, text=True,
                                check=False)
        total = [x for x in tracer.stderr.splitlines() if x.endswith("total")]
        calls = int(total[0].split()[3]) if total else 0
        if calls < 50:
            break
    assert calls < 50, tracer.stderr
    # What rasd takes itself: 2 MiB at its start. How much of its program and libraries is in memory
    # is the kernel's choice, so the whole (bar 8 MiB) is a figure of bench/run-inject.
    anon = [x for x in open(f"/proc/{pid}/status") if x.startswith("RssAnon")][0]
    assert int(anon.split()[1]) < 4096, anon
