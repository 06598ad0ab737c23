# SPDX-License-Identifier: LGPL-2.1-or-later
"""Completion of rasctl in bash and zsh: the shells run their functions, with a scripted daemon."""
import os
import shlex
import subprocess

import pytest

from test_rasctl_help import options_of, types, verbs
from test_rasctl_offline import RASCTL, daemon, run  # noqa: F401 (daemon is a fixture)

NAMES = ["vm1", "vm2", "$(touch pwned)", "a b", "c\x1b[31m", "`id`;x"]
BASH = r"""eval "$(rasctl completion bash)"
compopt() { echo FILES; }
COMP_WORDS=(rasctl %s)
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_rasctl rasctl
printf '%%s\n' "${COMPREPLY[@]}"
"""
ZSH = r"""compdef() { }
_files() { print FILES }
_describe() { print -rl -- "${(P@)@[-1]}" }
eval "$(rasctl completion zsh)"
words=(rasctl %s)
CURRENT=$#words
_rasctl
"""


@pytest.fixture(params=["bash", "zsh"], name="complete")
def make_complete(request, daemon, tmp_path):  # noqa: F811
    """complete(word, ...): what the shell offers for the last word."""
    d = daemon(lambda m, p: {"domains": [{"name": n, "state": "running", "backends": []}
                                         for n in NAMES]})

    def complete(*words, socket=d.path):
        script = (BASH if request.param == "bash" else ZSH) % " ".join(map(shlex.quote, words))
        program = ["bash", "--norc", "-c"] if request.param == "bash" else ["zsh", "-f", "-c"]
        r = subprocess.run([*program, script], text=True, capture_output=True, cwd=tmp_path,
                           timeout=60, env={**os.environ, "RASD_SOCKET": str(socket),
                                            "PATH": os.path.dirname(RASCTL) + ":/usr/bin:/bin"})
        assert r.returncode == 0 and r.stderr == "", r
        lines = [line for line in r.stdout.splitlines() if line]
        return lines if request.param == "bash" else [line.split(":")[0] for line in lines]
    complete.shell = request.param
    return complete


def test_verbs(complete):
    assert set(complete("")) == set(verbs())
    assert complete("expl") == ["explain"]
    assert complete("help", "expl") == ["explain"] and complete("nonsense", "") == []


@pytest.mark.parametrize("verb", verbs())
def test_every_option_of_the_help(complete, verb):
    own = {name for name, _ in options_of(run(verb, "--help").stdout)} - {"--section"}
    found = set(complete(verb, "--"))
    assert own <= found, own - found
    assert found - own == {"--output", "--socket", "--timeout", "--no-color", "--help",
                           "--version"}


@pytest.mark.parametrize("kind", types())
def test_options_go_with_the_type(complete, kind):
    own = {name for name, _ in options_of(run("help", "inject", "--type", kind).stdout)}
    found = set(complete("inject", "vm1", "--type", kind, "--"))
    assert own <= found
    if kind == "pcie":
        assert "--mpidr" not in found and "--aer" in found


@pytest.mark.parametrize("words, want", [
    (("inject", "--type", "pc"), ["pcie"]), (("inject", "--type", "=", "pc"), ["pcie"]),
    (("inject", "--severity", "fa"), ["fatal"]), (("-o", "j"), ["json"]),
    (("inject", "--type", "pcie", "--aer", "bad_t"), ["bad_tlp"]),
    (("inject", "--type", "pcie", "--aer", "bad_tlp,bad_d"), ["bad_tlp,bad_dllp"]),
    (("inject", "--memory-type", "single-b"), ["single-bit-ECC"]),
    (("inject", "--type", "x86-processor", "--error", "mi"), ["micro-arch"]),
    (("inject", "--flags", "thr"), ["threshold_exceeded"]),
    (("inject", "--type", "pcie", "--section", "--memory-type", "par"), ["parity-error"]),
    (("resolve", "--state", "lo"), ["lost"]), (("poison", "e"), ["export"]),
    (("decode", ""), ["FILES"]), (("inject", "--record", "x"), ["FILES"]),
    (("poison", "import", "vm1", ""), ["FILES"]), (("log", "--limit", ""), []),
    (("completion", "z"), ["zsh"]), (("explain", "vm1", ""), []),
])
def test_values(complete, words, want):
    assert complete(*words) == want


def test_options_with_their_value_in_one_word(complete):
    """bash splits at = itself."""
    if complete.shell == "zsh":
        assert complete("inject", "--type=pc") == ["--type=pcie"]
        assert complete("inject", "--type=pcie", "--aer=bad_tlp,bad_d") == [
            "--aer=bad_tlp,bad_dllp"]
    assert complete("inject", "--type", "=", "pcie", "--aer", "=", "bad_t") == ["bad_tlp"]


@pytest.mark.parametrize("before", [("explain",), ("inject",), ("inject", "--domain"),
                                    ("poison", "export"), ("--timeout", "3", "explain")])
def test_names_of_guests(complete, before):
    assert complete(*before, "vm") == ["vm1", "vm2"]


def test_a_name_is_never_evaluated(complete, tmp_path):
    """Who may name a guest must not run commands of who presses TAB."""
    found = complete("explain", "")
    quoted = complete.shell == "bash"
    assert (r"\$\(touch\ pwned\)" if quoted else "$(touch pwned)") in found
    assert (r"a\ b" if quoted else "a b") in found and "\x1b" not in "".join(found)
    assert not (tmp_path / "pwned").exists()


def test_silent_where_rasd_is_away(complete, tmp_path):
    assert complete("explain", "", socket=tmp_path / "none") == []
    assert complete("--socket", str(tmp_path / "none"), "explain", "v") == []
    r = run("--socket", str(tmp_path / "none"), "completion", "domains")
    assert (r.returncode, r.stdout, r.stderr) == (3, "", "")


def test_rasd_that_does_not_answer_is_not_waited_for(daemon):  # noqa: F811
    d = daemon(lambda m, p: None)
    r = run("--socket", d.path, "completion", "domains")
    assert (r.returncode, r.stdout, r.stderr) == (7, "", "")


def test_domains(daemon):  # noqa: F811
    d = daemon(lambda m, p: {"domains": [{"name": n} for n in NAMES]})
    lines = run("--socket", d.path, "completion", "domains").stdout.splitlines()
    assert lines == [*NAMES[:4], "c\\x1b[31m", "`id`;x"]


def test_no_other_shell():
    r = run("completion", "fish")
    assert r.returncode == 2 and "bash, zsh" in r.stderr
