# SPDX-License-Identifier: LGPL-2.1-or-later
"""rasctl decode: several records in a file, cut ones, stores of firmware, and what is no record."""
import json
import struct

import pytest

from test_rasctl_forms import BLOCK, CASES, PA, RECORD, addresses, case, decode, severities
from test_rasctl_record import DATA, rasctl


def test_two_records():
    code, shown, text, _ = case("01-two-records.cper")
    assert code == 0 and severities(shown) == ["corrected", "fatal"]
    assert addresses(shown) == ["0x0000000048000000", "0x0000000048001000"]
    assert [r["offset"] for r in shown["records"]] == [0, 280]
    assert "record 2 of 2: UEFI record at byte 280" in text and "0x0000000048001000" in text


def test_a_bert_region():
    code, shown, text, _ = case("08-bert-two-blocks.bin")
    assert code == 0 and severities(shown) == ["corrected", "fatal"]
    assert [r["offset"] for r in shown["records"]] == [0, 172]
    assert shown["gaps"] == [{"offset": 344, "length": 3752, "what": "zeros"}]
    assert "bytes 344 to 4095: 3752 bytes, zeros (block_status 0:" in text


def test_a_bert_table_before_its_region():
    code, shown, text, _ = case("09-bert-table-and-region.bin")
    assert code == 0 and addresses(shown) == ["0x0000000048000000"]
    assert shown["gaps"] == [{"offset": 0, "length": 48, "what": "ACPI table BERT"}]
    assert "ACPI table BERT" in text
    code, shown, _, err = decode((CASES / "09-bert-table-and-region.bin").read_bytes()[:48])
    assert code == 1 and shown["error"]["code"] == "NOT_A_RECORD" and "tables/data/BERT" in err


def test_a_ring_with_pointers():
    code, shown, text, _ = decode(struct.pack("<III", 0, 560, 560) + RECORD + RECORD + bytes(512))
    assert code == 0 and [r["offset"] for r in shown["records"]] == [12, 292]
    assert shown["gaps"][0]["what"] == "pointers of a ring" and "pointers" in text


def test_a_store_of_erst():
    """The file in which QEMU keeps the records of ERST: a head of 8 KiB, then a record a slot."""
    head = struct.pack("<8sIIHHI", b"ERSTSTOR", 8192, 8192, 0x100, 0, 2).ljust(8192, b"\0")
    code, shown, text, _ = decode(head + (RECORD.ljust(8192, b"\xff")) * 2)
    assert code == 0 and [r["offset"] for r in shown["records"]] == [8192, 16384]
    assert shown["gaps"][0] == {"offset": 0, "length": 8192, "what": "head of a store of ERST"}
    code, shown, _, _ = decode(b"ERST" + struct.pack("<I", 200) + bytes(192))
    assert code == 1 and "ACPI table" in shown["error"]["message"]


def test_a_monitor_log():
    block = json.loads((CASES / "10-form-qmp.json").read_text())
    text = f"2025-06-03 12:00:00 -> {json.dumps(block)}\n2025-06-03 12:00:00 <- {{}}\n"
    code, shown, _, _ = decode((text + text).encode())
    assert code == 0 and addresses(shown) == ["0x0000000048000000"] * 2


def test_explained_json_is_read_back():
    shown = rasctl("decode", "--explain", "-o", "json", "-", stdin=RECORD + BLOCK).stdout
    assert rasctl("encode", "-", stdin=shown).stdout == RECORD + BLOCK


def test_mixed_with_junk():
    junk = bytes(range(100, 228))
    data = BLOCK + RECORD + junk + RECORD + bytes(64) + BLOCK
    code, shown, text, err = decode(data)
    assert code == 1 and len(shown["records"]) == 4
    assert [r["offset"] for r in shown["records"]] == [0, 172, 580, 924]
    assert shown["gaps"] == [{"offset": 452, "length": 128, "what": "other bytes"},
                             {"offset": 860, "length": 64, "what": "zeros"}]
    assert "bytes 452 to 579: 128 bytes, other bytes" in text and "not all" in err
    # all of it goes back to bytes
    whole = decode(BLOCK + RECORD + BLOCK)
    back = rasctl("encode", "-", stdin=json.dumps(whole[1]).encode())
    assert back.stdout == BLOCK + RECORD + BLOCK


def test_a_cut_record_in_a_ring():
    code, shown, _, _ = decode(RECORD[:240] + RECORD + BLOCK[:100])
    assert code == 1 and [r["offset"] for r in shown["records"]] == [0, 240, 520]
    assert [r.get("error", {}).get("code") for r in shown["records"]] == [
        "RECORD_LENGTH", None, "TRUNCATED_DATA"]
    assert shown["records"][2]["block"]["data_length"] == 152


def test_erased_flash():
    code, shown, _, _ = decode(RECORD + b"\xff" * 1000)
    assert code == 0 and addresses(shown) == ["0x0000000048000000"]


def test_a_record_that_is_cut():
    code, shown, text, err = case("15-truncated.cper")
    assert code == 1 and shown["error"]["code"] == "RECORD_LENGTH"
    assert shown["record"]["section_count"] == 1
    assert shown["entries"][0]["descriptor"]["section_length"] == 80
    assert shown["entries"][0]["section"] == {"length": 80, "missing": True}
    assert "memory error" in text and "missing: 80 bytes" in text and "warning: " in text
    assert "RECORD_LENGTH" in err
    for n in range(128, len(RECORD)):
        code, shown, _, _ = decode(RECORD[:n])
        assert code == 1 and shown["record"]["record_length"] == 280, n
        assert len(shown["entries"]) == (n >= 200), n
    # without --format neutral there is nothing to export
    assert rasctl("decode", "--format", "redfish", str(CASES / "15-truncated.cper")).returncode == 1


def test_a_block_that_is_cut():
    block = (DATA / "valid/077-multi-mem-arm.gesb").read_bytes()
    for n in range(20, len(block)):
        code, shown, _, _ = decode(block[:n])
        assert code == 1 and shown["error"]["code"] == "TRUNCATED_DATA", n
        assert len(shown["entries"]) == (n >= 20 + 72 + 80), n


def test_a_corrupt_section_is_bytes():
    code, shown, text, _ = decode((DATA / "malformed/061-pcie-207.gesb").read_bytes())
    assert code == 1 and shown["error"]["code"] == "SECTION_TOO_SHORT"
    assert len(shown["entries"][0]["section"]["data"]) == 2 * 207 and "data: " in text


@pytest.mark.parametrize("data", [
    (CASES / "07-not-a-record.bin").read_bytes(), (CASES / "10-form-raw-section.bin").read_bytes(),
    bytes(20), bytes(172), bytes(4096), b"\xff" * 512, struct.pack("<IIIII", 0, 0, 0, 0, 2),
    struct.pack("<IIIII", 0x8001, 0, 0, 0, 0), struct.pack("<IIIII", 0x10, 0, 0, 0, 0) + b"\1" * 80,
    struct.pack("<IIIII", 1, 0, 0, 0, 0) + bytes(80), bytes(range(256)),
    (DATA / "valid/034-pcie-aer-cor.gesb").read_bytes()[92:],
    (DATA / "valid/041-arm-qemu-default.gesb").read_bytes()[92:],
    (DATA / "valid/038-proc-generic-all.gesb").read_bytes()[92:],
    (DATA / "valid/051-ia-tlb-bus-ms.gesb").read_bytes()[92:],
    (DATA / "valid/031-mem2-all.gesb").read_bytes()[92:],
    (DATA / "valid/064-cxl-prot-device.gesb").read_bytes()[92:]],
    ids=["crashlog", "section", "z20", "z172", "z4096", "ff", "empty", "reserved", "count",
         "left", "noise", "pcie", "arm", "generic", "x86", "mem2", "cxl"])
def test_what_is_no_record_is_refused(data):
    code, shown, text, err = decode(data)
    assert code == 1 and "severity" not in text and "entries" not in shown.get("records", [{}])[0]
    assert shown["error"]["code"] in ("NOT_A_RECORD", "RAW_DATA", "DATA_LENGTH")
    blank = set(data) in ({0}, {255})
    assert "--section-type" in err or blank or shown["error"]["code"] != "NOT_A_RECORD"
    assert ("all bytes are 00 or ff" in err) == blank


def test_a_raw_section():
    raw = (CASES / "10-form-raw-section.bin").read_bytes()
    for kind in ("mem", "a5bc1114-6f64-4ede-b863-3e83ed7c83b1"):
        code, shown, text, _ = decode(raw, "--section-type", kind)
        assert code == 0 and addresses(shown) == ["0x0000000048000000"]
        assert "severity" not in shown["entries"][0]["header"] and PA.decode() in text
        assert "recoverable" not in text
    code, shown, _, _ = decode(raw[:70], "--section-type", "mem")
    assert code == 1 and shown["error"]["code"] == "SECTION_TOO_SHORT"
    assert rasctl("decode", "--section-type", "nonsense", "-", stdin=raw).returncode == 2
    code, shown, _, _ = decode(raw.hex().encode(), "--section-type", "mem")
    assert code == 0 and shown["form"] == "hex text"
