# SPDX-License-Identifier: LGPL-2.1-or-later
"""The text that Linux 6.12 prints for a status block, predicted from our JSON of it.

An oracle that nobody here wrote: the guest's kernel decodes the same bytes by its own code
(drivers/firmware/efi/ cper.c, cper-arm.c, cper-x86.c, cper_cxl.c, drivers/acpi/apei/ghes.c).
lines() turns the neutral JSON into the lines that this code must print where our values are right;
a difference is an error of ours. Sections that the kernel does not know are printed by it as hex,
which is compared with the bytes that our JSON encodes to.
"""
import re

SEVERITY = ("recoverable", "fatal", "corrected", "info")
PROC_TYPES = ("cache error", "TLB error", "bus error", "micro-architectural error")
MEM_STATUS = {
    1: "Error detected internal to the component", 4: "Storage error in DRAM memory",
              5: "Storage error in TLB",
    6: "Storage error in cache", 7: "Error in one or more functional units",
              8: "Component failed self test",
    9: "Overflow or undervalue of internal queue", 16: "Error detected in the bus",
    17: "Virtual address not found on IO-TLB or IO-PDIR", 18: "Improper access error",
    19: "Access to a memory address which is not mapped to any component", 20: "Loss of Lockstep",
    21: "Response not associated with a request",
              22: "Bus parity error - must also set the A, C, or D Bits",
    23: "Detection of a protocol error", 24: "Detection of a PATH_ERROR",
              25: "Bus operation timeout",
    26: "A read was issued to data that has been poisoned"}
MEM_TYPES = ("unknown", "no error", "single-bit ECC", "multi-bit ECC", "single-symbol chipkill ECC",
             "multi-symbol chipkill ECC", "master abort", "target abort", "parity error",
             "watchdog timeout",
             "invalid address", "mirror Broken", "memory sparing", "scrub corrected error",
             "scrub uncorrected error", "physical memory map-out event")
PORTS = ("PCIe end point", "legacy PCI end point", "unknown", "unknown", "root port",
         "upstream switch port",
         "downstream switch port", "PCIe to PCI/PCI-X bridge", "PCI/PCI-X to PCIe bridge",
         "root complex integrated endpoint device", "root complex event collector")
ARM_CONTEXTS = tuple(f"AArch32 {x}" for x in ("general purpose registers", "EL1 context registers",
                                              "EL2 context registers",
                                              "secure context registers")) + \
    tuple(f"AArch64 {x}" for x in ("general purpose registers", "EL1 context registers",
                                   "EL2 context registers",
                                   "EL3 context registers")) + ("Misc. system register structure",)
CORRECTED = "It has been corrected by h/w and requires no further action"
GENERIC_OPS = ("Generic error (type cannot be determined)",
               "Generic read (type of instruction or data request cannot be determined)",
               "Generic write (type of instruction of data request cannot be determined)",
               "Data read", "Data write", "Instruction fetch", "Prefetch")
ARM_OPS = {
    "cache": GENERIC_OPS + ("Eviction",
                            "Snooping (processor initiated a cache snoop that resulted in an "
                            "error)",
                            "Snooped (processor raised a cache error caused by another processor "
                            "or device snooping its cache)",
                            "Management"),
    "TLB": GENERIC_OPS
           + ("Local management operation (processor initiated a TLB management operation that "
              "resulted in an error)",
              "External management operation (processor raised a TLB error caused by another "
              "processor or "
              "device broadcasting TLB operations)"),
    "bus": GENERIC_OPS}
TRANSACTIONS = ("Instruction", "Data Access", "Generic")
ARM_PARTICIPATION = ("Local processor originated request", "Local processor responded to request",
                     "Local processor observed", "Generic")
ARM_SPACES = ("External Memory Access", "Internal Memory Access", "Unknown", "Device Memory Access")
PROCESSORS = ("IA32/X64", "IA64", "ARM")
ISAS = ("IA32", "IA64", "X64", "ARM A32/T32", "ARM A64")
GENERIC_PROC_OPS = ("unknown or generic", "data read", "data write", "instruction execution")
FIRMWARE = ("IPF SAL Error Record", "SOC Firmware Error Record Type1 (Legacy CrashLog Support)",
            "SOC Firmware Error Record Type2")
IA_TYPES = {"a55701f5-e3ef-43de-ac72-249b573fad2c": 0, "fc06b535-5e1f-4562-9f25-0a3b9adb63c3": 1,
            "1cf3f8b3-c5b1-49a2-aa59-5eef92ffa63c": 2, "48ab7f57-dc34-4f6c-a7d3-b0b5b0a74314": 3}
IA_OPS = ("generic error", "generic read", "generic write", "data read", "data write",
          "instruction fetch", "prefetch",
          "eviction", "snoop")
IA_MS_TYPES = ("No Error", "Unclassified", "Microcode ROM Parity Error", "External Error",
               "FRC Error",
               "Internal Unclassified")
IA_PARTICIPATION = ("Local Processor originated request", "Local Processor responded to request",
                    "Local Processor observed", "Generic")
IA_SPACES = ("Memory Access", "Reserved", "I/O", "Other Transaction")
IA_CONTEXTS = ("Unclassified Data", "MSR Registers (Machine Check and other MSRs)",
               "32-bit Mode Execution Context",
               "64-bit Mode Execution Context", "FXSAVE Context",
               "32-bit Mode Debug Registers (DR0-DR7)",
               "64-bit Mode Debug Registers (DR0-DR7)", "Memory Mapped Registers")
AGENTS = ("Restricted CXL Device", "Restricted CXL Host Downstream Port", "CXL Device",
          "CXL Logical Device",
          "CXL Fabric Manager managed Logical Device", "CXL Root Port",
          "CXL Downstream Switch Port",
          "CXL Upstream Switch Port")
CXL_EVENTS = {"cxl_media": "CXL General Media Event", "cxl_dram": "CXL DRAM Event",
              "cxl_module": "CXL Memory Module Event"}


def num(v):
    return int(v, 16) if isinstance(v, str) else v


def bits(v, low, high):
    return v >> low & (1 << high - low + 1) - 1


def pick(words, i, other="unknown"):
    return words[i] if i < len(words) else other


def hexdump(data, group=4, text=False):
    """print_hex_dump() with offsets, 16 bytes a line."""
    for at in range(0, len(data), 16):
        row = data[at:at + 16]
        size = group if len(row) % group == 0 else 1
        line = f"{at:08x}: " + " ".join(f"{int.from_bytes(row[i:i + size], 'little'):0{2 * size}x}"
                                        for i in range(0, len(row), size))
        if text:
            line += "  " + "".join(chr(c) if 32 <= c < 127 else "." for c in row)
        yield line


class Values(dict):
    """The fields of a section or structure: their numbers, and which of them are valid."""

    def __init__(self, part):
        super().__init__(part["fields"])
        self.valid = set(part["valid"])

    def n(self, key):
        return num(self[key])

    def has(self, *keys):
        return any(k in self.valid for k in keys)


def memory(s, f):
    if f.has("error_status"):
        v = f.n("error_status")
        yield f"error_status: {MEM_STATUS.get(bits(v, 8, 15), 'Reserved')} (0x{v:016x})"
    for key in ("physical_address", "physical_address_mask"):
        if f.has(key):
            yield f"{key}: 0x{f.n(key):016x}"
    bit, where = f.n("validation_bits"), []
    for key, name in (("node", "node"), ("card", "card"), ("module", "module"),
                      ("rank_number", "rank")):
        if f.has(key):
            where.append(f"{name}:{f[key]}")
    if f.has("bank") and bit >> 6 & 1:
        where.append(f"bank:{f['bank']}")
    if bit >> 19 & 1:
        where.append(f"bank_group:{f['bank'] >> 8}")
    if bit >> 20 & 1:
        where.append(f"bank_address:{f['bank'] & 255}")
    if f.has("device"):
        where.append(f"device:{f['device']}")
    if f.has("row") or bit >> 18 & 1:
        where.append(f"row:{f['row'] | ((f['extended'] & 3) << 16 if bit >> 18 & 1 else 0)}")
    for key in ("column", "bit_position"):
        if f.has(key):
            where.append(f"{key}:{f[key]}")
    for key in ("requestor_id", "responder_id", "target_id"):
        if f.has(key):
            where.append(f"{key}:0x{f.n(key):016x}")
    if bit >> 21 & 1:
        where.append(f"chip_id:{f['extended'] >> 5}")
    if where:
        yield " ".join(where)
    if f.has("memory_error_type"):
        t = f["memory_error_type"]
        yield f"error_type: {t}, {pick(MEM_TYPES, t)}"
    if f.has("module_handle"):
        yield f"DIMM location: not present. DMI handle: 0x{f['module_handle']:04x}"


def pcie(s, f):
    if f.has("port_type"):
        yield f"port_type: {f['port_type']}, {pick(PORTS, f['port_type'])}"
    if f.has("version_major"):
        # two bytes of BCD; the kernel prints them as they are
        yield f"version: {f['version_major']}.{f['version_minor']}"
    if f.has("command"):
        yield f"command: 0x{f['command']:04x}, status: 0x{f['status']:04x}"
    if f.has("device"):
        yield f"device_id: {f['segment']:04x}:{f['bus']:02x}:{f['device']:02x}.{f['function']:x}"
        yield f"slot: {f['slot'] >> 3}"
        yield f"secondary_bus: 0x{f['secondary_bus']:02x}"
        yield f"vendor_id: 0x{f['vendor_id']:04x}, device_id: 0x{f['device_id']:04x}"
        yield f"class_code: {f['class_code']:06x}"
    if f.has("serial_number"):
        v = f.n("serial_number")
        yield f"serial number: 0x{v & 0xffffffff:04x}, 0x{v >> 32:04x}"
    if f.has("bridge_control"):
        yield (f"bridge: secondary_status: 0x{f['bridge_secondary_status']:04x}, "
               f"control: 0x{f['bridge_control']:04x}")
    if f.has("aer_info"):
        r = bytes.fromhex(f["aer_info"])
        dw = [int.from_bytes(r[i:i + 4], "little") for i in range(0, 96, 4)]
        yield f"aer_cor_status: 0x{dw[4]:08x}, aer_cor_mask: 0x{dw[5]:08x}"
        yield f"aer_uncor_status: 0x{dw[1]:08x}, aer_uncor_mask: 0x{dw[2]:08x}"
        yield f"aer_uncor_severity: 0x{dw[3]:08x}"
        yield f"TLP Header: {dw[7]:08x} {dw[8]:08x} {dw[9]:08x} {dw[10]:08x}"


def generic(s, f):
    if f.has("processor_type"):
        yield f"processor_type: {f['processor_type']}, {pick(PROCESSORS, f['processor_type'])}"
    if f.has("processor_isa"):
        yield f"processor_isa: {f['processor_isa']}, {pick(ISAS, f['processor_isa'])}"
    if f.has("error_type"):
        yield f"error_type: 0x{f['error_type']:02x}"
        yield from bit_words(f["error_type"], PROC_TYPES)
    if f.has("operation"):
        yield f"operation: {f['operation']}, {pick(GENERIC_PROC_OPS, f['operation'])}"
    if f.has("flags"):
        yield f"flags: 0x{f['flags']:02x}"
        yield from bit_words(f["flags"], ("restartable", "precise IP", "overflow", "corrected"))
    if f.has("level"):
        yield f"level: {f['level']}"
    for key, name in (("cpu_version", "version_info"), ("processor_id", "processor_id"),
                      ("target_address", "target_address"), ("requestor_id", "requestor_id"),
                      ("responder_id", "responder_id"), ("instruction_ip", "IP")):
        if f.has(key):
            yield f"{name}: 0x{f.n(key):016x}"


def bit_words(v, words):
    """cper_print_bits(): joined, in as few lines as fit. Where the lines break depends on the
    prefix.
    """
    names = [w for i, w in enumerate(words) if v >> i & 1]
    if names:
        yield ("words", names)


def arm_info(kind, v):
    """error_information of an ARM structure whose type bits are kind."""
    if kind >> 4 & 1 or not bits(v, 0, 15):
        return
    kinds = [(n, w) for n, b, w in (("cache", 1, "cache level"), ("TLB", 2, "TLB level"),
                                    ("bus", 3, "affinity level at which the bus error occurred"))
             if kind >> b & 1]
    if v & 1 and bits(v, 16, 17) < 3:
        yield "transaction type: " + TRANSACTIONS[bits(v, 16, 17)]
    for name, level in kinds if v >> 1 & 1 else ():
        if bits(v, 18, 21) < len(ARM_OPS[name]):
            yield f"{name} error, operation type: {ARM_OPS[name][bits(v, 18, 21)]}"
    for name, level in kinds if v >> 2 & 1 else ():
        yield f"{level}: {bits(v, 22, 24)}"
    if v >> 3 & 1:
        yield "processor context corrupted" if v >> 25 & 1 else "processor context not corrupted"
    if v >> 4 & 1:
        yield "the error has been corrected" if v >> 26 & 1 else "the error has not been corrected"
    if v >> 5 & 1:
        yield "PC is precise" if v >> 27 & 1 else "PC is imprecise"
    if v >> 6 & 1 and v >> 28 & 1:
        yield "Program execution can be restarted reliably at the PC associated with the error."
    if kind != 8:
        return
    if v >> 7 & 1:
        yield "participation type: " + ARM_PARTICIPATION[bits(v, 29, 30)]
    if v >> 8 & 1 and v >> 31 & 1:
        yield "request timed out"
    if v >> 9 & 1:
        yield "address space: " + ARM_SPACES[bits(v, 32, 33)]
    if v >> 10 & 1:
        yield f"memory access attributes:0x{bits(v, 34, 42):x}"
    if v >> 11 & 1:
        yield "access mode: normal" if v >> 43 & 1 else "access mode: secure"


def arm(s, f):
    yield f"MIDR: 0x{f.n('midr_el1'):016x}"
    if f.has("mpidr_el1"):
        yield f"Multiprocessor Affinity Register (MPIDR): 0x{f.n('mpidr_el1'):016x}"
    if f.has("error_affinity_level"):
        yield f"error affinity level: {f['error_affinity_level']}"
    if f.has("running_state"):
        yield f"running state: 0x{f['running_state']:x}"
        yield f"Power State Coordination Interface state: {f['psci_state']}"
    for i, part in enumerate(s["error_info"]):
        e = Values(part)
        yield f"Error info structure {i}:"
        yield f"num errors: {e['multiple_error'] + 1}"
        if e.has("flags"):
            for bit, text in enumerate(("first error captured", "last error captured",
                                        "propagated error captured",
                                        "overflow occurred, error info is incomplete")):
                if e["flags"] >> bit & 1:
                    yield text
        names = "|".join(w for b, w in enumerate(PROC_TYPES) if e["type"] >> b + 1 & 1)
        yield f"error_type: 0x{e['type']:02x}: {names}" + (" with reserved bit(s)"
                                                           if e["type"] & ~0x1e else "")
        if e.has("error_information"):
            yield f"error_info: 0x{e.n('error_information'):016x}"
            yield from arm_info(e["type"], e.n("error_information"))
        if e.has("virtual_fault_address"):
            yield f"virtual fault address: 0x{e.n('virtual_fault_address'):016x}"
        if e.has("physical_fault_address"):
            yield f"physical fault address: 0x{e.n('physical_fault_address'):016x}"
    for i, part in enumerate(s["context_info"]):
        yield f"Context info structure {i}:"
        yield "register context type: " + ARM_CONTEXTS[part["fields"]["register_context_type"]]
        yield from hexdump(bytes.fromhex(part["registers"]))
    vendor = bytes.fromhex(s["vendor"])
    if vendor:
        yield f"Vendor specific error info has {len(vendor)} bytes:"
        yield from hexdump(vendor, text=True)


def truth(name, v, bit):
    return f"{name}: {'true' if v >> bit & 1 else 'false'}"


def ia_check(kind, v):
    if kind == 3:
        if v & 1:
            yield f"Error Type: {bits(v, 16, 18)}, {pick(IA_MS_TYPES, bits(v, 16, 18))}"
        for i, name in enumerate(("Processor Context Corrupt", "Uncorrected", "Precise IP",
                                  "Restartable IP", "Overflow")):
            if v >> 1 + i & 1:
                yield truth(name, v, 19 + i)
        return
    if v & 1:
        t = bits(v, 16, 17)
        yield f"Transaction Type: {t}, {pick(TRANSACTIONS, t)}"
    if v >> 1 & 1:
        op = bits(v, 18, 21)
        yield f"Operation: {op}, {pick(IA_OPS[:9 if kind == 0 else 7], op)}"
    if v >> 2 & 1:
        yield f"Level: {bits(v, 22, 24)}"
    for i, name in enumerate(("Processor Context Corrupt", "Uncorrected", "Precise IP",
                              "Restartable IP", "Overflow")):
        if v >> 3 + i & 1:
            yield truth(name, v, 25 + i)
    if kind != 2:
        return
    if v >> 8 & 1:
        yield f"Participation Type: {bits(v, 30, 31)}, {IA_PARTICIPATION[bits(v, 30, 31)]}"
    if v >> 9 & 1:
        yield truth("Time Out", v, 32)
    if v >> 10 & 1:
        yield f"Address Space: {bits(v, 33, 34)}, {IA_SPACES[bits(v, 33, 34)]}"


def ia(s, f):
    if f.has("local_apic_id"):
        yield f"Local APIC_ID: 0x{f.n('local_apic_id'):x}"
    if f.has("cpuid_info"):
        yield "CPUID Info:"
        yield from hexdump(bytes.fromhex(f["cpuid_info"]))
    for i, part in enumerate(s["error_info"]):
        e = Values(part)
        kind = IA_TYPES.get(e["error_structure_type"], 4)
        yield f"Error Information Structure {i}:"
        yield f"Error Structure Type: {pick(PROC_TYPES, kind)}"
        if kind == 4:
            yield f"Error Structure Type: {e['error_structure_type']}"
        if e.has("check_info"):
            yield f"Check Information: 0x{e.n('check_info'):016x}"
            if kind < 4:
                yield from ia_check(kind, e.n("check_info"))
        for key, name in (("target_id", "Target Identifier"),
                          ("requestor_id", "Requestor Identifier"),
                          ("responder_id", "Responder Identifier"),
                          ("instruction_pointer", "Instruction Pointer")):
            if e.has(key):
                yield f"{name}: 0x{e.n(key):016x}"
    for i, part in enumerate(s["context_info"]):
        c = part["fields"]
        yield f"Context Information Structure {i}:"
        yield f"Register Context Type: {pick(IA_CONTEXTS, c['register_context_type'])}"
        yield f"Register Array Size: 0x{c['register_array_size']:04x}"
        if c["register_context_type"] == 1:
            yield f"MSR Address: 0x{c['msr_address']:08x}"
        if c["register_context_type"] == 7:
            yield f"MM Register Address: 0x{num(c['mm_register_address']):016x}"
        yield "Register Array:"
        yield from hexdump(bytes.fromhex(part["registers"]), 8 if c["register_context_type"] == 1
                           else 4)


def firmware(s, f):
    yield f"Firmware Error Record Type: {pick(FIRMWARE, f['error_record_type'])}"
    yield f"Revision: {f['revision']}"
    if f["revision"] == 0:
        yield f"Record Identifier: {f.n('record_identifier'):08x}"
    elif f["revision"] == 2:
        yield f"Record Identifier: {f['record_id_guid']}"
    # trailing data follows, whose start depends on the revision: see section_bytes
    yield ("trailing", {0: 16, 1: 8}.get(f["revision"], 32))


def cxl(s, f):
    agent = f["agent_type"]
    if f.has("agent_type"):
        yield f"agent_type: {agent}, {pick(AGENTS, agent)}"
    if f.has("agent_address"):
        v = f.n("agent_address")
        if agent == 1:
            yield f"rcrb_base_address: 0x{v:016x}"
        elif agent < 8:
            yield (f"agent_address: {bits(v, 24, 39):04x}:{bits(v, 16, 23):02x}:"
                   f"{bits(v, 8, 15):02x}.{bits(v, 0, 7):x}")
    if f.has("device_id") and agent != 1 and agent < 8:
        yield f"slot: {f['slot'] >> 3}"
        yield f"vendor_id: 0x{f['vendor_id']:04x}, device_id: 0x{f['device_id']:04x}"
        yield (f"sub_vendor_id: 0x{f['subsystem_vendor_id']:04x}, "
               f"sub_device_id: 0x{f['subsystem_id']:04x}")
        yield f"class_code: {f['class_code']:04x}"
    if f.has("serial_number") and agent in (0, 2, 3, 4):
        v = f.n("serial_number")
        yield f"lower_dw: 0x{v & 0xffffffff:08x}, upper_dw: 0x{v >> 32:08x}"
    if f.has("capability") and agent != 1 and agent < 8:
        yield from hexdump(bytes.fromhex(f["capability"]))
    if f.has("dvsec_length"):
        yield f"DVSEC length: 0x{f['dvsec_length']:04x}"
        yield "CXL DVSEC:"
        yield from hexdump(bytes.fromhex(s["dvsec"]))
    if f.has("error_log_length"):
        yield f"Error log length: 0x{f['error_log_length']:04x}"
        yield "CXL Error Log:"
        log = bytes.fromhex(s["error_log"])
        for i, name in enumerate(("cxl_ras_uncor_status", "cxl_ras_uncor_mask",
                                  "cxl_ras_uncor_severity",
                                  "cxl_ras_cor_status", "cxl_ras_cor_mask", "cap_control")):
            yield f"{name}: 0x{int.from_bytes(log[4 * i:4 * i + 4], 'little'):08x}"
        yield "Header Log Registers:"
        yield from hexdump(log[24:88])


SECTIONS = {"mem": ("memory error", memory), "pcie": ("PCIe error", pcie),
            "proc_generic": ("general processor error", generic),
            "fw": ("Firmware Error Record Reference", firmware),
            "cxl_prot": ("CXL Protocol Error", cxl)}
BY_ARCH = {"arm64": {"proc_arm": ("ARM processor error", arm)},
           "x86_64": {"proc_ia": ("IA32/X64 processor error", ia)}}


def section_bytes(block, index):
    """The bytes of entry number index of a whole block."""
    at = 20
    while True:
        head = at + (72 if block[at + 21] >= 3 else 64)
        length = int.from_bytes(block[at + 24:at + 28], "little")
        if index == 0:
            return block[head:head + length]
        at, index = head + length, index - 1


def lines(record, encoded, arch):
    """The kernel's lines for record (our JSON). encoded: its bytes by our encoder."""
    block = record["block"]
    if block["error_severity"] == 2:
        yield CORRECTED
    yield f"event severity: {pick(SEVERITY, block['error_severity'])}"
    for i, e in enumerate(record["entries"]):
        h, s = e["header"], e["section"]
        if h["validation_bits"] & 4 and e["header_size"] == 72:
            t = bytes.fromhex(h["timestamp"])
            sec, minute, hour, precise, day, month, year, century = (f"{b:02x}" for b in t)
            yield (f"{'precise' if int(precise, 16) & 1 else 'imprecise'} tstamp: "
                   f"{century}{year}-{month}-{day} {hour}:{minute}:{sec}")
        yield f"Error {i}, type: {pick(SEVERITY, h['error_severity'])}"
        if h["validation_bits"] & 1:
            yield f"fru_id: {h['fru_id']}"
        if h["validation_bits"] & 2:
            yield f"fru_text: {h['fru_text']}"
        data = section_bytes(encoded, i)
        known = SECTIONS | BY_ARCH[arch]
        if e["kind"] in known:
            name, fn = known[e["kind"]]
            yield f"section_type: {name}"
            for line in fn(s, Values(s)):
                if line[0] == "trailing":
                    yield from hexdump(data[line[1]:], text=True)
                else:
                    yield line
        elif e["kind"] in CXL_EVENTS:
            yield f"section_type: {CXL_EVENTS[e['kind']]}"
        else:
            yield f"section type: unknown, {h['section_type']}"
            yield f"section length: 0x{len(data):x}"
            yield from hexdump(data, text=True)


def plain(text):
    return " ".join(text.split())


def blocks(log):
    """The blocks in a console log: [(number, lines)]. The boot error record's number is None."""
    out = []
    for raw in log.replace("\r", "").split("\n"):
        m = re.search(r"(?:\{(\d+)\})?\[Hardware Error\]: ?(.*)", raw)
        if not m:
            continue
        number, line = m.group(1) and int(m.group(1)), plain(m.group(2))
        if line.startswith("Hardware error from APEI"):
            out.append((number, []))
        elif (number is None and re.match("It has been corrected|event severity", line)
              and not (out and out[-1] == (None, [CORRECTED]))):
            out.append((None, [line]))
        elif out and out[-1][0] == number:
            out[-1][1].append(line)
    return out


def differences(record, encoded, arch, got):
    """What the kernel did not print as predicted. [] if all values agree."""
    bad, at = [], 0
    for want in lines(record, encoded, arch):
        if isinstance(want, tuple):     # words that may be spread over lines
            names, seen = want[1], []
            while at < len(got) and len(seen) < len(names):
                seen += got[at].split(", ")
                at += 1
            if seen != names:
                bad.append(f"want {names}, kernel {seen}")
            continue
        line = got[at] if at < len(got) else "(nothing)"
        if plain(want) != line:
            bad.append(f"want {plain(want)!r}, kernel {line!r}")
        at += 1
    bad += [f"kernel also says {x!r}" for x in got[at:]]
    return bad
