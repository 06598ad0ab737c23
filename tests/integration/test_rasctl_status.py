# SPDX-License-Identifier: LGPL-2.1-or-later
"""rasctl status: the page that an operator looks at first, with a scripted daemon."""
import json
import socket
import time

import pytest

from test_rasctl_offline import daemon, rpc_error, run  # noqa: F401 (daemon is a fixture)

PING = {"pong": True, "version": "0.1.0", "role": "admin", "pages": "rmap", "helper": True,
        "started_ns": 1, "journal": {"rows": 12, "undecided": 0, "oldest_ns": 0}}
READY = {"name": "vm1", "state": "running", "ready": "yes", "backend": "qemu-ghes",
         "grant": {"target_max_severity": "fatal"}}
LIBVIRT = {"uri": "qemu:///system", "connected": True, "version": "9.0.0", "read_only": False}
GOOD = {"rpc.ping": PING, "domain.list": {"domains": [READY], "complete": True, "libvirt": LIBVIRT},
        "source.list": {"sources": [{"name": "kernel", "state": "live", "originates": True}]},
        "event.list": {"events": []}}


@pytest.fixture(name="status")
def make_status(daemon):  # noqa: F811
    """status(*args, method=answer...): GOOD with these answers instead."""
    d = daemon(lambda m, p: None)

    def ask(*args, verb="status", **answers):
        good = GOOD | {k.replace("_", "."): v for k, v in answers.items()}
        d.answer = lambda m, p: good.get(m, rpc_error("method-not-found"))
        d.requests.clear()
        return run(verb, "--socket", d.path, *args)
    return ask


def rows(r):
    """{label: the text behind it}, folded lines together."""
    out, label = {}, None
    for line in r.stdout.split("\nto mend:")[0].splitlines():
        label = line[:9].strip() or label
        out[label] = out.get(label, "") + " " + line[9:]
    return out


def mend(r):
    return r.stdout.partition("\nto mend:\n")[2]


def test_all_is_well(status):
    r = status()
    page = rows(r)
    assert r.returncode == 0 and mend(r) == "", r
    assert "0.1.0" in page["rasd"] and "up since" in page["rasd"] and "admin" in page["you"]
    assert "connected, 9.0.0" in page["libvirt"] and "ok" in page["helper"]
    assert "bpf" in page["pages"] and "kernel live" in page["sources"]
    assert page["guests"].strip() == "1: 1 ready; 1 granted" and "1 qemu-ghes" in page["by"]
    assert "lever" not in page and "none of this host" in page["errors"]


@pytest.mark.parametrize("answers, label, shown, problem, command", [
    ({"rpc_ping": PING | {"helper": False, "pages": "none", "helper_why": "Permission denied"}},
     "helper", "NOT connected: Permission denied", "nothing can be proved", "rasd-pagemap.socket"),
    ({"rpc_ping": PING | {"pages": "search", "pages_why": "no BTF"}}, "pages",
     "by searching: no BTF", "searched for", "rasctl doctor"),
    ({"rpc_ping": PING | {"journal": PING["journal"] | {"damage": "disk full"}}}, "journal",
     "DAMAGED: disk full", "nothing can be stored", "journalctl -u rasd"),
    ({"domain_list": {"domains": [], "complete": False, "libvirt": LIBVIRT | {
        "connected": False, "reason": "no socket"}, "missing": {
            "reason": "no socket", "reason_code": "gone", "hint": "start libvirtd"}}},
     "libvirt", "NOT connected: no socket", "not all guests are known: no socket",
     "start libvirtd"),
    ({"domain_list": {"domains": [READY | {"ready": "no", "reason": "started without ras=on",
                                           "hint": "virsh edit vm1"}], "complete": True}},
     "guests", "1: 0 ready, 1 not ready", "vm1: started without ras=on", "virsh edit vm1"),
    ({"source_list": {"sources": [{"name": "kernel", "state": "unreadable", "why": "no tracefs",
                                   "originates": True, "mend": "mount it"}]}},
     "sources", "kernel unreadable", "source kernel: no tracefs", "mount it"),
    ({"domain_list": {"domains": [READY | {"migration": {"blocked": True,
                                                         "reason": "cannot be migrated: vm1"}}],
                      "complete": True}}, "guests", "1 ready", "cannot be migrated", "rasctl"),
])
def test_what_is_wrong_and_how_to_mend_it(status, answers, label, shown, problem, command):
    r = status(**answers)
    assert r.returncode == 0 and shown in rows(r)[label], r
    assert problem in mend(r) and "-> " in mend(r) and command in mend(r)
    found = json.loads(status("-o", "json", **answers).stdout)["problems"]
    assert [p for p in found if problem in p["what"] and command in p["mend"]], found


def test_doctor_finds_the_same_guests(status):
    """Who may not be reached has a line there, too; one that is shut off lacks nothing."""
    bad = READY | {"ready": "no", "reason": "started without ras=on", "hint": "virsh edit vm1"}
    off = bad | {"name": "off", "state": "shutoff"}
    r = status("-o", "json", verb="doctor", domain_list={"domains": [bad, off], "complete": True})
    guest, = [c for c in json.loads(r.stdout)["checks"] if c["name"].startswith("guest ")]
    assert guest == {"name": "guest vm1", "level": "warn", "mend": "virsh edit vm1",
                     "found": "no error reaches it: started without ras=on"}
    many = {"domains": [bad | {"name": f"g{i}"} for i in range(11)], "complete": True}
    checks = json.loads(status("-o", "json", verb="doctor", domain_list=many).stdout)["checks"]
    assert sum(c["name"].startswith("guest ") for c in checks) == 8
    assert [c["found"] for c in checks if c["name"] == "more guests"] == \
        ["no error reaches 3 others"]


def test_lever_events_and_guests_that_are_not_known_yet(status):
    event = {"severity": "corrected", "hpa": "0x1000", "decision": "forwarded", "domain": "vm1",
             "decided_ns": 1}
    r = status(safety_get={"engaged": True, "reason": "storm in rack 7"},
               event_list={"events": [event, event]},
               domain_list={"domains": [
                   READY | {"ready": "unknown"}, READY | {"ready": "no", "state": "shutoff"}]})
    page = rows(r)
    assert "ENGAGED: storm in rack 7" in page["lever"]
    assert page["errors"].count("corrected at 0x1000: forwarded, vm1") == 2
    assert "1 not known yet, 1 shut off" in page["guests"] and mend(r) == ""
    assert "released" in rows(status(safety_get={"engaged": False}))["lever"]


def test_it_fits_80_columns(status):
    long = "a reason that is told in many words " * 6
    bad = [READY | {"name": f"guest-with-a-long-name-{i}", "ready": "no", "reason": long,
                    "hint": long} for i in range(40)]
    r = status(domain_list={"domains": bad, "complete": False, "missing": {
        "reason": long, "hint": long, "reason_code": "gone"}, "libvirt": LIBVIRT | {
            "connected": False, "reason": long}}, rpc_ping=PING | {"pages_why": long})
    assert max(map(len, r.stdout.splitlines())) < 80
    assert mend(r).count("guest-with-a-long-name") == 5 and "rasctl domains" in mend(r)


def test_who_may_not_see_all_sees_the_rest(status):
    r = status(event_list=rpc_error("permission"), source_list=rpc_error("permission"))
    assert r.returncode == 0 and "errors" not in rows(r) and "sources" not in rows(r)
    assert set(json.loads(status("-o", "json").stdout)) >= {"daemon", "domains", "ready", "granted",
                                                            "libvirt", "sources", "problems"}


def test_rasd_away_is_said_at_once(tmp_path):
    r = run("status", "--socket", str(tmp_path / "none"))
    assert r.returncode == 3 and "journalctl -u rasd" in r.stderr and r.stdout == ""


def test_a_rasd_that_cannot_start_behind_its_socket(tmp_path):
    """systemd holds the socket, and nobody takes the connection."""
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(str(tmp_path / "s"))
        s.listen()
        before = time.monotonic()
        r = run("status", "--socket", str(tmp_path / "s"), "-o", "json")
        assert r.returncode == 3 and json.loads(r.stdout)["error"]["reason"] == "no-daemon", r
        assert "journalctl -u rasd" in r.stderr
        assert time.monotonic() - before >= 2  # it had its time
