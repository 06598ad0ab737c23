#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Measure the shape of the tree, print the figures, fail where one is over its limit.

usage: tools/shape.py [-v] [ROOT]      -v prints the largest of each kind

  lines     a .c file has at most 500 lines; the median of each top folder is at most 200
  function  in each top folder 99 of 100 C functions have at most 50 lines, and none has over 100
  members   a struct has at most 20 members. Members of an anonymous struct or union inside it
            count; a part that is a named struct counts as one. A struct that is only a table (the
            fields of a wire format, the columns of a row) says so, and why, in the line above it:
            /* shape: table, REASON */
  columns   .c, .h, .py, shell files and Makefile: at most 100 columns, a tab has 8
  circle    the rooms of lib, daemon and cli do not include each other in a circle, and in
            daemon/inject no file calls a function of a file that calls back, directly or through
            third files
  format    .c and .h files are as clang-format leaves them

Generated files and tests/data are left out. tools/shape-allow.txt names what is known to be over
its limit: one line each, "KEY LIMIT reason". It only shrinks: mend the file, delete its line.
"""
import collections
import pathlib
import re
import statistics
import subprocess
import sys

MAX_LINES, MAX_MEDIAN, MAX_FUNCTION, MAX_P99, MAX_MEMBERS, MAX_COLUMNS = 500, 200, 100, 50, 20, 100
TOPS = ("lib", "helper", "daemon", "cli", "tests", "bench", "tools")
GENERATED = {"daemon/control/rpc_table.c"}
NO_CALL_CIRCLE = ("daemon/inject",)
KEYWORDS = {"if", "for", "while", "switch", "return", "sizeof", "defined"}


class Shape:
    def __init__(self):
        self.over = {}  # key: (value, limit, words)
        self.figures = []

    def check(self, key, value, limit, words=""):
        if value > limit:
            self.over[key] = (value, limit, words)


def tracked(root):
    out = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=root, check=True,
                         text=True,
                         capture_output=True).stdout
    return [f for f in out.splitlines() if (root / f).is_file() and f not in GENERATED
            and not f.startswith("tests/data/")]


def blank(text):
    """C text without comments, strings and characters; line breaks stay."""
    def hide(m):
        return "\n" * m.group().count("\n") if m.group()[0] == "/" else m.group()[0] * 2
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', hide, text,
                  flags=re.S)


def functions(code):
    """(name, lines, body) of each function: `{` and `}` stand alone in column 0."""
    head, start = "", None
    lines = code.split("\n")
    for n, line in enumerate(lines):
        if line == "{":
            start = n
        elif line == "}" and start is not None:
            names = re.findall(r"(\w+)\s*\(", head)
            yield (names[0] if names else "?"), n - start + 1, "\n".join(lines[start:n])
            head, start = "", None
        elif start is None:
            ends = line.rstrip().endswith((";", "}")) or line.startswith("#")
            head = "" if ends else head + "\n" + line


def members(body):
    """How many members a struct's body declares. Braces of anonymous parts are opened, of named
    ones are one member."""
    while True:
        inner = re.search(r"\b(?:struct|union)\s*(\w*)\s*\{([^{}]*)\}([^;]*);", body)
        if not inner:
            break
        named = inner.group(3).strip()
        body = body[:inner.start()] + ("int part;" if named
                                       else inner.group(2)) + body[inner.end():]
    body = re.sub(r"\benum\s*\w*\s*\{[^{}]*\}", "int", body)
    count = 0
    for declaration in body.split(";"):
        declaration = re.sub(r"\([^()]*\)|\[[^\]]*\]|__attribute__\s*\(\(.*?\)\)", "", declaration)
        if declaration.strip() and not declaration.strip().startswith("#"):
            count += 1 + declaration.count(",")
    return count


def structs(text, code):
    """(name, members) of each struct with a name that is no table."""
    tables = set(re.findall(r"/\* shape: table, [^*]+\*/\s*\n(?:static |const )*(?:struct|union) "
                            r"(\w+)", text))
    for m in re.finditer(r"^(?:static |const )*(?:struct|union) (\w+) \{", code, re.M):
        depth, end = 1, m.end()
        while depth and end < len(code):
            depth += {"{": 1, "}": -1}.get(code[end], 0)
            end += 1
        if m.group(1) not in tables:
            yield m.group(1), members(code[m.end():end - 1])


def circles(arrows):
    """The sets of nodes that reach each other, of more than one node."""
    def reach(start):
        seen, todo = set(), [start]
        while todo:
            for n in arrows.get(todo.pop(), ()):
                if n not in seen:
                    seen.add(n)
                    todo.append(n)
        return seen
    reached = {n: reach(n) for n in arrows}
    found = {frozenset(m for m in reached[n] if n in reached.get(m, ())) for n in arrows
             if n in reached[n]}
    return sorted(sorted(c) for c in found if len(c) > 1)


def room_of(path):
    parts = path.split("/")
    has_rooms = parts[0] in ("lib", "daemon", "cli") and len(parts) > 2
    return "/".join(parts[:2]) if has_rooms else parts[0]


def include_circles(root, files):
    arrows, dirs = collections.defaultdict(set), {f.rsplit("/", 1)[0] for f in files if "/" in f}
    for f in files:
        if room_of(f) in ("daemon", "cli", "tests", "bench", "tools") or \
                not f.endswith((".c", ".h")):
            continue  # rasd.c and rasctl.c know all rooms
        for target in re.findall(r'^\s*#\s*include\s+"([^"]+)"', (root / f).read_text(), re.M):
            for d in ("lib/", "daemon/", ""):
                if "/" in target and (d + target).rsplit("/", 1)[0] in dirs:
                    if room_of(d + target) != room_of(f):
                        arrows[room_of(f)].add(room_of(d + target))
                    break
    return circles(arrows)


def call_circles(code_of, folder):
    """Between the files of one folder: who calls (or hands on) a function that another file
    defines."""
    owner, static, bodies = {}, collections.defaultdict(set), {}
    for f, code in code_of.items():
        if f.rsplit("/", 1)[0] != folder or not f.endswith(".c"):
            continue
        bodies[f] = list(functions(code))
        for m in re.finditer(r"^static\b[^;={}]*?(\w+)\s*\(", code, re.M):
            static[f].add(m.group(1))
        for name, _, _ in bodies[f]:
            if name not in static[f]:
                owner[name] = f
    arrows = {f: {owner[w] for _, _, body in b for w in set(re.findall(r"\w+", body)) - KEYWORDS
                  if w in owner and w not in static[f] and owner[w] != f}
              for f, b in bodies.items()}
    return circles(arrows)


def columns(text):
    return [n for n, line in enumerate(text.split("\n"), 1)
            if len(line.expandtabs(8)) > MAX_COLUMNS]


def is_text(root, path):
    if path.endswith((".c", ".h", ".py", ".sh")) or path == "Makefile":
        return True
    if "." in path.rsplit("/", 1)[-1]:
        return False
    with open(root / path, "rb") as f:
        return re.match(rb"#!.*\b(sh|bash|python3)\b", f.readline()) is not None


def measure(root, files):
    shape, code_of = Shape(), {}
    sizes, lengths, n_long = collections.defaultdict(dict), collections.defaultdict(dict), 0
    for f in files:
        if not is_text(root, f):
            continue
        text = (root / f).read_text()
        top = f.split("/")[0]
        long = columns(text)
        n_long += len(long)
        shape.check(f"columns:{f}", len(long), 0, f"lines {', '.join(map(str, long[:8]))}")
        if not f.endswith((".c", ".h")) or top not in TOPS:
            continue
        code = code_of[f] = blank(text)
        if f.endswith(".c"):
            sizes[top][f] = text.count("\n")
            shape.check(f"lines:{f}", sizes[top][f], MAX_LINES)
        for name, length, _ in functions(code):
            lengths[top][f"{f}:{name}"] = length
            shape.check(f"function:{f}:{name}", length, MAX_FUNCTION)
        for name, count in structs(text, code):
            shape.check(f"members:{f}:{name}", count, MAX_MEMBERS)
    for top in TOPS:
        size, length = sorted(sizes[top].values()), sorted(lengths[top].values())
        if not size:
            continue
        # One function in a hundred may be longer, and one in a folder that has fewer than a
        # hundred.
        p99 = length[max(0, len(length) - 1 - max(1, len(length) // 100))] if length else 0
        shape.check(f"median:{top}", int(statistics.median(size)), MAX_MEDIAN)
        shape.check(f"p99:{top}", p99, MAX_P99)
        shape.figures.append(f"{top:8} {len(size):4} .c files, median "
                             f"{int(statistics.median(size)):4} lines, longest {size[-1]:4};"
                             f" {len(length):5} functions, p99 {p99:3} lines, longest "
                             f"{max(length, default=0):3}")
    for key, found in (("circle:includes", include_circles(root, list(code_of))),
                       *((f"circle:calls:{d}", call_circles(code_of, d)) for d in NO_CALL_CIRCLE)):
        names = "; ".join(" ".join(x.rsplit("/", 1)[-1] for x in c) for c in found)
        shape.check(key, sum(map(len, found)), 0, names)
    shape.figures.append(f"{n_long} lines are longer than {MAX_COLUMNS} columns; "
                         f"{sum(k.startswith('members:') for k in shape.over)} structs have more "
                         f"than {MAX_MEMBERS} members; "
                         f"{sum(k.startswith('circle:') for k in shape.over)} circles")
    return shape, lengths, sizes


def check_format(root, files, shape):
    run = subprocess.run(["clang-format", "--dry-run", *(f for f in files
                                                         if f.endswith((".c", ".h")))], cwd=root,
                         text=True,
                         capture_output=True, check=False)
    if run.returncode:
        sys.exit(f"error: clang-format: {run.stderr[-500:]}")
    count = collections.Counter(re.findall(r"^([^:\s]+):\d+:\d+: \w+: code should be "
                                           r"clang-formatted", run.stderr, re.M))
    for f, n in count.items():
        shape.check(f"format:{f}", n, 0, f"clang-format -i {f}")


def allowed(root):
    out, path = {}, root / "tools/shape-allow.txt"
    for n, line in enumerate(path.read_text().splitlines() if path.exists() else (), 1):
        words = line.split(None, 2)
        if not words or words[0].startswith("#"):
            continue
        if len(words) < 3 or not words[1].isdigit():
            sys.exit(f"error: tools/shape-allow.txt:{n}: not 'KEY LIMIT reason'")
        out[words[0]] = int(words[1])
    return out


def main():
    args = [a for a in sys.argv[1:] if a != "-v"]
    root = pathlib.Path(args[0] if args else pathlib.Path(__file__).resolve().parent.parent)
    files = tracked(root)
    shape, lengths, sizes = measure(root, files)
    check_format(root, files, shape)
    print("\n".join(shape.figures))
    if "-v" in sys.argv:
        for kind in (sizes, lengths):
            for n, key in sorted(((n, k) for v in kind.values() for k, n in v.items()),
                                 reverse=True)[:15]:
                print(f"  {n:5} {key}")
    may, bad = allowed(root), 0
    for key, (value, limit, words) in sorted(shape.over.items()):
        if value > may.get(key, -1):
            bad += 1
            print(f"{key}: {value}, at most "
                  f"{max(limit, may.get(key, 0))}{'; ' + words if words else ''}")
    for key in sorted(set(may) - set(shape.over)):
        print(f"tools/shape-allow.txt: {key} is mended: delete its line")
    print(f"shape: {bad} violations, {len(may)} in the allow-list")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
