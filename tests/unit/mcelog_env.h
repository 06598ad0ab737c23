// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a real mcelog has said. Include after cmocka. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MCELOG_DATA "tests/data/host-events/"

static inline char *mcelog_file(const char *name, size_t *len)
{
	char path[128], *text = malloc(1 << 16);
	FILE *f;

	snprintf(path, sizeof(path), MCELOG_DATA "%s", name);
	f = fopen(path, "re");
	if (!f || !text)
		fail_msg("cannot read %s", path);
	*len = fread(text, 1, (1 << 16) - 1, f);
	text[*len] = '\0';
	fclose(f);
	return text;
}

/* The bytes that it sent for a command: "C: b'pages\n'", then "S: b'...<<TIMEOUT". */
static inline size_t mcelog_captured(const char *command, char *out, size_t size)
{
	char want[64], *text, *at;
	size_t len, n = 0;

	text = mcelog_file("mcelog-client.txt", &len);
	snprintf(want, sizeof(want), "C: b'%s\\n'\nS: b'", command);
	at = strstr(text, want);
	if (!at)
		fail_msg("no answer to %s", command);
	for (at += strlen(want); strncmp(at, "<<", 2) != 0; at++) {
		assert_in_range(n, 0, size - 2);
		if (*at != '\\') {
			out[n++] = *at;
			continue;
		}
		at++;
		out[n++] = *at == 'n' ? '\n' : *at == 't' ? '\t' : *at;
	}
	out[n] = '\0';
	free(text);
	return n;
}
