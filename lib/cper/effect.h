// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a Linux guest does because of a record, beyond logging it. Private to rasd. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum cper_effect_kind {
	CPER_EFFECT_PAGE_SOFT_OFFLINE, /* a page is moved and not used any more */
	CPER_EFFECT_PAGE_OFFLINE,      /* a page is lost; its users may be killed */
	CPER_EFFECT_PCIE_RECOVERY,     /* drivers are told to recover, no reset of the link */
	CPER_EFFECT_PCIE_RESET,	       /* the link is reset */
	CPER_EFFECT_PANIC,	       /* the kernel ends */
	CPER_EFFECT_MAX
};

struct cper_effect {
	enum cper_effect_kind kind;
	uint16_t entry; /* index of the data entry; 0 with CPER_EFFECT_PANIC */
	uint64_t gpa;	/* of the page kinds: as in the record, not rounded */
	uint16_t segment;
	uint8_t bus, device, function; /* of the PCIe kinds */
};

typedef void cper_effect_fn(void *ctx, const struct cper_effect *effect);

/*
 * Call fn for each effect of a status block, any bytes, in the order of its sections. 0; or -1 if
 * the framing is unsound: Linux then refuses the block, and what was passed to fn is what the
 * entries before the flaw would do.
 */
int cper_effects(const void *buf, size_t len, cper_effect_fn *fn, void *ctx);

/* The severity (CPER_SEV_*) that a record without flags needs to do as much. */
uint32_t cper_effect_severity(enum cper_effect_kind kind);

/* "page-soft-offline" and the like. */
const char *cper_effect_name(enum cper_effect_kind kind);

#define CPER_EFFECT_TEXT_SIZE 96u

/* "takes the page at 0x48000000 offline ...", to follow the word "Linux". */
void cper_effect_text(const struct cper_effect *effect, char out[CPER_EFFECT_TEXT_SIZE]);
