# SPDX-License-Identifier: LGPL-2.1-or-later
"""kill -9 of rasd at every fail-point, and at random moments under load.

The oracle is the guest and not the journal: its kernel's trace of every record by FRU id, and
its status block. Every accepted request is in the journal once, at most once in the guest, and
decided if it can be decided.
"""
import json
import os
import random
import signal
import socket
import subprocess
import threading
import time

import pytest

import rasdlab
from rasdlab import ASAN

RECORD = rasdlab.vendor_record().hex()
POINTS = subprocess.run([ASAN / "rasd", "--failpoints"], capture_output=True, text=True,
                        check=True).stdout.split()
# Intents, a barrier and transitions pass the journal's fail-points: die at some passage of each.
# Those of backend shm-ghes (shm_) are passed in test_x86_shm.py.
CASES = [(p, n) for p in POINTS if not p.startswith(("settle", "host", "shm")) for n in
         ((1, 2) if p.startswith("journal") else (1, 2) if p.startswith(("s", "reply")) else (1,))]
KILLS = int(os.environ.get("RASD_KILLS", "200"))


@pytest.fixture(scope="module", name="lab")
def make_lab():
    base = rasdlab.make_base()
    vm = rasdlab.Guest(base, "kill1").wait().witness()
    rasd = rasdlab.Rasd(base, {"kill1": "recoverable"})
    yield type("Lab", (), {"rasd": rasd, "vm": vm, "n": 0})
    rasd.stop()
    vm.stop()
    rasdlab.drop_base(base)


@pytest.fixture(autouse=True)
def no_life_left_over(lab):
    yield
    lab.rasd.stop(signal.SIGKILL)


def request(name, number=1, **more):
    params = {"request_id": name, "domain": "kill1", "record_hex": RECORD, "fru_id": "own",
              "wait": True,
              "timeout_ms": 20000, **more}
    return json.dumps({"jsonrpc": "2.0", "id": number, "method": "injection.create",
                       "params": params})


def ask(rasd, names):
    """Sends all at once on one connection. Returns the answers that come until rasd closes or dies.
    """
    try:
        return rasd.lines(*(request(n, i) for i, n in enumerate(names)))
    except (ConnectionError, json.JSONDecodeError):
        return []


def marker(lab):
    """What the guest got before this record it has reported by now."""
    lab.n += 1
    row = lab.rasd.rpc("injection.create",
                       **json.loads(request(f"marker-{lab.n}"))["params"])["result"]
    assert row["state"] == "acknowledged", row
    lab.vm.wait_seen(row["id"])
    return row


def judge(lab, names):
    """Compares the guest's account with the journal's for these requests."""
    last = marker(lab)
    rows, seen = lab.rasd.journal(), lab.vm.seen()
    for name in names:
        ident, state, detail = rows[name]
        assert state in ("acknowledged", "refused"), (name, state, detail)
        assert seen[ident] == (state == "acknowledged"), (name, state, detail, seen[ident])
    assert not set(seen) - {r[0] for r in rows.values()}, "in the guest, but not in the journal"
    assert max(seen.values()) == 1
    block, ack = lab.vm.slot(lab.rasd)
    assert block[:4] == bytes(4) and ack & 1
    assert bytes.fromhex(last["id"].replace("-", "")) != bytes(16) and fru_in(block) == last["id"]
    return rows


def fru_in(block):
    f = block[48:64]
    return (f"{f[3::-1].hex()}-{f[5:3:-1].hex()}-{f[7:5:-1].hex()}-{f[8:10].hex()}-{f[10:].hex()}")


def die_at(lab, point, names):
    """A rasd that dies at the fail-point while it serves these requests, or earlier, while it
    settles.
    """
    rasd = lab.rasd
    rasd.start(build=ASAN, env={"RASD_FAILPOINT": point})
    if names:
        try:
            rasd.wait_log("guest kill1: pid", rasd.mark)
            ask(rasd, names)
        except AssertionError:
            pass
    try:
        rasd.process.wait(20)
    except subprocess.TimeoutExpired:
        pytest.fail(f"{point} was not passed")
    assert rasd.process.returncode == -signal.SIGKILL, rasd.logfile.read_text()[-2000:]


def die_with_the_record_in_the_guest(lab, names):
    """A rasd that dies behind fail-point submit_after, once the guest has reported the record.

    If it died at once, QEMU might drop the command: it does so when its monitor's client is gone
    before the command was begun.
    """
    rasd = lab.rasd
    rasd.start(["kill1"], build=ASAN, env={"RASD_FAILPOINT": "submit_after:1:stop"})
    asking = threading.Thread(target=ask, args=(rasd, names), daemon=True)
    asking.start()
    end = time.monotonic() + 20
    while names[0] not in rasd.journal():
        assert time.monotonic() < end, "the request was not accepted"
        time.sleep(0.02)
    lab.vm.wait_seen(rasd.journal()[names[0]][0])
    rasd.stop(signal.SIGKILL)
    asking.join(20)
    assert rasd.journal()[names[0]][1] == "intent", "submit_after was not passed"


def live_on(lab, names):
    """The next rasd decides what is left, and answers the client's retries. Nothing is injected
    twice.
    """
    rasd = lab.rasd
    rasd.start(["kill1"], build=ASAN)
    left = rasd.wait_decided()
    answers = ask(rasd, names)
    assert len(answers) == len(names)
    rows = judge(lab, names)
    for name, answer in zip(names, sorted(answers, key=lambda a: a["id"])):
        assert (answer["result"]["id"], answer["result"]["state"]) == rows[name][:2]
        if name in left:
            assert left[name] == rows[name]
    rasd.stop()


def test_prepare(lab):
    """The status block holds a record from before. So an intent that was never sent can be told
    from one that was.
    """
    lab.rasd.start(["kill1"])
    marker(lab)
    lab.rasd.stop()


@pytest.mark.parametrize("point,n", CASES, ids=lambda v: str(v))
def test_failpoint(lab, point, n):
    names = [f"{point}-{n}-{k}" for k in "abc"]
    die_at(lab, f"{point}:{n}", names)
    live_on(lab, names)


@pytest.mark.parametrize("before", ["submit_before", "submit_after", "submit_answered"])
@pytest.mark.parametrize("point", [p for p in POINTS if p.startswith("settle")] +
                         ["slot_read", "journal_stored", "journal_committed"])
def test_failpoint_while_settling(lab, point, before):
    names = [f"{before}-then-{point}-{k}" for k in "ab"]
    if point == "slot_read" and before == "submit_after":
        die_with_the_record_in_the_guest(lab, names)
    else:
        die_at(lab, f"{before}:1", names)
    if point == "slot_read" and before == "submit_before":
        return live_on(lab, names)  # never written, so there is nothing to watch
    die_at(lab, f"{point}:1", [])
    return live_on(lab, names)


class Load(threading.Thread):
    """Sends requests without end, eight in flight, until rasd is gone. Remembers the requests and
    the answers.
    """

    def __init__(self, rasd, prefix):
        super().__init__(daemon=True)
        self.rasd, self.prefix, self.asked, self.answered = rasd, prefix, [], {}

    def send(self, s):
        self.asked.append(f"{self.prefix}-{len(self.asked)}")
        s.sendall(request(self.asked[-1], len(self.asked) - 1).encode() + b"\n")

    def run(self):
        try:
            with socket.socket(socket.AF_UNIX) as s:
                s.connect(str(self.rasd.sock))
                with s.makefile("r") as answers:
                    for _ in range(8):
                        self.send(s)
                    for line in answers:
                        a = json.loads(line)
                        self.answered[self.asked[a["id"]]] = a
                        self.send(s)
        except (OSError, json.JSONDecodeError):
            pass


def next_life_s(life_s, load):
    """How long the next rasd lives at most: longer, until one has had a record acknowledged. On a
    busy machine, or where a record waits for another NMI, that takes seconds.
    """
    lived = any(a.get("result", {}).get("state") == "acknowledged" for a in load.answered.values())
    return 0.5 if lived else min(life_s * 1.2, 8)


def test_random_moments_under_load(lab):
    seed = int(os.environ.get("RASD_SEED", str(random.getrandbits(32))))
    print(f"RASD_SEED={seed} RASD_KILLS={KILLS}")
    rng, rasd, loads = random.Random(seed), lab.rasd, []
    life_s = 0.5
    for i in range(KILLS):
        rasd.start(build=ASAN if i % 10 == 0 else rasdlab.BUILD)
        loads.append(Load(rasd, f"k{i}"))
        loads[-1].start()
        time.sleep(rng.uniform(0, life_s))
        rasd.stop(signal.SIGKILL)
        loads[-1].join(10)
        assert not loads[-1].is_alive()
        life_s = next_life_s(life_s, loads[-1])
    rasd.start(["kill1"])
    rows = rasd.wait_decided()
    judge(lab, [n for n in rows if n.startswith("k") and not n.startswith("kill")])
    asked = {n for x in loads for n in x.asked}
    assert {n for n in rows if n.split("-")[0][1:].isdigit()} <= asked
    states = {}
    for load in loads:
        for name, answer in load.answered.items():
            if "result" not in answer:
                assert name not in rows, answer  # not accepted, so not in the journal
                continue
            ident, state, _ = rows[name]
            assert answer["result"]["id"] == ident
            if answer["result"]["final"]:
                assert answer["result"]["state"] == state, (name, answer)
    for name in asked & set(rows):
        states[rows[name][1]] = states.get(rows[name][1], 0) + 1
    inferred = sum("a later record" in r[2] for r in rows.values())
    print(f"{inferred} acknowledgements known by a record after them")
    assert inferred or KILLS < 100, "no kill fell between an acknowledgement and its commit"
    print(f"{KILLS} kills, {len(asked)} asked, {len(asked & set(rows))} accepted: {states}")
    assert states["acknowledged"] > KILLS / 4
    rasd.stop()
