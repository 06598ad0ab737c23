# SPDX-License-Identifier: LGPL-2.1-or-later
"""man/rasd-rpc.7 from proto/ras-rpc.json; used by rpcgen.py."""
import json
import textwrap

HEAD = r'''.\" SPDX-License-Identifier: LGPL-2.1-or-later
.\" Made by tools/rpcgen.py from proto/ras-rpc.json and tools/rpcman.py: do not edit.
.Dd November 30, 2026
.Dt RASD-RPC 7
.Os
.Sh NAME
.Nm rasd-rpc
.Nd the requests that rasd answers
.Sh DESCRIPTION
.Xr rasd 8
answers JSON-RPC 2.0 requests on two unix stream sockets.
.Xr rasctl 1
asks by them, and so can any other program:
.Pa contrib/clients
of the source
.Pq in Debian Pa /usr/share/doc/rasd/examples
has clients in Python and JavaScript, of one file each.
.Bl -tag -width Ds
.It Pa /run/rasd/rasd.sock
The control socket.
.It Pa /run/rasd/rasd-ro.sock
The read-only socket: every caller is at most a viewer.
.El
.Pp
This page is made from the document that
.Cm rpc.discover
returns (OpenRPC), which also has the full schema of each parameter and reply.
.Ss Messages
Each message is one JSON text on a line of its own.
A request has
.Va jsonrpc
.Pq always Qq 2.0 ,
.Va method ,
.Va params
(an object; there are no parameters by position) and
.Va id
(a string of at most 128 bytes, an integer or null), which comes back as it was.
A client may send more requests before the first is answered.
Answers come as they are ready, so not always in the order of the requests: the id tells them apart.
.Pp
A batch is an array of at most 100 requests.
Its answers come as one array, in that order.
A request without an id is a notification, which is not answered.
A method that changes things is not executed then.
.Pp
Addresses are strings like
.Qq 0x48000000 ,
because JSON numbers are not exact above 2^53.
Times that end in
.Va _ns
are nanoseconds, since 1970 where nothing else is said.
.Pp
JSON is read strictly: UTF-8, no key twice, no numbers that do not fit, nesting of at most 16.
Unknown parameters are errors.
Replies may get more members in later versions, so clients should ignore what they do not know.
.Ss Roles
The kernel says who the caller is.
Members of group rasd-view are viewers, those of rasd may also inject, and rasd-admin and root may
do everything; the groups can be named in
.Xr rasd.conf 5 .
.Ss Limits
.Bl -tag -width Ds
.It message
1 MiB, and 16 KiB from a caller without a role.
A request has at most 4608 JSON values, a batch 16384.
.It half a message
Must be completed in 10 seconds.
.It answers
Must be read: a client that takes none of its answers for 30 seconds is dropped.
While more than 256 KiB wait for it, its requests wait, too.
.It requests
64 of a connection may be unanswered, and 256 of a person; more wait.
Those of clients that have left count until they are done.
A connection without any may have one even then.
.It connections
512, of which some are kept for admins and the last ones for root, and 64 of one person.
One too many is answered with error
.Sq busy
and closed.
.It idle connections
Closed when they have asked nothing for 15 minutes (10 seconds without a role) and wait for nothing.
A client that asks seldom connects again.
.It one person
All connections of a person share 1 MiB for requests and answers that wait.
.El
.Pp
A client that closes its sending side still gets all its answers.
The last line needs its line break, too: without one it is not read.
.Sh METHODS
'''

ERRORS = r'''.Sh WORDS OF ERRORS
.Va error.data.reason
is one of these words, and
.Va error.code
its number.
The message is for people and may change; some errors also have
.Va data.hint
and
.Va data.field .
'''

TAIL = r'''.Sh EXAMPLES
From a shell, by rasctl and without it:
.Bd -literal -offset indent
rasctl domains -o json
socat - UNIX-CONNECT:/run/rasd/rasd-ro.sock \e
    <<<'{"jsonrpc":"2.0","id":1,"method":"rpc.ping"}'
.Ed
.Sh SEE ALSO
.Xr rasctl 1 ,
.Xr rasd.conf 5 ,
.Xr rasd 8
'''


def escape(text):
    """Text that roff prints as it is."""
    out = text.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + out if out[:1] in (".", "'") else out


def prose(text):
    """A sentence a line."""
    text = text.strip()
    text += "" if text.endswith((".", ":")) else "."
    lines = []
    for sentence in text.replace(". ", ".\n").split("\n"):
        lines += [escape(x) for x in textwrap.wrap(sentence, 90, break_long_words=False,
                                                   break_on_hyphens=False)]
    return "\n".join(lines) + "\n"


def sentence(text):
    """It begins with a capital, unless its first word is one of the protocol ("pages: ...")."""
    return text if text.split(" ")[0].endswith(":") else text[:1].upper() + text[1:]


def kind(schema):
    """The type in words, with its bounds."""
    if schema.get("x-c-type") == "hex64":
        return "address"
    if "enum" in schema:
        return "one of " + ", ".join(map(str, schema["enum"]))
    if "$ref" in schema:
        return "object: see " + schema["$ref"].rsplit("/", 1)[1]
    name = schema.get("type", "any value")
    if name == "array" and "items" in schema:
        items = schema["items"]
        return "array of " + ("objects" if items.get("type") == "object" or "$ref" in items
                              else f"{items.get('type', 'value')}s") + (
            ": each as in " + items["$ref"].rsplit("/", 1)[1] if "$ref" in items else "")
    if name == "integer" and "maximum" in schema and schema["maximum"] < 2 ** 53:
        return f"integer, {schema.get('minimum', 0)} to {schema['maximum']}"
    if name == "string" and "maxLength" in schema:
        return f"string of at most {schema['maxLength']} bytes"
    return name


def item(name, words, description):
    """One entry of a list: a name, what it is, and a text that may be absent."""
    head = f".It Va {escape(name)} Pq {escape(words)}\n"
    return head + (prose(sentence(description)) if description else "")


def members(schema, prefix=""):
    """Each member of a reply, those of objects inside it as a.b, of arrays as a[].b."""
    for name, s in schema.get("properties", {}).items():
        path = prefix + name
        required = name in schema.get("required", ())
        yield item(path, kind(s) + ("" if required else ", may be absent"), s.get("description"))
        yield from members(s, path + ".")
        if isinstance(s.get("items"), dict):
            yield from members(s["items"], path + "[].")


def tagged(entries):
    entries = list(entries)
    return [".Bl -tag -width Ds -compact\n", *entries, ".El\n"] if entries else []


def literal(value):
    text = json.dumps(value, separators=(", ", ": "))
    lines = textwrap.wrap(text, 74, break_long_words=True, break_on_hyphens=False,
                          subsequent_indent="  ")
    return "\n".join(escape(x) for x in lines) + "\n"


def method(m):
    out = [f".Ss {m['name']}\n", prose(m["summary"]),
           f".Pp\nRole: {m['x-role']}", "; changes things.\n" if m["x-mutating"] else ".\n"]
    if m["params"]:
        out.append(".Pp\nParameters:\n")
        out += tagged(item(p["name"], kind(p["schema"])
                           + (", required" if p.get("required") else ""), p.get("description"))
                      for p in m["params"])
    schema = m["result"]["schema"]
    if "$ref" in schema:
        out.append(f".Pp\nReply: {kind(schema)}.\n")
    elif schema.get("properties"):
        out += [".Pp\nReply:\n", *tagged(members(schema))]
    if m.get("errors"):
        out.append(".Pp\nErrors: " + escape(", ".join(e["message"] for e in m["errors"])) + ".\n")
    for e in m.get("examples", []):
        params = {p["name"]: p["value"] for p in e["params"]}
        out += [".Bd -literal -offset indent\n", "params ", literal(params), "result ",
                literal(e["result"]["value"]), ".Ed\n"]
    return "".join(out)


def page(doc):
    out = [HEAD, *(method(m) for m in doc["methods"])]
    for name, schema in doc["components"]["schemas"].items():
        out += [f".Sh THE OBJECT {name.upper()}\n", *tagged(members(schema))]
    out.append(ERRORS)
    out += tagged(f".It Er {escape(e['message'])} Pq {escape(str(e['code']))}\n"
                  + prose(e["x-meaning"]) for e in doc["components"]["errors"].values())
    return "".join(out) + TAIL
