# SPDX-License-Identifier: LGPL-2.1-or-later
"""rasctl inject: options of sections, with a scripted daemon. test_guest_decodes.py shows what
guests make of them.
"""
import json
import re
import subprocess

import pytest

from test_rasctl_help import types
from test_rasctl_offline import RASCTL, daemon, row, run  # noqa: F401 (daemon is a fixture)

BASE = ("inject", "--domain", "vm1", "--socket")
NEEDS = {"memory": ("--node", "1"), "memory2": ("--node", "1"),
         "vendor": ("--guid", "12345678-9abc-def0-1122-334455667788", "--data", "00")}


@pytest.fixture(name="ask")
def make_ask(daemon):  # noqa: F811
    """Runs inject with these options. Returns its result, and the parameters of the request if
    there was one.
    """
    d = daemon(lambda m, p: row(p))

    def ask(*args):
        d.requests.clear()
        r = run(*BASE, d.path, *args)
        return r, d.requests[0]["params"] if d.requests else None
    return ask


def options():
    """{type: [(option, placeholder)]} as rasctl itself lists them."""
    out = {}
    for kind in types():
        own, shared = run("inject", "--type", kind, "--help").stdout.split("\nany type:\n")
        for key, text in ((kind, own), (None, shared)):
            out[key] = re.findall(r"(?m)^    (--\S+) (\S*)", text)
    return out


VALUES = {
    "--severity": "recoverable", "--fru-id": "00112233-4455-6677-8899-aabbccddeeff",
          "--flags": "reset",
    "--entry-valid": "timestamp", "--section-valid": "0x1", "--block-status": "correctable",
          "--set": None,
    "--memory-type": "parity", "--error": "tlb", "--error-flags": "overflow", "--error-valid": "1",
    "--context": "2", "--timestamp": "2026-11-25 01:02:03", "--aer": "bad_dllp",
          "--aer-mask": "ecrc",
    "--aer-severity": "ecrc", "--tlp-header": "1,2,3,4", "--bdf": "0001:02:03.4",
          "--pcie-version": "4.0",
    "--record-id": "8f87f311-c998-4d9e-a0c4-6065518c4f6d",
          "--guid": "00345678-9abc-def0-1122-334455667788",
    "--running": None, "--no-running": None, "--precise": None, "--processor-type": "arm",
          "--isa": "x64",
    "--operation": "data-read", "--port-type": "root-port", "--agent-type": "cxl-root-port",
    "--registers": "1,2", "--chip-id": "3"}
BEFORE = {"--registers": ("--context", "1"), "--context-size": ("--context", "1"),
          "--msr": ("--context", "1"),
          "--mm-address": ("--context", "7"), "--precise": ("--timestamp", "2026-11-25 01:02:03")}


def test_every_option_says_something(ask):
    known = options()
    assert {"memory", "pcie", "arm-processor", "x86-processor", "generic-processor",
            "cxl-protocol", "firmware",
            "vendor"} <= known.keys()
    n = 0
    for kind in filter(None, known):
        for option, placeholder in known[kind] + known[None]:
            if option == "--set":
                continue
            base = ("--type", kind, *NEEDS.get(kind, ()), *BEFORE.get(option, ()))
            if option in base:
                base = ("--type", kind, "--card", "1") if option == "--node" else base
            value = () if not placeholder else (VALUES.get(option) or {
                "BYTES": "0102", "TEXT": "text", "WORD": "1"}.get(placeholder, "0x17"),)
            if (kind, option) in (("firmware", "--section-valid"), ("vendor", "--section-valid")):
                assert ask(*base, option, *value)[0].returncode == 2
                continue
            r, before = ask(*base)
            assert r.returncode == 0, r
            r, after = ask(*base, option, *value)
            assert r.returncode == 0, (kind, option, r)
            del before["request_id"], after["request_id"]
            assert before != after, (kind, option)
            n += 1
    assert n > 150


def test_three_sections(ask):
    r, p = ask("--type", "memory", "--gpa", "0x48000000", "--fru-text", "A", "--section", "--type",
               "arm-processor",
               "--severity", "recoverable", "--error", "bus", "--error-info", "5", "--section",
               "--mpidr", "7", "--type",
               "arm-processor", "--raw-data", "1,2,255", "--fru-id", "none", "--tag", "t", "--wait")
    assert r.returncode == 0, r
    del p["request_id"]
    assert p == {
        "domain": "vm1", "fru_id": "none", "tag": "t", "wait": True, "timeout_ms": 10000,
                 "block": {"raw_data": "0102ff"},
        "sections": [
            {"kind": "mem", "header": {"fru_text": "A", "error_severity": 2},
             "section": {"fields": {"physical_address": "0x0000000048000000",
                                    "physical_address_mask": "0xfffffffffffff000",
                                    "memory_error_type": 2}}},
            {"kind": "proc_arm", "header": {"error_severity": 0},
             "section": {"fields": {}, "error_info": [
                 {"fields": {"type": 8, "error_information": "0x0000000000000005"}}]}},
            {"kind": "proc_arm", "header": {"error_severity": 0},
             "section": {"fields": {"mpidr_el1": "0x0000000000000007"},
                         "error_info": [{"fields": {"type": 2,
                                                    "error_information": "0x000000000091000f"}}]}}]}


def test_plain_memory_error_stays_what_it_was(ask):
    _, p = ask("--gpa", "0x48000000", "--severity", "recoverable", "--fru-id",
               "00112233-4455-6677-8899-aabbccddeeff")
    del p["request_id"]
    assert p == {"domain": "vm1", "gpa": "0x48000000", "severity": "recoverable",
                 "fru_id": "00112233-4455-6677-8899-aabbccddeeff"}


@pytest.mark.parametrize("args, words", [
    ("--type nonsense", "memory, pcie"), ("--type memory", "is empty"),
                                         ("--type memory --mpidr 1", "arm-processor"),
    ("--type memory --node 65536", "0xffff"), ("--type memory --node -1", "number"),
                                         ("--type memory --gpa 0x", "not a number"),
    ("--type memory --bank 1 --bank-group 2", "instead of --bank"),
                                         ("--type memory --row 0x40000", "0x3ffff"),
    ("--type memory --memory-type s", "single-bit ECC"),
                                         ("--type memory --fru-text 123456789012345678901",
                                          "20 char"),
    ("--type memory --node 1 --timestamp yesterday", "YYYY-MM-DD"),
                                         ("--type memory --set nude=1", "no field nude"),
    ("--type memory --set node", "FIELD=VALUE"), ("--type pcie --bdf 00:20.0", "0000:01:00.0"),
    ("--type pcie --bdf 00:1f.8", "0000:01:00.0"), ("--type pcie --aer bad_tlp,nonsense",
                                                    "nonsense"),
    ("--type pcie --tlp-header 1,2,3", "four"), ("--type pcie --capability 0", "hex digits"),
    ("--type arm-processor --error cashe", "cache"), ("--type arm-processor --registers 1",
                                                      "--context"),
    ("--type arm-processor --affinity 256", "0xff"), ("--type arm-processor --vendor-data 1,256",
                                                      "256"),
    ("--type x86-processor --error cache,tlb", "one of cache"),
                                         ("--type vendor --data 00", "--guid"),
    ("--type vendor --guid x --data 00", "GUID"), ("--gpa 0 --malformed", "needs --record"),
    ("--record /dev/null --type memory", "do not apply"),
                                         ("--type memory --node 1" + " --section" * 16,
                                          "16 sections"),
    ("--type arm-processor --context 9 --registers 1", "ARM_CONTEXT"),
                                         ("--type memory --node 1 --set length=3", "length"),
])
def test_usage(ask, args, words):
    r, p = ask(*args.split())
    assert r.returncode == 2 and p is None and words in r.stderr, r


def test_other_verbs_take_no_sections():
    r = run("status", "--mpidr", "1")
    assert r.returncode == 2 and "takes no --mpidr" in r.stderr


def test_fatal_in_any_section_needs_yes(ask):
    args = ("--type", "memory", "--gpa", "0x48000000", "--severity", "fatal", "--section",
            "--type", "firmware",
            "--severity", "corrected")
    assert ask(*args)[0].returncode == 5 and ask(*args)[1] is None
    r, p = ask(*args, "--yes")
    assert r.returncode == 0 and p["confirm"] is True
    assert [s["header"]["error_severity"] for s in p["sections"]] == [1, 2]


def test_record_from_json_is_what_encode_makes(ask, tmp_path):
    sample = "tests/data/cper/valid/044-arm-ctx-el1.gesb"
    text = run("decode", "-o", "json", sample).stdout
    (tmp_path / "r.json").write_text(text)
    with open(sample, "rb") as f:
        want = f.read().hex()
    for path in (sample, str(tmp_path / "r.json")):
        r, p = ask("--record", path)
        assert r.returncode == 0 and p["record_hex"] == want and "malformed" not in p
    (tmp_path / "bad.json").write_text(text.replace('"midr_el1"', '"midr_el2"'))
    r, p = ask("--record", str(tmp_path / "bad.json"))
    assert r.returncode and p is None and "midr_el2" in r.stderr
    r, p = ask("--record", sample, "--malformed")
    assert p["malformed"] is True


def test_record_in_any_form(ask, tmp_path):
    cases = "tests/data/cper/cases/"
    block = bytes.fromhex(ask("--record", cases + "10-form-qmp.json")[1]["record_hex"])
    assert len(block) == 172 and block[20 + 72 + 16:][:8].hex() == "0000004800000000"
    # a UEFI record: its sections become the block, with its time in BCD
    for name in ("03-timestamp-bcd.cper", "10-form-base64.txt", "10-form-hexdumpC.txt",
                 "10-form-redfish.json", "02-timestamp-binary.cper"):
        r, p = ask("--record", cases + name)
        sent = bytes.fromhex(p["record_hex"])
        time = "3401020001072520" if "binary" in name else "5859230131122620"
        assert r.returncode == 0 and "UEFI record" in r.stderr
        assert sent[84:92].hex() == time and sent[92:] == block[92:], name
    # a section needs a severity, unless the text says it
    r, p = ask("--record", cases + "10-form-raw-error.txt")
    assert r.returncode == 2 and p is None and "--severity" in r.stderr
    for args in ((cases + "10-form-raw-error.txt",),
                 (cases + "10-form-raw-section.bin", "--section-type", "mem")):
        r, p = ask("--record", *args, "--severity", "recoverable")
        sent = bytes.fromhex(p["record_hex"])
        assert r.returncode == 0 and sent[16:20] == bytes(4) and sent[92:] == block[92:]
    r, p = ask("--record", cases + "10-form-raw-error.txt", "--severity", "fatal")
    assert r.returncode == 5 and p is None
    r, p = ask("--record", cases + "10-form-qmp.json", "--severity", "fatal", "--yes")
    assert r.returncode == 2 and p is None and "does not apply" in r.stderr


def test_one_record_of_several(ask):
    two = "tests/data/cper/cases/08-bert-two-blocks.bin"
    r, p = ask("--record", two)
    assert r.returncode == 2 and p is None and "2 records" in r.stderr and "--index" in r.stderr
    with open(two, "rb") as f:
        data = f.read()
    for index, want in (("1", data[:172]), ("2", data[172:344])):
        assert bytes.fromhex(ask("--record", two, "--index", index)[1]["record_hex"]) == want
    assert ask("--record", two, "--index", "3")[0].returncode == 2


def test_record_that_is_not_whole(ask, tmp_path):
    r, p = ask("--record", "tests/data/cper/cases/15-truncated.cper")
    assert r.returncode == 1 and p is None and "RECORD_LENGTH" in r.stderr
    r, p = ask("--record", "tests/data/cper/cases/20-whea-event.bin")
    assert r.returncode == 1 and p is None and "WHEA event" in r.stderr
    # rasd itself judges bytes that are no block
    (tmp_path / "bad").write_bytes(bytes(range(40)))
    r, p = ask("--record", str(tmp_path / "bad"))
    assert p["record_hex"] == bytes(range(40)).hex()
    (tmp_path / "hex").write_text(bytes(range(40)).hex())
    r, p = ask("--record", str(tmp_path / "hex"), "--malformed")
    assert p["record_hex"] == bytes(range(40)).hex() and p["malformed"] is True
    (tmp_path / "bad").write_bytes(bytes(5000))
    assert ask("--record", str(tmp_path / "bad"))[1] is None


def test_pfn(ask):
    assert ask("--pfn", "0x48000")[1]["gpa"] == "0x48000000"
    r, p = ask("--pfn", "1", "--gpa", "1")
    assert r.returncode == 2 and p is None and "--pfn" in r.stderr
    assert ask("--pfn", "0x10000000000000")[0].returncode == 2
    _, p = ask("--type", "memory", "--pfn", "0x48000", "--section", "--type", "memory", "--pfn",
               "0x48001")
    assert [s["section"]["fields"]["physical_address"] for s in p["sections"]] == [
        "0x0000000048000000", "0x0000000048001000"]


@pytest.mark.parametrize("word,number", [("EL1", 5), ("el3", 7), ("AARCH64-EL2", 6),
                                         ("AArch32-EL1", 1), ("gpr", 4), ("misc", 8), ("5", 5)])
def test_contexts_by_ghes_inject_words(ask, word, number):
    _, p = ask("--type", "arm-processor", "--context", word, "--registers", "1,2")
    context = p["sections"][0]["section"]["context_info"][0]
    fields = context.get("fields", context)
    assert fields["register_context_type"] == number


def test_sections_encode_offline(ask):
    """rasctl encode understands what is sent."""
    _, p = ask("--type", "pcie", "--bdf", "0000:01:00.0", "--aer", "receiver_error")
    out = subprocess.run([RASCTL, "encode", "-"],
                         input=json.dumps({"entries": p["sections"]}).encode(), check=True,
                         capture_output=True).stdout
    shown = json.loads(subprocess.run([RASCTL, "decode", "-o", "json", "-"], input=out, check=True,
                                      capture_output=True).stdout)
    fields = shown["entries"][0]["section"]["fields"]
    assert (fields["bus"], fields["aer_info"][32:40]) == (1, "01000000")


def test_the_manual_has_every_option():
    with open("man/rasctl.1", encoding="utf-8") as f:
        manual = f.read()
    for kind, listed in options().items():
        for option, _ in listed:
            assert f".It Fl -{option[2:]}" in manual, (kind, option)


@pytest.mark.parametrize("words, kind, severity", [
    ("Memory Correctable", "mem", "corrected"), ("0x8", "mem", "corrected"), ("8", "mem",
                                                                              "corrected"),
    ("memory-uncorrectable-non-fatal", "mem", "recoverable"), ("0x20", "mem", "fatal"),
    ("Processor Correctable", "proc_generic", "corrected"), ("0x2", "proc_generic", "recoverable"),
    ("PCI Express Uncorrectable non-fatal", "pcie", "recoverable"), ("0x40", "pcie", "corrected"),
    ("CXL.mem Protocol Uncorrectable fatal", "cxl_prot", "fatal"),
])
def test_the_types_of_einj(ask, words, kind, severity):
    more = {"mem": ("--gpa", "0x48000000"), "proc_generic": ("--error", "cache"),
            "pcie": ("--bdf", "0000:01:00.0"), "cxl_prot": ("--bdf", "0000:01:00.0")}[kind]
    r, params = ask("--type", words, *more, "--yes")
    assert r.returncode == 0, r
    assert params["sections"][0]["kind"] == kind
    number = {"recoverable": 0, "fatal": 1, "corrected": 2}[severity]
    assert params["sections"][0]["header"]["error_severity"] == number
    r, params = ask("--type", words, *more, "--severity", "info", "--yes")
    assert params["sections"][0]["header"]["error_severity"] == 3
    assert severity != "fatal" or ask("--type", words, *more)[0].returncode == 5


def test_no_type_of_einj(ask):
    for word in ("0x200", "0x18", "Memory", "Platform Correctable"):
        r, params = ask("--type", word, "--gpa", "1")
        assert (word == "Memory" and params) or (r.returncode == 2 and "EINJ" in r.stderr), r
