// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Each section type as a plain struct in host order, with a function that adds it to a block
 * (cper_put_*) and one that reads it (cper_decode_*).
 *
 * validation_bits is the section's own. A field whose bit is clear is written as 0. Counts and
 * lengths of what follows the fixed part (error information, contexts, logs) are not members: they
 * follow from the arrays, and so do the validation bits that stand for them. Reserved fields are
 * written as 0.
 *
 * cper_put_*: info->section_type is ignored. Returns 0, or -1; then cper_build_end() returns the
 * error. Pointers are read only during the call.
 *
 * cper_decode_*: 0; or -1 with *err (may be NULL) if the entry is of another type or corrupt, and
 * *out is untouched. Pointers in *out borrow from the viewed buffer.
 */
#pragma once

#include "cper/cper.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes with another owner. */
struct cper_bytes {
	const void *data;
	size_t len;
};

/* Memory error, UEFI 2.10 N.2.5. */
#define CPER_MEM_VALID_ERROR_STATUS (UINT64_C(1) << 0)
#define CPER_MEM_VALID_PA (UINT64_C(1) << 1)
#define CPER_MEM_VALID_PA_MASK (UINT64_C(1) << 2)
#define CPER_MEM_VALID_NODE (UINT64_C(1) << 3)
#define CPER_MEM_VALID_CARD (UINT64_C(1) << 4)
#define CPER_MEM_VALID_MODULE (UINT64_C(1) << 5)
#define CPER_MEM_VALID_BANK (UINT64_C(1) << 6)
#define CPER_MEM_VALID_DEVICE (UINT64_C(1) << 7)
#define CPER_MEM_VALID_ROW (UINT64_C(1) << 8)
#define CPER_MEM_VALID_COLUMN (UINT64_C(1) << 9)
#define CPER_MEM_VALID_BIT_POSITION (UINT64_C(1) << 10)
#define CPER_MEM_VALID_REQUESTOR_ID (UINT64_C(1) << 11)
#define CPER_MEM_VALID_RESPONDER_ID (UINT64_C(1) << 12)
#define CPER_MEM_VALID_TARGET_ID (UINT64_C(1) << 13)
#define CPER_MEM_VALID_ERROR_TYPE (UINT64_C(1) << 14)
#define CPER_MEM_VALID_RANK (UINT64_C(1) << 15)
#define CPER_MEM_VALID_CARD_HANDLE (UINT64_C(1) << 16)
#define CPER_MEM_VALID_MODULE_HANDLE (UINT64_C(1) << 17)
#define CPER_MEM_VALID_EXTENDED (UINT64_C(1) << 18)
#define CPER_MEM_VALID_BANK_GROUP (UINT64_C(1) << 19)	/* bank >> 8; instead of BANK */
#define CPER_MEM_VALID_BANK_ADDRESS (UINT64_C(1) << 20) /* bank & 0xff */
#define CPER_MEM_VALID_CHIP_ID (UINT64_C(1) << 21)	/* extended 7:5 */

#define CPER_MEMORY_SIZE 80u
#define CPER_MEMORY_SIZE_OLD 73u /* UEFI 2.1 */

struct cper_memory {
	uint64_t validation_bits;
	uint64_t error_status;
	uint64_t physical_address;
	uint64_t physical_address_mask;
	uint16_t node, card, module, bank, device, row, column, bit_position;
	uint64_t requestor_id, responder_id, target_id;
	uint8_t memory_error_type; /* 2 single-bit ECC, 3 multi-bit ECC, ... */
	uint8_t extended;	   /* 1:0 row bits 17:16, 7:5 chip id */
	uint16_t rank_number;
	uint16_t card_handle, module_handle; /* SMBIOS type 16 and 17 */
};

/* Memory error 2, UEFI 2.10 N.2.6. validation_bits 0..19 in the order of the members. */
/* shape: table, the fields of the wire format */
struct cper_memory2 {
	uint64_t validation_bits;
	uint64_t error_status, physical_address, physical_address_mask;
	uint16_t node, card, module, bank;
	uint32_t device, row, column, rank, bit_position;
	uint8_t chip_id, memory_error_type, status;
	uint64_t requestor_id, responder_id, target_id;
	uint32_t card_handle, module_handle;
};

/* PCI Express error, UEFI 2.10 N.2.7. */
#define CPER_PCIE_VALID_PORT_TYPE (UINT64_C(1) << 0)
#define CPER_PCIE_VALID_VERSION (UINT64_C(1) << 1)
#define CPER_PCIE_VALID_COMMAND_STATUS (UINT64_C(1) << 2)
#define CPER_PCIE_VALID_DEVICE_ID (UINT64_C(1) << 3) /* vendor_id to slot */
#define CPER_PCIE_VALID_SERIAL_NUMBER (UINT64_C(1) << 4)
#define CPER_PCIE_VALID_BRIDGE (UINT64_C(1) << 5)
#define CPER_PCIE_VALID_CAPABILITY (UINT64_C(1) << 6)
#define CPER_PCIE_VALID_AER_INFO (UINT64_C(1) << 7)

/* Offsets in aer_info, the AER capability as it is in configuration space. Registers of 32 bits. */
#define CPER_AER_UNCORRECTABLE_STATUS 4
#define CPER_AER_UNCORRECTABLE_MASK 8
#define CPER_AER_UNCORRECTABLE_SEVERITY 12
#define CPER_AER_CORRECTABLE_STATUS 16
#define CPER_AER_CORRECTABLE_MASK 20
#define CPER_AER_CONTROL 24
#define CPER_AER_HEADER_LOG 28 /* 16 bytes */

struct cper_pcie {
	uint64_t validation_bits;
	uint32_t port_type;		      /* 0 endpoint, 4 root port, ... */
	uint8_t version_minor, version_major; /* BCD */
	uint16_t command, status;
	uint16_t vendor_id, device_id;
	uint32_t class_code; /* 24 bits */
	uint8_t function, device;
	uint16_t segment;
	uint8_t bus, secondary_bus;
	uint16_t slot; /* bits 15:3 */
	uint64_t serial_number;
	uint16_t bridge_secondary_status, bridge_control;
	uint8_t capability[60];
	uint8_t aer_info[96];
};

/* PCI or PCI-X bus error, UEFI 2.10 N.2.8. */
struct cper_pci_bus {
	uint64_t validation_bits;
	uint64_t error_status;
	uint16_t error_type;
	uint8_t bus_number, segment_number;
	uint64_t bus_address, bus_data, bus_command, bus_requestor_id, bus_completer_id, target_id;
};

/* PCI component error, UEFI 2.10 N.2.9. Register pairs: 8 bytes address, 8 bytes value. */
struct cper_pci_component {
	uint64_t validation_bits;
	uint64_t error_status;
	uint16_t vendor_id, device_id;
	uint32_t class_code; /* 24 bits */
	uint8_t function, device, bus, segment;
	uint32_t memory_number, io_number; /* pairs; both 0: all of register_pairs are memory */
	struct cper_bytes register_pairs;
};

/* Generic processor error, UEFI 2.10 N.2.4.1. */
#define CPER_GENERIC_VALID_PROCESSOR_TYPE (UINT64_C(1) << 0)
#define CPER_GENERIC_VALID_PROCESSOR_ISA (UINT64_C(1) << 1)
#define CPER_GENERIC_VALID_ERROR_TYPE (UINT64_C(1) << 2)
#define CPER_GENERIC_VALID_OPERATION (UINT64_C(1) << 3)
#define CPER_GENERIC_VALID_FLAGS (UINT64_C(1) << 4)
#define CPER_GENERIC_VALID_LEVEL (UINT64_C(1) << 5)
#define CPER_GENERIC_VALID_CPU_VERSION (UINT64_C(1) << 6)
#define CPER_GENERIC_VALID_CPU_BRAND (UINT64_C(1) << 7)
#define CPER_GENERIC_VALID_PROCESSOR_ID (UINT64_C(1) << 8)
#define CPER_GENERIC_VALID_TARGET_ADDRESS (UINT64_C(1) << 9)
#define CPER_GENERIC_VALID_REQUESTOR_ID (UINT64_C(1) << 10)
#define CPER_GENERIC_VALID_RESPONDER_ID (UINT64_C(1) << 11)
#define CPER_GENERIC_VALID_INSTRUCTION_IP (UINT64_C(1) << 12)

struct cper_generic {
	uint64_t validation_bits;
	uint8_t processor_type; /* 0 IA32/X64, 1 IA64, 2 ARM */
	uint8_t processor_isa;	/* 0 IA32, 1 IA64, 2 X64, 3 ARM A32/T32, 4 ARM A64 */
	uint8_t error_type;	/* bits: 1 cache, 2 TLB, 4 bus, 8 micro-architectural */
	uint8_t operation;	/* 1 data read, 2 data write, 3 instruction execution */
	uint8_t flags, level;
	uint64_t cpu_version;
	char cpu_brand[128]; /* no NUL if it fills all bytes */
	uint64_t processor_id, target_address, requestor_id, responder_id, instruction_ip;
};

/* ARM processor error, UEFI 2.10 N.2.4.4. */
#define CPER_ARM_VALID_MPIDR 0x1u
#define CPER_ARM_VALID_AFFINITY_LEVEL 0x2u
#define CPER_ARM_VALID_RUNNING_STATE 0x4u /* and PSCI state */
#define CPER_ARM_VALID_VENDOR 0x8u

#define CPER_ARM_INFO_VALID_MULTIPLE_ERROR 0x1u
#define CPER_ARM_INFO_VALID_FLAGS 0x2u
#define CPER_ARM_INFO_VALID_ERROR_INFORMATION 0x4u
#define CPER_ARM_INFO_VALID_VIRTUAL_ADDRESS 0x8u
#define CPER_ARM_INFO_VALID_PHYSICAL_ADDRESS 0x10u

/* Bits of cper_arm_error_info.type as Linux and QEMU use them. libcper reads them one bit lower. */
#define CPER_ARM_TYPE_CACHE 0x02u
#define CPER_ARM_TYPE_TLB 0x04u
#define CPER_ARM_TYPE_BUS 0x08u
#define CPER_ARM_TYPE_MICROARCH 0x10u

struct cper_arm_error_info {
	uint8_t version; /* 0 */
	uint8_t length;	 /* 0 to write: 32. Some firmware has more; see section/arm.c */
	uint16_t validation_bits;
	uint8_t type;
	uint16_t multiple_error; /* 0 one, 1 many, 2.. the count */
	uint8_t flags;		 /* 1 first, 2 last, 4 propagated, 8 overflow */
	uint64_t error_information;
	uint64_t virtual_fault_address, physical_fault_address;
};

/* A register context. ARM: type 0..8. x86: type 0..7; msr and mm_register depend on the type. */
struct cper_context {
	uint16_t version; /* ARM, 0 */
	uint16_t type;
	uint32_t msr_address;	      /* x86 */
	uint64_t mm_register_address; /* x86 */
	struct cper_bytes registers;
};

struct cper_arm {
	uint32_t validation_bits;
	uint8_t error_affinity_level;
	uint64_t mpidr_el1, midr_el1;
	uint32_t running_state, psci_state;
	/*
	 * For cper_put_arm(). After cper_decode_arm() use cper_arm_info_at() and
	 * cper_context_next().
	 */
	const struct cper_arm_error_info *info;
	uint16_t nr_info;
	const struct cper_context *contexts;
	uint16_t nr_contexts;
	struct cper_bytes vendor;
};

/*
 * IA32/X64 processor error, UEFI 2.10 N.2.4.2. cper_put_x86() sets the counts in validation_bits
 * 13:2.
 */
#define CPER_X86_VALID_APIC_ID 0x1u
#define CPER_X86_VALID_CPUID 0x2u

#define CPER_X86_INFO_VALID_CHECK_INFO 0x1u
#define CPER_X86_INFO_VALID_TARGET_ID 0x2u
#define CPER_X86_INFO_VALID_REQUESTOR_ID 0x4u
#define CPER_X86_INFO_VALID_RESPONDER_ID 0x8u
#define CPER_X86_INFO_VALID_IP 0x10u

/* error_structure_type: what check_info is about. */
extern const struct cper_guid cper_x86_cache_check, cper_x86_tlb_check, cper_x86_bus_check,
	cper_x86_ms_check;

struct cper_x86_error_info {
	struct cper_guid error_structure_type;
	uint64_t validation_bits;
	uint64_t check_info, target_id, requestor_id, responder_id, instruction_pointer;
};

struct cper_x86 {
	uint64_t validation_bits;
	uint64_t local_apic_id;
	uint8_t cpuid_info[48];
	const struct cper_x86_error_info *info; /* at most 63 */
	uint16_t nr_info;
	const struct cper_context *contexts; /* at most 63, each at most 65535 bytes */
	uint16_t nr_contexts;
};

/* Arm RAS node, DEN0085: known from one source. */
struct cper_arm_ras_record {
	uint32_t error_record_index;
	uint8_t ras_extension_revision;
	uint64_t err_fr, err_ctlr, err_status, err_addr;
	uint64_t err_misc0, err_misc1, err_misc2, err_misc3;
};

struct cper_arm_ras {
	uint32_t revision; /* 1 */
	uint8_t component_type;
	uint8_t ip_instance_format, ip_type_format;
	uint8_t ip_instance[16], ip_type[24];
	char user_data[16];
	const struct cper_arm_ras_record *records;
	uint32_t nr_records;
	struct cper_bytes auxiliary; /* header, contexts and key/value pairs, or empty */
};

/* Firmware error record reference, UEFI 2.10 N.2.10. */
struct cper_firmware {
	uint8_t error_record_type; /* 0 IPF SAL, 1 SoC type 1, 2 SoC type 2 */
	uint8_t revision;	   /* 2: record_id_guid is used, otherwise record_identifier */
	uint64_t record_identifier;
	struct cper_guid record_id_guid;
	struct cper_bytes record; /* what follows the reference; before revision 2 at byte 16 */
};

/* DMA remapping, generic, UEFI 2.10 N.2.11.1. */
struct cper_dmar {
	uint16_t requester_id, segment_number;
	uint8_t fault_reason, access_type, address_type, architecture_type;
	uint64_t device_address;
};

/* Intel VT-d DMA remapping, UEFI 2.10 N.2.11.2. */
struct cper_vtd {
	uint8_t version, revision;
	uint8_t oem_id[6];
	uint64_t capability, extended_capability;
	uint32_t global_command, global_status, fault_status;
	uint8_t fault_record[16], root_entry[16], context_entry[16];
	uint64_t pte_level6, pte_level5, pte_level4, pte_level3, pte_level2, pte_level1;
};

/* IOMMU DMA remapping, UEFI 2.10 N.2.11.3. */
struct cper_iommu {
	uint8_t revision;
	uint64_t control, status;
	uint8_t event_log_entry[16];
	uint8_t device_table_entry[32];
	uint64_t pte_level6, pte_level5, pte_level4, pte_level3, pte_level2, pte_level1;
};

/* CCIX PER log, UEFI 2.10 N.2.12. */
#define CPER_CCIX_VALID_SOURCE_ID 0x1u
#define CPER_CCIX_VALID_PORT_ID 0x2u
#define CPER_CCIX_VALID_LOG 0x4u

struct cper_ccix {
	uint64_t validation_bits;
	uint8_t source_id, port_id;
	struct cper_bytes per_log;
};

/* CXL protocol error, UEFI 2.10 N.2.13. */
#define CPER_CXL_VALID_AGENT_TYPE 0x1u
#define CPER_CXL_VALID_AGENT_ADDRESS 0x2u
#define CPER_CXL_VALID_DEVICE_ID 0x4u /* vendor_id to slot */
#define CPER_CXL_VALID_SERIAL_NUMBER 0x8u
#define CPER_CXL_VALID_CAPABILITY 0x10u
#define CPER_CXL_VALID_DVSEC 0x20u
#define CPER_CXL_VALID_ERROR_LOG 0x40u

struct cper_cxl_protocol {
	uint64_t validation_bits;
	uint8_t agent_type; /* 0 restricted device .. 7 upstream switch port */
	/*
	 * Function, device, bus, segment from byte 0. For a restricted host's port: its RCRB
	 * address.
	 */
	uint64_t agent_address;
	uint16_t vendor_id, device_id, subsystem_vendor_id, subsystem_id, class_code;
	uint16_t slot; /* bits 15:3 */
	uint64_t serial_number;
	uint8_t capability[60];
	struct cper_bytes dvsec, error_log; /* at most 65535 bytes each */
};

/* CXL component events, UEFI 2.10 N.2.14 and CXL 3.2: seven GUIDs, one form. */
#define CPER_CXL_EVENT_VALID_DEVICE_ID 0x1u
#define CPER_CXL_EVENT_VALID_SERIAL_NUMBER 0x2u
#define CPER_CXL_EVENT_VALID_LOG 0x4u

enum cper_cxl_event_type {
	CPER_CXL_EVENT_MEDIA,
	CPER_CXL_EVENT_DRAM,
	CPER_CXL_EVENT_MODULE,
	CPER_CXL_EVENT_PHYSICAL_SWITCH,
	CPER_CXL_EVENT_VIRTUAL_SWITCH,
	CPER_CXL_EVENT_MLD_PORT,
	CPER_CXL_EVENT_SPARING,
};

struct cper_cxl_event {
	enum cper_cxl_event_type type;
	uint64_t validation_bits;
	uint16_t vendor_id, device_id;
	uint8_t function, device, bus;
	uint16_t segment;
	uint16_t slot; /* bits 15:3 */
	uint64_t serial_number;
	struct cper_bytes event_log; /* the event record of CXL 3.0 8.2.9.2 without its UUID */
};

/* Add a section to a block under construction. The top of this file says how. */
int cper_put_memory(struct cper_builder *b, const struct cper_entry_info *info,
		    const struct cper_memory *m);
int cper_put_memory2(struct cper_builder *b, const struct cper_entry_info *info,
		     const struct cper_memory2 *m);
int cper_put_pcie(struct cper_builder *b, const struct cper_entry_info *info,
		  const struct cper_pcie *p);
int cper_put_pci_bus(struct cper_builder *b, const struct cper_entry_info *info,
		     const struct cper_pci_bus *p);
int cper_put_pci_component(struct cper_builder *b, const struct cper_entry_info *info,
			   const struct cper_pci_component *p);
int cper_put_generic(struct cper_builder *b, const struct cper_entry_info *info,
		     const struct cper_generic *p);
int cper_put_x86(struct cper_builder *b, const struct cper_entry_info *info,
		 const struct cper_x86 *x);
int cper_put_arm(struct cper_builder *b, const struct cper_entry_info *info,
		 const struct cper_arm *a);
int cper_put_arm_ras(struct cper_builder *b, const struct cper_entry_info *info,
		     const struct cper_arm_ras *r);
int cper_put_firmware(struct cper_builder *b, const struct cper_entry_info *info,
		      const struct cper_firmware *f);
int cper_put_dmar(struct cper_builder *b, const struct cper_entry_info *info,
		  const struct cper_dmar *d);
int cper_put_vtd(struct cper_builder *b, const struct cper_entry_info *info,
		 const struct cper_vtd *v);
int cper_put_iommu(struct cper_builder *b, const struct cper_entry_info *info,
		   const struct cper_iommu *i);
int cper_put_ccix(struct cper_builder *b, const struct cper_entry_info *info,
		  const struct cper_ccix *c);
int cper_put_cxl_protocol(struct cper_builder *b, const struct cper_entry_info *info,
			  const struct cper_cxl_protocol *c);
int cper_put_cxl_event(struct cper_builder *b, const struct cper_entry_info *info,
		       const struct cper_cxl_event *e);

/* Add a section of info->section_type as bytes: vendor types, or a section built elsewhere. */
int cper_put_vendor(struct cper_builder *b, const struct cper_entry_info *info, const void *data,
		    size_t len);

/* Read an entry's section. The top of this file says how. Fields beyond a short section are 0. */
int cper_decode_memory(const struct cper_entry *e, struct cper_memory *out, struct cper_err *err);
int cper_decode_memory2(const struct cper_entry *e, struct cper_memory2 *out, struct cper_err *err);
int cper_decode_pcie(const struct cper_entry *e, struct cper_pcie *out, struct cper_err *err);
int cper_decode_pci_bus(const struct cper_entry *e, struct cper_pci_bus *out, struct cper_err *err);
int cper_decode_pci_component(const struct cper_entry *e, struct cper_pci_component *out,
			      struct cper_err *err);
int cper_decode_generic(const struct cper_entry *e, struct cper_generic *out, struct cper_err *err);
int cper_decode_x86(const struct cper_entry *e, struct cper_x86 *out, struct cper_err *err);
int cper_decode_arm(const struct cper_entry *e, struct cper_arm *out, struct cper_err *err);
int cper_decode_arm_ras(const struct cper_entry *e, struct cper_arm_ras *out, struct cper_err *err);
int cper_decode_firmware(const struct cper_entry *e, struct cper_firmware *out,
			 struct cper_err *err);
int cper_decode_dmar(const struct cper_entry *e, struct cper_dmar *out, struct cper_err *err);
int cper_decode_vtd(const struct cper_entry *e, struct cper_vtd *out, struct cper_err *err);
int cper_decode_iommu(const struct cper_entry *e, struct cper_iommu *out, struct cper_err *err);
int cper_decode_ccix(const struct cper_entry *e, struct cper_ccix *out, struct cper_err *err);
int cper_decode_cxl_protocol(const struct cper_entry *e, struct cper_cxl_protocol *out,
			     struct cper_err *err);
int cper_decode_cxl_event(const struct cper_entry *e, struct cper_cxl_event *out,
			  struct cper_err *err);

/* Element i of an ARM, x86 or Arm RAS entry. 1; or 0 if there is none or the section is corrupt. */
int cper_arm_info_at(const struct cper_entry *e, uint16_t i, struct cper_arm_error_info *out);
int cper_x86_info_at(const struct cper_entry *e, uint16_t i, struct cper_x86_error_info *out);
int cper_arm_ras_record_at(const struct cper_entry *e, uint32_t i, struct cper_arm_ras_record *out);

/* The next register context of an ARM or x86 entry. 1, or 0 at the end. *pos starts at 0. */
int cper_context_next(const struct cper_entry *e, uint32_t *pos, struct cper_context *out);

#ifdef __cplusplus
}
#endif
