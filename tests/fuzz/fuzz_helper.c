// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The helper's protocol. The input is a sequence of packets, and of writes by the guest into its
 * memory. Packets go through the request check to the verbs, which see a small guest RAM. The
 * helper must never read outside the sections that it checked, nor answer with more than a reply
 * can hold.
 *
 * Each step begins with a byte. Even: a packet; the next byte is its length in units of 8, and its
 * bytes change a request that is right (the uppermost bit of the first byte: it is cut). Odd: the
 * guest writes 8 bytes at an offset of 2 bytes.
 */
#include <stdlib.h>

#include "helper/process.h"
#include "helper/request.h"
#include "tests/unit/hest_make.h"

#define SIZE 0x4000u
#define GPA UINT64_C(0x40000000)
#define HVA UINT64_C(0x10000)
#define MAX_STEPS 64

static uint8_t ram[SIZE];

static bool rd(void *ctx, uint64_t hva, void *buf, size_t len)
{
	(void)ctx;
	if (hva < HVA || hva - HVA > SIZE || len > SIZE - (hva - HVA))
		abort(); /* it left the sections */
	memcpy(buf, ram + (hva - HVA), len);
	return true;
}

static bool pm(void *ctx, uint64_t first, size_t n, uint64_t *e)
{
	(void)ctx, (void)first;
	for (size_t i = 0; i < n; i++)
		e[i] = UINT64_C(1) << 63;
	return true;
}

/* Time passes with each look at the clock, so a search can also run out of it. */
static int64_t clk(void *ctx)
{
	static int64_t now;

	(void)ctx;
	return now += 1000;
}

/* As memory_use(): the process has only this RAM. */
static bool mapped(const struct helper_request *req)
{
	for (uint32_t i = 0; i < req->n_sections; i++) {
		const struct ram_section *s = &req->section[i];

		if (s->hva < HVA || s->hva - HVA > SIZE || s->len_bytes > SIZE - (s->hva - HVA))
			return false;
	}
	return true;
}

static void search(struct process *p, const struct hest_io *io, const struct helper_request *req,
		   struct helper_reply *rep)
{
	p->found.n_sources = 0;
	if (ram_check(req->section, req->n_sections, NULL) < 0 || !mapped(req))
		return;
	memcpy(p->section, req->section, req->n_sections * sizeof(p->section[0]));
	p->n_sections = req->n_sections;
	if (verb_hest(p, io, rep, NULL) < 0)
		return;
	if (rep->n_sources == 0 || rep->n_sources > HELPER_MAX_SOURCES)
		abort();
	for (uint32_t i = 0; i < rep->n_sources; i++)
		if (rep->source[i].block_len_bytes > HELPER_MAX_BLOCK ||
		    !ram_contains(req->section, req->n_sections, rep->source[i].read_ack_gpa, 8) ||
		    !ram_contains(req->section, req->n_sections, rep->source[i].block_gpa,
				  rep->source[i].block_len_bytes))
			abort();
}

/* The block that was read is one of the last search. */
static bool was_found(const struct process *p, uint64_t block_gpa)
{
	for (uint32_t i = 0; i < p->found.n_sources; i++)
		if (p->found.source[i].block_gpa == block_gpa)
			return true;
	return false;
}

static void packet(struct process *p, const struct hest_io *io, const uint8_t *data, size_t len)
{
	static struct helper_reply rep;
	struct helper_request req;

	memset(&req, 0, sizeof(req));
	memcpy(&req, data, len < sizeof(req) ? len : sizeof(req));
	if (len < REQUEST_HEAD_BYTES || request_check(&req, len, NULL) < 0)
		return;
	if (req.n_sections > HELPER_MAX_SECTIONS || req.wait_us > HELPER_MAX_WAIT_US)
		abort();
	memset(&rep, 0, sizeof(rep));
	if (req.verb == HELPER_HEST)
		search(p, io, &req, &rep);
	if (req.verb != HELPER_SLOT || verb_block(p, io, req.source_id, &rep, NULL) < 0)
		return;
	if (rep.block_len_bytes > HELPER_MAX_BLOCK || !was_found(p, rep.status_pointer) ||
	    !ram_contains(p->section, p->n_sections, rep.status_pointer, rep.block_len_bytes))
		abort();
	block_acknowledged(&rep);
}

/* A request that is right, for the input to bend: most of what follows is then reached. */
static void good(struct helper_request *req, uint32_t verb)
{
	memset(req, 0, sizeof(*req));
	req->version = HELPER_PROTO_VERSION;
	req->verb = verb;
	req->source_id = 1;
	req->n_sections = verb == HELPER_HEST;
	req->section[0] = (struct ram_section){ GPA, SIZE, HVA };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct process p;
	const struct hest_io io = { .ctx = &p,
				    .read = rd,
				    .pagemap = pm,
				    .now_ns = clk,
				    .page_bytes = 4096,
				    .budget_ns = 1000000 };
	struct helper_request req;

	process_init(&p, NULL, 2, 1);
	memset(ram, 0, sizeof(ram));
	hest_make(ram + SIZE - 0x1000, 1, GPA + 8, GPA + 24, 0x100);
	*(uint64_t *)(void *)(ram + 8) = GPA + 0x1000;
	good(&req, HELPER_HEST);
	packet(&p, &io, (const uint8_t *)&req, sizeof(req));
	for (int step = 0; step < MAX_STEPS && size >= 2; step++) {
		size_t len = (size_t)data[1] * 8;
		bool is_packet = data[0] % 2 == 0;
		uint32_t verb = data[0] % 4 ? HELPER_HEST : HELPER_SLOT;

		if (is_packet) {
			data += 2;
			size -= 2;
			len = len < size ? len : size;
			good(&req, verb);
			for (size_t i = 0; i < len && i < sizeof(req); i++)
				((uint8_t *)&req)[i] ^= data[i];
			packet(&p, &io, (const uint8_t *)&req, data[-2] & 0x80 ? len : sizeof(req));
		} else if (size >= 11) {
			size_t at = (data[1] | (size_t)data[2] << 8) % (SIZE - 8);

			memcpy(ram + at, data + 3, 8);
			len = 11;
		} else {
			break;
		}
		data += len;
		size -= len;
	}
	return 0;
}
