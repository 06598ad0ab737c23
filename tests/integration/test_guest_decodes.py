# SPDX-License-Identifier: LGPL-2.1-or-later
"""Guest kernels decode our samples, and their text must hold our values: an oracle that nobody here
wrote.

Two arm64 guests share the samples (see guest_feed.py) and then the records that options of
rasctl inject describe. x86_64 guests get all samples too, and what options make for them, 5 in
each boot error record (BERT), because Linux prints no more of one.
"""
import concurrent.futures
import contextlib
import copy
import grp
import json
import pathlib
import re
import struct
import subprocess
import time

import pytest

import guest_feed
import guest_types
import kernel_text
import rasdlab
import word_sweep
from rasdlab import TOP

DATA = TOP / "tests/data/cper"
REGION = 0x1f000000


@pytest.fixture(scope="module", name="samples")
def load_samples():
    found = [guest_feed.Sample(p) for p in sorted((DATA / "valid").glob("*.gesb"))
             if p.stat().st_size <= 1024]
    assert len(found) >= 30
    return found


def boot_error_record(base, name, samples):
    """Boots an x86_64 guest that finds the samples in its BERT. Returns the blocks that it prints.
    """
    (base / f"{name}.bert").write_bytes(struct.pack("<IQ", 0x10000, REGION))
    (base / f"{name}.region").write_bytes(b"".join(s.bytes for s in samples).ljust(0x10000, b"\0"))
    table = ("sig=BERT,rev=1,oem_id=RASD,oem_table_id=RASDBERT,oem_rev=1,"
             "asl_compiler_id=RASD,asl_compiler_rev=1,"
             f"data={base}/{name}.bert")
    loader = f"loader,file={base}/{name}.region,addr={REGION:#x},force-raw=on"
    guest = rasdlab.Guest(base, name, "--arch", "x86_64", "--smp", "1", "--append",
                          f"memmap=64K${REGION:#x}", extra=("-acpitable", table, "-device", loader))
    try:
        guest.wait_log("BERT: Total records found", 90)
        return kernel_text.blocks(guest.log())
    finally:
        guest.stop()


@pytest.fixture(scope="module", name="lab")
def make_lab(samples):
    """Guests take long to boot, so the x86_64 guests boot while the arm64 guests work."""
    base = rasdlab.make_base()
    with contextlib.ExitStack() as undo:
        undo.callback(rasdlab.drop_base, base)
        pool = concurrent.futures.ThreadPoolExecutor(2)
        undo.callback(pool.shutdown, cancel_futures=True)
        arm = []
        for i in (1, 2):
            arm.append(rasdlab.Guest(base, f"decodes{i}", "--smp", "1"))
            undo.callback(arm[-1].stop)
        sweep_arm, sweep_x86 = word_sweep.sweep(base)
        boot = samples + sweep_x86 + guest_types.x86_blocks(base)
        boots = [(boot[i:i + 5], pool.submit(boot_error_record, base, f"bert{i}", boot[i:i + 5]))
                 for i in range(0, len(boot), 5)]
        for g in arm:
            g.wait()
        rasd = rasdlab.Rasd(base, {g.name: "fatal" for g in arm})
        undo.callback(rasd.stop)
        rasd.start([g.name for g in arm])
        yield type("Lab", (), {"rasd": rasd, "arm": arm, "boots": boots, "sweep_arm": sweep_arm})


def test_arm64_kernel_agrees(lab, samples):
    items = samples + lab.sweep_arm
    verdicts = guest_feed.feed_all(lab.rasd, lab.arm, items)
    assert {k: v for k, v in verdicts.items() if v} == {}
    assert set(verdicts) == {s.name for s in items}


def test_every_type_from_options(lab):
    verdicts = guest_feed.feed_all(lab.rasd, lab.arm, guest_types.RECORDS)
    assert {k: v for k, v in verdicts.items() if v} == {}
    assert set(verdicts) == {r.name for r in guest_types.RECORDS}


def inject(lab, *args):
    r = lab.rasd.ctl("-o", "json", "inject", "--domain", lab.arm[0].name, *args)
    return r.returncode, json.loads(r.stdout)


@pytest.mark.parametrize("args, reason, text", [
    ("--type memory --gpa 0x1000 --node 1", "address-not-ram", "0x1000"),
    ("--type arm-processor --gpa 0x60000000", "address-not-ram", "0x60000000"),
    ("--type memory2 --gpa 0xfffffffffffff000", "address-not-ram", "0xfffffffffffff000"),
    ("--type memory --gpa 0x46000000 --section --type arm-processor --error bus --error tlb --gpa "
     "0x0", "address-not-ram", "0x0"),
    ("--type x86-processor --apic-id 1", "not-capable", "aarch64"),
    ("--type memory --gpa 0x46000000 --block-status 0", "invalid-record", "BLOCK_STATUS_ZERO"),
    # Linux would print 88 bytes of error log, which belong to an older record or to its heap
    ("--type cxl-protocol --error-log 01020304", "invalid-record", "CXL_ERROR_LOG"),
    (f"--type vendor --guid 12345678-9abc-def0-1122-334455667788 --data {'00' * 950}",
     "invalid-record", "1024"),
])
def test_refused_before_anything_is_sent(lab, args, reason, text):
    before = lab.rasd.rows()
    code, out = inject(lab, *args.split())
    assert code and out["error"]["reason"] == reason and text in out["error"]["message"], out
    assert lab.rasd.rows() == before


def test_grant_counts_for_the_worst_section(lab):
    """Three sections, one of them fatal: needs confirmation and more than a recoverable grant."""
    params = {"domain": lab.arm[0].name, "sections": [
        {"kind": "mem", "section": {"fields": {"node": 1}}},
        {"kind": "mem", "header": {"error_severity": 1}, "section": {"fields": {"node": 1}}}]}
    a = lab.rasd.rpc("injection.create", request_id="worst", **params)
    assert a["error"]["data"]["reason"] == "needs-confirmation", a
    block = {"error_severity": 2}     # a block that hides its worst entry
    a = lab.rasd.rpc("injection.create", request_id="worst", block=block, **params)
    assert a["error"]["data"]["reason"] == "needs-confirmation", a


def test_roles(lab):
    """Group rasd may inject sections of known types. Only admins may send bytes that rasd cannot
    check.
    """
    def asks(group, request_id, **params):
        rq = {"jsonrpc": "2.0", "id": 1, "method": "injection.create",
              "params": {"request_id": request_id, "domain": lab.arm[0].name, "dry_run": True,
                         **params}}
        code = ("import json,socket,sys\ns=socket.socket(socket.AF_UNIX)\ns.connect(sys.argv[1])\n"
                "s.sendall(sys.argv[2].encode()+b'\\n')\nprint(s.makefile().readline())")
        r = subprocess.run(["setpriv", "--reuid", "65534", "--regid", "65534", "--groups",
                            str(grp.getgrnam(group).gr_gid),
                            "/usr/bin/python3", "-c", code, lab.rasd.sock, json.dumps(rq)],
                           capture_output=True, text=True, check=True, timeout=30)
        return json.loads(r.stdout)
    known = [{"kind": "proc_arm", "section": {"fields": {},
                                              "error_info": [{"fields": {"type": 2}}]}}]
    vendor = [{"header": {"section_type": "12345678-9abc-def0-1122-334455667788"},
               "section": {"data": "00"}}]
    raw = rasdlab.vendor_record().hex()
    lab.rasd.sock.chmod(0o666)
    try:
        assert "result" in asks("rasd", "r1", sections=known)
        for ident, params, field in (("r2", {"sections": known + vendor},
                                      "sections[1].header.section_type"),
                                     ("r3", {"record_hex": raw}, "record_hex"),
                                     ("r4", {"record_hex": raw, "malformed": True}, "record_hex")):
            a = asks("rasd", ident, **params)["error"]["data"]
            assert (a["reason"], a["field"]) == ("permission", field), a
            assert "result" in asks("rasd-admin", ident, **params)
        a = asks("rasd", "r5", sections=[{"kind": "mem",
                                          "section": {"fields": {"nude": 1}}}])["error"]["data"]
        assert (a["reason"], a["field"]) == ("invalid-params", "sections[0].section.fields.nude"), a
    finally:
        lab.rasd.sock.chmod(0o660)


# Malformed samples that harm a guest. No option sends them.
HARMFUL = {
    "001-trunc-gesb-1": "the guest takes the rest of an older record",
    "005-trunc-gesb-19": "likewise", "008-trunc-entry-44": "likewise",
           "011-trunc-section-93": "likewise",
    "013-trunc-section-171": "likewise",
    "027-elen-wrap72": "endless loop with interrupts off",
    "026-elen-max": "a length that wraps as well, though Linux happens to refuse this one",
    "042-arm-39": "reads past the section", "047-arm-infonum-max": "reads past the section",
    "054-arm-ctx-size-neg": "prints memory without end",
           "075-cxl-dvsec-over": "prints 64 KiB of memory",
    "057-ia-infonum-63": "an x86 kernel reads past the section",
    "088-sev-unknown-block": "panic", "091-status-zero": "never acknowledged",
}


def test_malformed_samples(lab, samples):
    """Without --malformed the samples that the manifest rejects are refused. With it all pass
    except those that harm. The guest survives.
    """
    guest, listed = lab.arm[0], json.loads((DATA / "manifest.json").read_text())["malformed"]
    old = len(kernel_text.blocks(guest.log()))
    refused, sent = set(), set()
    for m in listed:
        name = pathlib.Path(m["file"]).stem
        before = len(lab.rasd.rows())
        code, out = inject(lab, "--record", DATA / m["file"], "--yes", "--wait")
        if m["verdict"] == "reject" or name in HARMFUL:
            assert code == 1 and m["error"] in out["error"]["message"], (name, out)
            assert len(lab.rasd.rows()) == before
        else:
            assert code == 0 and out["state"] == "acknowledged", (name, out)
        code, out = inject(lab, "--record", DATA / m["file"], "--malformed", "--yes", "--wait")
        if code:
            assert out["error"]["reason"] == "invalid-record", (name, out)
            assert "not even on purpose" in out["error"]["message"], (name, out)
            refused.add(name)
        else:
            assert out["state"] == "acknowledged", (name, out)
            sent.add(name)
    assert refused == HARMFUL.keys() & {pathlib.Path(m["file"]).stem for m in listed}
    assert len(sent) > 10
    time.sleep(guest_feed.WINDOW)
    assert guest_feed.feed_all(lab.rasd, [guest], samples[:2]).keys() == {s.name
                                                                          for s in samples[:2]}
    log = guest.log()
    assert not re.search("Internal error|Oops|BUG:|Kernel panic|soft lockup|rcu_.*stall", log)
    new = kernel_text.blocks(log)[old:]
    assert new and max(len(lines) for _, lines in new) < 100


def test_x86_64_kernel_agrees(lab, samples):
    seen = set()
    for part, boot in lab.boots:
        blocks = boot.result(300)
        assert len(blocks) == len(part)
        for sample, (_, lines) in zip(part, blocks):
            assert sample.differences("x86_64", lines) == [], sample.name
            seen.add(sample.name)
    assert seen > {s.name for s in samples}
    assert any(e["kind"] == "proc_ia" for s in samples for e in s.record["entries"])


def test_words_say_what_the_kernel_says(tmp_path):
    def words_of(entry):
        return word_sweep.Sweep("one", tmp_path, [entry]).record["entries"][0]["section"]
    n = 0
    for entry, path, kernel in word_sweep.entries():
        ours = words_of(entry)["words"]
        for name in path:
            ours = ours[name]
        assert word_sweep.same(ours, kernel), (ours, kernel)
        n += 1
    for kind, infos, field in (("proc_arm", word_sweep.arm_infos(), "error_information"),
                               ("proc_ia", word_sweep.ia_infos(), "check_info")):
        for info, kernel in infos:
            ours = words_of(word_sweep.entry(kind, {},
                                             error_info=[info]))["error_info"][0]["words"][field]
            assert {k: v for k, v in kernel.items() if not word_sweep.same(ours[k], v)} == {}, ours
            n += len(kernel)
    for kind, contexts in (("proc_arm", kernel_text.ARM_CONTEXTS),
                           ("proc_ia", kernel_text.IA_CONTEXTS)):
        for i, kernel in enumerate(contexts):
            part = [{"fields": {"register_context_type": i}, "registers": "00" * 8}]
            ours = words_of(word_sweep.entry(kind, {},
                                             context_info=part))["context_info"][0]["words"]
            assert word_sweep.same(ours["register_context_type"], kernel), (ours, kernel)
            n += 1
    assert n > 200, n


def test_stored_kernel_text_agrees(samples):
    for s in samples:
        text = pathlib.Path(str(s.path).replace(".gesb", ".linux-6.12-arm64.txt")).read_text()
        (block,) = kernel_text.blocks(text)
        assert s.differences("arm64", block[1]) == [], s.name


def wrong_values(part, path=()):
    """Every way to get one valid field of a section wrong: (path, changed copy of the section)."""
    for key in part.get("valid", ()):
        v = part["fields"][key]
        other = copy.deepcopy(part)
        if isinstance(v, int):
            other["fields"][key] = v ^ (8 if key == "slot" else 1)
        elif v.startswith("0x"):
            other["fields"][key] = f"0x{int(v, 16) ^ 1 << 18:016x}"
        elif re.fullmatch("[0-9a-f]+", v):
            other["fields"][key] = v[:32] + f"{int(v[32], 16) ^ 1:x}" + v[33:]
        else:
            continue
        yield (*path, key), other
    for name in ("error_info", "context_info"):
        for i, sub in enumerate(part.get(name, ())):
            for where, changed in wrong_values(sub, (*path, name, i)):
                other = copy.deepcopy(part)
                other[name][i] = changed
                yield where, other


# Valid fields that Linux 6.12 does not print.
SILENT = {("proc_generic", "cpu_brand"), ("mem", "card_handle"), ("pcie", "capability")}


def test_the_oracle_notices_one_wrong_value(samples):
    n = 0
    for s in samples:
        text = pathlib.Path(str(s.path).replace(".gesb", ".linux-6.12-arm64.txt")).read_text()
        (block,) = kernel_text.blocks(text)
        for i, e in enumerate(s.record["entries"]):
            if e["kind"] not in kernel_text.SECTIONS | kernel_text.BY_ARCH["arm64"]:
                continue
            for where, section in wrong_values(e["section"]):
                if (e["kind"], where[-1]) in SILENT:
                    continue
                record = copy.deepcopy(s.record)
                record["entries"][i]["section"] = section
                assert kernel_text.differences(record, s.encoded, "arm64", block[1]), (s.name,
                                                                                       where)
                n += 1
    assert n > 120, n
