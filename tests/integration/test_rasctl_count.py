# SPDX-License-Identifier: LGPL-2.1-or-later
"""rasctl inject --count beside the limits of rasd: it waits for them, says so, loses nothing."""
import json
import re
import signal
import subprocess
import time

import pytest

from test_rasctl_offline import (INJECT, RASCTL, daemon, row,  # noqa: F401 (daemon is a fixture)
                                 run)
from test_rasctl_terminal import terminal

TEXT = "vm1 has had 60 injections in this minute"


def limited(retry_after_ms):
    return ("error", {"code": 1024, "message": TEXT,
                      "data": {"reason": "rate-limited", "retry_after_ms": retry_after_ms}})


class Bucket:
    """Takes `burst` at once, then one each `every_ms`; as a limit of rasd's."""
    def __init__(self, burst, every_ms):
        self.left, self.every, self.due, self.refused = burst, every_ms / 1000, 0, []

    def __call__(self, _method, params):
        now = time.monotonic()
        if self.left:
            self.left -= 1
            self.due = now + self.every
        elif now < self.due:
            self.refused.append(params["request_id"])
            return limited(max(1, round((self.due - now) * 1000)))
        else:
            self.due = now + self.every
        return row(params)


def names(d):
    return [q["params"]["request_id"] for q in d.requests]


def test_a_limit_is_waited_for(daemon):  # noqa: F811
    bucket = Bucket(5, 30)
    d = daemon(bucket)
    r = run(*INJECT, "--count", "20", "--request-id", "r", "--socket", d.path)
    assert r.returncode == 0, r
    assert r.stdout.splitlines()[-1] == "20 requested, 20 ok, 0 not ok, 0 without an answer"
    assert r.stderr == f"waiting: {TEXT}\n"  # once
    # Each is sent again by its own name, before a new one; few are sent in vain.
    assert set(names(d)) == {f"r-{i}" for i in range(1, 21)}
    assert len(bucket.refused) == len(names(d)) - 20 < 16 + 2 * 15


def test_scripts_see_each_outcome(daemon):  # noqa: F811
    d = daemon(Bucket(2, 30))
    r = run(*INJECT, "--count", "4", "-o", "json", "--socket", d.path)
    out = json.loads(r.stdout)
    assert r.returncode == 0 and out["ok"] == 4 and out["not_sent"] == 0
    assert out["rate_limited"] == len(d.requests) - 4 > 0
    assert [i["state"] for i in out["injections"]] == ["acknowledged"] * 4


@pytest.mark.parametrize("args,retry_after_ms", [(("--no-retry",), 20), ((), 3600000)])
def test_what_is_not_waited_for(daemon, args, retry_after_ms):  # noqa: F811
    """Where that is said, and what takes longer than ten minutes."""
    def answer(_method, params):
        return limited(retry_after_ms) if params["request_id"] != "r-1" else row(params)
    d = daemon(answer)
    r = run(*INJECT, "--count", "3", "--request-id", "r", *args, "-o", "json", "--socket", d.path)
    out = json.loads(r.stdout)
    assert r.returncode == 8 and out["ok"] == 1 and out["rate_limited"] == 0, r
    assert [i.get("error", {}).get("retry_after_ms") for i in out["injections"]] == \
        [None, retry_after_ms, retry_after_ms]
    assert names(d) == ["r-1", "r-2", "r-3"]


def test_one_injection_is_not_repeated(daemon):  # noqa: F811
    d = daemon(lambda m, p: limited(10))
    r = run(*INJECT, "--socket", d.path)
    assert r.returncode == 5 and TEXT in r.stderr and len(d.requests) == 1, r


def test_interrupted(daemon):  # noqa: F811
    """Ctrl-C says how many rasd has not taken."""
    def answer(_method, params):
        return row(params) if params["request_id"] in ("r-1", "r-2") else limited(60000)
    d = daemon(answer)
    with subprocess.Popen([RASCTL, *INJECT, "--count", "30", "--request-id", "r", "--socket",
                           str(d.path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True) as p:
        assert p.stderr.readline() == f"waiting: {TEXT}\n"
        p.send_signal(signal.SIGINT)
        out, err = p.communicate(timeout=30)
    said = re.fullmatch(r"30 requested, 2 ok, 0 not ok, (\d+) without an answer, (\d+) not sent",
                        out.splitlines()[-1])
    assert said and int(said[1]) + int(said[2]) == 28 and int(said[2]) >= 14, out
    assert "interrupted" in err and "cannot be taken back" in err and p.returncode == 8, err


def test_a_terminal_is_told(daemon):  # noqa: F811
    d = daemon(Bucket(2, 60))
    text = terminal(*INJECT, "--count", "4", "--socket", d.path)
    assert "2 of 4" in text and "a limit of rasd's is waited for" in text, text
    assert "4 requested, 4 ok" in text
