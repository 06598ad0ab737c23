# SPDX-License-Identifier: LGPL-2.1-or-later
"""Options of rasctl inject, and the lines that Linux 6.12 on arm64 must print for them, written by
hand.

Each option whose value Linux prints is here. All values differ, so that two swapped values show.
"""
import json
import subprocess

import rasdlab
from guest_feed import Typed
from test_rasctl_offline import Daemon, row

CORRECTED = ["It has been corrected by h/w and requires no further action",
             "event severity: corrected"]
RECOVERABLE = ["event severity: recoverable"]


def entry(section, i=0, severity="corrected", head=(), before=()):
    return [*before, f"Error {i}, type: {severity}", *head, f"section_type: {section}"]


def error(i, n, kind, info, *rest, flags=()):
    return [f"Error info structure {i}:", f"num errors: {n}", *flags, f"error_type: {kind}",
            *([f"error_info: 0x{info:016x}"] if info is not None else []), *rest]


CACHE = ("transaction type: Data Access", "cache error, operation type: Data write",
         "cache level: 2",
         "processor context not corrupted")
BUS = ("transaction type: Generic",
       "bus error, operation type: Generic read (type of instruction or data request cannot be "
       "determined)",
       "affinity level at which the bus error occurred: 1", "processor context corrupted",
       "the error has been corrected",
       "PC is imprecise",
       "Program execution can be restarted reliably at the PC associated with the error.",
       "participation type: Local processor observed", "request timed out",
       "address space: External Memory Access",
       "memory access attributes:0x20", "access mode: secure")
TLB = ("transaction type: Instruction", "TLB error, operation type: Instruction fetch",
       "TLB level: 1",
       "processor context not corrupted", "the error has not been corrected", "PC is imprecise")

RECORDS = [
    Typed("--type memory --gpa 0x46000000 --severity recoverable --error-status 0x40400 --node 1 "
          "--card 2 --module 3 "
          "--rank 4 --bank 5 --device 6 --row 7 --column 8 --bit 9 --requestor 0xa1 --responder "
          "0xa2 --target 0xa3 "
          "--module-handle 0xd419 --fru-text DIMM_B7 "
          "--fru-id 00112233-4455-6677-8899-aabbccddeeff".split()
          + ["--timestamp", "2026-12-31 23:59:58", "--precise"],
          RECOVERABLE + entry("memory error", severity="recoverable",
                              before=["precise tstamp: 2026-12-31 23:59:58"],
                              head=["fru_id: 00112233-4455-6677-8899-aabbccddeeff",
                                    "fru_text: DIMM_B7"])
          + ["error_status: Storage error in DRAM memory (0x0000000000040400)",
             "physical_address: 0x0000000046000000",
             "physical_address_mask: 0xfffffffffffff000",
             "node:1 card:2 module:3 rank:4 bank:5 device:6 row:7 column:8 bit_position:9 "
             "requestor_id:0x00000000000000a1 "
             "responder_id:0x00000000000000a2 target_id:0x00000000000000a3",
             "error_type: 3, multi-bit ECC",
             "DIMM location: not present. DMI handle: 0xd419"]),
    Typed("--type memory --gpa 0x46001000 --gpa-mask 0xffffffffffffffc0 --memory-type "
          "scrub-corrected --bank-group 83 "
          "--bank-address 161 --row 0x2f2e9 --chip-id 7".split(),
          CORRECTED + entry("memory error")
          + ["physical_address: 0x0000000046001000", "physical_address_mask: 0xffffffffffffffc0",
             "bank_group:83 bank_address:161 row:193257 chip_id:7",
             "error_type: 13, scrub corrected error"]),
    Typed("--type pcie --bdf 0001:02:03.4 --port-type root-port --pcie-version 3.1 --command 0x547 "
          "--status 0x10 "
          "--vendor-id 0x8086 --device-id 0x10d3 --class-code 0x060400 --slot 21 --secondary-bus 9 "
          "--serial-number 0x1122334455667788 --bridge-status 0x21 --bridge-control 0x22 --aer "
          "bad_tlp,completion_timeout "
          "--aer-mask receiver_error --aer-severity malformed_tlp "
          "--tlp-header 0x4a000001,0xa0f,3,4".split(),
          CORRECTED + entry("PCIe error")
          + ["port_type: 4, root port", "version: 3.1", "command: 0x0547, status: 0x0010",
             "device_id: 0001:02:03.4",
             "slot: 21", "secondary_bus: 0x09", "vendor_id: 0x8086, device_id: 0x10d3",
             "class_code: 060400",
             "serial number: 0x55667788, 0x11223344",
             "bridge: secondary_status: 0x0021, control: 0x0022",
             "aer_cor_status: 0x00000040, aer_cor_mask: 0x00000001",
             "aer_uncor_status: 0x00004000, aer_uncor_mask: 0x00000000",
             "aer_uncor_severity: 0x00040000",
             "TLP Header: 4a000001 00000a0f 00000003 00000004"]),
    # everything that QEMU's ghes_inject.py takes, also what it ignores
    Typed("--type arm-processor --mpidr 0x444 --midr 0x410fd4f0 --affinity 1 --running --psci 3 "
          "--error cache --gpa 0x46002000 "
          "--gva 0xffff800080001000 --error tlb --error-flags last,overflow --multiple 0 --error "
          "bus --error-flags "
          "first,propagated --error micro-arch --error tlb,micro-arch --multiple 7 --context "
          "AArch64-EL1 --registers 1,2,3 "
          "--context-size 4 --context AArch32-general --registers 0x55 --vendor-data "
          "0x13,123,4,5,1 --flags primary "
          "--raw-data 1,2,3".split(),
          CORRECTED + entry("ARM processor error")
          + ["MIDR: 0x00000000410fd4f0",
             "Multiprocessor Affinity Register (MPIDR): 0x0000000000000444",
             "error affinity level: 1", "running state: 0x1",
             "Power State Coordination Interface state: 3",
             *error(0, 1, "0x02: cache error", 0x91000f, *CACHE,
                    "virtual fault address: 0xffff800080001000",
                    "physical fault address: 0x0000000046002000"),
             *error(1, 1, "0x04: TLB error", 0x54007f, *TLB,
                    flags=("last error captured", "overflow occurred, error info is incomplete")),
             *error(2, 1, "0x08: bus error", 0x80d6460fff, *BUS,
                    flags=("first error captured", "propagated error captured")),
             *error(3, 1, "0x10: micro-architectural error", 0x78da03ff),
             *error(4, 8, "0x14: TLB error|micro-architectural error", None),
             "Context info structure 0:", "register context type: AArch64 EL1 context registers",
             "00000000: 00000001 00000000 00000002 00000000",
             "00000010: 00000003 00000000 00000000 00000000",
             "Context info structure 1:",
             "register context type: AArch32 general purpose registers",
             "00000000: 00000055 00000000", "Vendor specific error info has 5 bytes:",
             "00000000: 13 7b 04 05 01 .{..."]),
    Typed("--type arm-processor --severity recoverable --no-running --psci 0x21 --error cache "
          "--error-info 0x91000f "
          "--error-valid error_information".split(),
          RECOVERABLE + entry("ARM processor error", severity="recoverable")
          + ["MIDR: 0x0000000000000000", "running state: 0x0",
             "Power State Coordination Interface state: 33",
             *error(0, 1, "0x02: cache error", 0x91000f, *CACHE)]),
    Typed("--type generic-processor --processor-type arm --isa ARM-A64 --error cache,bus "
          "--operation data-write "
          "--error-flags precise,corrected --level 5 --cpu-version 0xb1 --processor-id 0xb2 "
          "--target 0xb3 --requestor 0xb4 "
          "--responder 0xb5 --ip 0xb6 --cpu-brand x".split(),
          CORRECTED + entry("general processor error")
          + ["processor_type: 2, ARM", "processor_isa: 4, ARM A64", "error_type: 0x05",
             "cache error, bus error",
             "operation: 2, data write", "flags: 0x0a", "precise IP, corrected", "level: 5",
             "version_info: 0x00000000000000b1", "processor_id: 0x00000000000000b2",
             "target_address: 0x00000000000000b3",
             "requestor_id: 0x00000000000000b4", "responder_id: 0x00000000000000b5",
             "IP: 0x00000000000000b6"]),
    Typed(f"--type cxl-protocol --severity recoverable --agent-type CXL-device --bdf 0001:35:01.2 "
          f"--vendor-id 0xc1 "
          f"--device-id 0xc2 --subsystem-vendor-id 0xc3 --subsystem-id 0xc4 --class-code 0x502 "
          f"--slot 3 "
          f"--serial-number 0xdeadbeefcafef00d --capability {'01020304' * 15} --dvsec 05060708 "
          f"--error-log {','.join(str(i) for i in range(88))}".split(),
          RECOVERABLE + entry("CXL Protocol Error", severity="recoverable")
          + ["agent_type: 2, CXL Device", "agent_address: 0001:35:01.2", "slot: 3",
             "vendor_id: 0x00c1, device_id: 0x00c2",
             "sub_vendor_id: 0x00c3, sub_device_id: 0x00c4", "class_code: 0502",
             "lower_dw: 0xcafef00d, upper_dw: 0xdeadbeef",
             *(f"{i:08x}: 04030201 04030201 04030201 04030201" for i in (0, 16, 32)),
             "00000030: 04030201 04030201 04030201", "DVSEC length: 0x0004", "CXL DVSEC:",
             "00000000: 08070605",
             "Error log length: 0x0058", "CXL Error Log:", "cxl_ras_uncor_status: 0x03020100",
             "cxl_ras_uncor_mask: 0x07060504", "cxl_ras_uncor_severity: 0x0b0a0908",
             "cxl_ras_cor_status: 0x0f0e0d0c",
             "cxl_ras_cor_mask: 0x13121110", "cap_control: 0x17161514", "Header Log Registers:",
             *(f"{at:08x}: " + " ".join(f"{i + 3:02x}{i + 2:02x}{i + 1:02x}{i:02x}"
                                        for i in range(24 + at, 40 + at, 4))
               for at in (0, 16, 32, 48))]),
    Typed("--type cxl-protocol --agent-type restricted-CXL-host --rcrb 0xfed00000".split(),
          CORRECTED + entry("CXL Protocol Error")
          + ["agent_type: 1, Restricted CXL Host Downstream Port",
             "rcrb_base_address: 0x00000000fed00000"]),
    Typed("--type firmware --record-type 2 "
          "--record-id 8f87f311-c998-4d9e-a0c4-6065518c4f6d".split(),
          CORRECTED + entry("Firmware Error Record Reference")
          + ["Firmware Error Record Type: SOC Firmware Error Record Type2", "Revision: 2",
             "Record Identifier: 8f87f311-c998-4d9e-a0c4-6065518c4f6d"]),
    Typed("--type vendor --guid 12345678-9abc-def0-1122-334455667788 --data 11223344aabbccdd "
          "--severity info".split(),
          ["event severity: info", "Error 0, type: info",
           "section type: unknown, 12345678-9abc-def0-1122-334455667788",
           "section length: 0x8", "00000000: 44332211 ddccbbaa .\"3D...."]),
    Typed(f"--type cxl_media --bdf 0001:02:03.4 --set vendor_id=0x8086 --set serial_number=7 "
          f"--data {'00ff' * 56}".split(),
          CORRECTED + entry("CXL General Media Event")),
    # three sections in one block; the third one sets the severity of the second
    Typed("--type memory --gpa 0x46003000 --section --type generic-processor --severity "
          "recoverable --level 1 --section "
          "--type firmware --record-type 0 --record-id 0x1234abcd".split(),
          RECOVERABLE + entry("memory error") + ["physical_address: 0x0000000046003000",
                                                 "physical_address_mask: 0xfffffffffffff000",
                                                 "error_type: 2, single-bit ECC"]
          + entry("general processor error", 1, "recoverable") + ["level: 1"]
          + entry("Firmware Error Record Reference", 2, "recoverable")
          + ["Firmware Error Record Type: IPF SAL Error Record", "Revision: 0",
             "Record Identifier: 1234abcd",
             "00000000: 00000000 00000000 00000000 00000000 ................"]),
]

# For kernels on x86_64: in a boot error record, or through the page of a provisioned guest.
X86_RECORDS = [
    Typed("--type x86-processor --apic-id 0xff --error tlb --error-info 0x1080007f --target 0xa1 "
          "--requestor 0xa2 --responder 0xa3 "
          "--ip 0xa4 --error bus --error-info 0x783da07ff --error micro-arch --error-info 0x95003f "
          "--error cache "
          "--context msr --msr 0x401 --registers 0xbd000000000000c0 --context memory-mapped "
          "--mm-address 0xfed00000 "
          "--registers 1,2".split(),
          CORRECTED + entry("IA32/X64 processor error")
          + ["Local APIC_ID: 0xff", "Error Information Structure 0:",
             "Error Structure Type: TLB error",
             "Check Information: 0x000000001080007f", "Transaction Type: 0, Instruction",
             "Operation: 0, generic error",
             "Level: 2", "Processor Context Corrupt: false", "Uncorrected: false",
             "Precise IP: false",
             "Restartable IP: true", "Target Identifier: 0x00000000000000a1",
             "Requestor Identifier: 0x00000000000000a2",
             "Responder Identifier: 0x00000000000000a3", "Instruction Pointer: 0x00000000000000a4",
             "Error Information Structure 1:", "Error Structure Type: bus error",
             "Check Information: 0x0000000783da07ff",
             "Transaction Type: 2, Generic", "Operation: 6, prefetch", "Level: 7",
             "Processor Context Corrupt: true",
             "Uncorrected: false", "Precise IP: false", "Restartable IP: false", "Overflow: false",
             "Participation Type: 2, Local Processor observed", "Time Out: true",
             "Address Space: 3, Other Transaction",
             "Error Information Structure 2:", "Error Structure Type: micro-architectural error",
             "Check Information: 0x000000000095003f", "Error Type: 5, Internal Unclassified",
             "Processor Context Corrupt: false", "Uncorrected: true", "Precise IP: false",
             "Restartable IP: false",
             "Overflow: true", "Error Information Structure 3:",
             "Error Structure Type: cache error",
             "Context Information Structure 0:",
             "Register Context Type: MSR Registers (Machine Check and other MSRs)",
             "Register Array Size: 0x0008", "MSR Address: 0x00000401", "Register Array:",
             "00000000: bd000000000000c0",
             "Context Information Structure 1:", "Register Context Type: Memory Mapped Registers",
             "Register Array Size: 0x0010", "MM Register Address: 0x00000000fed00000",
             "Register Array:",
             "00000000: 00000001 00000000 00000002 00000000"]),
    Typed(f"--type x86-processor --cpuid {'01020304' * 12} --error cache "
          "--error-info 0x6000f".split(),
          CORRECTED + entry("IA32/X64 processor error")
          + ["CPUID Info:", *(f"{i:08x}: 04030201 04030201 04030201 04030201" for i in (0, 16, 32)),
             "Error Information Structure 0:", "Error Structure Type: cache error",
             "Check Information: 0x000000000006000f",
             "Transaction Type: 2, Generic", "Operation: 1, generic read", "Level: 0",
             "Processor Context Corrupt: false"]),
]


def x86_blocks(base):
    """X86_RECORDS with the bytes of the sections that rasctl sends."""
    daemon = Daemon(base / "played.sock", lambda method, params: row(params))
    for record in X86_RECORDS:
        daemon.requests.clear()
        subprocess.run([rasdlab.BUILD / "rasctl", "--socket", daemon.path, "inject", "--domain",
                        "x", *record.args],
                       check=True, capture_output=True, timeout=30)
        sections = json.dumps({"entries": daemon.requests[0]["params"]["sections"]})
        record.bytes = subprocess.run([rasdlab.BUILD / "rasctl", "encode", "-"],
                                      input=sections.encode(), check=True,
                                      capture_output=True).stdout
    daemon.stop()
    return X86_RECORDS
