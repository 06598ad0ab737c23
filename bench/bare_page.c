// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bench/bare_page.h"

#include <string.h>
#include <unistd.h>

#include "bench/tool.h"
#include "cper/cper.h"

bool bare_by_page;

/* Urgent, and without an effect: a section of no type that Linux knows. id NULL: no FRU Id. */
size_t make_urgent(const struct uuid *id, uint8_t *rec, size_t cap)
{
	struct cper_entry_info info = { .section_type = { "rasd's benchmark" },
					.severity = CPER_SEV_RECOVERABLE };
	static const uint8_t data[80] = { 1 }; /* as long as a memory error */
	struct cper_builder b;
	struct cper_guid guid;
	struct cper_err ce;
	size_t len;

	cper_build_begin(&b, rec, cap);
	cper_build_entry(&b, &info, data, sizeof(data));
	if (cper_build_end(&b, &len, &ce) < 0)
		die("record");
	if (id) {
		cper_guid_from_uuid(id, &guid);
		if (cper_set_fru(rec, len, &guid, "bench", &ce) < 0)
			die("record");
	}
	return len;
}

/* Without a FRU Id: rasd puts its own in, as it does for the records that it builds. */
void urgent_words(char *out, size_t size)
{
	uint8_t rec[400];
	size_t len = make_urgent(NULL, rec, sizeof(rec));
	size_t at = (size_t)snprintf(out, size, "\"fru_id\":\"own\",\"record_hex\":\"");

	for (size_t i = 0; i < len; i++)
		at += (size_t)snprintf(out + at, size - at, "%02x", rec[i]);
	snprintf(out + at, size - at, "\"");
}

void send_by_page(FILE *q, const struct slot_at *at, const uint8_t *rec, size_t len)
{
	static const uint64_t none;

	if (pwrite(at->mem, rec + CPER_BLOCK_SIZE, len - CPER_BLOCK_SIZE,
		   at->block + CPER_BLOCK_SIZE) < 0 ||
	    pwrite(at->mem, &none, sizeof(none), at->ack) < 0 ||
	    pwrite(at->mem, rec, CPER_BLOCK_SIZE, at->block) < 0)
		die("the page");
	if (!strstr(ask(q, "{\"execute\":\"inject-nmi\"}\n"), "\"return\""))
		die("QEMU refused the bare client's NMI");
}
