#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The table of `make coverage`: lines, covered lines and percent of each room.

usage: tools/coverage.py [-v] [--bars] TITLE [DIR]     the counts in DIR (default build/cov/obj)
       tools/coverage.py --prepare DIR                 make DIR ready for programs of other users
  -v      each file, and the lines that were not run
  --bars  fail where a room is under its bar: 95 % for lib/*, daemon/inject, journal and backend,
          85 % for all else

A program built with VARIANT=cov adds its counts to .gcda files when it ends. rasd and rasd-pagemap
run as other users than the one who built them. So integration tests let them write into DIR
(GCOV_PREFIX), where each file exists before and everybody may write it. A program that is killed
writes nothing: its lines count as not run.
"""
import collections
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
OBJ = TOP / "build/cov/obj"
PRODUCT = ("lib/", "helper/", "daemon/", "cli/")
BAR_95 = re.compile(r"lib/|daemon/(inject|journal|backend)$")


def room_of(path):
    parts = path.split("/")
    if parts[0] in ("lib", "daemon") and len(parts) > 2:
        return "/".join(parts[:2])
    return "daemon/rasd.c" if parts[0] == "daemon" else parts[0]


def prepare(directory):
    """A copy of the compiler's notes with an empty count beside each, open to everybody."""
    shutil.rmtree(directory, ignore_errors=True)
    for note in OBJ.rglob("*.gcno"):
        copy = pathlib.Path(str(directory) + str(note))
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(note, copy)
        copy.with_suffix(".gcda").touch()
        copy.with_suffix(".gcda").chmod(0o666)
    for path, dirs, _ in os.walk(directory):
        for d in (path, *(os.path.join(path, x) for x in dirs)):
            os.chmod(d, 0o755)


def counts(directory):
    """{file: {line: how often it ran}} of the product's own files; what no program ran counts as
    0."""
    out = collections.defaultdict(dict)
    notes = sorted(str(p) for p in directory.rglob("*.gcno")
                   if not re.search(r"/obj/(tests|bench|tools)/", str(p)))
    if not notes:
        sys.exit(f"error: no {directory}/**/*.gcno. hint: make VARIANT=cov")
    for i in range(0, len(notes), 40):
        run = subprocess.run(["gcov", "--json-format", "--stdout", *notes[i:i + 40]], cwd=TOP,
                             text=True, check=False,
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        for text in run.stdout.splitlines():
            for f in json.loads(text)["files"] if text.startswith("{") else ():
                if not f["file"].startswith(PRODUCT):
                    continue
                of = out[f["file"]]
                for line in f["lines"]:
                    n = line["line_number"]
                    of[n] = max(of.get(n, 0), line["count"])
    return out


def spans(numbers):
    out = []
    for n in numbers:
        if out and n <= out[-1][1] + 1:
            out[-1][1] = n
        else:
            out.append([n, n])
    return " ".join(f"{a}-{b}" if a != b else str(a) for a, b in out)


def table(title, files, verbose, bars):
    rooms = collections.defaultdict(list)
    for f, lines in sorted(files.items()):
        rooms[room_of(f)].append((f, len(lines), sum(1 for c in lines.values() if c)))
    print(f"{'coverage: ' + title:32} {'lines':>7} {'covered':>7} {'%':>6}")
    under = 0
    total = [0, 0]
    for room, of in sorted(rooms.items()):
        n, hit = sum(x[1] for x in of), sum(x[2] for x in of)
        total = [total[0] + n, total[1] + hit]
        bar = 95 if BAR_95.match(room) else 85
        low = bars and hit * 100 < bar * n
        under += low
        print(f"{room:32} {n:7} {hit:7} "
              f"{hit * 100 / max(1, n):6.1f}{f'   under its bar of {bar}' if low else ''}")
        for f, lines, covered in of if verbose else ():
            missing = spans(sorted(k for k, c in files[f].items() if not c))
            print(f"  {f:30} {lines:7} {covered:7} {covered * 100 / max(1, lines):6.1f}  {missing}")
    print(f"{'all':32} {total[0]:7} {total[1]:7} {total[1] * 100 / max(1, total[0]):6.1f}")
    return under


def main():
    flags = [a for a in sys.argv[1:] if a in ("-v", "--bars", "--prepare")]
    args = [a for a in sys.argv[1:] if a not in flags]
    if not args:
        sys.exit("usage: see the first lines of tools/coverage.py")
    if "--prepare" in flags:
        prepare(pathlib.Path(args[0]).resolve())
        return 0
    directory = pathlib.Path(args[1]).resolve() if len(args) > 1 else OBJ
    return 1 if table(args[0], counts(directory), "-v" in flags, "--bars" in flags) else 0


if __name__ == "__main__":
    sys.exit(main())
