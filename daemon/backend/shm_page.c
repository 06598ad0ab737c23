// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Theory of operation.
 *
 * Problem: the guest may look at the block at any moment, and rasd may be killed at any moment. The
 * guest must never see half a record. rasd's next life must be able to tell a record that the guest
 * cleared from one that the guest was never shown: in both, our bytes lie there under block status
 * 0.
 *
 * Rule: three writes, in this order.
 *   1. all but the block status, with SHM_UNPUBLISHED where the record's second word belongs
 *   2. read-ack := 0
 *   3. the first eight bytes: block status and second word. This is what publishes the record.
 * Each write lies in one page of the file, so a signal comes before or after it, not in it; and the
 * last one is one aligned store of eight bytes. While the block status is 0 the guest's OS looks at
 * nothing else.
 *
 * What goes wrong otherwise: with the header last, as a whole, a guest that polls could meet a
 * block status with an old length; and after a kill between the writes the record would look like
 * one that the guest had cleared.
 *
 * The pointers are compared right before the last write. A guest whose pointer leads elsewhere (its
 * root can write to the page, as /dev/pmem0) would read a record from any place.
 */
#include "backend/shm_page.h"

#include <errno.h>
#include <unistd.h>

#include "base/failpoint.h"

#define HEADER_BYTES 20u

static int read_at(const struct shm_page *p, uint64_t at, void *out, size_t len,
		   struct ras_err *err)
{
	ssize_t n = pread(p->fd, out, len, (off_t)at);

	if (n == (ssize_t)len)
		return 0;
	return ras_fail(err, RAS_E_IO, "the page that is shared with the guest %s: %s",
			n < 0 ? "cannot be read" : "was cut",
			n < 0 ? strerror(errno) : "too short");
}

static int write_at(const struct shm_page *p, uint64_t at, const void *data, size_t len,
		    struct ras_err *err)
{
	ssize_t n = pwrite(p->fd, data, len, (off_t)at);

	if (n == (ssize_t)len)
		return 0;
	return ras_fail(err, RAS_E_IO,
			"the page that is shared with the guest cannot be written: %s",
			n < 0 ? strerror(errno) : "too short");
}

int shm_page_check(const struct shm_page *p, struct ras_err *err)
{
	uint8_t head[GHES_PAGE_HEAD_BYTES];
	int r = read_at(p, 0, head, sizeof(head), err);

	if (r < 0 || ghes_page_intact(head, p->base_gpa, &p->domain))
		return r;
	ras_fail(err, RAS_E_NOT_CAPABLE,
		 "the guest has overwritten the page that it shares with rasd: its error sources "
		 "would be looked for elsewhere");
	return ras_hint(err, "somebody wrote to the guest's /dev/pmem device; stop the guest, then "
			     "unprovision and provision it");
}

int shm_page_read(const struct shm_page *p, uint32_t source, struct shm_block *out,
		  struct ras_err *err)
{
	uint8_t ack[8];
	int r = read_at(p, GHES_PAGE_BLOCK(source), out->bytes, sizeof(out->bytes), err);

	/* A read-ack that is set now belongs to this block: it is cleared before a record. */
	if (r == 0)
		r = read_at(p, GHES_PAGE_READ_ACK(source), ack, sizeof(ack), err);
	if (r == 0)
		out->read_ack = le64(ack);
	return r;
}

bool shm_block_unpublished(const struct shm_block *b)
{
	return le32(b->bytes) == 0 && le32(b->bytes + 4) == SHM_UNPUBLISHED;
}

int shm_page_status(const struct shm_page *p, uint32_t source, uint32_t *out, struct ras_err *err)
{
	uint8_t first[8];
	int r = read_at(p, GHES_PAGE_BLOCK(source), first, sizeof(first), err);

	if (r == 0)
		*out = (uint32_t)le64(first);
	return r;
}

int shm_page_free(const struct shm_page *p, uint32_t source, bool *cleared, struct ras_err *err)
{
	uint8_t first[8], ack[8];
	uint64_t v = 0;
	int r = read_at(p, GHES_PAGE_BLOCK(source), first, sizeof(first), err);

	if (r == 0)
		r = read_at(p, GHES_PAGE_READ_ACK(source), ack, sizeof(ack), err);
	if (r < 0)
		return r;
	v = le64(first);
	*cleared = (uint32_t)v == 0;
	if (*cleared && (v >> 32 == SHM_UNPUBLISHED || (le64(ack) & 1)))
		return 0;
	return ras_fail(err, RAS_E_BUSY, "the guest does not acknowledge the record before");
}

int shm_page_write(const struct shm_page *p, uint32_t source, const uint8_t *rec, size_t len,
		   struct ras_err *err)
{
	const uint64_t at = GHES_PAGE_BLOCK(source);
	uint8_t hidden[GHES_PAGE_BLOCK_BYTES], none[8] = { 0 };
	int r;

	if (len < HEADER_BYTES || len > sizeof(hidden) || memcmp(rec, none, 4) == 0)
		return ras_fail(err, RAS_E_RECORD, "%zu bytes are no record for a block of %u", len,
				GHES_PAGE_BLOCK_BYTES);
	memcpy(hidden, rec, len);
	le_store(hidden, 4, 0);
	le_store(hidden + 4, 4, SHM_UNPUBLISHED);
	r = shm_page_check(p, err);
	if (r == 0)
		r = write_at(p, at, hidden, len, err);
	FAILPOINT(shm_hidden);
	if (r == 0)
		r = write_at(p, GHES_PAGE_READ_ACK(source), none, sizeof(none), err);
	if (r == 0)
		r = shm_page_check(p, err);
	if (r == 0)
		r = write_at(p, at, rec, 8, err);
	FAILPOINT(shm_published);
	return r;
}

int shm_page_take_back(const struct shm_page *p, uint32_t source, const uint8_t *rec, size_t len,
		       struct ras_err *err)
{
	uint8_t hidden[8] = { 0 };
	struct shm_block b;
	int r = shm_page_read(p, source, &b, err);

	if (r < 0)
		return r;
	if (le32(b.bytes) == 0 || len < sizeof(hidden) || len > sizeof(b.bytes) ||
	    memcmp(b.bytes + 4, rec + 4, len - 4) != 0)
		return ras_fail(err, RAS_E_NOT_FOUND, "the page does not hold that record");
	le_store(hidden + 4, 4, SHM_UNPUBLISHED);
	return write_at(p, GHES_PAGE_BLOCK(source), hidden, sizeof(hidden), err);
}
