// SPDX-License-Identifier: LGPL-2.1-or-later
/* What stands in for the kernel: pages as its ring buffer has them, lines as its log has them. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "bench/bare.h"
#include "bench/events.h"

#define MCE_BYTES 120 /* of mce_record of Linux 6.12 */
#define MCE_ADDR 32
#define RECORD_WORDS 8 /* a record this long has its length in a second word */
#define PIPE_BYTES (1 << 20)

static uint8_t template[MCE_BYTES];

static void begin(uint8_t *page)
{
	int64_t now = clock_boot_ns();

	memset(page, 0, TRACE_PAGE);
	memcpy(page, &now, 8);
}

static void end(uint8_t *page, uint64_t used)
{
	memcpy(page + 8, &used, 8);
}

void page_of_lost(uint8_t out[TRACE_PAGE], unsigned int id, uint64_t pfn)
{
	const uint32_t words = 24 / 4, type = 13, result = 3;
	const uint16_t number = (uint16_t)id;

	begin(out);
	memcpy(out + 16, &words, 4);
	memcpy(out + 20, &number, 2);
	memcpy(out + 28, &pfn, 8);
	memcpy(out + 36, &type, 4);
	memcpy(out + 40, &result, 4);
	end(out, 28);
}

void storm_template(const char *path, unsigned int id)
{
	uint8_t page[TRACE_PAGE];
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, page, sizeof(page)) != sizeof(page))
		die(path);
	for (size_t i = 16; i + RECORD_WORDS + MCE_BYTES <= sizeof(page); i += 4) {
		uint32_t head, len;
		uint16_t number;

		memcpy(&head, page + i, 4);
		memcpy(&len, page + i + 4, 4);
		memcpy(&number, page + i + 8, 2);
		if ((head & 31) == 0 && len == MCE_BYTES + 4 && number == id) {
			memcpy(template, page + i + 8, MCE_BYTES);
			close(fd);
			return;
		}
	}
	errno = ENOENT;
	die(path);
}

size_t page_of_storm(uint8_t out[TRACE_PAGE], const struct bad_page *at, size_t n, size_t *next)
{
	const uint32_t head = 0, len = MCE_BYTES + 4;
	size_t used = 16, made = 0;

	begin(out);
	for (; used + RECORD_WORDS + MCE_BYTES <= TRACE_PAGE; used += RECORD_WORDS + MCE_BYTES) {
		uint64_t address = at[(*next)++ % n].pfn * 4096;

		memcpy(out + used, &head, 4);
		memcpy(out + used + 4, &len, 4);
		memcpy(out + used + 8, template, MCE_BYTES);
		memcpy(out + used + 8 + MCE_ADDR, &address, 8);
		made++;
	}
	end(out, used - 16);
	return made;
}

void kmsg_record(int fd, const char *severity, uint64_t address)
{
	static unsigned int number, seq = 1000;
	int64_t us = clock_mono_ns() / 1000;
	char line[200], text[120];

	number++;
	for (int i = -1; i < 5; i++) {
		if (i < 0)
			strcpy(text, "Hardware error from APEI Generic Hardware Error Source: 1");
		else if (i < 2)
			snprintf(text, sizeof(text),
				 i ? " Error 0, type: %s" : "event severity: %s", severity);
		else if (i == 2)
			strcpy(text, "  section_type: memory error");
		else if (i == 3)
			snprintf(text, sizeof(text), "  physical_address: 0x%016" PRIx64, address);
		else
			strcpy(text, "  physical_address_mask: 0xfffffffffffff000");
		feed(fd, line,
		     (size_t)snprintf(line, sizeof(line),
				      "4,%u,%" PRId64 ",-;{%u}[Hardware Error]: %s\n", seq++, us,
				      number, text));
	}
}

int feed_open(const char *path, bool packets)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0 || fcntl(fd, F_SETPIPE_SZ, PIPE_BYTES) < 0 ||
	    (packets && fcntl(fd, F_SETFL, O_DIRECT) < 0))
		die(path);
	return fd;
}

void feed(int fd, const void *bytes, size_t len)
{
	if (write(fd, bytes, len) != (ssize_t)len)
		die("write");
}
