# SPDX-License-Identifier: LGPL-2.1-or-later
"""rasctl on a terminal: tables fit, colours, progress; and what pipes get instead."""
import fcntl
import os
import pty
import re
import struct
import subprocess
import termios

import pytest

from test_rasctl_offline import (INJECT, RASCTL, daemon, row,  # noqa: F401 (daemon is a fixture)
                                 rpc_error, run)

REASON = "started without ras=on, and more words than one line of a terminal has room for: " * 2
GUESTS = {"complete": True, "domains": [
    {"name": "vm1", "state": "running", "arch": "aarch64", "ready": "yes", "backend": "qemu-ghes",
     "pid": 77, "machine": "virt-11.1", "uuid": "6c61e6f0-9f41-4f5c-8f0b-3a5b1d0f0c01"},
    {"name": "a-guest-with-a-name-that-is-longer-than-most", "state": "running", "arch": "aarch64",
     "ready": "no", "reason": REASON}]}


def terminal(*args, columns=80, env=None, stdout=True):
    """What rasctl prints on a terminal (stderr always is that one)."""
    mine, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("4H", 24, columns, 0, 0))
    with subprocess.Popen([RASCTL, *args], stdin=its, stderr=its,
                          stdout=its if stdout else subprocess.DEVNULL,
                          env={"PATH": os.environ["PATH"], "TERM": "xterm", **(env or {})}) as p:
        os.close(its)
        text = b""
        while True:
            try:
                text += (got := os.read(mine, 65536))
            except OSError:
                break
            if not got:
                break
        assert p.wait(30) is not None
    os.close(mine)
    return text.decode().replace("\r\n", "\n")


def plain(text):
    return re.sub("\x1b\\[[0-9;]*[mK]", "", text)


@pytest.mark.parametrize("columns", [60, 80, 132])
def test_a_table_fits_the_terminal(daemon, columns):  # noqa: F811
    d = daemon(lambda m, p: GUESTS)
    text = plain(terminal("domains", "--socket", d.path, columns=columns))
    assert max(map(len, text.splitlines())) <= columns, text
    assert "".join(REASON.split()) in "".join(text.split()), text  # nothing of it is lost
    assert "UUID" not in text


@pytest.mark.parametrize("verb", ["explain vm1", "show 6f0b6f2a", "doctor"])
def test_long_texts_are_broken_between_words(daemon, verb):  # noqa: F811
    answers = {
        "domain.explain": {"name": "vm1", "backends": [{"name": "aer", "hint": REASON}],
                           "changes": [REASON]},
        "injection.get": {"id": "6f0b6f2a-5d2c-4c52-9a57-0f5d1d4a3f10", "detail": REASON,
                          "state": "written", "record_bytes": 100, "transitions": [
                              {"state": "acknowledged", "time_ns": 1764000000000000000,
                               "detail": REASON}]},
        "rpc.ping": {"pages": "none", "pages_why": REASON}, "domain.list": GUESTS,
        "source.list": {"sources": [{"name": "kernel", "state": "absent", "mend": REASON}]}}
    d = daemon(lambda method, _: answers[method])
    text = plain(terminal(*verb.split(), "--socket", d.path, columns=90))
    assert "".join(REASON.split()) in "".join(text.split()), text
    assert max(map(len, text.splitlines())) <= 90, text
    piped = run(*verb.split(), "--socket", d.path).stdout
    assert REASON.rstrip() in piped, piped


def test_columns_of_the_environment_come_first(daemon):  # noqa: F811
    d = daemon(lambda m, p: GUESTS)
    text = plain(terminal("domains", "--socket", d.path, columns=80, env={"COLUMNS": "120"}))
    assert 80 < max(map(len, text.splitlines())) <= 120


def test_wide_shows_all_columns_uncut(daemon):  # noqa: F811
    d = daemon(lambda m, p: GUESTS)
    lines = plain(terminal("domains", "-o", "wide", "--socket", d.path)).splitlines()
    assert len(lines) == 3 and "UUID" in lines[0] and "virt-11.1" in lines[1]
    assert "77" in lines[1] and lines[2].rstrip().endswith(REASON.rstrip())
    assert GUESTS["domains"][1]["name"] in lines[2]


def test_a_pipe_gets_whole_rows(daemon):  # noqa: F811
    d = daemon(lambda m, p: GUESTS)
    lines = run("domains", "--socket", d.path, env={"COLUMNS": "40"}).stdout.splitlines()
    assert len(lines) == 3 and lines[2].rstrip().endswith(REASON.rstrip())


@pytest.mark.parametrize("env, args, colored", [
    ({}, (), True), ({"TERM": "dumb"}, (), False), ({"NO_COLOR": "1"}, (), False),
    ({}, ("--no-color",), False), ({"NO_COLOR": ""}, (), True), ({"TERM": ""}, (), False)])
def test_colours_of_states(daemon, env, args, colored):  # noqa: F811
    d = daemon(lambda m, p: GUESTS)
    text = terminal("domains", *args, "--socket", d.path, env=env)
    assert ("\x1b[32myes" in text and "\x1b[31mno" in text) == colored
    assert ("\x1b" in text) == colored
    assert "\x1b" not in run("domains", "--socket", d.path).stdout


def test_progress_and_rate(daemon):  # noqa: F811
    d = daemon(lambda m, p: row(p))
    text = terminal(*INJECT, "--count", "30", "--socket", d.path, stdout=False)
    assert re.search(r"30 of 30, \d+ a second", text), text
    assert "a second" not in run(*INJECT, "--count", "30", "--socket", d.path).stderr
    both = terminal(*INJECT, "--count", "30", "--socket", d.path)
    assert "30 of 30" in both and "30 requested, 30 ok" in both
    # the rows are not mixed with it
    assert len(re.findall(r"(?m)^(?:.*\x1b\[K)?[0-9a-f-]{36}  ", both)) == 30, both


def test_a_refused_request_prints_no_request_id(daemon):  # noqa: F811
    d = daemon(lambda m, p: rpc_error("policy-denied", "no grant"))
    r = run(*INJECT, "--socket", d.path)
    assert r.returncode == 5 and r.stdout == "", r
    d.answer = lambda m, p: row(p, "refused")
    r = run(*INJECT, "--socket", d.path)
    assert "request-id" not in r.stdout and "refused" in r.stdout
    d.answer = lambda m, p: row(p, "written")
    assert run(*INJECT, "--socket", d.path).stdout.startswith("request-id: ")


def test_the_summary_counts_how_it_ended(daemon):  # noqa: F811
    """Twelve are taken; five of them are refused when it is their turn."""
    asked, rows = [], {}

    def answer(method, p):
        if method == "injection.create":
            n = len(rows)
            rows[f"id-{n}"] = row(p, "intent", id=f"id-{n}")
            return rows[f"id-{n}"]
        asked.append(p["id"])
        refused = int(p["id"][3:]) >= 7
        return rows[p["id"]] | {"state": "intent" if len(asked) <= 12 else
                                "refused" if refused else "acknowledged"}
    d = daemon(answer)
    r = run(*INJECT, "--count", "12", "--socket", d.path)
    assert r.returncode == 8, r
    assert r.stdout.splitlines()[-2:] == [
        "7 acknowledged, 5 refused", "12 requested, 7 ok, 5 not ok, 0 without an answer"]


def test_the_guest_may_stand_alone(daemon):  # noqa: F811
    d = daemon(lambda m, p: row(p))
    assert run("inject", "vm1", "--gpa", "1", "--socket", d.path).returncode == 0
    assert d.requests[0]["params"]["domain"] == "vm1"
    r = run("inject", "vm1", "--domain", "vm2", "--gpa", "1", "--socket", d.path)
    assert r.returncode == 2 and "two domains" in r.stderr


@pytest.mark.parametrize("word", ["injet", "alow", "resolv", "provison", "shallow", "poisn"])
def test_no_verb_that_changes_things_is_suggested(word):
    r = run(word, "vm1")
    named = re.search("did you mean '([a-z]+)'", r.stderr)
    assert r.returncode == 2 and "no such verb" in r.stderr
    assert not named or named[1] not in ("inject", "allow", "resolve", "poison", "provision",
                                         "unprovision", "safety", "reload"), r.stderr
