// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What rasd-pagemap reads of processes and from the kernel: answers about sockets, lists of
 * mappings, command lines. The first byte says which. Nothing may be read outside the input, and
 * what is accepted must hold what its header promises.
 */
#include <stdlib.h>
#include <string.h>

#include <linux/netlink.h>
#include <linux/unix_diag.h>

#include "helper/mappings.h"
#include "helper/pidfile.h"
#include "helper/sockdiag.h"

#define INO 77u
#define MAX_SECTIONS 4u

/* The input follows a header that is right as often as not. */
static void answer(const uint8_t *data, size_t size)
{
	static const struct unix_socket untouched = { .type = 99 };
	struct unix_socket s = untouched;
	uint8_t buf[NLMSG_HDRLEN + sizeof(struct unix_diag_msg) + 512];
	const struct nlmsghdr head = { .nlmsg_type = 20, .nlmsg_seq = 1 };
	const struct unix_diag_msg msg = { .udiag_family = 1, .udiag_ino = INO };
	uint8_t *exact;
	size_t len = size;
	uint32_t whole;

	if (size > 512)
		return;
	memset(buf, 0, sizeof(buf));
	if (size > 0 && data[0] & 1) {
		len = NLMSG_HDRLEN + sizeof(msg) + size - 1;
		whole = (uint32_t)len;
		memcpy(buf, &head, sizeof(head));
		memcpy(buf, &whole, sizeof(whole));
		memcpy(buf + NLMSG_HDRLEN, &msg, sizeof(msg));
		memcpy(buf + NLMSG_HDRLEN + sizeof(msg), data + 1, size - 1);
	} else if (size > 0) {
		memcpy(buf, data, size);
	}
	/* Its own allocation, so that a read behind its end is seen. */
	exact = malloc(len ? len : 1);
	memcpy(exact, buf, len);
	if (sockdiag_parse(exact, len, 1, INO, &s)) {
		if (s.name_len > sizeof(s.name))
			abort();
	} else if (memcmp(&s, &untouched, sizeof(s)) != 0) {
		abort();
	}
	free(exact);
}

static bool is_regular(void *ctx, uint64_t from, uint64_t to)
{
	(void)ctx;
	return (from ^ to) & 0x1000;
}

static void maps(char *text)
{
	static const struct ram_section section[MAX_SECTIONS] = {
		{ 0x40000000, UINT64_C(16) << 20, 0x7f0000000000 },
		{ 0x80000000, UINT64_C(1) << 20, 0x7f0001000000 },
		{ 0x100000000, UINT64_C(1) << 32, 0x7f0000200000 },
		{ 0x300000000, 8, 0x7f0000000008 },
	};
	struct ram_walk w = {
		.section = section, .n = MAX_SECTIONS, .is_regular = is_regular, .page_bytes = 4096
	};
	struct ram_section out[HELPER_MAX_SECTIONS];
	char *save = NULL;
	size_t n = 0;

	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		struct mapping m;

		if (!mapping_parse(line, &m))
			return;
		if (m.from >= m.to)
			abort();
		ram_walk_line(&w, &m);
	}
	if (ram_walk_end(&w, out, &n, NULL) < 0)
		return;
	if (n == 0 || n > MAX_SECTIONS)
		abort();
	for (size_t i = 0; i < n; i++)
		if (out[i].len_bytes < RAM_SECTION_MIN_BYTES || out[i].hva % 4096)
			abort();
}

static void cmdline(const char *text, size_t size)
{
	char *exact = malloc(size ? size : 1);
	char name[32];

	memcpy(exact, text, size);
	if (pidfile_guest_name(exact, size, name, sizeof(name)) &&
	    (!memchr(name, '\0', sizeof(name)) || strchr(name, '/') || name[0] == '.' || !name[0]))
		abort();
	free(exact);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;

	if (size == 0)
		return 0;
	if (data[0] % 3 == 0) {
		answer(data + 1, size - 1);
		return 0;
	}
	text = malloc(size);
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	if (data[0] % 3 == 1)
		maps(text);
	else
		cmdline(text, size - 1);
	free(text);
	return 0;
}
