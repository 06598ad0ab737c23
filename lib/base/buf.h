// SPDX-License-Identifier: LGPL-2.1-or-later
/* A growing byte buffer with a hard cap. Every socket's input and output goes through it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
	char *data; /* owned; data[head..tail) is the content */
	size_t head, tail, size;
	size_t cap; /* content never exceeds this many bytes */
};

#define BUF_INIT(cap_bytes) ((struct buf){ .cap = (cap_bytes) })

/* Bytes of content. */
static inline size_t buf_len(const struct buf *b)
{
	return b->tail - b->head;
}

/* Start of the content; valid until the next change. NULL before the first byte. */
static inline char *buf_data(const struct buf *b)
{
	return b->data ? b->data + b->head : NULL;
}

/*
 * Make room for want more bytes and return where to write them. NULL: over the cap, or no memory.
 */
char *buf_reserve(struct buf *b, size_t want);

/* Add to the content n bytes that were written where buf_reserve() said. */
void buf_commit(struct buf *b, size_t n);

/* Append n bytes. False (nothing changed): over the cap, or no memory. */
bool buf_add(struct buf *b, const void *data, size_t n);

/* Drop n bytes (at most the content) from the front. */
void buf_drop(struct buf *b, size_t n);

/* Release the memory. The cap stays and the buffer may be used again. */
void buf_free(struct buf *b);
