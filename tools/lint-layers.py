#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""House rules that a compiler does not check: include directions, sizes, SPDX lines, no shell from
C, names that only a backend may know.

usage: tools/lint-layers.py [ROOT]   exit 1 with file:line on a violation
"""
import pathlib
import re
import statistics
import sys

LIBS = {"base", "json", "acpi", "cper", "cperform", "cperjson", "qmp", "conf", "xlate"}
CLI_LIBS = {"base", "json", "cper", "cperform", "cperjson"}
# room -> rooms it may include
MAY = {
    "lib/base": {"base"},
    "lib/json": {"base", "json"},
    "lib/conf": {"base", "conf"},
    "lib/acpi": {"base", "acpi"},
    "lib/cper": {"base", "cper"},
    "lib/cperform": {"base", "cper", "cperform"},
    "lib/cperjson": {"base", "json", "cper", "cperjson"},
    "lib/qmp": {"base", "json", "qmp"},
    "lib/xlate": {"base", "xlate"},
    "helper": {"base", "conf", "helper", "xlate/io.h", "acpi/ghes_page.h"},
    "daemon/pagemap": LIBS | {"pagemap", "helper/protocol.h"},
    "daemon/libvirt": LIBS | {"libvirt", "guests"},
    "daemon/guests": LIBS | {"guests", "helper/protocol.h"},
    "daemon/provision": LIBS | {"provision", "guests", "pagemap"},
    "daemon/translate": LIBS | {"translate", "guests", "pagemap"},
    "daemon/backend": LIBS | {"backend", "guests", "pagemap", "provision"},
    "daemon/journal": LIBS | {"journal"},
    "daemon/audit": LIBS | {"audit", "journal"},
    "daemon/inject": LIBS | {"inject", "guests", "backend", "journal", "audit"},
    "daemon/forward": LIBS | {"forward", "guests", "backend", "translate", "inject"},
    "daemon/sources": LIBS | {"sources", "pagemap"},
    "daemon/events": LIBS | {"events", "sources", "guests", "backend", "journal", "translate",
                             "inject", "forward"},
    "daemon/control": LIBS | {"events", "sources", "control", "guests", "backend", "translate",
                              "pagemap", "journal", "inject", "forward", "provision", "audit",
                              "daemon.h"},
    "cli/section": CLI_LIBS | {"cli/section"},
    "cli/show": CLI_LIBS | {"cli/show", "cli/rasctl.h"},
    "cli/rpc": CLI_LIBS | {"cli/rpc", "cli/show", "cli/rasctl.h"},
    "cli/record": CLI_LIBS | {"cli/record", "cli/show", "cli/rasctl.h"},
    "cli/cmdline": CLI_LIBS | {"cli/cmdline", "cli/section", "cli/rpc", "cli/show", "cli/rasctl.h"},
    "cli/verbs": CLI_LIBS | {"cli/verbs", "cli/cmdline", "cli/record", "cli/rpc", "cli/show",
                             "cli/rasctl.h"},
}
# Arrows that are to go: the list only shrinks.
KNOWN = set()
GENERATED = {"daemon/control/rpc_table.c"}


def room_of(path):
    parts = path.parts
    return parts[0] if parts[0] == "helper" else "/".join(parts[:2])


def check_includes(path, lines, bad):
    allowed = MAY.get(room_of(path))
    if allowed is None or str(path.parent) in ("daemon", "cli"):
        return  # rasd.c and daemon.h, rasctl.c and rasctl.h know all rooms
    for n, line in enumerate(lines, 1):
        m = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
        if not m:
            continue
        target = m.group(1)
        folders = target.split("/")
        first = folders[0] if len(folders) > 1 else room_of(path).split("/")[-1]
        if first == "cli":
            first = "/".join(folders[:2])
        if (str(path), target) in KNOWN:
            continue
        if target not in allowed and ("/" not in target and target == "daemon.h"
                                      or first not in allowed):
            bad.append(f"{path}:{n}: {room_of(path)} may not include \"{target}\"")


def check_header_comments(path, lines, bad):
    """A prototype needs a comment above it or above its group of adjacent lines."""
    covered = False
    for n, line in enumerate(lines, 1):
        if "*/" in line or line.startswith("//"):
            covered = True
        elif not line.strip():
            covered = False
        elif re.match(r"^(int|void|bool|size_t|const|struct|char|uid_t|pid_t|enum|uint\d+_t|"
                      r"int\d+_t|json_object)\b[^=;{]*\(",
                      line) and "(*" not in line and not covered:
            bad.append(f"{path}:{n}: no comment says what this function does")


def check_backend_words(path, lines, bad):
    """What only a backend may know: an architecture, its own name, commands and properties."""
    if path.parts[0] != "daemon" or path.parts[1] == "backend":
        return
    for n, line in enumerate(lines, 1):
        if re.search(r'"(aarch64|x86_64|ras|[^"]*(qemu-ghes|inject-ghes|ras=)[^"]*)"', line):
            bad.append(f"{path}:{n}: only daemon/backend may know this name")


def check_foreign_text(path, lines, bad):
    """json-c writes whatever bytes it is given. An answer is UTF-8 only if every text in it is."""
    if path.parts[0] != "daemon":
        return
    for m in re.finditer(r"json_object_new_string\(\s*(?!\"|[a-z_0-9]+_(?:name|reason|word)\()",
                         "\n".join(lines)):
        n = m.string.count("\n", 0, m.start()) + 1
        if not re.search("hex|command", lines[n - 1]):
            bad.append(f"{path}:{n}: json_new_text() for a text that is not our own word")


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1
                        else pathlib.Path(__file__).resolve().parent.parent)
    bad, sizes = [], []
    for full in sorted(root.rglob("*")):
        path = full.relative_to(root)
        if path.parts[0] in ("build", ".git") or full.suffix not in (".c", ".h", ".py", ".sh"):
            continue
        lines = full.read_text().split("\n")
        if not any("SPDX-License-Identifier" in x for x in lines[:2]):
            bad.append(f"{path}:1: no SPDX line")
        if full.suffix not in (".c", ".h") or str(path) in GENERATED:
            continue
        if path.parts[0] in ("tests", "bench"):
            continue
        check_includes(path, lines, bad)
        check_backend_words(path, lines, bad)
        check_foreign_text(path, lines, bad)
        for n, line in enumerate(lines, 1):
            if re.search(r"\b(system|popen)\s*\(", line):
                bad.append(f"{path}:{n}: no shell from C")
        if full.suffix == ".h":
            check_header_comments(path, lines, bad)
        sizes.append(len(lines))
    for b in bad:
        print(b)
    if not sizes:
        bad.append("no source found")
    print(f"lint: {len(sizes)} files, median {statistics.median(sizes) if sizes else 0} lines, "
          f"{len(bad)} violations")
    sys.exit(1 if bad else 0)


main()
