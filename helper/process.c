// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Theory of operation.
 *
 * A process is qualified once, and stays so as long as its pidfd says that it runs: neither its
 * number nor its memory can become another process's. When it has exited everything is closed, and
 * the next request qualifies the number again, which fails unless it is the same process.
 *
 * A search replaces what was known of the HEST, also when it fails: a table that could not be found
 * again may be gone, and reads through it would be reads of anything. Only a status block that this
 * search found is read. The guest can change the pointer to it; then nothing is read until the next
 * search. QEMU goes through the pointer too, so a record is then not where we would look.
 */
#include "helper/process.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "acpi/ghes_page.h"
#include "helper/qualify.h"
#include "helper/shm.h"

#define READ_TRIES 3 /* each but the first follows a change of the mappings */

void process_init(struct process *p, const struct conf *conf, pid_t pid, uint64_t start_time)
{
	memset(p, 0, sizeof(*p));
	p->conf = conf;
	p->pid = pid;
	p->start_time = start_time;
	p->pidfd = p->procfd = p->mem.mem_fd = p->mem.pagemap_fd = p->mem.maps_fd = -1;
}

void process_forget(struct process *p)
{
	memory_close(&p->mem);
	if (p->pidfd >= 0)
		close(TAKE_FD(p->pidfd));
	if (p->procfd >= 0)
		close(TAKE_FD(p->procfd));
	p->found.n_sources = 0;
	p->n_sections = 0;
}

bool process_runs(const struct process *p)
{
	return p->pidfd < 0 || pidfd_alive(p->pidfd);
}

int process_qualify(struct process *p, struct ras_err *err)
{
	int r;

	if (p->pidfd >= 0 && pidfd_alive(p->pidfd))
		return 0;
	process_forget(p);
	r = qualify(p->conf, p->pid, p->start_time, &p->pidfd, &p->procfd, err);
	if (r == 0)
		r = memory_open(&p->mem, p->procfd, err);
	if (r < 0)
		process_forget(p);
	return r;
}

int verb_hest(struct process *p, const struct hest_io *io, struct helper_reply *rep,
	      struct ras_err *err)
{
	struct hest_found found;
	int r = hest_search(io, p->section, p->n_sections, &found, err);

	p->found.n_sources = 0;
	rep->n_ignored = found.n_ignored;
	rep->n_rivals = found.n_rivals;
	rep->pages_read = found.pages_read;
	if (r < 0)
		return r;
	p->found = found;
	rep->n_sources = found.n_sources;
	rep->hest_gpa = found.hest_gpa;
	memcpy(rep->source, found.source, sizeof(rep->source));
	return 0;
}

int process_hest(struct process *p, const struct helper_request *req, struct helper_reply *rep,
		 struct ras_err *err)
{
	struct hest_io io = memory_io(&p->mem);
	int r;

	p->found.n_sources = 0;
	p->n_sections = 0;
	r = ram_check(req->section, req->n_sections, err);
	if (r < 0)
		return r;
	memcpy(p->section, req->section, req->n_sections * sizeof(p->section[0]));
	p->n_sections = req->n_sections;
	r = memory_use(&p->mem, p->section, &p->n_sections, err);
	return r < 0 ? r : verb_hest(p, &io, rep, err);
}

static const struct hest_source *source_of(const struct process *p, uint32_t source_id)
{
	for (uint32_t i = 0; i < p->found.n_sources; i++)
		if (p->found.source[i].source_id == source_id)
			return &p->found.source[i];
	return NULL;
}

int verb_block(const struct process *p, const struct hest_io *io, uint32_t source_id,
	       struct helper_reply *rep, struct ras_err *err)
{
	const struct hest_source *src = source_of(p, source_id);
	uint64_t pointer, ack;

	if (!src)
		return ras_fail(err, RAS_E_NOT_FOUND,
				"source %u is not known: search the HEST first", source_id);
	if (!ram_read(io, p->section, p->n_sections, src->status_pointer_gpa, &pointer, 8))
		return ras_fail(err, RAS_E_HELPER, "status pointer cannot be read");
	pointer = le64toh(pointer);
	/* The search found all three addresses inside the sections, and the sections stay. */
	if (pointer != src->block_gpa)
		return ras_fail(err, RAS_E_NOT_READY,
				"the guest has moved the status block since the search");
	/*
	 * The block first: QEMU clears the read-ack before it writes a record. So a read-ack that
	 * is set when it is read last belongs to this block, not to the one before.
	 */
	if (!ram_read(io, p->section, p->n_sections, pointer, rep->block, src->block_len_bytes) ||
	    !ram_read(io, p->section, p->n_sections, src->read_ack_gpa, &ack, 8))
		return ras_fail(err, RAS_E_HELPER, "status block cannot be read");
	rep->read_ack = le64toh(ack);
	rep->status_pointer = pointer;
	rep->block_len_bytes = src->block_len_bytes;
	return 0;
}

int process_block(struct process *p, uint32_t source_id, struct helper_reply *rep,
		  struct ras_err *err)
{
	for (int i = 0; i < READ_TRIES; i++) {
		struct hest_io io = memory_io_noted(&p->mem);
		int r = verb_block(p, &io, source_id, rep, err);
		enum ram_check read;

		if (r == -RAS_E_NOT_FOUND)
			return r;
		read = memory_settle(&p->mem);
		if (read == RAM_SAME)
			return r;
		if (read == RAM_GONE)
			break;
	}
	memset(rep->block, 0, sizeof(rep->block));
	rep->block_len_bytes = 0;
	rep->read_ack = rep->status_pointer = 0;
	p->found.n_sources = 0;
	return ras_fail(err, RAS_E_NOT_FOUND, "the status block is in guest RAM no more");
}

bool block_acknowledged(const struct helper_reply *rep)
{
	uint32_t status;

	memcpy(&status, rep->block, sizeof(status));
	return status == 0 && rep->read_ack & 1;
}

int process_pagemap(struct process *p, struct ras_err *err)
{
	int fd = openat(p->procfd, "pagemap", O_RDONLY | O_CLOEXEC);

	return fd >= 0 ? fd :
			 ras_fail(err, RAS_E_HELPER, "cannot open pagemap: %s", strerror(errno));
}

int process_shm(struct process *p, const struct helper_request *req, struct ras_err *err)
{
	_close_ int fd = shm_open_file(p->conf, req, err);
	int r;

	if (fd < 0)
		return fd;
	if (!memory_maps_file(&p->mem, fd, req->section[0].hva, GHES_PAGE_BYTES))
		return ras_fail(err, RAS_E_NOT_FOUND, "process %d has not mapped the page there",
				(int)p->pid);
	r = shm_check_table(p->conf, p->procfd, req, err);
	return r < 0 ? r : TAKE_FD(fd);
}
