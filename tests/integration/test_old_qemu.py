# SPDX-License-Identifier: LGPL-2.1-or-later
"""A QEMU without inject-ghes-v2-error. The lab's QEMU has it, so this monitor is simulated."""
import json
import os
import shutil
import socket
import threading

import pytest

import rasdlab

ANSWERS = {
    "qmp_capabilities": {},
    "query-status": {"status": "running", "running": True},
    "query-version": {"qemu": {"major": 7, "minor": 2, "micro": 22}, "package": ""},
    "query-target": {"arch": "aarch64"},
    "query-commands": [{"name": "query-status"}],
    "qom-get": True,
}


def serve(listener, seen):
    conn, _ = listener.accept()
    # Two files: writing to a text file opened "rw" drops the lines it has read ahead.
    requests, answers = conn.makefile("r"), conn.makefile("w")

    def say(message):
        answers.write(json.dumps(message) + "\n")
        answers.flush()

    say({"QMP": {"version": {}, "capabilities": []}})
    for line in requests:
        command = json.loads(line)
        seen.append(command["execute"])
        if command["execute"] in ANSWERS:
            say({"return": ANSWERS[command["execute"]], "id": command.get("id")})
        else:
            say({"error": {"class": "CommandNotFound", "desc": "not in this QEMU"},
                 "id": command.get("id")})


@pytest.fixture(name="base")
def make_base():
    base = rasdlab.make_base()
    (base / "guests").mkdir()
    os.chmod(base / "guests", 0o2750)
    shutil.chown(base / "guests", "rasd-lab", "rasd-qmp")
    yield base
    rasdlab.drop_base(base)


def test_qemu_without_the_command_is_refused(base):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(base / "guests/old.qmp"))
    os.chmod(base / "guests/old.qmp", 0o666)
    listener.listen(1)
    seen = []
    threading.Thread(target=serve, args=(listener, seen), daemon=True).start()
    rasd = rasdlab.Rasd(base, {"old": "fatal"})
    try:
        rasd.start(["old"])
        r = rasd.rpc("injection.create", request_id="r", domain="old", gpa="0x48000000")
        assert r["error"]["data"]["reason"] == "not-capable"
        assert "7.2" in r["error"]["message"] and "10.2" in r["error"]["data"]["hint"]
        assert rasd.rows() == []
        assert set(seen) >= set(ANSWERS)
        assert all(c.startswith(("query-", "x-query-", "qom-get", "qmp_capabilities",
                                 "human-monitor-command")) for c in seen), seen
    finally:
        rasd.stop()
        listener.close()
