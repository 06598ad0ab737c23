#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A client of rasd in Python, with the standard library alone.

    rasd-client.py [--socket PATH] help [METHOD]
    rasd-client.py [--socket PATH] METHOD ['{"PARAMETER": VALUE, ...}']
    rasd-client.py [--socket PATH] watch

It knows no method: what there is, it learns from rpc.discover (OpenRPC, proto/ras-rpc.json). The
class may be copied into other programs.
"""
import json
import socket
import sys

# What rasd answers is at most 8 MiB, a request at most 1 MiB; one JSON text a line.
SOCKET = "/run/rasd/rasd.sock"


class RasdError(Exception):
    """error is JSON-RPC's: code, message, data.reason (one word), data.field, data.hint."""

    def __init__(self, error):
        super().__init__(error["message"])
        self.error = error


class Rasd:
    def __init__(self, path=SOCKET):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.lines = self.socket.makefile("r", encoding="utf-8")
        self.last_id = 0

    def call(self, method, **params):
        """The result. One request at a time, so the next line is its answer."""
        self.last_id += 1
        request = {"jsonrpc": "2.0", "id": self.last_id, "method": method, "params": params}
        self.socket.sendall(json.dumps(request).encode() + b"\n")
        line = self.lines.readline()
        if not line:
            raise ConnectionError("rasd has closed the connection")
        answer = json.loads(line)
        if "error" in answer:
            raise RasdError(answer["error"])
        return answer["result"]

    def events(self):
        """What happens from now on, without an end: host events and states of injections."""
        cursor = self.call("event.subscribe")["cursor"]
        while True:
            answer = self.call("event.subscribe", cursor=cursor)
            yield from answer["events"]
            cursor = answer["cursor"]


def help_text(document, wanted):
    for m in document["methods"]:
        if wanted and m["name"] != wanted:
            continue
        yield f"{m['name']}  ({m['x-role']}{', changes things' if m['x-mutating'] else ''})"
        if wanted:
            yield m["summary"]
            for p in m["params"]:
                need = "required" if p.get("required") else "optional"
                yield f"  {p['name']} ({need}): {p['description']}"


def main(argv):
    path = SOCKET
    if argv[:1] == ["--socket"]:
        path, argv = argv[1], argv[2:]
    if not argv:
        sys.exit(__doc__)
    rasd = Rasd(path)
    try:
        if argv[0] == "help":
            print("\n".join(help_text(rasd.call("rpc.discover"), *argv[1:2] or [None])))
        elif argv[0] == "watch":
            for event in rasd.events():
                print(json.dumps(event), flush=True)
        else:
            print(json.dumps(rasd.call(argv[0], **json.loads(argv[1] if argv[1:] else "{}"))))
    except RasdError as e:
        sys.exit(json.dumps(e.error))


if __name__ == "__main__":
    main(sys.argv[1:])
