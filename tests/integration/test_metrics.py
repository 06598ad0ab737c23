# SPDX-License-Identifier: LGPL-2.1-or-later
"""Numbers for Prometheus: promtool accepts them, they start at 0 and outlive restarts, alerts and
dashboard use no name that is not there, and a file of them is whole at any time. Needs no guest."""
import json
import os
import pathlib
import re
import subprocess
import threading

import pytest

import client_attacks as attacks
import rasdlab

TOP = rasdlab.TOP
UNKNOWN = "6f0b6f2a-5d2c-4c52-9a57-0f5d1d4a3f12"


@pytest.fixture(scope="module", name="promtool")
def find_promtool():
    r = subprocess.run([TOP / "lab/promtool"], stdout=subprocess.PIPE, text=True, check=True)
    return r.stdout.strip()


@pytest.fixture(scope="module", name="rasd")
def make_rasd(base):
    rasd = rasdlab.Rasd(base, {})
    try:
        rasd.start()
        yield rasd
    finally:
        rasd.stop()


def text_of(rasd):
    r = rasd.ctl("metrics")
    assert r.returncode == 0, r
    return r.stdout


def samples(rasd):
    return rasdlab.metrics(text_of(rasd))


def names(rasd):
    return set(samples(rasd))


def test_promtool_accepts_them(rasd, promtool):
    r = subprocess.run([promtool, "check", "metrics"], input=text_of(rasd), text=True,
                       capture_output=True, check=False)
    assert (r.returncode, r.stdout, r.stderr) == (0, "", ""), r


def test_all_outcomes_begin_at_0(rasd):
    now = samples(rasd)
    assert len(now["rasd_injections_total"]) == 3 * 4 * 6
    assert len(now["rasd_host_events_total"]) == 5 * 15
    for name in ("rasd_injections_total", "rasd_host_events_total", "rasd_host_errors_total",
                 "rasd_guest_ack_seconds_bucket", "rasd_domains", "rasd_domains_not_migratable",
                 "rasd_domains_with_host_errors", "rasd_injections_undecided",
                 "rasd_forward_latency_seconds_bucket", "rasd_translate_seconds_bucket",
                 "rasd_translate_errors_total", "rasd_qmp_round_trip_seconds_bucket",
                 "rasd_qmp_errors_total", "rasd_qmp_reconnects_total"):
        assert set(now[name].values()) == {0.0}, name
    assert now["rasd_helper_up"][None] == 1
    assert now["rasd_journal_damaged"][None] == 0


def test_requests_are_timed(rasd):
    """By method and no more. One that nobody has asked has no histogram."""
    def took(method):
        got = samples(rasd)["rasd_rpc_request_duration_seconds_count"]
        return got.get(f'method="{method}"')

    def refused(reason):
        return samples(rasd)["rasd_rpc_errors_total"][f'reason="{reason}"']

    assert took("poison.import") is None
    pings, unknown, wrong = took("rpc.ping") or 0, refused("method-not-found"), \
        refused("invalid-params")
    for _ in range(3):
        assert "result" in rasd.rpc("rpc.ping")
    assert "error" in rasd.rpc("no.such_method")
    assert "error" in rasd.rpc("rpc.ping", surprise=1)
    assert took("rpc.ping") == pings + 4  # the refused one was answered, too
    assert refused("method-not-found") == unknown + 1
    assert refused("invalid-params") == wrong + 1
    lists = took("injection.list") or 0  # an answer in slices
    assert "result" in rasd.rpc("injection.list")
    assert took("injection.list") == lists + 1

    def translated(now):
        return now["rasd_translate_errors_total"][None] + \
            sum(now["rasd_translate_seconds_count"].values())
    before = translated(samples(rasd))
    rasd.rpc("address.translate", hpa="0x1000")  # of no guest, or not to be told here
    now = samples(rasd)
    assert translated(now) == before + 1
    for name in [n for n in now if n.endswith("_bucket")]:  # each bucket has those before it
        for labels in [x for x in now[name] if 'le="+Inf"' in x]:
            rest = labels.replace('le="+Inf"', "").strip(",") or None
            assert now[name][labels] == now[name[:-len("_bucket")] + "_count"][rest], labels


def test_counters_outlive_a_restart(rasd):
    """What came to a state is counted; retention, which deletes rows, takes nothing back."""
    rasd.stop()
    attacks.fill_journal(rasd, 1, bytes.fromhex(UNKNOWN.replace("-", "")), "unknown")
    attacks.fill_host_events(rasd, 7)
    rasd.start()
    assert "result" in rasd.rpc("injection.resolve", id=UNKNOWN, state="lost", reason="seen")
    lost = 'source="operator",severity="corrected",outcome="lost"'
    seen = 'origin="kernel",disposition="counted"'
    for _ in range(2):
        now = samples(rasd)
        assert now["rasd_injections_total"][lost] == 1
        assert sum(now["rasd_injections_total"].values()) == 1
        assert now["rasd_host_events_total"][seen] == 7
        assert now["rasd_host_errors_total"]['severity="corrected"'] == 7
        rasd.stop()
        with attacks.stopped_journal(rasd) as db:  # as retention would, after months
            db.execute("UPDATE retention SET deleted_seq = max(deleted_seq,"
                       " ifnull((SELECT max(seq) FROM transition), 0))")
            db.execute("DROP TRIGGER IF EXISTS injection_no_delete")
            db.execute("DROP TRIGGER IF EXISTS transition_no_delete")
            db.execute("DELETE FROM transition WHERE injection = 1")
            db.execute("DELETE FROM injection WHERE rowid = 1")
        rasd.start()


def test_no_label_is_somebodys_choice(rasd):
    """Names of guests, tags and addresses would make a series each."""
    allowed = {"version", "libvirt", "capability", "ready", "severity", "source", "outcome", "le",
               "origin", "disposition", "stage", "method", "reason", "class", "transport",
               "backing"}
    for name, all_labels in samples(rasd).items():
        for labels in all_labels:
            assert set(re.findall(r'(\w+)="', labels or "")) <= allowed, name


def test_rules(rasd, promtool):
    directory = TOP / "contrib/prometheus"
    for argv in (("check", "rules", "rules.yml"), ("test", "rules", "rules_test.yml")):
        r = subprocess.run([promtool, *argv], cwd=directory, text=True, capture_output=True,
                           check=False)
        assert r.returncode == 0, (argv, r)
    text = (directory / "rules.yml").read_text()
    assert known(re.findall(r"(?m)^ *expr: (.*)$", text), rasd)
    alerts = set(re.findall(r"alert: (\w+)", text))
    tested = set(re.findall(r"alertname: (\w+)", (directory / "rules_test.yml").read_text()))
    assert alerts == tested and len(alerts) > 5


def known(expressions, rasd):
    """Every rasd_ name in them is one that rasd prints, with these values of labels."""
    now = samples(rasd)
    for text in expressions:
        used = re.findall(r'\b(rasd_\w+)(?:\{([^}]*)\})?', text)
        for name, labels in used:
            assert name in now, (name, text)
            for key, op, value in re.findall(r'(\w+)(=~|=)"([^"]*)"', labels):
                words = value.split("|") if op == "=~" else [value]
                if key == "instance":
                    continue
                for w in words:
                    assert any(f'{key}="{w}"' in (x or "") for x in now[name]), (name, key, w)
    return len(expressions)


def test_dashboard(rasd):
    d = json.loads((TOP / "contrib/grafana/rasd.json").read_text())
    expressions = [t["expr"] for p in d["panels"] for t in p["targets"]]
    assert known(expressions, rasd) > 10
    assert len({p["id"] for p in d["panels"]}) == len(d["panels"])


def test_a_file_is_whole_at_any_time(rasd, tmp_path):
    path, bad, over = tmp_path / "rasd.prom", [], threading.Event()

    def collector():
        while not over.is_set():
            text = path.read_text() if path.exists() else "x\n"
            if not text.endswith("\n") or len(text) not in (2, *sizes):
                bad.append(len(text))

    sizes = range(1000, 100000)
    thread = threading.Thread(target=collector)
    thread.start()
    try:
        for _ in range(20):
            r = rasd.ctl("metrics", "--write", path)
            assert r.returncode == 0 and r.stdout == "", r
    finally:
        over.set()
        thread.join()
    assert not bad
    assert path.stat().st_mode & 0o777 == 0o644
    assert os.listdir(tmp_path) == ["rasd.prom"]
    r = rasd.ctl("metrics", "--write", tmp_path / "no such" / "x.prom")
    assert r.returncode == 1 and "x.prom" in r.stderr


def test_the_unit_writes_where_the_collector_reads():
    unit = (TOP / "systemd/rasd-metrics.service").read_text()
    where = re.search(r"(?m)^ExecStart=.* --write (\S+)$", unit).group(1)
    assert f"ConditionPathIsDirectory={pathlib.Path(where).parent}\n" in unit
    assert f"ReadWritePaths={pathlib.Path(where).parent}\n" in unit
    assert "--socket /run/rasd/rasd-ro.sock " in unit
    assert (TOP / "systemd/rasd-metrics.timer").exists()
