// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Reading and writing the page that rasd shares with a guest (acpi/ghes_page.h), through a
 * descriptor. No state, no loop.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "acpi/ghes_page.h"
#include "base/err.h"

/* What the page is, by rasd's own metadata and never by what it holds. */
struct shm_page {
	int fd;
	uint64_t base_gpa;
	struct uuid domain;
};

/* One source of it, at one moment. */
struct shm_block {
	uint8_t bytes[GHES_PAGE_BLOCK_BYTES];
	uint64_t read_ack;
};

/*
 * The first word of a record behind the block status, while the record is not published: no record
 * has it, because its raw data would begin behind 4 GiB.
 */
#define SHM_UNPUBLISHED UINT32_MAX

/* The block holds a record that was not published. */
bool shm_block_unpublished(const struct shm_block *b);

/*
 * 0 while the pointers and the magic are as they were made. RAS_E_NOT_CAPABLE: the guest has
 * overwritten them. RAS_E_IO: the page cannot be read, or was cut.
 */
int shm_page_check(const struct shm_page *p, struct ras_err *err);

/* Read a source: the block first, then read-ack. RAS_E_IO. */
int shm_page_read(const struct shm_page *p, uint32_t source, struct shm_block *out,
		  struct ras_err *err);

/* The block status alone; RAS_E_IO. */
int shm_page_status(const struct shm_page *p, uint32_t source, uint32_t *out, struct ras_err *err);

/*
 * The source can take a record: it holds none, and the one before is acknowledged or was never
 * published. RAS_E_BUSY: not so, and *cleared says whether only the acknowledgement is missing.
 */
int shm_page_free(const struct shm_page *p, uint32_t source, bool *cleared, struct ras_err *err);

/*
 * Put a record of len bytes (20..4096) into a source that is free. RAS_E_RECORD: it is none.
 * RAS_E_NOT_CAPABLE as shm_page_check(). RAS_E_IO. Whatever fails, fails before the guest can see
 * the record.
 */
int shm_page_write(const struct shm_page *p, uint32_t source, const uint8_t *rec, size_t len,
		   struct ras_err *err);

/*
 * Hide the record again, as before the last step of its write. RAS_E_NOT_FOUND: it does not lie
 * there unread. RAS_E_IO.
 */
int shm_page_take_back(const struct shm_page *p, uint32_t source, const uint8_t *rec, size_t len,
		       struct ras_err *err);
