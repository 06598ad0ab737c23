#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Write rpc_table.c, rpc_document.json and man/rasd-rpc.7 from proto/ras-rpc.json. --check: exit 1
if one of them differs."""
import json
import pathlib
import sys

import rpcman

TOP = pathlib.Path(__file__).resolve().parent.parent
TYPES = {"string": "RPC_STR", "integer": "RPC_U64", "boolean": "RPC_BOOL", "object": "RPC_OBJ",
         "array": "RPC_ARR"}


def c_name(method):
    return method.replace(".", "_")


def param(method, p, out):
    s = p["schema"]
    kind = "RPC_HEX64" if s.get("x-c-type") == "hex64" else TYPES[s["type"]]
    lo, hi, words = 0, "UINT64_MAX", "NULL"
    if kind == "RPC_STR":
        lo, hi = s.get("minLength", 0), s["maxLength"]
    elif kind == "RPC_U64":
        lo, hi = s["minimum"], s["maximum"]
    elif kind == "RPC_ARR":
        lo, hi = s.get("minItems", 0), s["maxItems"]
    enum = s.get("enum", s.get("items", {}).get("enum"))
    if enum:
        words = f"words_{c_name(method)}_{p['name']}"
        out.append(f"static const char *const {words}[] = {{ "
                   + ", ".join(f'"{w}"' for w in enum) + ", NULL };\n")
    req = "true" if p.get("required") else "false"
    return f'\t{{ "{p["name"]}", {kind}, {req}, {lo}, {hi}, {words} }},\n'


def head(include):
    return ["// SPDX-License-Identifier: LGPL-2.1-or-later\n",
            "/* Made by tools/rpcgen.py from proto/ras-rpc.json: do not edit. */\n",
            f'#include "{include}"\n\n']


def table(doc):
    out = head("control/methods/methods.h")
    for m in doc["methods"]:
        if m["params"]:
            rows = [param(m["name"], p, out) for p in m["params"]]
            out.append(f"static const struct rpc_param params_{c_name(m['name'])}[] = {{\n"
                       + "".join(rows) + "};\n\n")
    out.append("const struct rpc_method rpc_methods[] = {\n")
    for m in doc["methods"]:
        n = c_name(m["name"])
        ps = f"params_{n}, {len(m['params'])}" if m["params"] else "NULL, 0"
        mut = "true" if m["x-mutating"] else "false"
        out.append(f'\t{{ "{m["name"]}", rpc_{n}, RPC_{m["x-role"].upper()}, {mut}, {ps} }},\n')
    out.append("};\n\nconst size_t rpc_n_methods = sizeof(rpc_methods) / "
               "sizeof(rpc_methods[0]);\n")
    return "".join(out)


def document(doc):
    return json.dumps(doc, separators=(",", ":"), ensure_ascii=True)


def main():
    doc = json.loads((TOP / "proto/ras-rpc.json").read_text())
    for name, text in (("daemon/control/rpc_table.c", table(doc)),
                       ("daemon/control/rpc_document.json", document(doc)),
                       ("man/rasd-rpc.7", rpcman.page(doc))):
        target = TOP / name
        if "--check" in sys.argv:
            if not target.exists() or target.read_text() != text:
                sys.exit(f"{name} is not current. hint: run tools/rpcgen.py")
        else:
            target.write_text(text)


main()
