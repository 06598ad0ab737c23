// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Every reader of lib/cper on any bytes, without JSON values, so that it is fast. For a block that
 * the gate accepts: it is no hazard, the typed decoders give the same answers, and a typed put of
 * the decoded values makes a valid block.
 */
#include <stdlib.h>
#include <string.h>

#include "cper/record.h"

#include "cper_mutate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int count_field(void *ctx, const char *part, uint32_t element, const struct cper_field *f,
		       const uint8_t *structure, bool valid)
{
	uint64_t *sum = ctx;

	(void)part;
	(void)element;
	for (uint16_t i = 0; i < f->width; i++)
		*sum += structure[f->offset + i];
	*sum += valid;
	return 0;
}

#define TRY(kind)                                                                                 \
	do {                                                                                      \
		struct cper_##kind m;                                                             \
		if (cper_decode_##kind(e, &m, NULL) == 0 && cper_put_##kind(&b, &info, &m) < 0 && \
		    b.err.code)                                                                   \
			abort();                                                                  \
	} while (0)

static void entry(const struct cper_entry *e)
{
	struct cper_entry_info info = { .severity = CPER_SEV_CORRECTED };
	static uint8_t out[65536];
	struct cper_arm_error_info ai;
	struct cper_x86_error_info xi;
	struct cper_arm_ras_record rr;
	struct cper_builder b;
	struct cper_context c;
	struct cper_err err;
	uint64_t sum = 0;
	uint32_t pos = 0;
	size_t len;

	if (cper_for_each_field(e, count_field, &sum, &err) < 0)
		abort();
	cper_build_begin(&b, out, sizeof(out));
	TRY(memory);
	TRY(memory2);
	TRY(pcie);
	TRY(pci_bus);
	TRY(generic);
	TRY(firmware);
	TRY(dmar);
	TRY(vtd);
	TRY(iommu);
	TRY(ccix);
	TRY(cxl_protocol);
	TRY(cxl_event);
	for (uint16_t i = 0; cper_arm_info_at(e, i, &ai); i++)
		sum += ai.type;
	for (uint16_t i = 0; cper_x86_info_at(e, i, &xi); i++)
		sum += xi.check_info;
	for (uint32_t i = 0; i < 8 && cper_arm_ras_record_at(e, i, &rr); i++)
		sum += rr.err_status;
	while (cper_context_next(e, &pos, &c))
		sum += c.registers.len ? *(const uint8_t *)c.registers.data : 0;
	if (!cper_build_end(&b, &len, &err) && b.entries &&
	    cper_validate(out, len, CPER_SPEC, &err) < 0)
		abort();
}

static void quiet(void *ctx, const struct cper_err *w)
{
	if (w->offset > *(size_t *)ctx)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned int all = CPER_SPEC | CPER_LINUX_GUEST | CPER_QEMU_SLOT;
	struct cper_record_view rv;
	struct cper_err err;
	struct cper_entry e;
	struct cper_view v;
	int r;

	if (!cper_validate(data, size, all, NULL) && cper_hazard(data, size, NULL) < 0)
		abort();
	if (cper_hazard(data, size, &err) < 0 && err.offset > size)
		abort();
	if (cper_validate(data, size, CPER_SPEC, &err) < 0 && (err.offset > size || !err.code))
		abort();
	cper_check(data, size, quiet, &size);
	if (!cper_view_init(&v, data, size, NULL))
		while ((r = cper_view_next(&v, &e, &err)) > 0)
			entry(&e);
	if (!cper_record_view_init(&rv, data, size, NULL))
		while ((r = cper_record_view_next(&rv, &e, &err)) > 0)
			entry(&e);
	return 0;
}
