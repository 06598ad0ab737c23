# SPDX-License-Identifier: LGPL-2.1-or-later
"""rasctl asks a socket that lies: answers made of the schemas of proto/ras-rpc.json, of which one
value is wrong. It never crashes, hangs, or passes on what drives a terminal.
"""
import contextlib
import json
import random
import re
import socket
import threading

import pytest

import rasdlab
from test_rasctl_offline import daemon, run  # noqa: F401

DOCUMENT = json.loads((rasdlab.TOP / "proto/ras-rpc.json").read_text())
METHODS = {m["name"]: m["result"]["schema"] for m in DOCUMENT["methods"]}
CONTROLS = "\x1b[31m\x7f\u009b\u202e\r\n\tx"
WRONG = [None, True, 1.5, -2 ** 63, 2 ** 64 - 1, "", CONTROLS, "x" * 5000, {}, [], [None], [[]],
         {"name": CONTROLS}, [{}] * 40, ["x"] * 300]
VERBS = [
    "status", "domains", "explain vm1", "doctor", "show 6f0b6f2a", "metrics", "policy show",
    "policy check --domain vm1", "safety status", "safety engage --reason x", "reload",
    "allow vm1 --target-max-severity none", "provision vm1", "unprovision vm1",
    "inject vm1 --gpa 0x1000 --dry-run", "inject vm1 --gpa 0x1000 --wait",
    "inject vm1 --gpa 0x1000 --count 3", "translate --hpa 0x1000", "owners --hpa 0x0-0x10000",
    "resolve 6f0b6f2a --state lost --reason x", "poison export vm1", "log", "log --host",
    "completion words -- explain v"]
TRIES = 40  # of each verb: 4 ms each


def whole(schema):
    """An answer with all members."""
    while "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    kind = schema["type"] if isinstance(schema["type"], str) else schema["type"][0]
    if "enum" in schema:
        return schema["enum"][1 % len(schema["enum"])]  # the first one means: ask again
    if kind == "object":
        return {k: whole(v) for k, v in schema.get("properties", {}).items() if k != "next"}
    if kind == "array":
        return [whole(schema["items"])] * 2
    return {"string": "vm1", "integer": 5, "boolean": True}[kind]


def places(value, at=()):
    yield at
    for key, inner in (value.items() if isinstance(value, dict)
                       else enumerate(value) if isinstance(value, list) else ()):
        yield from places(inner, (*at, key))


def broken(schema, chance):
    value = json.loads(json.dumps(whole(schema)))  # no part is in it twice
    *before, last = chance.choice([p for p in places(value) if p] or [("a",)])
    inner = value
    for key in before:
        inner = inner[key]
    inner[last] = chance.choice(WRONG)
    return value


@pytest.mark.parametrize("verb", VERBS)
def test_one_value_is_wrong(daemon, verb):  # noqa: F811
    chance = random.Random(verb)
    said = []

    def answer(method, _):
        said.append(broken(METHODS[method], chance))
        return said[-1]
    d = daemon(answer)
    for i in range(TRIES):
        said.clear()
        form = ("text", "json", "wide")[i % 3]
        r = run("--socket", d.path, "--timeout", "20", "-o", form, *verb.split())
        assert 0 <= r.returncode <= 8, (r, said)
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", r.stdout + r.stderr), (
            r, said)


@pytest.mark.parametrize("result", [True, 5, "x", [], [{}]])
@pytest.mark.parametrize("verb", VERBS)
def test_the_result_is_no_object(daemon, verb, result):  # noqa: F811
    d = daemon(lambda method, params: result)
    r = run("--socket", d.path, "--timeout", "20", *verb.split())
    assert 0 <= r.returncode <= 8, r
    assert verb.startswith("completion") or r.returncode, r


def test_lists_without_an_end(daemon):  # noqa: F811
    d = daemon(lambda method, params: {"injections": [], "guests": [], "not_read": [],
                                       "next": "the same"})
    for verb in ("log --since yesterday", "owners --hpa 0x0-0x10000"):
        r = run("--socket", d.path, *verb.split())
        assert r.returncode and "rasd" in r.stderr, r


def test_answers_to_nothing_do_not_keep_it(tmp_path):
    """A stream of answers with a wrong id is no sign of life: the time limit holds for all."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "s"))
    listener.listen()

    def serve():
        conn, _ = listener.accept()
        with conn, contextlib.suppress(OSError):
            while True:
                conn.sendall(b'{"jsonrpc":"2.0","id":99,"result":{}}\n' * 100)
    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    r = run("--socket", str(tmp_path / "s"), "--timeout", "1", "domains", timeout=120)
    assert r.returncode == 7, r
    thread.join(60)
    listener.close()


def test_too_many_values(daemon):  # noqa: F811
    """780 bytes of memory each: they are counted before they are made."""
    d = daemon(lambda method, params: {"domains": [{}] * 600000})
    r = run("--socket", d.path, "domains", timeout=120)
    assert r.returncode == 1 and "too many values" in r.stderr, r.stderr[-200:]
