// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Machine check banks as operating systems keep them.
 *
 * Windows' section has one bank (WHEA_XPF_MCA_SECTION of its driver kit, versions 1 to 4; sizes as
 * in DecodeWheaRecord). Linux stores its struct mce (asm/mce.h) by ERST when it panics; older
 * kernels have a shorter one. MCi_STATUS: Intel SDM volume 3 16.3.2.2, AMD64 APM volume 2 9.3.
 */
#include "base/cleanup.h"
#include "cper/section.h"

#define STATUS_COMMON                                   \
	{ "mca_code", 0, 16, CPER_NO_BIT, NULL },       \
	{                                               \
		"model_code", 16, 16, CPER_NO_BIT, NULL \
	}

#define STATUS_TOP                                                                  \
	CPER_FLAG("processor_context_corrupt", 57), CPER_FLAG("address_valid", 58), \
		CPER_FLAG("misc_valid", 59), CPER_FLAG("enabled", 60),              \
		CPER_FLAG("uncorrected", 61), CPER_FLAG("overflow", 62), CPER_FLAG("valid", 63)

const struct cper_bits cper_mci_status_bits[] = {
	STATUS_COMMON,
	{ "corrected_count", 38, 15, CPER_NO_BIT, NULL },
	STATUS_TOP,
	{ NULL, 0, 0, 0, NULL },
};

const struct cper_bits cper_mci_status_amd_bits[] = {
	{ "mca_code", 0, 16, CPER_NO_BIT, NULL },
	{ "extended_code", 16, 6, CPER_NO_BIT, NULL },
	{ "address_lsb", 24, 6, CPER_NO_BIT, NULL },
	CPER_FLAG("scrub", 40),
	CPER_FLAG("poison", 43),
	CPER_FLAG("deferred", 44),
	CPER_FLAG("uncorrected_ecc", 45),
	CPER_FLAG("corrected_ecc", 46),
	CPER_FLAG("syndrome_valid", 53),
	CPER_FLAG("task_context_corrupt", 55),
	STATUS_TOP,
	{ NULL, 0, 0, 0, NULL },
};

/* drivers/edac/mce_amd.c and arch/x86/kernel/cpu/mce/amd.c of Linux */
static const struct cper_word hardware_ids[] = {
	{ 0x01, "SMU" },       { 0x18, "NBIO" },      { 0x2e, "data fabric" },
	{ 0x46, "PCIe" },      { 0x50, "XGMI PCS" },  { 0x6c, "NBIF" },
	{ 0x80, "SHUB" },      { 0x96, "UMC" },	      { 0xa8, "SATA" },
	{ 0xaa, "USB" },       { 0xb0, "core" },      { 0xff, "PSP" },
	{ 0x170, "USR DP" },   { 0x180, "USR CP" },   { 0x241, "GMI PCS" },
	{ 0x259, "XGMI PHY" }, { 0x267, "WAFL PHY" }, { 0x269, "GMI PHY" },
	{ 0, NULL },
};

const struct cper_bits cper_mca_ipid_bits[] = {
	{ "instance_id", 0, 32, CPER_NO_BIT, NULL },
	{ "hardware_id", 32, 12, CPER_NO_BIT, hardware_ids },
	{ "mca_type", 48, 16, CPER_NO_BIT, NULL },
	{ NULL, 0, 0, 0, NULL },
};

static const struct cper_bits global_status_bits[] = {
	CPER_FLAG("restart_ip_valid", 0),
	CPER_FLAG("error_ip_valid", 1),
	CPER_FLAG("machine_check_in_progress", 2),
	CPER_FLAG("local_mce", 3),
	{ NULL, 0, 0, 0, NULL },
};

static const struct cper_bits global_capability_bits[] = {
	{ "banks", 0, 8, CPER_NO_BIT, NULL },
	{ NULL, 0, 0, 0, NULL },
};

enum { WINDOWS_AMD = 2, LINUX_AMD = 2, LINUX_HYGON = 9 };

static const struct cper_word windows_vendors[] = {
	{ 0, "other" },
	{ 1, "Intel" },
	{ WINDOWS_AMD, "AMD" },
	{ 0, NULL },
};

static const struct cper_bits *windows_status(const uint8_t *s)
{
	return s[4] == WINDOWS_AMD ? cper_mci_status_amd_bits : cper_mci_status_bits;
}

static bool windows_amd(const uint8_t *s)
{
	return s[4] == WINDOWS_AMD;
}

#define AMD(n, off, ...) CPER_SUB(n, off, 8, .present = windows_amd, __VA_ARGS__)

static const struct cper_field amd_registers[] = {
	AMD(ipid, 0, .bits = cper_mca_ipid_bits),
	AMD(synd, 8),
	AMD(config, 16),
	AMD(destat, 24),
	AMD(deaddr, 32),
	AMD(misc1, 40),
	AMD(misc2, 48),
	AMD(misc3, 56),
	AMD(misc4, 64),
	AMD(ras_cap, 72),
	{ .name = NULL },
};

/* 100 ns since 1601 */
static bool windows_time(const uint8_t *s, uint64_t bits, char out[CPER_VALUE_SIZE])
{
	const uint64_t unix_epoch_s = 11644473600;
	uint64_t seconds = le64(s + 8) / 10000000;

	(void)bits;
	return seconds >= unix_epoch_s && cper_date(out, seconds - unix_epoch_s);
}

static const struct cper_value windows_values[] = {
	{ "timestamp", 1u << 2, NULL, windows_time },
	{ NULL, 0, NULL, NULL },
};

#define U(n, off, w, ...) CPER_WIRE_UINT(n, off, w, CPER_NO_BIT, __VA_ARGS__)

static const struct cper_field windows_fields[] = {
	U(version, 0, 4),
	U(cpu_vendor, 4, 4, .words = windows_vendors),
	U(timestamp, 8, 8),
	U(processor_number, 16, 4),
	U(global_status, 20, 8, .bits = global_status_bits),
	U(instruction_pointer, 28, 8, .unit = "address"),
	U(bank_number, 36, 4),
	U(status, 40, 8, .bits = cper_mci_status_bits, .choose = windows_status),
	U(address, 48, 8, .unit = "address"),
	U(misc, 56, 8),
	U(extended_register_count, 64, 4),
	U(apic_id, 68, 4),
	CPER_WIRE(extended_registers, 72, 192, CPER_NO_BIT, CPER_FIELD_BYTES, .sub = amd_registers),
	U(global_capability, 264, 8, .bits = global_capability_bits),
};

#define B(n, off, w) CPER_WIRE(n, off, w, CPER_NO_BIT, CPER_FIELD_BYTES)

/* Version 3: recovery_info. Version 4: all. */
static const struct cper_field windows_extension[] = {
	B(recovery_info, 0, 20),    CPER_SUB(ex_bank_count, 20, 4, .unit = NULL),
	B(bank_number_ex, 24, 128), B(status_ex, 152, 256),
	B(address_ex, 408, 256),    B(misc_ex, 664, 256),
	{ .name = NULL },
};

static const struct cper_part windows_parts[] = { {
	.name = "extension",
	.kind = CPER_PART_BYTES,
	.optional = true,
	.sub = windows_extension,
} };

const struct cper_section cper_section_windows_mca = {
	/* 8a1e1d01-42f9-4557-9c33-565e5cc3f7e8 */
	.guid = { { 0x01, 0x1d, 0x1e, 0x8a, 0xf9, 0x42, 0x57, 0x45, 0x9c, 0x33, 0x56, 0x5e, 0x5c,
		    0xc3, 0xf7, 0xe8 } },
	.kind = "windows_mca",
	.title = "Windows machine check",
	.spec = "WHEA_XPF_MCA_SECTION of Windows",
	.table = { windows_fields, ARRAY_LEN(windows_fields), 272, CPER_NO_FIELD, windows_values },
	.parts = windows_parts,
	.nr_parts = ARRAY_LEN(windows_parts),
	.layout = cper_tail_layout,
};

/* At least 64 bytes: the meaning of the status depends on the vendor, which lies behind it. */
#define LINUX_MIN 64u

static const struct cper_word linux_vendors[] = {
	{ 0, "Intel" },	   { LINUX_AMD, "AMD" }, { 5, "Centaur" }, { LINUX_HYGON, "Hygon" },
	{ 10, "Zhaoxin" }, { 255, "unknown" },	 { 0, NULL },
};

static const struct cper_bits *linux_status(const uint8_t *s)
{
	return s[56] == LINUX_AMD || s[56] == LINUX_HYGON ? cper_mci_status_amd_bits :
							    cper_mci_status_bits;
}

static bool linux_time(const uint8_t *s, uint64_t bits, char out[CPER_VALUE_SIZE])
{
	(void)bits;
	return le64(s + 48) && cper_date(out, le64(s + 48));
}

static const struct cper_value linux_values[] = {
	{ "time", 1u << 6, NULL, linux_time },
	{ NULL, 0, NULL, NULL },
};

static const struct cper_field linux_fields[] = {
	U(status, 0, 8, .bits = cper_mci_status_bits, .choose = linux_status),
	U(misc, 8, 8),
	U(addr, 16, 8, .unit = "address"),
	U(mcgstatus, 24, 8, .bits = global_status_bits),
	U(ip, 32, 8, .unit = "address"),
	U(tsc, 40, 8),
	U(time, 48, 8, .unit = "seconds"),
	U(cpuvendor, 56, 1, .words = linux_vendors),
	U(inject_flags, 57, 1),
	U(severity, 58, 1),
	U(pad, 59, 1),
	U(cpuid, 60, 4, .show = CPER_SHOW_HEX),
	U(cs, 64, 1),
	U(bank, 65, 1),
	U(cpu, 66, 1),
	U(finished, 67, 1),
	U(extcpu, 68, 4),
	U(socketid, 72, 4),
	U(apicid, 76, 4),
	U(mcgcap, 80, 8, .bits = global_capability_bits),
	U(synd, 88, 8),
	U(ipid, 96, 8, .bits = cper_mca_ipid_bits),
	U(ppin, 104, 8),
	U(microcode, 112, 4, .show = CPER_SHOW_HEX),
	U(pad2, 116, 4),
	U(kflags, 120, 8),
};

const struct cper_section cper_section_linux_mce = {
	/* fe08ffbe-95e4-4be7-bc73-4096044a38fc */
	.guid = { { 0xbe, 0xff, 0x08, 0xfe, 0xe4, 0x95, 0xe7, 0x4b, 0xbc, 0x73, 0x40, 0x96, 0x04,
		    0x4a, 0x38, 0xfc } },
	.kind = "linux_mce",
	.title = "Linux machine check",
	.spec = "struct mce of Linux",
	.min_size = LINUX_MIN,
	.table = { linux_fields, ARRAY_LEN(linux_fields), 128, CPER_NO_FIELD, linux_values },
};

static const struct cper_part dmesg_parts[] = {
	{ .name = "text", .kind = CPER_PART_BYTES, .text = true },
};

const struct cper_section cper_section_linux_dmesg = {
	/* c197e04e-d545-4a70-9c17-a5549419eb12 */
	.guid = { { 0x4e, 0xe0, 0x97, 0xc1, 0x45, 0xd5, 0x70, 0x4a, 0x9c, 0x17, 0xa5, 0x54, 0x94,
		    0x19, 0xeb, 0x12 } },
	.kind = "linux_dmesg",
	.title = "Linux kernel log",
	.spec = "drivers/acpi/apei/erst.c of Linux",
	.table = { NULL, 0, 0, CPER_NO_FIELD, NULL },
	.parts = dmesg_parts,
	.nr_parts = ARRAY_LEN(dmesg_parts),
	.layout = cper_tail_layout,
};
