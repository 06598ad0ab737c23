# SPDX-License-Identifier: LGPL-2.1-or-later
"""rasctl decode and encode on every sample: exactly its neutral JSON, the same bytes again, the
manifest's errors.
"""
import base64
import json
import os
import pathlib
import struct
import subprocess

import pytest

import rasdlab

RASCTL = str(rasdlab.BUILD / "rasctl")
DATA = pathlib.Path("tests/data/cper")
MANIFEST = json.loads((DATA / "manifest.json").read_text())
EXACT = ("block", "header", "fields")  # objects that may not have more members than the sample's


def rasctl(*args, stdin=b""):
    return subprocess.run([RASCTL, *args], input=stdin, capture_output=True, timeout=30,
                          check=False)


def differences(want, got, path=""):
    """What of want is not in got. got may have more members, except in EXACT objects."""
    if isinstance(want, dict):
        if not isinstance(got, dict):
            return [path]
        out = [f"{path}/{k} missing" for k in want if k not in got]
        if path.rpartition("/")[2] in EXACT:
            out += [f"{path}/{k} unexpected" for k in got if k not in want]
        return out + [d for k in want if k in got for d in differences(want[k], got[k],
                                                                       f"{path}/{k}")]
    if isinstance(want, list):
        if not isinstance(got, list) or len(want) != len(got):
            return [path]
        return [d for i, pair in enumerate(zip(want, got))
                for d in differences(*pair, f"{path}/{i}")]
    return [] if type(want) is type(got) and want == got else [f"{path}: {want!r} is {got!r}"]


def test_valid_samples():
    assert len(MANIFEST["valid"]) == 33
    for sample in MANIFEST["valid"]:
        block = (DATA / sample["file"]).read_bytes()
        r = rasctl("decode", "-o", "json", str(DATA / sample["file"]))
        assert r.returncode == 0 and not r.stderr, sample["file"]
        got = json.loads(r.stdout)
        want = json.loads((DATA / sample["expect"]).read_text())
        assert differences(want, got) == [], sample["file"]
        assert "warnings" not in got
        assert rasctl("encode", "-", stdin=r.stdout).stdout == block, sample["file"]
        assert rasctl("encode", str(DATA / sample["expect"])).stdout == block, sample["file"]
        text = rasctl("decode", "-", stdin=block)
        assert text.returncode == 0 and text.stdout.isascii(), sample["file"]


def test_malformed_samples():
    assert len(MANIFEST["malformed"]) == 30
    for sample in MANIFEST["malformed"]:
        r = rasctl("decode", "-o", "json", str(DATA / sample["file"]))
        got = json.loads(r.stdout)
        if sample["verdict"] == "reject":
            assert r.returncode == 1, sample["file"]
            error = got["error"]
            assert (error["code"], error["offset"]) == (sample["error"],
                                                        sample["offset"]), sample["file"]
            assert error["message"] and isinstance(error["entry"], int)
            plain = rasctl("decode", str(DATA / sample["file"]))
            assert plain.returncode == 1, sample["file"]
            assert sample["error"].encode() in plain.stderr, sample["file"]
        else:
            assert r.returncode == 0, sample["file"]
            assert [(w["code"], w["offset"]) for w in got["warnings"]] == [(sample["error"],
                                                                            sample["offset"])]
            back = rasctl("encode", "-", stdin=r.stdout)
            assert back.stdout == (DATA / sample["file"]).read_bytes(), sample["file"]


def test_second_entry_is_named():
    r = rasctl("decode", "-o", "json", str(DATA / "malformed/033-second-elen-over.gesb"))
    assert json.loads(r.stdout)["error"]["entry"] == 1


def test_record_form_and_back(tmp_path):
    for sample in MANIFEST["valid"]:
        block = (DATA / sample["file"]).read_bytes()
        neutral = rasctl("decode", "-o", "json", str(DATA / sample["file"])).stdout
        record = rasctl("encode", "--format", "record", "-", stdin=neutral)
        assert record.returncode == 0, sample["file"]
        assert record.stdout[:4] == b"CPER" and struct.unpack_from("<I", record.stdout,
                                                                   20)[0] == len(record.stdout)
        shown = json.loads(rasctl("decode", "-o", "json", "-", stdin=record.stdout).stdout)
        kinds = [e["kind"] for e in json.loads(neutral)["entries"]]
        assert [e["kind"] for e in shown["entries"]] == kinds
        assert rasctl("encode", "-", stdin=json.dumps(shown).encode()).stdout == record.stdout
        if not any(x in sample["file"] for x in ("v201", "raw-data", "timestamp")):
            again = rasctl("encode", "--format", "block", "-", stdin=json.dumps(shown).encode())
            assert again.stdout[4:] == block[4:], sample["file"]


def test_exports():
    name = str(DATA / "valid/034-pcie-aer-cor.gesb")
    libcper = json.loads(rasctl("decode", "--format", "libcper", name).stdout)
    pcie = libcper["sections"][0]["Pcie"]
    assert pcie["deviceID"]["vendorID"] == 0x1b36 and pcie["deviceID"]["slotNumber"] == 1
    assert pcie["portType"] == {"value": 0, "name": "PCIe endpoint"}
    redfish = json.loads(rasctl("decode", "--format", "redfish", name).stdout)
    assert redfish["DiagnosticDataType"] == "CPER"
    raw = base64.b64decode(redfish["DiagnosticData"])
    assert rasctl("decode", "--format", "redfish", "-", stdin=raw).stdout == \
        rasctl("decode", "--format", "redfish", name).stdout


@pytest.mark.parametrize("args", [("decode", "--format", "block"),
                                  ("encode", "--format", "libcper"),
                                  ("decode", "--format", ""), ("explain", "--format", "neutral")])
def test_no_such_format_is_2(args):
    assert rasctl(*args, "/dev/null").returncode == 2


def test_empty_and_oversized(tmp_path):
    r = rasctl("decode", "-o", "json", "/dev/null")
    assert r.returncode == 1 and json.loads(r.stdout)["error"]["code"] == "TRUNCATED_BLOCK"
    entry = bytes.fromhex("1411bca5646fde4eb8633e83ed7c83b1") + struct.pack("<IHBBI", 2, 0x300, 0,
                                                                            0, 80) + bytes(44)
    section = struct.pack("<Q", 0x3fffff) + bytes(range(72))
    n = 6890
    big = struct.pack("<IIIII", 1023 << 4 | 10, 0, 0, n * 152, 2) + (entry + section) * n
    assert len(big) <= 1 << 20
    r = rasctl("decode", "-o", "json", "-", stdin=big)
    assert r.returncode == 0 and rasctl("encode", "-", stdin=r.stdout).stdout == big
    assert rasctl("decode", "-", stdin=big + bytes(100)).returncode == 0
    assert rasctl("decode", "-", stdin=big + bytes(2000)).returncode == 0
    r = rasctl("decode", "-o", "json", "-", stdin=big + big)
    assert r.returncode == 0 and [x["offset"] for x in json.loads(r.stdout)["records"]] == \
        [0, len(big)]
    r = rasctl("decode", "-", stdin=bytes((64 << 20) + 1))
    assert r.returncode == 1 and b"larger than 67108864 bytes" in r.stderr
