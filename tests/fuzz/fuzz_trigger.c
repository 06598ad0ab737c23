// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Datagrams of rasd-trigger. A newline of the input is a NUL in the packet, and the hello is put
 * before it unless the first byte is '!', so that the fuzzer soon finds values. What becomes an
 * event must hold what its header promises.
 */
#include <stdlib.h>
#include <string.h>

#include "sources/trigger/parse.h"
#include "sources/trigger/wire.h"
#include "printable.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t hello = size && data[0] == '!' ? 0 : sizeof(TRIGGER_HELLO);
	char *packet = malloc(hello + size + 1);
	struct ras_event e;

	if (!packet)
		return 0;
	memcpy(packet, TRIGGER_HELLO, hello);
	if (size)
		memcpy(packet + hello, data, size);
	for (size_t i = hello; i < hello + size; i++)
		if (packet[i] == '\n')
			packet[i] = '\0';
	for (uint64_t vendor = 0; vendor < 3; vendor++) {
		if (!trigger_parse(packet, hello + size, vendor, &e))
			continue;
		printable(e.label, sizeof(e.label));
		printable(e.detail, sizeof(e.detail));
		printable(e.report, sizeof(e.report));
		printable(e.outcome.page_type, sizeof(e.outcome.page_type));
		if (e.count == 0 || e.severity > EVENT_SEVERITY_UNKNOWN || e.when.real_ns < 0 ||
		    (e.where.has_hpa && e.where.hpa.v % e.where.len_bytes))
			abort();
	}
	free(packet);
	return 0;
}
