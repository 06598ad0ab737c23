// SPDX-License-Identifier: LGPL-2.1-or-later
/* libcper's names for the fields of our sections. Private to libcper*.c. */
#pragma once

#include <stdint.h>

enum libcper_style {
	NUMBER,
	VALUE_NAME,  /* {"value","name"} */
	VALUE_TYPE,  /* {"value","type"} */
	VALUE_STATE, /* {"value","state"} */
	CODE_NAME,   /* {"code","name"} */
	ARM_TYPES,   /* {"Cache Error","TLB Error",...}, booleans */
	CPUID,	     /* {"eax","ebx","ecx","edx","data"} */
	EXTENDED,    /* {"rowBit16","rowBit17","chipIdentification"} */
	FLAG,	     /* bit 0 as a boolean */
	BASE64,	     /* {"data"} */
	BASE64_TEXT,
	GUID,
	TEXT,
	HEX64, /* a number, and NAMEHex beside it */
	HEX16,
	GUID_NAME,   /* a GUID, and its name in "name" beside it */
	BITS_FROM_3, /* a slot */
	ERROR_STATUS,
	BANK,
	BUS_TYPE,     /* "PCI" or "PCI-X" */
	BITS,	      /* an object of flags and values */
	BITS_BY_TYPE, /* the same, in "cacheError", "tlbError" or "busError" */
};

/* Our field, libcper's member, and the object it is under (NULL: the section itself). */
struct libcper_map {
	const char *field, *under, *name;
	enum libcper_style style;
};

struct libcper_kind {
	const char *kind, *name;
	const struct libcper_map *fixed;
	/* Of the section's parts, in their order. */
	struct {
		const char *name;
		const struct libcper_map *map;
	} parts[3];
};

/* "restartable_ip" as "restartableIP", and the words that libcper writes in another way. */
const char *libcper_camel(const char *name, char out[48]);

/* The bits of an ARM error type, for a number of before UEFI 2.9A those that it means. */
uint8_t libcper_arm_type(uint8_t type);

/* "cacheError", "tlbError", "busError", or NULL for other types. */
const char *libcper_arm_information(uint8_t type);

/* Parts of bytes that are not a string: an object with "data", an array of pairs of numbers. */
extern const struct libcper_map libcper_data_map[], libcper_pairs_map[];

/* Names of the ARM error types by bit, from CPER_ARM_TYPE_CACHE on. Ends with NULL. */
extern const char *const libcper_arm_types[];

/* The flags of an error status from bit 16 on. Ends with NULL. */
extern const char *const libcper_status_flags[];

/* The flags of a section descriptor from bit 0 on. Ends with NULL. */
extern const char *const libcper_section_flags[];

#define LIBCPER_PCI_X (UINT64_C(1) << 56) /* of a bus command */

/* Its registers, or bytes that have no names: the member of a context. */
#define LIBCPER_REGISTERS "registerArray"

/* The names of the section type kind ("mem"). NULL: there are none here. */
const struct libcper_kind *libcper_kind(const char *kind);
