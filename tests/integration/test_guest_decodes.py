# SPDX-License-Identifier: LGPL-2.1-or-later
"""An oracle that nobody here wrote: guest kernels decode our samples, and their text must hold our values.

Linux prints at most 2 blocks of a class (corrected, uncorrected) in 5 s, whatever it acknowledges: two arm64 guests
share the samples, each gets 2 of each class in a window, and a block that was not printed comes again.
x86_64 guests get all samples too, 5 in a boot error record (BERT): as many as Linux prints of one.
"""
import concurrent.futures
import copy
import json
import pathlib
import re
import struct
import subprocess
import threading
import time

import pytest

import kernel_text
import rasdlab
from rasdlab import TOP

DATA = TOP / "tests/data/cper"
WINDOW = 5.3
REGION = 0x1f000000


class Sample:
    def __init__(self, path):
        self.path, self.name = path, path.stem
        self.bytes = path.read_bytes()
        out = subprocess.run([rasdlab.BUILD / "rasctl", "decode", "-o", "json", path], check=True, capture_output=True)
        self.record = json.loads(out.stdout)
        self.encoded = subprocess.run([rasdlab.BUILD / "rasctl", "encode", "-"], input=out.stdout, check=True,
                                      capture_output=True).stdout
        # severities info and corrected have a limit of their own
        self.corrected = self.record["block"]["error_severity"] >= 2

    def differences(self, arch, lines):
        return kernel_text.differences(self.record, self.encoded, arch, lines)


@pytest.fixture(scope="module", name="samples")
def load_samples():
    found = [Sample(p) for p in sorted((DATA / "valid").glob("*.gesb")) if p.stat().st_size <= 1024]
    assert len(found) >= 30
    return found


def boot_error_record(base, name, samples):
    """Boots an x86_64 guest that finds the samples in its BERT; the blocks that it prints."""
    (base / f"{name}.bert").write_bytes(struct.pack("<IQ", 0x10000, REGION))
    (base / f"{name}.region").write_bytes(b"".join(s.bytes for s in samples).ljust(0x10000, b"\0"))
    table = ("sig=BERT,rev=1,oem_id=RASD,oem_table_id=RASDBERT,oem_rev=1,asl_compiler_id=RASD,asl_compiler_rev=1,"
             f"data={base}/{name}.bert")
    guest = rasdlab.Guest(base, name, "--arch", "x86_64", "--smp", "1", "--append", f"memmap=64K${REGION:#x}", extra=(
        "-acpitable", table, "-device", f"loader,file={base}/{name}.region,addr={REGION:#x},force-raw=on"))
    try:
        guest.wait_log("BERT: Total records found", 90)
        return kernel_text.blocks(guest.log())
    finally:
        guest.stop()


@pytest.fixture(scope="module", name="lab")
def make_lab(samples):
    """Guests take their time to boot: those of x86_64 boot beside the arm64 ones' work."""
    base = rasdlab.make_base()
    pool = concurrent.futures.ThreadPoolExecutor(1)
    arm = [rasdlab.Guest(base, f"decodes{i}", "--smp", "1") for i in (1, 2)]
    boots = [(samples[i:i + 5], pool.submit(boot_error_record, base, f"bert{i}", samples[i:i + 5]))
             for i in range(0, len(samples), 5)]
    for g in arm:
        g.wait()
    rasd = rasdlab.Rasd(base, {g.name: "recoverable" for g in arm}).start([g.name for g in arm])
    yield type("Lab", (), {"rasd": rasd, "arm": arm, "boots": boots})
    rasd.stop()
    for g in arm:
        g.stop()
    pool.shutdown(cancel_futures=True)
    rasdlab.drop_base(base)


def printed(guest, after, sample):
    """The guest's block newer than number after, once it is as foretold or 1.5 s have passed; None if none came."""
    end, found = time.monotonic() + 1.5, None
    while True:
        new = [b for b in kernel_text.blocks(guest.log()) if b[0] is not None and b[0] > after]
        assert len(new) <= 1, new
        if new:
            found = new[0]
            if not sample.differences("arm64", found[1]):
                return found
        if time.monotonic() > end or (not new and time.monotonic() > end - 1):
            return found
        time.sleep(0.02)


def feed(rasd, guest, samples, verdicts):
    """Injects all samples into guest until each was acknowledged, printed and compared."""
    queues = [[s for s in samples if s.corrected is c] for c in (True, False)]
    last, tries = 0, {}
    while any(queues):
        window = time.monotonic()
        for sample in [q.pop(0) for q in queues for _ in range(min(2, len(q)))]:
            r = rasd.ctl("-o", "json", "inject", "--domain", guest.name, "--record", sample.path, "--wait")
            assert r.returncode == 0 and json.loads(r.stdout)["state"] == "acknowledged", (sample.name, r)
            block = printed(guest, last, sample)
            if block is None:
                tries[sample] = tries.get(sample, 0) + 1
                assert tries[sample] < 5, f"{sample.name} is acknowledged but never printed"
                queues[not sample.corrected].append(sample)
                continue
            last = block[0]
            verdicts[sample.name] = sample.differences("arm64", block[1])
        if any(queues):
            time.sleep(max(0, window + WINDOW - time.monotonic()))


def test_arm64_kernel_agrees(lab, samples):
    verdicts, failures = {}, []

    def work(guest, part):
        try:
            feed(lab.rasd, guest, part, verdicts)
        except BaseException as e:     # told below: a thread's exception is nobody's otherwise
            failures.append(e)
    by_class = sorted(samples, key=lambda s: s.corrected)
    threads = [threading.Thread(target=work, args=(g, by_class[i::2])) for i, g in enumerate(lab.arm)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not failures
    assert {k: v for k, v in verdicts.items() if v} == {}
    assert set(verdicts) == {s.name for s in samples}


def test_x86_64_kernel_agrees(lab, samples):
    seen = set()
    for part, boot in lab.boots:
        blocks = boot.result(300)
        assert len(blocks) == len(part)
        for sample, (_, lines) in zip(part, blocks):
            assert sample.differences("x86_64", lines) == [], sample.name
            seen.add(sample.name)
    assert seen == {s.name for s in samples}
    assert any(e["kind"] == "proc_ia" for s in samples for e in s.record["entries"])


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
                assert kernel_text.differences(record, s.encoded, "arm64", block[1]), (s.name, where)
                n += 1
    assert n > 120, n
