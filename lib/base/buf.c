// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/buf.h"

#include <stdlib.h>
#include <string.h>

char *buf_reserve(struct buf *b, size_t want)
{
	size_t len = buf_len(b), size;
	char *p;

	if (want > b->cap || len > b->cap - want)
		return NULL;
	if (b->size - b->tail >= want && b->data)
		return b->data + b->tail;
	if (b->head) {
		memmove(b->data, b->data + b->head, len);
		b->head = 0;
		b->tail = len;
		if (b->size - len >= want)
			return b->data + len;
	}
	size = b->size ? b->size : 1024;
	while (size < len + want)
		size *= 2;
	p = realloc(b->data, size);
	if (!p)
		return NULL;
	b->data = p;
	b->size = size;
	return p + len;
}

void buf_commit(struct buf *b, size_t n)
{
	b->tail += n;
}

bool buf_add(struct buf *b, const void *data, size_t n)
{
	char *p = buf_reserve(b, n);

	if (!p)
		return false;
	memcpy(p, data, n);
	buf_commit(b, n);
	return true;
}

void buf_drop(struct buf *b, size_t n)
{
	b->head += n;
	if (b->head >= b->tail)
		b->head = b->tail = 0;
}

void buf_free(struct buf *b)
{
	size_t cap = b->cap;

	free(b->data);
	*b = BUF_INIT(cap);
}
