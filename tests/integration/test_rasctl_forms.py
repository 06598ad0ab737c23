# SPDX-License-Identifier: LGPL-2.1-or-later
"""rasctl decode on records as people have them: in text of every kind.

The files of tests/data/cper/cases are like those of public reports. A form is also made here from
a record whose values are known, as the tool of that form writes it.
"""
import base64
import gzip
import json
import struct

import pytest

from test_rasctl_record import DATA, rasctl

CASES = DATA / "cases"
BLOCK = (DATA / "valid/000-mem-min-pa.gesb").read_bytes()
RECORD = (CASES / "03-timestamp-bcd.cper").read_bytes()
PA = b"physical_address: 0x0000000048000000"


def decode(data, *args):
    """The exit code, the JSON and the text of decode."""
    r = rasctl("decode", *args, "-o", "json", "-", stdin=data)
    text = rasctl("decode", *args, "-", stdin=data)
    assert text.returncode == r.returncode
    return r.returncode, json.loads(r.stdout), text.stdout.decode(), text.stderr.decode()


def case(name, *args):
    return decode((CASES / name).read_bytes(), *args)


def addresses(shown):
    return [e["section"]["fields"]["physical_address"] for r in shown.get("records", [shown])
            for e in r["entries"]]


def severities(shown):
    return [r["words"]["error_severity"] for r in shown["records"]]


def dump(data, offset="{:08x}", group=1, swap=False, per=16, text=True, end="  "):
    """Lines of a hexdump."""
    out = []
    for at in range(0, len(data), per):
        row = data[at:at + per]
        groups = [row[i:i + group] for i in range(0, len(row), group)]
        hexes = " ".join((g[::-1] if swap else g).hex() for g in groups)
        column = "".join(chr(b) if 0x20 <= b < 0x7f else "." for b in row)
        out.append(offset.format(at) + hexes + (end + column if text else ""))
    return "\n".join(out) + "\n"


def test_times():
    code, shown, text, _ = case("02-timestamp-binary.cper")
    assert code == 0 and shown["words"]["timestamp"].startswith("2025-07-01 02:01:34")
    assert [w["code"] for w in shown["warnings"]] == ["TIMESTAMP_BCD"]
    assert "timestamp: 2025-07-01 02:01:34" in text and "binary" in text
    # the same bytes again, but BCD in another form
    raw = (CASES / "02-timestamp-binary.cper").read_bytes()
    neutral = json.dumps(shown).encode()
    assert rasctl("encode", "-", stdin=neutral).stdout == raw
    block = rasctl("encode", "--format", "block", "-", stdin=neutral).stdout
    assert block[20 + 64:20 + 72] == bytes.fromhex("3401020001072520")
    code, shown, text, _ = case("03-timestamp-bcd.cper")
    assert shown["words"]["timestamp"] == "2026-12-31 23:59:58 (precise)"
    assert "warnings" not in shown and "timestamp: 2026-12-31 23:59:58 (precise)" in text
    for date in ("2026-12-31 23:59:58 (precise)", "2026-12-31T23:59:58Z"):
        shown["record"]["timestamp"] = date
        back = rasctl("encode", "-", stdin=json.dumps(shown).encode()).stdout
        assert back[24:32] == bytes.fromhex("585923" + ("01" if "p" in date else "00") + "31122620")
    shown["record"]["timestamp"] = "2026-13-31 23:59:58"
    r = rasctl("encode", "-", stdin=json.dumps(shown).encode())
    assert r.returncode == 1 and b"record.timestamp: must be a date" in r.stderr


@pytest.mark.parametrize("name,form", [
    ("10-form-base64.txt", "base64 text"), ("10-form-hexdumpC.txt", "hexdump text"),
    ("10-form-plainhex.txt", "hex text"), ("10-form-qmp.json", "a QMP command"),
    ("10-form-redfish.json", "Redfish JSON"), ("17-own-redfish.json", "Redfish JSON"),
    ("10-form-raw-error.txt", "hexdump text")])
def test_forms_of_the_cases(name, form):
    code, shown, text, _ = case(name)
    assert code == 0 and shown["form"] == form and text.startswith(f"form: {form}\n")
    assert addresses(shown) == ["0x0000000048000000"] and PA.decode() in text


def test_words_of_a_kernel_log():
    code, shown, text, _ = case("10-form-dmesg-words.txt")
    section = shown["entries"][0]["section"]
    assert code == 0 and section["length"] == 80
    assert section["fields"]["type"] == 2 and section["payload"] == "00" * 15 + "48" + "00" * 60
    assert shown["entries"][0]["header"]["section_type"] == "e8ed898d-df16-43cc-8ecc-54f060ef157f"
    assert "words" in shown["form"]


def numbers(data, fmt, each, offset="{:07o}"):
    """Lines of od. Lines that repeat are "*"."""
    out, last = [], None
    for at in range(0, len(data), 16):
        row = data[at:at + 16]
        values = struct.unpack(fmt.format(len(row) // struct.calcsize(fmt.format(1))), row)
        if row != last:
            out.append(offset.format(at) + "".join(each.format(x) for x in values))
        elif out[-1] != "*":
            out.append("*")
        last = row
    return "\n".join(out + [offset.format(len(data))]) + "\n"


RAW = RECORD
FORMS = {
    "plain": RAW.hex(), "upper": RAW.hex().upper(), "blanks": RAW.hex(" "), "colons": RAW.hex(":"),
    "wrapped": "\n".join(RAW.hex()[i:i + 60] for i in range(0, 560, 60)),
    "escaped": "".join(f"\\x{b:02x}" for b in RAW), "0x": " ".join(f"0x{b:02x}" for b in RAW),
    "hexdump": dump(RAW, "{:08x}  ", end="  |"), "xxd": dump(RAW, "{:08x}: ", 2),
    "xxd4": dump(RAW, "{:08x}: ", 4), "acpidump": dump(RAW, "    {:04X}: "),
    "bars": dump(RAW, "{:04x} | ", end=" | "),
    "od": dump(RAW, "{:07o} ", text=False), "odx": dump(RAW, "{:07o} ", 2, True, text=False),
    "words": dump(RAW, "00000000`{:08x}  ", 4, True), "qwords": dump(RAW, "{:08x}: ", 8, True),
    "gdb": "\n".join(f"0x7ffe0000{at:04x}:\t" + "\t".join(
        f"0x{x:08x}" for x in struct.unpack_from("<4I" if at + 16 <= 280 else "<2I", RAW, at))
        for at in range(0, 280, 16)),
    "c": "unsigned char r[280] = {\n" + ", ".join(f"0x{b:02x}" for b in RAW) + "\n};\n"
         "unsigned int r_len = 280;\n",
    "c32": "static const uint32_t r[] = { " + ", ".join(
        f"0x{x:08x}" for x in struct.unpack("<70I", RAW)) + " };\n",
    "python": "data = bytes([" + ", ".join(str(b) for b in RAW) + "])\n",
    "list": json.dumps(list(RAW)),
    "base64": base64.encodebytes(RAW).decode(), "base64url": base64.urlsafe_b64encode(RAW).decode(),
    "prose": f"the BMC gave us this:\n\n  CPER: {RAW.hex()}\n\nwhat is it?\n",
    "prose64": f"DiagnosticData = {base64.b64encode(RAW).decode()};\n",
    "crlf": dump(RAW, "{:08x}  ").replace("\n", "\r\n"),
    "syslog": "".join(f"Jun  3 12:00:{i:02} host kernel: [   12.{i:06}] {line}\n" for i, line in
                      enumerate(dump(RAW, "{1}[Hardware Error]:   ".replace("{1}", "{{1}}")
                                     + "{:08x}: ", 4, True).splitlines())),
    "mail": "".join("> " + line + "\n" for line in dump(RAW, "{:08x}  ").splitlines()),
    "whea": "<Event><System/><EventData><Data Name='Length'>280</Data>"
            f"<Data Name=\"RawData\">{RAW.hex().upper()}</Data></EventData></Event>",
    "event": json.dumps({"Events": [{"Oem": {"Vendor": {"Raw": base64.b64encode(RAW).decode()}}}]}),
    "escaped64": json.dumps({"DiagnosticData": base64.encodebytes(RAW).decode()}),
    "slashes": json.dumps({"DiagnosticData": base64.b64encode(RAW).decode()}).replace("/", "\\/"),
    "0xwords": " ".join(f"0x{x:08x}" for x in struct.unpack("<70I", RAW)),
    "comments": "char r[] = {\n" + "".join(f"/* {at:04x} */ " + " ".join(
        f"0x{b:02x}," for b in RAW[at:at + 8]) + f" // {at}\n" for at in range(0, 280, 8)) + "};\n",
    "jsonblanks": json.dumps({"a": RAW.hex(" ")}),
    "curl": "HTTP/1.1 200 OK\nContent-Type: application/json\n\n" + json.dumps(
        {"DiagnosticData": base64.b64encode(RAW).decode()}),
    "kmsg": "".join(f"3,{i},{i * 10},-;{{1}}[Hardware Error]:   {line}\n" for i, line in enumerate(
        dump(RAW, "{:08x}: ", 4, True).splitlines())),
    "dmesg -T": "".join(f"[Mon Jun  3 12:00:{i:02} 2025] {{1}}[Hardware Error]:   {line}\n"
                        for i, line in enumerate(dump(RAW, "{:08x}: ", 4, True).splitlines())),
    "jsonhex": json.dumps({"a": [1, {"record_hex": RAW.hex()}]}),
    "pem": f"-----BEGIN CPER-----\n{base64.encodebytes(RAW).decode()}-----END CPER-----\n",
    "c string": 'static const char r[] = "' + "".join(f"\\x{b:02x}" for b in RAW) + '";\n',
    "c strings": "char r[] =\n" + "\n".join(
        '\t"' + "".join(f"\\{b:03o}" for b in RAW[at:at + 16]) + '"' for at in range(0, 280, 16)),
    "python bytes": f"record = {RAW!r}\n", "bytes unquoted": repr(RAW)[2:-1],
    "rust": "let r = [" + ", ".join(f"0x{b:02x}u8" for b in RAW) + "];\n",
    "java": "byte[] r = {" + ", ".join(str(b - 256 if b > 127 else b) for b in RAW) + "};\n",
    "java casts": "byte[] r = {" + ", ".join(f"(byte) 0x{b:02x}" for b in RAW) + "};\n",
    "node": json.dumps({"type": "Buffer", "data": list(RAW)}),
    "gdb symbols": "".join(f"0x5555{at:04x} <rec+{at}>:\t" + "\t".join(
        f"0x{b:02x}" for b in RAW[at:at + 8]) + "\n" for at in range(0, 280, 8)),
    "hexyl": "".join(f"│{at:08x}│ {RAW[at:at + 8].hex(' '):<23} ┊ "
                     f"{RAW[at + 8:at + 16].hex(' '):<23} │........┊........│\n"
                     for at in range(0, 280, 16)),
    "container": "".join(json.dumps({"log": line + "\n", "stream": "stderr"}) + "\n"
                         for line in dump(RAW, "{:08x}  ").splitlines()),
    "starred blanks": "\x1b[36m".join(
        line + "  \n\n" for line in (CASES / "10-form-hexdumpC.txt").read_text().splitlines()),
    "base64 and words": "the BMC said\n\n" + base64.encodebytes(RAW).decode() + "\nthanks\nBob\n",
    "rows": "".join(line[10:] + "\n" for line in dump(RAW, "{:08x}  ", end="  |").splitlines()),
    "rows of a log": "".join(f"[   12.{i:06}] ghes: {line[8:]}\n" for i, line in enumerate(
        dump(RAW, "{:08x}", text=False).splitlines())),
    "spaced in prose": f"the BMC gave us this: {RAW.hex(' ')}\nwhat is it?\n",
    "od octal": numbers(RAW, "<{}H", " {:06o}"), "od -b": numbers(RAW, "{}B", " {:03o}"),
    "od -d": numbers(RAW, "<{}H", " {:5d}"), "od -t u1": numbers(RAW, "{}B", " {:3d}"),
    "hexdump -d": numbers(RAW, "<{}H", "   {:05d}", "{:07x}"),
    "od block": "*\n".join(("", "")) + numbers(RAW, "<{}H", " {:6d}"),
    "node buffer": f"<Buffer {RAW.hex(' ')}>",
}


def pasted(dumped):
    """What terminals, mail and chat make of text."""
    lines = dumped.splitlines()
    return {
        "colours": "".join(f"\x1b[1;31m{line}\x1b[0m\x1b[K\n" for line in lines),
        "console": "".join(line + "\r\r\n" for line in lines), "returns": "\r".join(lines),
        "mail": "".join(f"> > {line}\n" for line in lines), "mark": "\ufeff" + dumped,
        "fences": f"it says:\n\n```\n{dumped}```\nwhat is it?\n",
        "tabs": dumped.replace("  ", "\t"),
        "blanks": dumped.replace("  ", "\u00a0 "),
        "prompts": f"$ cat x\n{dumped}$ cat y\n{dumped}$ ",
    }


@pytest.mark.parametrize("how", pasted(""))
@pytest.mark.parametrize("form", ["hexdump", "words", "wrapped", "base64", "c", "python bytes"])
def test_pasted(how, form):
    if how == "prompts" and form in ("wrapped", "python bytes"):
        how = "fences"
    code, shown, _, err = decode(pasted(FORMS[form])[how].encode())
    assert code == 0, err
    assert set(addresses(shown)) == {"0x0000000048000000"}


@pytest.mark.parametrize("how", ["json", "export", "dmesg", "short-iso", "dmesg -x"])
def test_a_journal(how):
    """Each form in which journalctl and dmesg write the same messages."""
    section = BLOCK[92:]
    lines = kernel_log(section, "corrected", "a5bc1114-6f64-4ede-b863-3e83ed7c83b1").splitlines()
    text = {
        "json": "".join(json.dumps({"__REALTIME_TIMESTAMP": "1", "_BOOT_ID": "5" * 32,
                                    "MESSAGE": line, "PRIORITY": "3"}) + "\n" for line in lines),
        "export": "".join(f"__CURSOR=s={i}\n_BOOT_ID={i}\nMESSAGE={line}\nPRIORITY=3\n"
                          + "".join(f"_FIELD{k}=00000000\n" for k in range(20)) + "\n"
                          for i, line in enumerate(lines)),
        "dmesg": json.dumps({"dmesg": [{"pri": 3, "time": 1.5, "msg": line} for line in lines]},
                            indent=3),
        "short-iso": "".join(f"2025-06-03T12:00:01+0000 host kernel: {x}\n" for x in lines),
        "dmesg -x": "".join(f"kern  :err   : {x}\n" for x in lines)}[how]
    code, shown, _, err = decode(text.encode())
    assert code == 0, err
    assert shown["entries"][0]["section"]["fields"]["physical_address"] == "0x0000000040001000"
    assert shown["entries"][0]["header"]["error_severity"] == "corrected"


@pytest.mark.parametrize("form", FORMS)
def test_forms(form):
    text = FORMS[form]
    code, shown, _, err = decode(text.encode())
    assert code == 0, err
    assert addresses(shown) == ["0x0000000048000000"]
    assert rasctl("encode", "-", stdin=json.dumps(shown).encode()).stdout == RAW
    # Windows saves text in UTF-16
    code, wide, _, _ = decode(text.encode("utf-16"))
    assert code == 0 and wide == shown
    # every form can be forced, and no other form reads it as something else and succeeds
    assert shown["form"] != "raw bytes"
    code, _, _, _ = decode(text.encode(), "--format-in", "raw")
    assert code == 1


def test_star_lines_are_not_made_up():
    lines = (CASES / "10-form-hexdumpC.txt").read_text().splitlines(True)
    code, shown, _, _ = decode("".join(lines[:6] + lines[7:]).encode())
    assert code == 1  # a line is missing
    code, shown, _, err = decode("".join(lines[:8]).encode())
    assert code == 1 and shown["error"]["code"] == "RECORD_LENGTH"


def test_text_of_latin_1():
    text = "M\xfcller's caf\xe9 says:\n" + FORMS["hexdump"]
    code, shown, _, err = decode(text.encode("latin-1"))
    assert code == 0, err
    assert addresses(shown) == ["0x0000000048000000"] and shown["form"] == "hexdump text"
    assert decode(bytes(range(0xa0, 0x100)) * 4)[1]["form"] == "raw bytes"


def test_several_forms_in_one_text():
    """What is not of the first form is not dropped: the second record may be the fatal one."""
    fatal = (CASES / "01-two-records.cper").read_bytes()[280:]
    forms = {"hexdump": dump(fatal, "{:08x}  "), "hex": fatal.hex() + "\n",
             "base64": base64.encodebytes(fatal).decode(), "string": repr(fatal) + "\n",
             "od": numbers(fatal, "<{}H", " {:06o}"),
             "rows": dump(fatal, "", end="  |")}
    for name, second in forms.items():
        for how in ("hexdump", "plain", "base64", "c string", "od octal", "rows"):
            for text in (f"one:\n{FORMS[how]}\n\nand two:\n\n{second}\nthat is all\n",
                         f"two:\n{second}\n\nand one:\n\n{FORMS[how]}\nthat is all\n"):
                code, shown, _, err = decode(text.encode())
                assert code == 0, (name, how, err)
                assert sorted(addresses(shown)) == ["0x0000000048000000", "0x0000000048001000"], \
                    (name, how)


def test_base64_of_a_block_in_text():
    """A block has no signature: its header tells, and words behind it are not its own."""
    wrapped = base64.encodebytes(BLOCK).decode()
    one = base64.b64encode(BLOCK).decode()
    for text, n in ((f"[root@host ~]# base64 x\n{wrapped}[root@host ~]# ", 1),
                    (f"it says\n\n{wrapped}\nwhat is this\n", 1),
                    (f"echo '{one}' | base64 -d\n", 1),
                    (f"time,host,cper\n1,h1,{one}\n2,h2,{one}\n", 2),
                    ("cper: |\n  " + wrapped.strip().replace("\n", "\n  ") + "\nnext: 1\n", 1)):
        code, shown, _, err = decode(text.encode())
        assert code == 0, err
        assert addresses(shown) == ["0x0000000040001000"] * n


@pytest.mark.parametrize("fmt,each,offset", [
    ("<{}H", " {:06o}", "{:07o}"), ("{}B", " {:03o}", "{:07o}"), ("<{}H", " {:5d}", "{:07o}"),
    ("{}B", " {:3d}", "{:07o}"), ("<{}H", "   {:05d}", "{:07x}"), ("{}B", " {:03o}", "{:07x}")])
def test_a_block_of_od(fmt, each, offset):
    """Small decimals look like hex: of a block nothing but its header tells."""
    code, shown, _, err = decode(numbers(BLOCK, fmt, each, offset).encode())
    assert code == 0, err
    assert addresses(shown) == ["0x0000000040001000"] and "od" in shown["form"]


def test_parts_of_ghes_inject():
    parts = [("Generic Error Status Block", BLOCK[:20]), ("Generic Error Data Entry",
                                                          BLOCK[20:92]), ("Payload", BLOCK[92:])]
    text = "GUID: a5bc1114-6f64-4ede-b863-3e83ed7c83b1\n" + "\n".join(
        f"{name} ({len(data)} bytes):\n" + dump(data, "      {:08x}  ", end="    ")
        for name, data in parts)
    code, shown, _, err = decode((text + "\n" + text).encode())
    assert code == 0, err
    assert len(shown["records"]) == 2
    assert rasctl("encode", "-", stdin=json.dumps(shown).encode()).stdout == BLOCK + BLOCK


def kernel_log(section, severity, guid="11111111-2222-3333-4444-555555555555", said=None):
    head = ["Hardware error from APEI Generic Hardware Error Source: 3",
            f"event severity: {severity}", f" Error 0, type: {severity}", "  fru_text: DIMM_A1",
            f"  section type: unknown, {guid}", f"  section length: {said or len(section):#x}"]
    return "".join(f"[  {100 + i}.000000] {{7}}[Hardware Error]: {line}\n" for i, line in enumerate(
        head + dump(section, "  {:08x}: ", 4, True).splitlines()))


def test_a_kernel_log():
    section = BLOCK[92:]
    text = "[   99.0] systemd[1]: Started dead beef.\n" + kernel_log(section, "corrected") + \
        "[  120.0] EDAC MC0: 1 CE\n" + kernel_log(section[:40], "fatal")
    code, shown, plain, err = decode(text.encode())
    assert code == 0, err
    assert [r["entries"][0]["header"]["error_severity"] for r in shown["records"]] == [
        "corrected", "fatal"]
    assert [r["entries"][0]["section"]["data"] for r in shown["records"]] == [
        section.hex(), section[:40].hex()]
    assert "section severity: corrected, 80 bytes" in plain
    # lines of something else in the middle of the dump, but no line may be missing
    lines = kernel_log(section, "corrected").splitlines(True)
    noise = ["[  110.0] eth0: link is up\n", "[  110.1] {8}[Hardware Error]: It is a bad day\n"]
    code, shown, _, _ = decode("".join(lines[:8] + noise + lines[8:]).encode())
    assert code == 0 and shown["entries"][0]["section"]["data"] == section.hex()
    assert decode("".join(lines[:8] + noise + lines[9:]).encode())[0] == 1
    # what it says itself is held against it
    code, shown, plain, _ = decode(kernel_log(section, "corrected", said=96).encode())
    assert code == 1 and shown["cut"] is True and "missing" in plain
    # known to us, though the kernel did not know it
    code, shown, _, _ = decode(kernel_log(section, "recoverable",
                                          "a5bc1114-6f64-4ede-b863-3e83ed7c83b1").encode())
    assert code == 0 and shown["entries"][0]["section"]["fields"]["physical_address"]


def test_redfish_section():
    entry = {"DiagnosticDataType": "CPERSection", "DiagnosticData": base64.b64encode(
        BLOCK[92:]).decode(), "CPER": {"SectionType": "a5bc1114-6f64-4ede-b863-3e83ed7c83b1"}}
    for order in (entry, dict(reversed(entry.items()))):
        code, shown, _, _ = decode(json.dumps({"Members": [order, {"Id": "2"}]}).encode())
        assert code == 0 and addresses(shown) == ["0x0000000040001000"]
    many = {"Members": [{"DiagnosticData": base64.b64encode(RECORD).decode()}, entry, {
        "DiagnosticDataType": "CPER", "DiagnosticData": base64.b64encode(RECORD).decode()}]}
    code, shown, _, _ = decode(json.dumps(many).encode())
    assert code == 0 and len(shown["records"]) == 3


@pytest.mark.parametrize("data,word", [
    (gzip.compress(RECORD), "gzip"), (b"\xfd7zXZ\0" + bytes(60), "packed"),
    ((CASES / "20-whea-event.bin").read_bytes(), "WHEA event"), (b"SQLite format 3\0" + bytes(90),
                                                                 "SQLite"),
    (b'{"hello": "world, this is some JSON"}', "JSON"), (b"<html><body>404</body></html>", "XML"),
    (b"Nothing to see in this text, please go on.\n" * 3, "text"), (b"ElfFile\0" + bytes(80),
                                                                    "event-log"),
    (b"[    1.0] {1}[Hardware Error]: event severity: fatal\n", "kernel log"),
    (b'{"Id": "1", "DiagnosticDataType": "CPER", "AdditionalDataURI": "/redfish/v1/x"}',
     "AdditionalDataURI"),
    (b"Panic#1 Part1\n<6>[   12.3] systemd[1]: Reached target.\n", "kernel log"),
    (b"not json {", "text"), (b"we saw many errors here today and nobody knows why", "text"),
    (b"\x7fELF\x02\x01\x01" + bytes(90), "program"), (b"MZ\x90\0" + bytes(90), "program"),
    (b"%PDF-1.4\n%\xe2\xe3\n" + bytes(90), "PDF"), (b"\x89PNG\r\n\x1a\n" + bytes(50), "picture"),
    (b"\x78\x9c" + bytes(60), "packed"), (base64.b64encode(gzip.compress(RECORD)), "gzip"),
    (b"<Event><Data Name='RawData'>" + (CASES / "20-whea-event.bin").read_bytes().hex().encode()
     + b"</Data></Event>", "WHEA event"), (b" \n \n                             ", "empty")])
def test_refused_by_name(data, word):
    code, shown, text, err = decode(data)
    assert code == 1 and shown["error"]["code"] in ("FORM", "TRUNCATED_BLOCK")
    assert word in err and word in shown["error"]["message"] and not text
    assert shown["form"] and shown["form"] != "raw bytes" or word in ("gzip", "WHEA event")


@pytest.mark.parametrize("name", ["EINJ", "ERST", "SSDT", "FACP"])
def test_acpi_tables_are_named(name):
    table = bytearray(name.encode() + struct.pack("<IBB6s8sI4sI", 60, 2, 0, b"RASD", b"RASD", 1,
                                                  b"RASD", 1) + bytes(24))
    table[9] = -sum(table) & 255
    code, shown, _, err = decode(bytes(table))
    assert code == 1 and f"ACPI table {name}, which holds no record" in err
    assert f"ACPI table {name}" in shown["error"]["message"]


def test_forced_form():
    r = rasctl("decode", "--format-in", "nonsense", "-", stdin=RECORD)
    assert r.returncode == 2 and b"hexdump" in r.stderr
    code, shown, _, _ = decode(RECORD, "--format-in", "base64")
    assert code == 1 and shown["form"] == "base64 text"
    for word in ("hex", "hexdump", "dmesg", "words", "xxd", "array", "c", "redfish", "qmp", "whea"):
        assert rasctl("decode", "--format-in", word, "-", stdin=RECORD).returncode == 1, word
    for name in ("10-form-qmp.json", "10-form-redfish.json", "16-own-libcper.json"):
        assert case(name, "--format-in", "json")[0] == 0, name
    code, shown, _, err = decode(RAW.hex().encode(), "--format-in", "json")
    assert code == 1 and "hex text, not JSON" in err and shown["form"] == "hex text"
    code, shown, _, _ = decode(RAW.hex().encode(), "--format-in", "hex")
    assert code == 0 and addresses(shown) == ["0x0000000048000000"]


def test_own_json_is_read():
    neutral = rasctl("decode", "-o", "json", "-", stdin=RECORD).stdout
    code, shown, text, _ = decode(neutral)
    assert code == 0 and "rasctl decode" in shown["form"] and PA.decode() in text
    two = rasctl("decode", "-o", "json", "-", stdin=RECORD + BLOCK).stdout
    code, shown, _, _ = decode(two)
    assert code == 0 and len(shown["records"]) == 2
    code, shown, _, err = decode(b'{"entries":[{"kind":"mem","nonsense":1}]}')
    assert code == 1 and "nonsense" in err


def test_explain():
    code, shown, text, _ = case("01-two-records.cper", "--explain")
    assert code == 0
    first, second = (r["explain"][0] for r in shown["records"])
    assert "ECC corrected" in first["what"] and first["os"] == "Linux only logs it"
    assert second["os"] == "Linux panics" and "replace it" in second["next"]
    assert all(x["source"].startswith("Linux, Documentation/") for x in (first, second))
    assert text.count("what happened: ") == 2 and "what the OS does: Linux panics." in text
    # what Linux does comes from the bytes, not from the severity alone
    code, shown, _, _ = decode((DATA / "valid/004-mem-corrected-threshold.gesb").read_bytes(),
                               "--explain")
    assert "takes it offline" in shown["explain"][0]["os"]
    # a severity that nobody said is not assumed
    code, shown, _, _ = case("10-form-dmesg-words.txt", "--explain")
    assert code == 0 and "does not say how bad" in shown["explain"][0]["what"]
    assert "source" not in shown["explain"][0]
    for sample in DATA.glob("valid/*.gesb"):
        shown = decode(sample.read_bytes(), "--explain")[1]
        assert len(shown["explain"]) == len(shown["entries"]), sample
        assert all(x["what"] and x["next"] for x in shown["explain"]), sample


def test_libcper_json_is_read():
    code, shown, text, _ = case("16-own-libcper.json")
    assert code == 0 and shown["form"] == "JSON of libcper" and PA.decode() in text
    whole = json.loads(rasctl("decode", "--format", "libcper", "-", stdin=RECORD).stdout)
    assert rasctl("encode", "-", stdin=json.dumps(whole).encode()).stdout == RECORD
    # one section alone, as libcper writes it, and several records
    one = {"sectionDescriptor": whole["sectionDescriptors"][0], "section": whole["sections"][0]}
    code, shown, text, _ = decode(json.dumps(one).encode())
    assert code == 0 and addresses(shown) == ["0x0000000048000000"]
    assert "record severity: corrected" in text
    for several in ([whole, whole], {"records": [whole, whole]}):
        code, shown, _, _ = decode(json.dumps(several).encode())
        assert code == 0 and len(shown["records"]) == 2
    for form in ("libcper", "redfish"):
        text = rasctl("decode", "--format", form, "-", stdin=RECORD + BLOCK).stdout
        code, shown, _, _ = decode(text)
        assert code == 0 and len(shown["records"]) == 2, form


def test_forms_take_turns():
    """Each record counts, whatever its form: nothing between two pieces is dropped."""
    turns = [dump(RECORD, "{:08x}  "), base64.b64encode(RECORD).decode() + "\n"]
    code, shown, _, _ = decode("".join(turns[i % 2] for i in range(20)).encode())
    assert code == 0 and len(shown["records"]) == 20
    code, _, _, err = decode("".join(turns[i % 2] for i in range(100)).encode())
    assert code == 1 and "in another file" in err
