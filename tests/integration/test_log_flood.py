# SPDX-License-Identifier: LGPL-2.1-or-later
"""A QEMU fills rasd's log with events: the lines are bounded, each event is counted, and other
guests are still heard."""
import json
import re
import time

import pytest

import rasdlab
from played_qemu import PlayedQemu

EVENTS = 20000


@pytest.fixture(name="base")
def make_base(base):
    rasdlab.make_guests_dir(base)
    return base


def heard(rasd, name):
    return rasd.rpc("domain.explain", domain=name)["result"].get("memory_failures", {}).get(
        "count", 0)


def wait_heard(rasd, name, n, seconds=60):
    end = time.monotonic() + seconds
    while (got := heard(rasd, name)) < n:
        assert time.monotonic() < end, got
        time.sleep(0.1)
    assert got == n


def flood(base, n):
    loud, calm = (PlayedQemu(base / f"guests/{x}.qmp") for x in ("loud", "calm"))
    rasd = rasdlab.Rasd(base, {}, f"flood-{n}")
    try:
        rasd.start(["loud", "calm"])
        before, t0 = len(rasd.logfile.read_bytes()), time.monotonic()
        loud.send(n // 2)
        calm.send(1)
        loud.send(n - n // 2)
        wait_heard(rasd, "loud", n)
        wait_heard(rasd, "calm", 1)
        seconds = time.monotonic() - t0
        rasd.stop()
        log = rasd.logfile.read_bytes()[before:].decode()
        lines = [x for x in log.splitlines() if "guest loud: MEMORY_FAILURE" in x]
        left_out = sum(int(x) for x in re.findall(r"(\d+) lines (?:before )?were left out", log))
        told_alone = sum(1 for x in lines if "were left out, the last" in x)
        assert len(lines) - told_alone + left_out == n, log
        assert "guest calm: MEMORY_FAILURE" in log, log
        # 20 at once, then one in 5 s, and the number of the others; 300 bytes for each
        allowed = 20 + 2 * (int(seconds / 5) + 2)
        assert len(lines) <= allowed and len(log) < 300 * (allowed + 20), log
        print(json.dumps({"events": n, "seconds": round(seconds, 1), "bytes": len(log)}))
    finally:
        rasd.stop()
        loud.stop()
        calm.stop()


def test_events_flood(base):
    flood(base, EVENTS)


@pytest.mark.long
def test_events_flood_long(base):
    # A monitor is read at once for 40 s of its share (lib/qmp/receive.c), beyond that slowly.
    flood(base, EVENTS * 3 // 2)
