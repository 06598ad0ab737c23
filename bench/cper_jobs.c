// SPDX-License-Identifier: LGPL-2.1-or-later
/* What bench/cper measures: each job does one thing with one record. */
#include <dlfcn.h>
#include <json-c/json.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cper_jobs.h"
#include "cper/record.h"
#include "cperjson/cperjson.h"
#include "json/json.h"

static uint8_t block[1024], record[2048], copy[1024];
static size_t block_len, record_len;
static char text[16384];
static size_t text_len;
static volatile uint64_t sink;

static json_object *(*libcper_decode)(const unsigned char *, size_t);
static void (*libcper_encode)(json_object *, FILE *);
static json_object *peer_ir;
static char *peer_text;

static const struct cper_entry_info info = { .severity = CPER_SEV_CORRECTED, .fru_text = "bench" };
static struct cper_memory memory = {
	.validation_bits = CPER_MEM_VALID_PA | CPER_MEM_VALID_PA_MASK | CPER_MEM_VALID_ERROR_TYPE |
			   CPER_MEM_VALID_NODE | CPER_MEM_VALID_ROW | CPER_MEM_VALID_COLUMN,
	.physical_address = 0x123456000,
	.physical_address_mask = ~UINT64_C(0xfff),
	.node = 1,
	.row = 77,
	.column = 12,
	.memory_error_type = 3,
};

static void do_memcpy(void)
{
	memcpy(copy, block, block_len);
	block[110] = (uint8_t)(copy[111] + 1);
	__asm__ volatile("" ::"r"(copy) : "memory");
}

static void do_encode(void)
{
	struct cper_builder b;
	size_t len;

	memory.physical_address += 4096;
	cper_build_begin(&b, copy, sizeof(copy));
	cper_put_memory(&b, &info, &memory);
	if (cper_build_end(&b, &len, NULL) < 0)
		abort();
	sink += copy[100];
}

static void do_decode(void)
{
	struct cper_memory m;
	struct cper_entry e;
	struct cper_view v;

	if (cper_view_init(&v, block, block_len, NULL) < 0 || cper_view_next(&v, &e, NULL) != 1 ||
	    cper_decode_memory(&e, &m, NULL) < 0 || cper_view_next(&v, &e, NULL) != 0)
		abort();
	sink += m.physical_address;
}

static void do_gate(void)
{
	if (cper_validate(block, block_len, CPER_SPEC | CPER_LINUX_GUEST | CPER_QEMU_SLOT, NULL) <
	    0)
		abort();
}

static void do_json(void)
{
	if (cperjson_write(block, block_len, 0, text, sizeof(text), &text_len, NULL) < 0)
		abort();
	sink += (uint8_t)text[100];
}

static void do_json_words(void)
{
	if (cperjson_write(block, block_len, CPERJSON_WORDS, text, sizeof(text), &text_len, NULL) <
	    0)
		abort();
	sink += (uint8_t)text[100];
}

static void do_json_in(void)
{
	static json_object *in;
	struct ras_err err;
	size_t len;

	if (!in && cperjson_decode(block, block_len, &in, NULL) < 0)
		abort();
	if (cperjson_encode(in, copy, sizeof(copy), &len, &err) < 0)
		abort();
}

static void do_text_in(void)
{
	static char plain[4096];
	static size_t n;
	struct ras_err err;
	json_object *in;
	size_t len;

	if (!n && cperjson_write(block, block_len, 0, plain, sizeof(plain), &n, NULL) < 0)
		abort();
	if (json_parse(plain, n - 1, &in, &err) < 0 ||
	    cperjson_encode(in, copy, sizeof(copy), &len, &err) < 0)
		abort();
	json_object_put(in);
}

static void peer_decode(void)
{
	json_object_put(libcper_decode(record, record_len));
}

static void peer_decode_text(void)
{
	json_object *o = libcper_decode(record, record_len);

	sink += (uint8_t)json_object_to_json_string(o)[10];
	json_object_put(o);
}

static void peer_encode(void)
{
	static char out[4096];
	FILE *f = fmemopen(out, sizeof(out), "w");

	libcper_encode(peer_ir, f);
	fclose(f);
}

static void peer_encode_text(void)
{
	json_object *o = json_tokener_parse(peer_text), *was = peer_ir;

	peer_ir = o;
	peer_encode();
	peer_ir = was;
	json_object_put(o);
}

struct job jobs[NR] = {
	[MEMCPY] = { "memcpy of 172 bytes (the floor)", do_memcpy, -1, { 0 }, 0 },
	[ENCODE] = { "encode", do_encode, P_ENCODE, { 0 }, 0 },
	[DECODE] = { "decode and validate", do_decode, P_DECODE, { 0 }, 0 },
	[GATE] = { "validate for injection (all profiles)", do_gate, -1, { 0 }, 0 },
	[JSON] = { "to JSON text", do_json, P_TEXT, { 0 }, 0 },
	[WORDS] = { "to JSON text with words", do_json_words, P_TEXT, { 0 }, 0 },
	[JSON_IN] = { "json-c values to bytes", do_json_in, P_ENCODE, { 0 }, 0 },
	[TEXT_IN] = { "JSON text to bytes", do_text_in, P_ENCODE_TEXT, { 0 }, 0 },
	[P_DECODE] = { "libcper: bytes to json-c values", peer_decode, -1, { 0 }, 0 },
	[P_TEXT] = { "libcper: bytes to JSON text", peer_decode_text, -1, { 0 }, 0 },
	[P_ENCODE] = { "libcper: json-c values to bytes", peer_encode, -1, { 0 }, 0 },
	[P_ENCODE_TEXT] = { "libcper: JSON text to bytes", peer_encode_text, -1, { 0 }, 0 },
};

void setup(const char *libcper)
{
	struct cper_builder b;
	void *so;

	cper_build_begin(&b, block, sizeof(block));
	cper_put_memory(&b, &info, &memory);
	if (cper_build_end(&b, &block_len, NULL) < 0 ||
	    cper_record_from_block(block, block_len, NULL, record, sizeof(record), &record_len,
				   NULL) < 0)
		abort();
	if (!libcper)
		return;
	so = dlopen(libcper, RTLD_NOW);
	if (!so) {
		fprintf(stderr, "error: %s\n", dlerror());
		exit(1);
	}
	*(void **)&libcper_decode = dlsym(so, "cper_buf_to_ir");
	*(void **)&libcper_encode = dlsym(so, "ir_to_cper");
	if (!libcper_decode || !libcper_encode || !(peer_ir = libcper_decode(record, record_len))) {
		fprintf(stderr, "error: %s does not take the record\n", libcper);
		exit(1);
	}
	peer_text = strdup(json_object_to_json_string(peer_ir));
}
