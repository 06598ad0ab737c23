// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Building a block. Entries are appended while they fit, and counted even if they do not, so that
 * cper_build_end() can tell the size needed. The first error is kept. Callers need to look only at
 * the end.
 */
#include <string.h>

#include "cper/section.h"

void cper_build_begin(struct cper_builder *b, void *buf, size_t cap)
{
	*b = (struct cper_builder){
		.buf = buf, .cap = cap, .need = CPER_BLOCK_SIZE, .worst = CPER_SEV_INFO
	};
}

static void put_header(uint8_t *h, const struct cper_entry_info *info, const struct cper_guid *type,
		       uint32_t len)
{
	uint8_t valid = 0;

	memset(h, 0, CPER_ENTRY_SIZE);
	memcpy(h, type->b, sizeof(type->b));
	le_store(h + 16, 4, info->severity);
	le_store(h + 20, 2, CPER_REVISION);
	h[23] = info->flags;
	le_store(h + 24, 4, len);
	if (info->has_fru_id) {
		valid |= CPER_ENTRY_VALID_FRU_ID;
		memcpy(h + 28, info->fru_id.b, 16);
	}
	if (info->fru_text[0]) {
		valid |= CPER_ENTRY_VALID_FRU_TEXT;
		memcpy(h + 44, info->fru_text, strnlen(info->fru_text, CPER_FRU_TEXT_SIZE));
	}
	if (info->has_timestamp) {
		valid |= CPER_ENTRY_VALID_TIMESTAMP;
		memcpy(h + 64, info->timestamp, sizeof(info->timestamp));
	}
	h[22] = valid;
}

uint8_t *cper_build_reserve(struct cper_builder *b, const struct cper_entry_info *info,
			    const struct cper_guid *type, uint64_t len)
{
	uint64_t at = b->need;

	if (b->err.code)
		return NULL;
	if (info->severity > CPER_SEV_INFO) {
		cper_fail(&b->err, CPER_SEVERITY, at + 16, (uint16_t)b->entries, "severity over 3");
		return NULL;
	}
	if (len > UINT32_MAX - CPER_ENTRY_SIZE || at + CPER_ENTRY_SIZE + len > UINT32_MAX) {
		cper_fail(&b->err, CPER_ENTRY_LENGTH, at + 24, (uint16_t)b->entries,
			  "the block would exceed 4 GiB");
		return NULL;
	}
	b->need += CPER_ENTRY_SIZE + len;
	b->entries++;
	if (info->severity == CPER_SEV_RECOVERABLE || info->severity == CPER_SEV_FATAL)
		b->uncorrected++;
	else
		b->corrected++;
	if (b->entries == 1 || cper_severity_rank(info->severity) > cper_severity_rank(b->worst))
		b->worst = info->severity;
	if (b->need > b->cap)
		return NULL;
	put_header(b->buf + at, info, type, (uint32_t)len);
	return b->buf + at + CPER_ENTRY_SIZE;
}

int cper_build_entry(struct cper_builder *b, const struct cper_entry_info *info,
		     const void *section, size_t len)
{
	uint8_t *wire = cper_build_reserve(b, info, &info->section_type, len);

	if (!wire)
		return -1;
	if (len)
		memcpy(wire, section, len);
	return 0;
}

int cper_put_vendor(struct cper_builder *b, const struct cper_entry_info *info, const void *data,
		    size_t len)
{
	return cper_build_entry(b, info, data, len);
}

int cper_build_end(struct cper_builder *b, size_t *len, struct cper_err *err)
{
	uint32_t count = b->entries > 1023 ? 1023 : b->entries, status = count << 4;

	if (b->err.code) {
		if (err)
			*err = b->err;
		return -1;
	}
	if (b->need > b->cap)
		return cper_fail(err, CPER_NO_SPACE, b->need, 0, "the buffer is too small");
	if (b->uncorrected)
		status |= b->uncorrected > 1 ? 5 : 1;
	if (b->corrected)
		status |= b->corrected > 1 ? 10 : 2;
	memset(b->buf, 0, CPER_BLOCK_SIZE);
	le_store(b->buf, 4, status);
	le_store(b->buf + 12, 4, b->need - CPER_BLOCK_SIZE);
	le_store(b->buf + 16, 4, b->worst);
	*len = (size_t)b->need;
	return 0;
}
