# SPDX-License-Identifier: LGPL-2.1-or-later
"""Whether rasd does what proto/ras-rpc.json says, for every method that is in it.

Each example is sent to a real rasd and must succeed, and its reply must have what the schema
demands and nothing that the schema does not name. Then each parameter is left out, replaced by what
its schema refuses, or joined by an unknown one: the answer must name it, and nothing may happen.

A new method needs no test here. It needs an example that works in this world:
  vm1   a guest of libvirt that runs; it may be injected into, up to recoverable
  vx    a q35 guest of libvirt that is shut off and provisioned
  DONE, UNKNOWN   injections in the journal, acknowledged and unknown
A parameter hpa is replaced by the host address of vm1's memory.
"""
import copy
import json
import re
import select
import subprocess
import uuid

import jsonschema
import pytest

import client_attacks as attacks
import lvlab
import rasdlab

DOCUMENT = json.loads((rasdlab.TOP / "proto/ras-rpc.json").read_text())
METHODS = {m["name"]: m for m in DOCUMENT["methods"]}
ROLES = ("none", "view", "inject", "admin")
GROUPS = {"none": [], "view": ["rasd-view"], "inject": ["rasd"], "admin": ["rasd-admin"]}
DONE = "6f0b6f2a-5d2c-4c52-9a57-0f5d1d4a3f10"
UNKNOWN = "6f0b6f2a-5d2c-4c52-9a57-0f5d1d4a3f22"
# Which may be the answer to any method, so no method lists them.
COMMON = {"parse-error": -32700, "invalid-request": -32600, "method-not-found": -32601,
          "invalid-params": -32602, "internal": -32603, "permission": 1014}
by_method = pytest.mark.parametrize("name", METHODS)


class World:
    def __init__(self):
        self.base = rasdlab.make_base()
        self.lv = lvlab.Libvirt(self.base).start()
        try:
            self.lv.guest("vx", "q35", start=False)
            self.guest = self.lv.guest("vm1", "virt")
            self.rasd = rasdlab.Rasd(self.base, {}, ghes=self.lv.dir / "ghes",
                                     guests=f"libvirt-uri = {self.lv.uri}\n"
                                            f"libvirt-run-directory = {self.lv.run_dir}\n")
            self.rasd.start()
            self.rasd.stop()
            attacks.fill_journal(self.rasd, 20)
            for ident, state in ((DONE, "acknowledged"), (UNKNOWN, "unknown")):
                attacks.fill_journal(self.rasd, 1, bytes.fromhex(ident.replace("-", "")), state)
            attacks.fill_host_events(self.rasd, 3)
            self.guest.wait()
            self.rasd.start(wait_for=["vm1"])
            self.rasd.sock.chmod(0o666)
            self.ok("domain.allow", domain="vm1", target_max_severity="recoverable")
            self.ok("domain.provision", domain="vx")
            self.hpa = rasdlab.wait_for(self.touched)
        except BaseException:
            self.close()
            raise

    def touched(self):
        """A host address of vm1's kernel."""
        for gpa in range(0x40200000, 0x41000000, 0x100000):
            if hpa := self.ok("address.translate", domain="vm1", gpa=hex(gpa)).get("hpa"):
                return hpa
        return None

    def ok(self, method, **params):
        answer = self.rasd.rpc(method, **params)
        assert "result" in answer, answer
        return answer["result"]

    def ask(self, requests):
        """The answers to (method, params) in order."""
        out = []
        for at in range(0, len(requests), 20):
            lines = [json.dumps(attacks.request(m, i, **p))
                     for i, (m, p) in enumerate(requests[at:at + 20])]
            out += sorted(self.rasd.lines(*lines), key=lambda a: a["id"])
        return out

    def examples(self, method):
        """(name, params) of each."""
        for e in METHODS[method]["examples"]:
            params = {p["name"]: p["value"] for p in e["params"]}
            if "hpa" in params:
                params["hpa"] = self.hpa
            yield e["name"], params

    def close(self):
        if hasattr(self, "rasd"):
            self.rasd.stop()
        self.lv.down()
        rasdlab.drop_base(self.base)


@pytest.fixture(scope="module", name="world")
def make_world():
    w = World()
    yield w
    w.close()


def strict(schema):
    """The schema without room for members that it does not name."""
    if isinstance(schema, list):
        return [strict(x) for x in schema]
    if not isinstance(schema, dict):
        return schema
    out = {k: strict(v) for k, v in schema.items()}
    if isinstance(schema.get("properties"), dict):
        out["properties"] = {k: strict(v) for k, v in schema["properties"].items()}
        out.setdefault("additionalProperties", False)
    return out


def check(schema, value, what):
    """It has what the schema demands, and nothing that the schema does not name."""
    schema = strict({**schema, "components": DOCUMENT["components"]})
    errors = [f"{'.'.join(map(str, e.absolute_path))}: {e.message[:300]}"
              for e in jsonschema.Draft7Validator(schema).iter_errors(value)]
    assert not errors, (what, errors)


def listed(name, error):
    """The document says that this method can fail so."""
    known = COMMON | {e["message"]: e["code"] for e in METHODS[name].get("errors", [])}
    reason = error["data"]["reason"]
    return known.get(reason) == error["code"]


def test_rasd_serves_this_document(world):
    assert world.ok("rpc.discover") == DOCUMENT


def test_every_error_has_one_number():
    """The same in every method, and as lib/base/err.c has it."""
    text = (rasdlab.TOP / "lib/base/err.c").read_text()
    table = {w: int(n) for w, n in re.findall(r'\{ "([a-z-]+)", (-?\d+) \}', text)}
    assert COMMON.items() <= table.items()
    known = DOCUMENT["components"]["errors"]
    assert {w: e["code"] for w, e in known.items()} | {"ok": 0} == table
    assert all(e["message"] == w and e["x-meaning"] for w, e in known.items())
    for m in METHODS.values():
        for e in m.get("errors", []):
            assert table[e["message"]] == e["code"], (m["name"], e)


@by_method
def test_the_document_is_sound(name):
    """Examples fit the schemas that they illustrate, so that who reads one is not misled."""
    m = METHODS[name]
    assert m.get("examples"), f"{name} has no example in proto/ras-rpc.json"
    params = {p["name"]: p for p in m["params"]}
    assert len(params) == len(m["params"])
    for schema in [m["result"]["schema"], *(p["schema"] for p in m["params"])]:
        jsonschema.Draft7Validator.check_schema(schema)
    for e in m["examples"]:
        given = {p["name"] for p in e["params"]}
        assert {p["name"] for p in m["params"] if p.get("required")} <= given <= set(params)
        for p in e["params"]:
            check(params[p["name"]]["schema"], p["value"], (name, e["name"], p["name"]))


@by_method
def test_examples(world, name):
    for title, params in world.examples(name):
        answer = world.rasd.rpc(name, **params)
        assert "result" in answer, (title, params, answer)
        check(METHODS[name]["result"]["schema"], answer["result"], (name, title))


POOL = (None, True, False, 0, 1, -1, 1.5, 2 ** 53 + 2, 2 ** 64 - 1, -2 ** 63, "", "x", "0x", "12",
        "0x1g", "-0x1", " 0x1", "a\tb", [], {}, [None], ["x"], [[]], {"x": 1})


def wrong(schema, good):
    """Values that the schema refuses: of other types, out of bounds, not among the words."""
    values = [*POOL, "no-such-word"]
    if isinstance(good, str) and "maxLength" in schema:
        values.append(((good or "x") * (schema["maxLength"] + 1))[:schema["maxLength"] + 1])
    for key, by in (("minimum", -1), ("maximum", 1)):
        if key in schema:
            values.append(schema[key] + by)
    if isinstance(good, list) and "maxItems" in schema:
        values.append(((good or [{}]) * (schema["maxItems"] + 1))[:schema["maxItems"] + 1])
    validator = jsonschema.Draft7Validator(schema)
    return [v for v in values if not validator.is_valid(v)]


def broken(schema, good, field):
    """(wrong value, field that the answer must name) for a parameter and all that is in it."""
    for v in wrong(schema, good):
        yield v, field
    if isinstance(good, list) and isinstance(schema.get("items"), dict):
        for i, item in enumerate(good):
            for v, where in broken(schema["items"], item, f"{field}[{i}]"):
                yield [*good[:i], v, *good[i + 1:]], where
    if isinstance(good, dict):
        for key in schema.get("required", []):
            yield {k: v for k, v in good.items() if k != key}, f"{field}.{key}"
        for key in schema.get("properties", {}).keys() & good.keys():
            for v, where in broken(schema["properties"][key], good[key], f"{field}.{key}"):
                yield {**good, key: v}, where


def a_value(schema):
    """Something that the schema of a parameter allows, where no example has it."""
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema["type"] if isinstance(schema["type"], str) else schema["type"][0]
    return {"string": "0x1000" if "x-c-type" in schema else "x" * schema.get("minLength", 0),
            "integer": schema.get("minimum", 0), "boolean": False, "array": [], "object": {}}[kind]


def names(told, field):
    return told == field or told.startswith((f"{field}[", f"{field}."))


def mutations(world, name):
    """(params, field that the answer must name) for all examples of a method."""
    for _, params in world.examples(name):
        yield {**params, "no_such": 1}, "no_such"
        for p in METHODS[name]["params"]:
            field, schema = p["name"], p["schema"]
            if p.get("required"):
                yield {k: v for k, v in params.items() if k != field}, field
            for v, where in broken(schema, params.get(field, a_value(schema)), field):
                yield {**copy.deepcopy(params), field: v}, where


def rows(world):
    """What requests can change: the journal, and what each guest allows. The examples' injections
    have ended by then.
    """
    def settled():
        asked = {"limit": 1000, "state": ["intent", "written"]}
        return not world.ask([("injection.list", asked)])[0]["result"]["injections"]

    rasdlab.wait_for(settled, 60)
    answers = world.ask([("injection.list", {"limit": 1000}), ("domain.list", {}),
                         ("poison.export", {"domain": "vm1"})])
    injections, domains, pages = [a["result"] for a in answers]
    return ([(r["id"], r["state"]) for r in injections["injections"]],
            [(d["name"], d.get("target_max_severity")) for d in domains["domains"]], pages)


@by_method
def test_wrong_parameters(world, name):
    tries = list(mutations(world, name))
    assert tries
    before = rows(world)
    answers = world.ask([(name, params) for params, _ in tries])
    bad = []
    for (params, field), answer in zip(tries, answers, strict=True):
        e = answer.get("error", {"code": 0, "data": {}})
        if e["code"] != -32602 or not names(e["data"].get("field", ""), field):
            bad.append((field, {k: str(v)[:60] for k, v in params.items()}, answer))
    assert not bad, (len(bad), len(tries), bad[:5])
    assert rows(world) == before


@by_method
def test_no_parameters(world, name):
    """By position, as something else, or absent where one is required."""
    required = [p["name"] for p in METHODS[name]["params"] if p.get("required")]
    texts = [json.dumps({"jsonrpc": "2.0", "id": 1, "method": name, "params": p})
             for p in ([], [1], 1, "x", None, True)]
    answers = world.rasd.lines(*texts)
    assert [a["error"]["code"] for a in answers] == [-32602] * 2 + [-32600] * 4, answers
    if required:
        answer = world.rasd.lines(json.dumps({"jsonrpc": "2.0", "id": 1, "method": name}))[0]
        assert answer["error"]["code"] == -32602 and answer["error"]["data"]["field"] in required


@by_method
def test_what_is_not_there(world, name):
    """A guest and an injection that do not exist: whatever is answered, the document lists it."""
    for _, params in world.examples(name):
        for field, other in (("domain", "nobody"), ("id", DONE.replace("6f", "7f"))):
            if field in params:
                answer = world.rasd.rpc(name, **{**params, field: other})
                assert "result" in answer or listed(name, answer["error"]), answer


@by_method
def test_roles(world, name):
    """Each role by each socket: refused with the same word, or the parameters are looked at. By the
    read-only socket everybody is at most a viewer.
    """
    need = ROLES.index(METHODS[name]["x-role"])
    text = json.dumps(attacks.request(name, no_such=1))

    def work():
        return [world.rasd.lines(text, sock=s)[0]["error"]
                for s in (world.rasd.sock, world.rasd.ro_sock)]

    for i, role in enumerate((*ROLES, "root")):
        groups = [attacks.gid(g) for g in GROUPS.get(role, [])]
        caller = attacks.As(0 if role == "root" else 54400 + i, work, groups)
        try:
            errors = caller.said
        finally:
            caller.close()
        for error, may in zip(errors, (i, min(i, ROLES.index("view"))), strict=True):
            want = "permission" if may < need else "invalid-params"
            assert error["data"]["reason"] == want, (role, errors)
            assert error["code"] == COMMON[want]


@by_method
def test_notifications(world, name):
    """A mutating method is not executed without an id; no notification is answered."""
    texts = [json.dumps({"jsonrpc": "2.0", "method": name, "params": params})
             for _, params in world.examples(name) if METHODS[name]["x-mutating"]]
    before = rows(world)
    assert world.rasd.lines(*texts, json.dumps(attacks.request("rpc.ping", 7)))[0]["id"] == 7
    assert rows(world) == before


def test_hostile_json(world):
    """Each is a request to inject with one thing wrong. The guest would take the request."""
    def work():
        out = []
        for text, _ in attacks.HOSTILE:
            with attacks.connect(world.rasd.sock) as s:
                s.sendall(text + b"\n")
                out.append(json.loads(s.makefile("rb").readline()))
        return out

    before, records = rows(world), world.guest.notifications()
    member = attacks.As(54410, work, [attacks.gid("rasd")])
    try:
        answers = member.said
    finally:
        member.close()
    bad = [(text[:200], code, answer) for (text, code), answer
           in zip(attacks.HOSTILE, answers, strict=True) if answer["error"]["code"] != code]
    assert not bad, (len(bad), bad[:5])
    assert rows(world) == before and world.guest.notifications() == records
    assert world.rasd.lines(attacks.inject().decode())[0]["result"]["state"] == "written"
    rasdlab.wait_for(lambda: world.guest.notifications() == records + 1)


# --- clients in other languages, which know nothing but the document ---

CLIENTS = {"python": ["/usr/bin/python3", "rasd-client.py"], "node": ["node", "rasd-client.mjs"]}


@pytest.fixture(params=CLIENTS, name="client")
def make_client(request, world):
    program, script = CLIENTS[request.param]
    return [program, rasdlab.TOP / "contrib/clients" / script, "--socket", world.rasd.sock]


def run(client, *args, code=0):
    p = subprocess.run([*client, *args], text=True, capture_output=True, timeout=60, check=False)
    assert p.returncode == code, p
    return p.stdout or p.stderr


def test_client_reads_the_document(client):
    lines = run(client, "help").splitlines()
    assert [x.split()[0] for x in lines] == list(METHODS)
    text = run(client, "help", "injection.create")
    assert "request_id (required)" in text and "dry_run (optional)" in text, text


def test_client_calls(world, client):
    domains = json.loads(run(client, "domain.list"))["domains"]
    assert {"vm1", "vx"} == {d["name"] for d in domains}
    before = rows(world)
    params = {"request_id": "foreign", "domain": "vm1", "gpa": "0x48000000", "dry_run": True}
    answer = json.loads(run(client, "injection.create", json.dumps(params)))
    check(METHODS["injection.create"]["result"]["schema"], answer, "dry run")
    assert answer["domain"] == "vm1" and rows(world) == before
    error = json.loads(run(client, "injection.create", json.dumps({**params, "gpa": []}), code=1))
    assert error["code"] == -32602 and error["data"]["field"] == "gpa"


def test_client_follows_events(world, client):
    """It is told of an injection that somebody else makes."""
    with subprocess.Popen([*client, "watch"], text=True, stdout=subprocess.PIPE) as p:
        try:
            made = []

            def seen():
                made.append(world.ok("injection.create", request_id=str(uuid.uuid4()), wait=True,
                                     domain="vm1", gpa="0x48000000")["id"])
                return select.select([p.stdout], [], [], 1)[0]
            rasdlab.wait_for(seen, 60)
            event = json.loads(p.stdout.readline())
        finally:
            p.kill()
    assert event["injection"]["id"] in made, event
