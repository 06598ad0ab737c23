# SPDX-License-Identifier: LGPL-2.1-or-later
"""rasctl without guests: usage, exit codes, and its side of the protocol with a scripted daemon."""
import contextlib
import json
import os
import socket
import subprocess
import threading

import pytest

import rasdlab

RASCTL = str(rasdlab.BUILD / "rasctl")


def run(*args, stdin="", env=None, timeout=30):
    return subprocess.run([RASCTL, *args], input=stdin, text=True, capture_output=True,
                          timeout=timeout, env={**os.environ, **(env or {})})


class Daemon:
    """Answers each request with answer(method, params): a result, ('error', {...}) or None."""

    def __init__(self, path, answer):
        self.path, self.answer, self.requests = str(path), answer, []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def stop(self):
        # Wait for the thread: otherwise it could accept on the next listener, whose descriptor has
        # the same number.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join(10)
        self.listener.close()

    def serve(self):
        while True:
            try:
                conn, _ = self.listener.accept()
            except OSError:
                return
            with conn, conn.makefile("r") as lines:
                for line in lines:
                    if not self.reply(conn, json.loads(line)):
                        break

    def reply(self, conn, rq):
        assert rq["jsonrpc"] == "2.0"
        self.requests.append(rq)
        out = self.answer(rq["method"], rq.get("params", {}))
        if out is None or out == "hang up":
            return out is None
        msg = {"jsonrpc": "2.0", "id": rq["id"]}
        if isinstance(out, tuple):
            msg["error"] = out[1]
        else:
            msg["result"] = out
        with contextlib.suppress(OSError):  # it may have ended
            conn.sendall(json.dumps(msg).encode() + b"\n")
        return True


@pytest.fixture
def daemon(tmp_path):
    made = []

    def make(answer):
        made.append(Daemon(tmp_path / "s", answer))
        return made[-1]
    yield make
    for d in made:
        d.stop()


def row(params, state="acknowledged", **more):
    return {"id": "11111111-2222-4333-8444-555555555555", "request_id": params["request_id"],
            "domain": params["domain"], "state": state, "final": state != "written",
            "detail": "why",
            "backend": "qemu-ghes", "severity": params.get("severity", ""), "gpa": "0x48000000",
            "ack_ns": 412000 if state == "acknowledged" else 0, **more}


def rpc_error(reason, text="no", hint="mend it", field=None):
    return ("error", {"code": 1000, "message": text,
                      "data": {"reason": reason, "hint": hint, "field": field or ""}})


INJECT = ("inject", "--domain", "vm1", "--gpa", "0x48000000")


def test_help_and_version():
    r = run("--help")
    assert r.returncode == 0 and "inject" in r.stdout and r.stderr == ""
    assert run("--version").stdout.startswith("rasctl ")


@pytest.mark.parametrize("args, words", [
    ((), "usage"), (("statsu",), "did you mean 'status'"), (("zzzzzzzzzz",), "no such verb"),
    (("status", "--gpa", "1"), "takes no --gpa"), (("explain",), "takes one DOMAIN"),
    (("domains", "x"), "takes no argument"), (("--bogus", "status"), "--help"),
    (("-o", "xml", "status"), "json, text or wide"), (("inject", "--gpa", "1"), "no domain"),
    (("inject", "--domain", "v"), "no address"), ((*INJECT, "--gpa", "12z"), "error"),
    ((*INJECT, "--severity", "mild"), "no such severity"), ((*INJECT, "--count", "0"), "--count"),
    ((*INJECT, "--count", "-1"), "--count"), ((*INJECT, "--fru-id", "x"), "bad FRU id"),
    ((*INJECT, "--timeout", "0"), "--timeout"), ((*INJECT, "--request-id", "a b"), "request id"),
    ((*INJECT, "--request-id", "x" * 64), "request id"), ((*INJECT, "--record", "f"), "--record"),
])
def test_usage_is_2(args, words):
    r = run(*args)
    assert r.returncode == 2, r
    assert words in r.stderr


def test_no_daemon_is_3(tmp_path):
    for args in (("status",), ("domains",), INJECT, ("log",)):
        r = run("--socket", str(tmp_path / "none"), *args)
        assert r.returncode == 3, r
        assert "error: cannot reach rasd" in r.stderr and "hint:" in r.stderr
        assert r.stdout == ""
    r = run("-o", "json", "status", env={"RASD_SOCKET": str(tmp_path / "none")})
    assert json.loads(r.stdout)["error"]["reason"] == "no-daemon"
    assert r.returncode == 3


def test_inject_prints_request_id_first(daemon):
    d = daemon(lambda m, p: row(p))
    r = run(*INJECT, "--wait", "--timeout", "3", "--tag", "rack 7", "--socket", d.path)
    lines = r.stdout.splitlines()
    assert r.returncode == 0, r
    assert lines[0] == "request-id: " + d.requests[0]["params"]["request_id"]
    assert lines[1].split() == ["11111111-2222-4333-8444-555555555555", "acknowledged", "qemu-ghes",
                                "0.412", "ms"]
    p = d.requests[0]["params"]
    del p["request_id"]
    assert d.requests[0]["method"] == "injection.create"
    assert p == {"domain": "vm1", "gpa": "0x48000000", "severity": "corrected", "tag": "rack 7",
                 "wait": True, "timeout_ms": 3000}


@pytest.mark.parametrize("state, severity, wait, code", [
    ("acknowledged", "corrected", True, 0), ("written", "corrected", False, 0),
    ("written", "corrected", True, 6), ("unknown", "corrected", True, 6),
    ("lost", "corrected", True, 6), ("refused", "corrected", True, 1),
    ("consumed", "fatal", True, 0), ("consumed", "recoverable", True, 6),
])
def test_states_and_exit_codes(daemon, state, severity, wait, code):
    d = daemon(lambda m, p: row(p, state))
    r = run(*INJECT, "--severity", severity, "--yes", "--socket", d.path,
            *(["--wait"] if wait else []))
    assert r.returncode == code, r
    assert state in r.stdout


@pytest.mark.parametrize("reason, code", [
    ("no-such-domain", 4), ("policy-denied", 5), ("permission", 3), ("journal-unavailable", 1),
    ("address-not-ram", 2), ("request-id-conflict", 2), ("invalid-params", 2),
                                          ("nonsense", 1),
])
def test_errors_and_exit_codes(daemon, reason, code):
    d = daemon(lambda m, p: rpc_error(reason, "it is so"))
    r = run(*INJECT, "--socket", d.path)
    assert r.returncode == code, r
    assert r.stderr == "error: it is so. hint: mend it\n"
    r = run(*INJECT, "--socket", d.path, "-o", "json")
    assert r.returncode == code
    assert json.loads(r.stdout)["error"]["hint"] == "mend it"


def test_fatal_needs_yes(daemon):
    d = daemon(lambda m, p: row(p, "consumed"))
    r = run(*INJECT, "--severity", "fatal", "--socket", d.path)
    assert r.returncode == 5 and d.requests == []
    r = run(*INJECT, "--severity", "fatal", "--yes", "--socket", d.path)
    assert r.returncode == 0 and d.requests[0]["params"]["confirm"] is True


def test_count_is_numbered_and_partial_is_8(daemon):
    def answer(_method, p):
        return rpc_error("busy") if p["request_id"] == "r-7" else row(p, "written")
    d = daemon(answer)
    r = run(*INJECT, "--count", "40", "--request-id", "r", "--socket", d.path)
    assert [q["params"]["request_id"] for q in d.requests] == [f"r-{i}" for i in range(1, 41)]
    assert r.returncode == 8, r
    assert r.stdout.splitlines()[-1] == "40 requested, 39 ok, 1 not ok, 0 without an answer"
    r = run(*INJECT, "--count", "3", "--request-id", "r", "-o", "json", "--socket", d.path)
    out = json.loads(r.stdout)
    assert r.returncode == 0 and out["ok"] == 3 and len(out["injections"]) == 3


def test_daemon_dies_midway(daemon):
    d = daemon(lambda m, p: "hang up")
    r = run(*INJECT, "--request-id", "abc", "--socket", d.path)
    assert r.returncode == 3, r
    assert "abc" in r.stdout and "rasctl log" in r.stderr


def test_garbage_from_the_daemon_is_no_crash(tmp_path):
    for i, junk in enumerate([b"\n", b"[]\n", b"{}\n", b"{'a':1}\n", b'{"id":9,"result":{}}\n',
                              b"\xff\n"]):
        s = socket.socket(socket.AF_UNIX)
        s.bind(str(tmp_path / str(i)))
        s.listen()

        def serve(sock=s, data=junk):
            c, _ = sock.accept()
            c.recv(65536)
            c.sendall(data)
            c.close()
        threading.Thread(target=serve, daemon=True).start()
        r = run(*INJECT, "--socket", str(tmp_path / str(i)))
        assert r.returncode in (1, 3), r
        s.close()


def test_silent_daemon_is_7(daemon):
    d = daemon(lambda m, p: None)
    r = run("status", "--timeout", "1", "--socket", d.path)
    assert r.returncode == 7 and "in time" in r.stderr
    r = run(*INJECT, "--timeout", "1", "--socket", d.path)
    assert r.returncode == 7 and r.stdout.startswith("request-id: ")


def test_control_characters_do_not_reach_the_terminal(daemon):
    d = daemon(lambda m, p: {"domains": [{"name": "a\x1b[31m", "state": "running",
                                          "backends": []}]})
    r = run("domains", "--socket", d.path)
    assert r.returncode == 0 and "\x1b" not in r.stdout and "a\\x1b[31m" in r.stdout


def test_domains_shows_why_not(daemon):
    d = daemon(lambda m, p: {"complete": True, "domains": [
        {"name": "vm1", "state": "running", "arch": "aarch64", "qemu_version": "11.1.0",
         "ready": "yes", "backend": "qemu-ghes", "grant": {"target_max_severity": "fatal"}},
        {"name": "vm2", "state": "running", "arch": "x86_64", "ready": "no",
         "backend": "qemu-ghes", "reason": "x86 guest"}]})
    lines = run("domains", "--socket", d.path).stdout.splitlines()
    assert lines[1].split() == ["vm1", "running", "aarch64", "11.1.0", "yes", "qemu-ghes", "fatal",
                                "-"]
    assert lines[2].endswith("x86 guest") and lines[2].split()[4:6] == ["no", "-"]
    assert len(d.requests) == 1


def test_what_is_not_known_yet_is_asked_again(daemon):
    """rasd finds it out because it was asked. What stays unknown is shown as that."""
    n = [0]

    def answer(_method, _params):
        n[0] += 1
        known = n[0] >= 3
        guest = {"name": "vm1", "state": "running", "ready": "yes" if known else "unknown",
                 "reason": "its monitor is being connected"}
        return {"domains": [guest], "complete": n[0] >= 2, **({} if n[0] >= 2 else {
            "missing": {"reason": "libvirt has not answered yet", "reason_code": "not-ready",
                        "hint": "wait"}})}
    d = daemon(answer)
    r = run("domains", "--socket", d.path)
    assert r.stdout.splitlines()[1].split()[4] == "yes" and len(d.requests) == 3, r
    d.answer = lambda m, p: {"domains": [], "complete": False, "missing": {
        "reason": "libvirtd is not running", "reason_code": "gone", "hint": "start libvirtd"}}
    r = run("domains", "--socket", d.path)
    assert "may be more guests: libvirtd is not running. hint: start libvirtd" in r.stderr
    d.answer = lambda m, p: {"complete": True, "domains": [
        {"name": "vm1", "state": "running", "ready": "unknown", "reason": "it is looked for"}]}
    r = run("domains", "--socket", d.path)
    assert r.returncode == 0 and "unknown" in r.stdout and "it is looked for" in r.stdout


def test_decode_and_encode_missing_file_is_4(tmp_path):
    assert run("decode", str(tmp_path / "no")).returncode == 4
    assert run("encode", str(tmp_path / "no")).returncode == 4


def test_decode_rejects_garbage(tmp_path):
    f = tmp_path / "bad"
    f.write_bytes(b"\x01\x02\x03")
    r = run("decode", str(f))
    assert r.returncode == 1 and "error:" in r.stderr
    r = run("decode", "-o", "json", str(f))
    assert r.returncode == 1 and "error" in json.loads(r.stdout)
    assert run("encode", "-", stdin="{]").returncode == 1
