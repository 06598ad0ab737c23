# SPDX-License-Identifier: LGPL-2.1-or-later
"""rasctl's help: of one verb, of one type, and that it says what the program does."""
import re
import shlex

import pytest

from test_rasctl_offline import run


def verbs():
    """{verb: its operands} as rasctl lists them."""
    text = run("help").stdout
    return dict(re.findall(r"(?m)^    ([a-z]+)((?: \[?[A-Z]+\]?)*)(?:  |$)", text))


def types():
    text = run("inject", "--help").stdout
    text = text[text.index("\ntypes ("):text.index("\nexamples:")]
    return re.findall(r"(?m)^    ([a-z]\S+)", text)


PAGES = [(verb,) for verb in verbs()] + [("inject", "--type", t) for t in types()]


def examples(text):
    """The commands of a page's examples, each with its continued lines."""
    return re.sub(r"\\\n *", "", text[text.index("examples:\n"):].split("\n\n")[0]).splitlines()[1:]


def options_of(text):
    """[(option, takes a value)] of a page."""
    return [(name, bool(value)) for name, value in
            re.findall(r"(?m)^    (?:-\w, )?(--[a-z-]+)(?: (\S+))?(?:  |$)", text)]


def test_alone_it_prints_a_page_for_24_lines():
    r = run()
    lines = r.stderr.splitlines()
    assert r.returncode == 2 and r.stdout == "" and len(lines) < 24
    assert max(map(len, lines)) < 80
    for verb in verbs():
        assert re.search(rf"\b{verb}\b", r.stderr), verb


@pytest.mark.parametrize("args", PAGES, ids=" ".join)
def test_help_of_one_verb(args):
    text = run(*args, "--help").stdout
    assert text == run("help", *args).stdout == run(*args, "-h").stdout == run("-h", *args).stdout
    assert text.startswith(f"usage: rasctl {args[0]}"), text
    assert max(map(len, text.splitlines())) < 80
    assert len(examples(text)) == 2
    # of no other verb
    assert not [v for v in verbs() if v != args[0] and f"usage: rasctl {v} " in text]


@pytest.mark.parametrize("args", PAGES, ids=" ".join)
def test_examples_are_commands_that_it_takes(args, tmp_path):
    for line in examples(run(*args, "--help").stdout):
        words = shlex.split(line[line.rindex("rasctl "):].split(" >")[0])
        assert words[0] == "rasctl" and args[0] in (words[1], "encode"), line
        if words[1] == "help" or args[0] == "completion":
            assert run(*words[1:]).returncode == 0
        else:
            r = run("--socket", str(tmp_path / "none"), *words[1:])
            assert r.returncode != 2, (line, r.stderr)


def test_an_option_takes_a_value_everywhere_or_nowhere():
    """The verb is found before it is known which options it has."""
    seen = {}
    for args in PAGES:
        for name, value in options_of(run(*args, "--help").stdout):
            assert seen.setdefault(name, value) == value, (args, name)
    assert seen["--gpa"] and not seen["--dry-run"]


@pytest.mark.parametrize("args", PAGES, ids=" ".join)
def test_options_of_the_page_are_taken(args):
    """Each with and without a value, as the page says; the page itself is the answer."""
    for name, value in options_of(run(*args, "--help").stdout):
        if name in ("--type", "--section") or value and name in (
                "--count", "--index", "--limit", "--timeout", "--pfn"):
            continue
        base = ("--type", args[2]) if len(args) > 1 else ()
        given = (args[0], *base, name, *(("x",) if value else ()), "--help")
        r = run(*given)
        assert r.returncode == 0, (given, r.stderr)
        if not value:
            assert "takes no value" in run(args[0], *base, name + "=x").stderr


@pytest.mark.parametrize("args, words", [
    (("inject", "--type", "bad", "-h"), "no such type"), (("help", "statsu"), "'status'"),
    (("log", "--limit"), "--limit needs a value"), (("status", "-x"), "-x"),
    (("inject", "--se", "x"), "--se"), (("poison", "export"), "poison takes"),
    (("status", "--dry-run"), "takes no --dry-run"),
])
def test_usage_errors_name_the_word(args, words):
    r = run(*args)
    assert r.returncode == 2 and words in r.stderr and "hint: " in r.stderr, r


@pytest.mark.parametrize("args", [("-V",), ("--version",), ("status", "-V"), ("-V", "status")])
def test_version(args):
    assert re.fullmatch(r"rasctl [0-9.]+\n", run(*args).stdout)


def test_options_before_the_verb(tmp_path):
    """A value that is called like a verb is none."""
    s = str(tmp_path / "s")
    for args in (("--domain", "status", "--gpa", "1", "inject"), ("--socket=x", "inject", "vm1",
                 "--gpa", "1"), ("-ojson", "inject", "--gpa=1", "vm1"), ("--sev", "info", "inject",
                 "vm1", "--gpa", "1"), ("--", "inject", "vm1")):
        r = run("--socket", s, *args)
        assert r.returncode == (2 if args[0] == "--" else 3), (args, r.stderr)
