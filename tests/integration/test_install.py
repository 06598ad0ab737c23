# SPDX-License-Identifier: LGPL-2.1-or-later
"""`make install` puts everything where the units look for it, under any PREFIX; `make uninstall`
leaves nothing of it; root leaves no file of its own in somebody else's tree."""
import os
import pathlib
import re
import shutil
import subprocess

import pytest

import rasdlab
from rasdlab import TOP

KEPT = {"etc/rasd/rasd.conf"}  # the administrator's
OTHER = "rasd-lab"  # owns a tree
NAMED = re.compile(r"(?m)(?:^Exec\w+=\+?|EnvironmentFile=|DIR=)(/\S+)")


def make(*args, cwd=TOP):
    env = {k: v for k, v in os.environ.items() if not k.startswith("MAKE")}
    r = subprocess.run(["make", "-C", str(cwd), *args], env=env, timeout=900, text=True,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    assert r.returncode == 0, r.stdout
    return r.stdout


def files(root):
    return {str(p.relative_to(root)) for p in root.rglob("*") if not p.is_dir() or p.is_symlink()}


@pytest.fixture(scope="module", name="base")
def make_base():
    base = rasdlab.make_base()
    yield base
    rasdlab.drop_base(base)


@pytest.mark.parametrize("prefix", ["/usr", "/usr/local"])
def test_every_path_that_is_named_is_there(base, prefix):
    root = base / prefix.strip("/").replace("/", "-")
    make("install-build")
    make("install-files", f"DESTDIR={root}", f"PREFIX={prefix}")
    units = sorted((root / prefix[1:] / "lib/systemd/system").iterdir())
    assert {u.name for u in units} == {u.name for u in (TOP / "systemd").iterdir()
                                       if u.suffix in (".service", ".socket", ".timer")}
    named = set()
    for f in units + sorted((root / prefix[1:] / "share/rasd").iterdir()):
        named |= set(NAMED.findall(f.read_text()))
    assert {p.rsplit("/", 1)[1] for p in named} >= {"rasd", "rasctl", "rasd-pagemap",
                                                    "rasd-trigger.env"}
    for path in named:
        assert path.startswith(prefix + "/") and (root / path[1:]).exists(), path
    page = (root / prefix[1:] / "share/man/man8/rasd.8").read_text()
    assert set(re.findall(r"(\S+)/libexec/rasd", page)) == {prefix}
    make("uninstall", f"DESTDIR={root}", f"PREFIX={prefix}")
    assert files(root) == KEPT


def test_the_administrators_file_stays(base):
    root = base / "conf"
    conf = root / "etc/rasd/rasd.conf"
    conf.parent.mkdir(parents=True)
    conf.write_text("# mine\n")
    make("install-files", f"DESTDIR={root}")
    assert conf.read_text() == "# mine\n"


def test_the_sample_is_taken_and_its_user_is_debians(base):
    text = re.sub(r"(?m)^#(?=\S+ = |\[)", "", (TOP / "systemd/rasd.conf").read_text())
    assert re.findall(r"(?m)^qemu-user = (.*)$", text) == ["libvirt-qemu"]
    conf = base / "sample.conf"
    # User and group may be absent on this machine. That is the only thing that may be wrong.
    conf.write_text(text.replace("libvirt-qemu", "64055").replace("testers", OTHER))
    r = subprocess.run([TOP / "build/release/rasd", "--check-config", "--config", conf],
                       capture_output=True, text=True, timeout=60, check=False)
    assert r.returncode == 0, r.stderr


def test_root_leaves_nothing_in_somebodys_tree(base):
    tree = base / "tree"
    tree.mkdir()
    base.chmod(0o755)
    names = subprocess.run(["git", "ls-files", "-coz", "--exclude-standard"], cwd=TOP, check=True,
                           stdout=subprocess.PIPE, text=True).stdout.split("\0")
    for name in (n for n in names if n and not n.startswith("tests/") and (TOP / n).is_file()):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(TOP / name, tree / name)
    for part in ("release", "librascper"):
        shutil.copytree(TOP / "build" / part, tree / "build" / part)
    subprocess.run(["chown", "-R", f"{OTHER}:", tree], check=True)
    changed = tree / "cli/rasctl.c"
    os.utime(changed)
    make("install", f"DESTDIR={base}/root", cwd=tree)
    built = tree / "build/release/obj/cli/rasctl.o"
    assert built.stat().st_mtime >= changed.stat().st_mtime
    assert {p.owner() for p in tree.rglob("*")} == {OTHER}
    assert pathlib.Path(f"{base}/root/usr/sbin/rasd").owner() == "root"


def test_root_says_who_has_built_what_cannot_be_built_again(base):
    tree = base / "tree"
    os.utime(tree / "cli/rasctl.c")
    for path in (tree / "build/release/obj/cli").iterdir():
        os.chown(path, 0, 0)
    os.chown(tree / "build/release/obj/cli", 0, 0)
    r = subprocess.run(["make", "-C", str(tree), "install", f"DESTDIR={base}/root2"], timeout=900,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert r.returncode != 0 and "hint: delete build/" in r.stdout, r.stdout
    assert not (base / "root2").exists()


def test_tmpfiles(base):
    """/run/qmp is there after each boot, also where there is no libvirt."""
    (base / "t/etc").mkdir(parents=True, exist_ok=True)
    shutil.copy("/etc/passwd", base / "t/etc/passwd")
    shutil.copy("/etc/group", base / "t/etc/group")
    r = subprocess.run(["systemd-tmpfiles", "--create", f"--root={base}/t",
                        TOP / "systemd/rasd.tmpfiles"], capture_output=True, text=True, timeout=60,
                       check=False)
    made = base / "t/run/qmp"
    assert made.is_dir() and made.stat().st_mode & 0o7777 == 0o2750, r.stderr
    assert made.group() == "rasd-qmp", r.stderr
