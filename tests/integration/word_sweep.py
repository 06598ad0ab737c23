# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every value that has a word: records that hold all of them, and our words beside the kernel's.

kernel_text.py has the kernel's words. Guests that print the records of sweep() show that they
are the kernel's. Then two tables are compared: ours and those.
"""
import json
import re
import subprocess

import guest_feed
import kernel_text as kt
import rasdlab


class Sweep(guest_feed.Sample):
    """A block from JSON."""

    def __init__(self, name, base, entries):  # pylint: disable=super-init-not-called
        self.name, self.path = name, base / f"{name}.gesb"
        self.bytes = subprocess.run([rasdlab.BUILD / "rasctl", "encode", "-"], check=True,
                                    capture_output=True,
                                    input=json.dumps({"entries": entries}).encode()).stdout
        assert len(self.bytes) <= 1024, name
        self.path.write_bytes(self.bytes)
        self.record, self.encoded = guest_feed.decode(self.bytes)
        self.corrected, self.args = True, ("--record", self.path)


def entry(kind, fields, **more):
    return {"kind": kind, "header": {"error_severity": 2}, "section": {"fields": fields, **more}}


def arm_information(i):
    """error_information with all valid bits. Each part counts on with i."""
    return (0xfff | i % 3 << 16 | i << 18 | i % 8 << 22 | i % 2 << 25 | i // 2 % 2 << 26
            | i // 3 % 2 << 27 | i % 2 << 28
            | i % 4 << 29 | i // 2 % 2 << 31 | i // 2 % 4 << 32 | (i * 37 & 0x1ff) << 34
            | i // 2 % 2 << 43)


def check_info(i):
    return (0x7ff | i % 3 << 16 | i << 18 | i % 8 << 22 | i % 2 << 25 | i // 2 % 2 << 26
            | i // 3 % 2 << 27 | i % 2 << 28
            | i // 2 % 2 << 29 | i % 4 << 30 | i // 3 % 2 << 32 | i // 2 % 4 << 33)


def entries():
    """Entries with every value that has a word, and the word's place in our JSON: (entry, path of
    names, kernel's).
    """
    for i, word in enumerate(kt.MEM_TYPES):
        yield entry("mem", {"memory_error_type": i}), ("memory_error_type",), word
    for i, word in kt.MEM_STATUS.items():
        yield entry("mem", {"error_status": f"{i << 8:#x}"}), ("error_status", "error_type"), word
    for i, word in enumerate(kt.PORTS):
        if word != "unknown":
            yield entry("pcie", {"port_type": i}), ("port_type",), word
    for field, words in (("processor_type", kt.PROCESSORS), ("processor_isa", kt.ISAS),
                         ("operation", kt.GENERIC_PROC_OPS)):
        for i, word in enumerate(words):
            yield entry("proc_generic", {field: i}), (field,), word
    for i, word in enumerate(kt.AGENTS):
        yield entry("cxl_prot", {"agent_type": i}), ("agent_type",), word
    for i, word in enumerate(kt.FIRMWARE):
        yield entry("fw", {"error_record_type": i}), ("error_record_type",), word


def arm_infos():
    """(structure, kernel's words by our names)"""
    for kind, bit in (("cache", 1), ("TLB", 2), ("bus", 3)):
        for i, op in enumerate(kt.ARM_OPS[kind]):
            v = arm_information(i)
            words = {"transaction_type": kt.TRANSACTIONS[i % 3], "operation": op}
            if kind == "bus":
                words |= {"participation_type": kt.ARM_PARTICIPATION[i % 4],
                          "address_space": kt.ARM_SPACES[i // 2 % 4],
                          "access_mode": ("secure", "normal")[i // 2 % 2]}
            yield {"fields": {"type": 1 << bit, "error_information": f"{v:#x}"}}, words


def ia_infos():
    for guid, kind in kt.IA_TYPES.items():
        if kind == 3:
            for i, word in enumerate(kt.IA_MS_TYPES):
                yield {"fields": {"error_structure_type": guid,
                                  "check_info": f"{0x3f | i << 16 | i << 19:#x}"}}, \
                    {"error_type": word}
            continue
        for i, op in enumerate(kt.IA_OPS[:9 if kind == 0 else 7]):
            words = {"transaction_type": kt.TRANSACTIONS[i % 3], "operation": op}
            if kind == 2:
                words |= {"participation_type": kt.IA_PARTICIPATION[i % 4],
                          "address_space": kt.IA_SPACES[i // 2 % 4]}
            yield {"fields": {"error_structure_type": guid,
                              "check_info": f"{check_info(i):#x}"}}, words


def pack(items, room, size):
    """Lists of as many items as fit in room."""
    out, used = [[]], 0
    for item in items:
        if used + size(item) > room and out[-1]:
            out.append([])
            used = 0
        out[-1].append(item)
        used += size(item)
    return out


def sweep(base):
    """(blocks for arm64, blocks for x86_64)"""
    sizes = {"mem": 152, "pcie": 280, "proc_generic": 264, "cxl_prot": 188, "fw": 104}
    contexts = [{"fields": {"register_context_type": i}, "registers": "00" * 8} for i in range(9)]
    arm = [Sweep(f"arm-{i}", base, [entry("proc_arm", {}, error_info=infos)])
           for i, infos in enumerate(pack([x for x, _ in arm_infos()], 890, lambda _: 32))]
    arm.append(Sweep("arm-contexts", base, [entry("proc_arm", {}, context_info=contexts)]))
    other = [Sweep(f"all-{i}", base, part) for i, part in enumerate(pack(
        [e for e, _, _ in entries()], 1000, lambda e: sizes[e["kind"]]))]
    other += [Sweep(f"ia-{i}", base, [entry("proc_ia", {}, error_info=infos)])
              for i, infos in enumerate(pack([x for x, _ in ia_infos()], 860, lambda _: 64))]
    other.append(Sweep("ia-contexts", base, [entry("proc_ia", {}, context_info=[
        {"fields": {"register_context_type": i}, "registers": "00" * 8} for i in range(8)])]))
    return arm, other


# Ours if it is not the beginning of the kernel's, written in the same way.
OURS = {
    "internalerror": "errordetectedinternaltothecomponent",
        "errorinafunctionalunit": "errorinoneormorefunctionalunits",
    "selftestfailed": "componentfailedselftest", "buserror": "errordetectedinthebus",
    "accesstounimplementedaddress": "accesstoamemoryaddresswhichisnotmappedtoanycomponent",
    "responsewithoutrequest": "responsenotassociatedwitharequest",
        "protocolerror": "detectionofaprotocolerror",
    "patherror": "detectionofapatherror", "bustimeout": "busoperationtimeout",
    "poisoneddataread": "areadwasissuedtodatathathasbeenpoisoned",
    "socfirmwareerrorrecordtype1": "socfirmwareerrorrecordtype1legacycrashlogsupport"}


def same(ours, kernel):
    """Do both say the same? If ours is a number, the value has no word."""
    if not isinstance(ours, str):
        return kernel in ("Unknown", "unknown")
    a, b = (re.sub("[^a-z0-9]", "", x.lower()) for x in (ours, kernel))
    return b.startswith(a) if a not in OURS else b == OURS[a]
