# SPDX-License-Identifier: LGPL-2.1-or-later
"""rasd on an arm64 host. A guest plays the host, with rasd built for it. Its firmware is played by
the guest's error source: a second rasd outside writes the records of errors into it.

A corrected error of firmware (GHES) makes no tracepoint in Debian's arm64 kernels, only lines in
the kernel's log. So rasd has to read the log, which is closed to its user.
"""
import json
import subprocess
import time

import pytest

import rasdlab
from rasdlab import TOP

UID = 64057
CONFIG = """[rasd]
socket = /run/rasd.sock
state-directory = /var/lib/rasd
[guests]
libvirt-uri = none
qmp-directory = /run/qmp
"""


@pytest.fixture(scope="module", name="tree")
def make_tree(base):
    tree = base / "tree"
    subprocess.run([TOP / "lab/build-arm64", tree], check=True)
    for name in ("etc", "run/qmp", "var/lib"):
        (tree / name).mkdir(parents=True)
    (tree / "etc/passwd").write_text(f"root:x:0:0::/:/bin/sh\nrasd:x:{UID}:{UID}::/:/bin/sh\n")
    (tree / "etc/group").write_text(f"root:x:0:\nrasd:x:{UID}:\n")
    (tree / "etc/rasd.conf").write_text(CONFIG)
    return tree


@pytest.fixture(scope="module", name="host")
def make_host(base, tree):
    initrd = rasdlab.add_to_initrd("arm64", tree, base / "initrd.gz")
    host = rasdlab.Guest(base, "host", extra=("-initrd", str(initrd)))
    try:
        host.wait()
        host.console("dmesg -n 1; echo 1 >/proc/sys/kernel/dmesg_restrict; "
                     "mount -t tracefs t /sys/kernel/tracing; "
                     "rasd --config /etc/rasd.conf --helper /bin/rasd-pagemap >/log 2>&1 &")
        for source in ("kmsg", "kernel"):
            wait(host, "cat /log", lambda out, s=source: f"source {s}: live" in out)
        yield host
    finally:
        host.stop()


@pytest.fixture(scope="module", name="firmware")
def make_firmware(base, host):
    rasd = rasdlab.Rasd(base, {"host": "recoverable"}).start(["host"])
    yield rasd
    rasd.stop()


def wait(host, command, so, seconds=120):
    """What a command in the host prints, once it is so."""
    end = time.monotonic() + seconds
    while not so(out := host.console(command)):
        assert time.monotonic() < end, f"{command}: {out}\nrasd: {host.console('cat /log')}"
        time.sleep(0.5)
    return out


def report(firmware, hpa, severity):
    r = firmware.rpc("injection.create", request_id=hex(hpa), domain="host", gpa=hex(hpa),
                     severity=severity, wait=True, timeout_ms=60000)
    assert r["result"]["state"] == "acknowledged", r


def events_at(out, hpa):
    try:
        events = [json.loads(x) for x in out.splitlines() if x.startswith("{")]
    except ValueError:  # the console sometimes doubles a character
        return []
    return [e for e in events if int(e.get("hpa", "0"), 16) == hpa]


def test_corrected_error_of_firmware(host, firmware):
    report(firmware, 0x48000000, "corrected")
    out = wait(host, "rasctl --socket /run/rasd.sock -o json log --host",
               lambda x: events_at(x, 0x48000000))
    events = events_at(out, 0x48000000)
    assert [(e["source"], e["severity"], e["count"], e["decision"]) for e in events] == [
        ("kmsg", "corrected", 1, "no-guest")], events


def test_lost_page(host, firmware):
    """An uncorrected one is in the log and is a tracepoint, too: two reports of one error."""
    report(firmware, 0x49000000, "recoverable")
    out = wait(host, "rasctl --socket /run/rasd.sock -o json log --host",
               lambda x: len(events_at(x, 0x49000000)) == 2)
    events = events_at(out, 0x49000000)
    assert {e["source"] for e in events} == {"kmsg", "kernel"}, events
    assert {e["decision"] for e in events} == {"no-guest", "same-error"}, events


def test_the_log_is_closed_to_its_user(host):
    """rasd has the log from rasd-pagemap: its own user, and without it nobody, may read it."""
    out = host.console("grep -h ^Uid /proc/$(pidof rasd)/status; grep ^CapEff "
                       "/proc/$(pidof rasd)/status; su rasd -c 'dmesg; true' 2>&1 | head -n 1")
    assert out.split()[1:5] == [str(UID)] * 4 and "CapEff:\t0000000000000000" in out, out
    assert "ermi" in out.splitlines()[-1], out  # "Operation not permitted", "Permission denied"
