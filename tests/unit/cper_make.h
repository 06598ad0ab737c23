// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * One record of each section type, with every field, error structure and context that it can have.
 */
#pragma once

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/le.h"
#include "cper/record.h"

/* Bytes that do not repeat within 251 bytes. */
static inline const uint8_t *noise(size_t from)
{
	static uint8_t t[1024];

	for (size_t i = 0; i < sizeof(t); i++)
		t[i] = (uint8_t)(i * 7 % 251 + 1);
	return t + from;
}

static inline void make_memory(struct cper_builder *b, const struct cper_entry_info *info)
{
	struct cper_memory m = {
		.validation_bits = 0x3fffff,
		.error_status = 0x7f0400,
		.physical_address = 0x1122334455667000,
		.physical_address_mask = ~UINT64_C(0xfff),
		.node = 1,
		.card = 2,
		.module = 3,
		.bank = 0x405,
		.device = 6,
		.row = 7,
		.column = 8,
		.bit_position = 9,
		.requestor_id = 10,
		.responder_id = 11,
		.target_id = 12,
		.memory_error_type = 3,
		.extended = 0xe3,
		.rank_number = 15,
		.card_handle = 16,
		.module_handle = 17,
	};

	cper_put_memory(b, info, &m);
}

static inline void make_memory2(struct cper_builder *b, const struct cper_entry_info *info)
{
	struct cper_memory2 m = {
		.validation_bits = 0xfffff,
		.error_status = 0x400,
		.physical_address = 0x1000,
		.physical_address_mask = 2,
		.node = 3,
		.card = 4,
		.module = 5,
		.bank = 6,
		.device = 0x70000,
		.row = 0x80000,
		.column = 0x90000,
		.rank = 10,
		.bit_position = 11,
		.chip_id = 12,
		.memory_error_type = 13,
		.status = 1,
		.requestor_id = 15,
		.responder_id = 16,
		.target_id = 17,
		.card_handle = 18,
		.module_handle = 19,
	};

	cper_put_memory2(b, info, &m);
}

static inline void make_pcie(struct cper_builder *b, const struct cper_entry_info *info)
{
	struct cper_pcie p = {
		.validation_bits = 0xff,
		.port_type = 4,
		.version_minor = 1,
		.version_major = 3,
		.command = 0x547,
		.status = 0x10,
		.vendor_id = 0x1b36,
		.device_id = 12,
		.class_code = 0x060400,
		.function = 1,
		.device = 2,
		.segment = 3,
		.bus = 4,
		.secondary_bus = 5,
		.slot = 8,
		.serial_number = 0x0102030405060708,
		.bridge_secondary_status = 6,
		.bridge_control = 7,
	};

	memcpy(p.capability, noise(0), sizeof(p.capability));
	memcpy(p.aer_info, noise(100), sizeof(p.aer_info));
	cper_put_pcie(b, info, &p);
}

static inline void make_pci_bus(struct cper_builder *b, const struct cper_entry_info *info)
{
	struct cper_pci_bus p = { 0x1ff, 0x1000, 3, 4, 5, 6, 7, UINT64_C(1) << 56, 9, 10, 11 };

	cper_put_pci_bus(b, info, &p);
}

static inline void make_pci_component(struct cper_builder *b, const struct cper_entry_info *info)
{
	struct cper_pci_component p = {
		0x1f, 1, 2, 3, 0x040506, 7, 8, 9, 10, 2, 1, { noise(3), 48 }
	};

	cper_put_pci_component(b, info, &p);
}

static inline void make_generic(struct cper_builder *b, const struct cper_entry_info *info)
{
	struct cper_generic g = { .validation_bits = 0x1fff,
				  .processor_type = 2,
				  .processor_isa = 4,
				  .error_type = 5,
				  .operation = 3,
				  .flags = 9,
				  .level = 2,
				  .cpu_version = 11,
				  .processor_id = 12,
				  .target_address = 13,
				  .requestor_id = 14,
				  .responder_id = 15,
				  .instruction_ip = 16 };

	memset(g.cpu_brand, 'B', sizeof(g.cpu_brand)); /* all 128 bytes, no NUL */
	cper_put_generic(b, info, &g);
}

static inline void make_x86(struct cper_builder *b, const struct cper_entry_info *info)
{
	struct cper_x86_error_info e[4] = {
		{ cper_x86_cache_check, 0x1f, 0x3fff00ff, 1, 2, 3, 4 },
		{ cper_x86_tlb_check, 0x1, 0x1080007f, 0, 0, 0, 0 },
		{ cper_x86_bus_check, 0x1, 0x783da07ff, 0, 0, 0, 0 },
		{ cper_x86_ms_check, 0x1, 0x95003f, 0, 0, 0, 0 },
	};
	struct cper_context c[8];
	struct cper_x86 x = { .validation_bits = 3,
			      .local_apic_id = 7,
			      .info = e,
			      .nr_info = 4,
			      .contexts = c,
			      .nr_contexts = 8 };

	memcpy(x.cpuid_info, noise(9), sizeof(x.cpuid_info));
	for (uint16_t i = 0; i < 8; i++)
		c[i] = (struct cper_context){
			0, i, i == 1 ? 0x179 : 0, i == 7 ? 0xfed00000 : 0, { noise(i * 8u), 8 }
		};
	cper_put_x86(b, info, &x);
}

static inline void make_arm(struct cper_builder *b, const struct cper_entry_info *info)
{
	struct cper_arm_error_info e[4] = {
		{ 0, 0, 0x1f, CPER_ARM_TYPE_CACHE, 2, 0xf, 0x1e95007f, 0x1000, 0x2000 },
		{ 0, 0, 0x04, CPER_ARM_TYPE_TLB, 0, 0, 0x95000f, 0, 0 },
		{ 0, 0, 0x04, CPER_ARM_TYPE_BUS, 0, 0, 0xfff3fff0fff, 0, 0 },
		{ 0, 0, 0x04, CPER_ARM_TYPE_MICROARCH, 0, 0, 0x1234, 0, 0 },
	};
	struct cper_context c[9];
	struct cper_arm a = { 0x7, 1, 0x80000001, 0x411fd070, 1, 3, e, 4, c, 9, { noise(50), 5 } };

	for (uint16_t i = 0; i < 9; i++)
		c[i] = (struct cper_context){ 0, i, 0, 0, { noise(i * 8u), 8 } };
	cper_put_arm(b, info, &a);
}

/* 16-byte header, contexts of 32 and 48 bytes, two key/value pairs. */
static inline void make_arm_ras(struct cper_builder *b, const struct cper_entry_info *info)
{
	struct cper_arm_ras_record r[2] = { { 0, 0x10, 1, 2, 0xe4000000, 4, 5, 6, 7, 8 },
					    { 1, 0x10, 9, 10, 11, 12, 13, 14, 15, 16 } };
	uint8_t aux[16 + 32 + 48 + 48] = { 1 };
	struct cper_arm_ras a = { .revision = 1,
				  .component_type = 1,
				  .ip_instance_format = 1,
				  .ip_type_format = 3,
				  .user_data = "0123456789abcdef",
				  .records = r,
				  .nr_records = 2,
				  .auxiliary = { aux, sizeof(aux) } };

	le_store(aux + 2, 2, 2);
	le_store(aux + 4, 4, sizeof(aux));
	le_store(aux + 8, 4, 16 + 32 + 48);
	le_store(aux + 12, 2, 2);
	le_store(aux + 16, 4, 32);
	le_store(aux + 16 + 6, 2, 1);
	le_store(aux + 48, 4, 48);
	le_store(aux + 48 + 6, 2, 2);
	memcpy(aux + 96, noise(0), 48);
	cper_put_arm_ras(b, info, &a);
}

static inline void make_firmware(struct cper_builder *b, const struct cper_entry_info *info)
{
	struct cper_firmware f = { 2, 2, 0x1122, { { 1, 2, 3 } }, { NULL, 0 } };

	cper_put_firmware(b, info, &f);
}

static inline void make_dmar(struct cper_builder *b, const struct cper_entry_info *info)
{
	struct cper_dmar d = { 1, 2, 5, 1, 1, 1, 0x7000 };

	cper_put_dmar(b, info, &d);
}

static inline void make_vtd(struct cper_builder *b, const struct cper_entry_info *info)
{
	struct cper_vtd v = { .version = 1,
			      .revision = 2,
			      .capability = 3,
			      .extended_capability = 4,
			      .global_command = 5,
			      .global_status = 6,
			      .fault_status = 7,
			      .pte_level6 = 8,
			      .pte_level5 = 9,
			      .pte_level4 = 10,
			      .pte_level3 = 11,
			      .pte_level2 = 12,
			      .pte_level1 = 13 };

	memcpy(v.oem_id, "OEMNAM", 6);
	memcpy(v.fault_record, noise(1), 16);
	memcpy(v.root_entry, noise(20), 16);
	memcpy(v.context_entry, noise(40), 16);
	cper_put_vtd(b, info, &v);
}

static inline void make_iommu(struct cper_builder *b, const struct cper_entry_info *info)
{
	struct cper_iommu i = { .revision = 1,
				.control = 2,
				.status = 3,
				.pte_level6 = 4,
				.pte_level5 = 5,
				.pte_level4 = 6,
				.pte_level3 = 7,
				.pte_level2 = 8,
				.pte_level1 = 9 };

	memcpy(i.event_log_entry, noise(1), 16);
	memcpy(i.device_table_entry, noise(20), 32);
	cper_put_iommu(b, info, &i);
}

static inline void make_ccix(struct cper_builder *b, const struct cper_entry_info *info)
{
	struct cper_ccix c = { 3, 4, 5, { noise(2), 32 } };

	cper_put_ccix(b, info, &c);
}

static inline void make_cxl_agent(struct cper_builder *b, const struct cper_entry_info *info,
				  uint8_t type)
{
	struct cper_cxl_protocol c = { .validation_bits = 0x1f,
				       .agent_type = type,
				       .agent_address = 0x0001350102,
				       .vendor_id = 0x8086,
				       .device_id = 0xd93,
				       .subsystem_vendor_id = 3,
				       .subsystem_id = 4,
				       .class_code = 0x502,
				       .slot = 24,
				       .serial_number = 5,
				       .dvsec = { noise(0), 60 },
				       .error_log = { noise(60), 88 } };

	memcpy(c.capability, noise(200), sizeof(c.capability));
	cper_put_cxl_protocol(b, info, &c);
}

static inline void make_cxl_protocol(struct cper_builder *b, const struct cper_entry_info *info)
{
	make_cxl_agent(b, info, 5);
}

static inline void make_cxl_event(struct cper_builder *b, const struct cper_entry_info *info,
				  enum cper_cxl_event_type type)
{
	struct cper_cxl_event e = {
		type, 3, 0x8086, 0xd93, 1, 2, 3, 4, 40, 0x99, { noise(5), 112 }
	};

	cper_put_cxl_event(b, info, &e);
}

#define EVENT_MAKER(name, type)                                                \
	static inline void make_cxl_##name(struct cper_builder *b,             \
					   const struct cper_entry_info *info) \
	{                                                                      \
		make_cxl_event(b, info, CPER_CXL_EVENT_##type);                \
	}
EVENT_MAKER(media, MEDIA)
EVENT_MAKER(dram, DRAM)
EVENT_MAKER(module, MODULE)
EVENT_MAKER(pswitch, PHYSICAL_SWITCH)
EVENT_MAKER(vswitch, VIRTUAL_SWITCH)
EVENT_MAKER(mld, MLD_PORT)

static inline void make_vendor(struct cper_builder *b, const struct cper_entry_info *info)
{
	struct cper_entry_info v = *info;

	memset(v.section_type.b, 0x5a, sizeof(v.section_type.b));
	cper_put_vendor(b, &v, noise(1), 37);
}

static const struct maker {
	const char *kind;
	void (*make)(struct cper_builder *b, const struct cper_entry_info *info);
} makers[] = {
	{ "mem", make_memory },
	{ "mem2", make_memory2 },
	{ "pcie", make_pcie },
	{ "pcibus", make_pci_bus },
	{ "pcidev", make_pci_component },
	{ "proc_generic", make_generic },
	{ "proc_ia", make_x86 },
	{ "proc_arm", make_arm },
	{ "arm_ras", make_arm_ras },
	{ "fw", make_firmware },
	{ "dmar", make_dmar },
	{ "vtd", make_vtd },
	{ "iommu", make_iommu },
	{ "ccix", make_ccix },
	{ "cxl_prot", make_cxl_protocol },
	{ "cxl_media", make_cxl_media },
	{ "cxl_dram", make_cxl_dram },
	{ "cxl_module", make_cxl_module },
	{ "cxl_pswitch", make_cxl_pswitch },
	{ "cxl_vswitch", make_cxl_vswitch },
	{ "cxl_mld", make_cxl_mld },
	{ "unknown", make_vendor },
};

/* A block of one such record; returns its length. */
static inline size_t make_block(const struct maker *m, uint8_t *buf, size_t cap)
{
	struct cper_entry_info info = { .severity = CPER_SEV_CORRECTED, .fru_text = "made" };
	struct cper_builder b;
	size_t len = 0;

	cper_build_begin(&b, buf, cap);
	m->make(&b, &info);
	if (cper_build_end(&b, &len, NULL) < 0)
		return 0;
	return len;
}

static inline const struct maker *maker_of(const char *kind)
{
	for (size_t i = 0; i < ARRAY_LEN(makers); i++)
		if (!strcmp(makers[i].kind, kind))
			return &makers[i];
	return NULL;
}
