// SPDX-License-Identifier: LGPL-2.1-or-later
/* A QEMU that sends more than anybody wants. Include after qmp_env.h. */
#pragma once

/* Send until the client has had enough. */
static inline void pour(struct fake *f, const char *text, size_t len, size_t at_most)
{
	for (size_t sent = 0; sent < at_most && !f->n_closed;) {
		ssize_t n = send(f->fd, text + sent % len, len - sent % len,
				 MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n > 0)
			sent += (size_t)n;
		fake_turn(f);
	}
	fake_until(f, &f->n_closed, 1);
}

/* text becomes piece again and again, size bytes with the NUL. */
static inline void fill(char *text, size_t size, const char *piece)
{
	size_t n = strlen(piece);

	for (size_t i = 0; i + 1 < size; i++)
		text[i] = piece[i % n];
	text[size - 1] = '\0';
}
