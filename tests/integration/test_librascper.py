# SPDX-License-Identifier: LGPL-2.1-or-later
"""librascper as others get it: installed, found by pkg-config; the manual's example built shared
and static.
"""
import json
import os
import pathlib
import re
import subprocess

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
HEADERS = ["cper/cper.h", "cper/sections.h", "cper/fields.h", "cper/record.h", "cper/scan.h",
           "cperform/form.h", "cperjson/writer.h"]


def run(*args, **kw):
    return subprocess.run(args, check=True, capture_output=True, text=True, **kw).stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    root = tmp_path_factory.mktemp("librascper")
    run("make", "-C", str(TOP), "-j2", "install-librascper", f"PREFIX={root}/usr")
    env = dict(os.environ, PKG_CONFIG_PATH=f"{root}/usr/lib/pkgconfig")
    return root, env


def example():
    page = (TOP / "man/librascper.3").read_text()
    code = re.search(r"\.Bd -literal\n(.*?)\.Ed\n", page, re.S).group(1)
    return code.replace("\\en", "\\n").replace("\\-", "-")


def check_output(out):
    lines = out.splitlines()
    assert lines[0] == "corrected at 0x48000000"
    entry = json.loads(lines[1])["entries"][0]
    assert entry["section"]["fields"]["physical_address"] == "0x0000000048000000"
    assert entry["section"]["valid"] == ["physical_address", "memory_error_type"]
    assert entry["header"]["fru_text"] == "DIMM_A1"


@pytest.mark.parametrize("how", ["shared", "static"])
def test_example(installed, tmp_path, how):
    root, env = installed
    src = tmp_path / "prog.c"
    src.write_text(example())
    flags = run("pkg-config", "--cflags", "librascper", env=env).split()
    libs = run("pkg-config", "--libs", "librascper", env=env).split() if how == "shared" \
        else [f"{root}/usr/lib/librascper.a"]
    run("gcc", "-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", *flags, "-o",
        str(tmp_path / "prog"), str(src), *libs)
    check_output(run(str(tmp_path / "prog"), env=dict(env, LD_LIBRARY_PATH=f"{root}/usr/lib")))


def test_shared_object(installed):
    root, _ = installed
    so = f"{root}/usr/lib/librascper.so.1"
    dyn = run("readelf", "-d", so)
    assert "Library soname: [librascper.so.1]" in dyn
    assert re.findall(r"NEEDED.*\[(.*)\]", dyn) == ["libc.so.6"]
    names = {line.split()[-1] for line in run("nm", "-D", "--defined-only", so).splitlines()}
    symbols = {n.split("@")[0] for n in names}
    assert "cper_validate" in symbols and "cperjson_write" in symbols
    assert not {s for s in symbols if not s.startswith(("cper_", "cperform_", "cperjson_write",
                                                        "RASCPER_"))}
    assert {"cperform_open", "cper_scan_next"} <= symbols
    for inside in ("cper_fail", "cper_build_reserve", "cper_table_encode", "dump_next"):
        assert inside not in symbols
    undefined = {line.split()[-1].split("@")[0] for line in run("nm", "-D", "--undefined-only",
                                                                so).splitlines()}
    assert not undefined & {"malloc", "calloc", "realloc", "free", "printf", "fopen", "write",
                            "read"}


def test_headers(installed, tmp_path):
    """Each header alone, as C and as C++. The library has every function that a header declares."""
    root, env = installed
    flags = run("pkg-config", "--cflags", "librascper", env=env).split()
    exported = run("nm", "-D", "--defined-only", f"{root}/usr/lib/librascper.so.1")
    for h in HEADERS:
        src = tmp_path / "h.c"
        src.write_text(f"#include <{h}>\n")
        run("gcc", "-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only",
            *flags, str(src))
        run("clang", "-x", "c++", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", *flags, str(src))
        text = (TOP / "lib" / h).read_text()
        for name in re.findall(r"\b((?:cper|cperform|cperjson)_\w+)\((?:const "
                               r")?(?:struct|void|char|int|uint\d+_t|size_t)\b", text):
            if not re.search(rf"typedef \w+ {name}\(", text):
                assert re.search(rf"\b{name}@", exported), name
