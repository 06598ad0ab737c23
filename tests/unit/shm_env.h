// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A provisioned guest for one test program: a played monitor, a played rasd-pagemap, its page in
 * a memfd. Include after cmocka.
 */
#pragma once

#include "acpi/ghes_page.h"
#include "backend/private.h"
#include "backend/shm_page.h"
#include "base/log.h"
#include "provision/meta.h"
#include "tests/unit/played_helper.h"
#include "tests/unit/silent.h"
#include "guests/guest.h"

#define BASE_GPA UINT64_C(0x200000000)
#define HVA UINT64_C(0x7f0000000000)
#define USER "RIP=0000000000401000 RFL=00000246 [---Z-P-] CPL=3 II=0 A20=1 SMM=0 HLT=0\r\n"
#define KERNEL "RIP=ffffffff81c00000 RFL=00000246 [---Z-P-] CPL=0 II=0 A20=1 SMM=0 HLT=1\r\n"
#define BUSY_KERNEL "RIP=ffffffff81c00000 RFL=00000246 [---Z-P-] CPL=0 II=0 A20=1 SMM=0 HLT=0\r\n"
#define FIRMWARE "RIP=000000007fee1000 RFL=00000246 [---Z-P-] CPL=0 II=0 A20=1 SMM=0 HLT=0\r\n"
#define IN_SMM "RIP=ffffffff81c00000 RFL=00000246 [---Z-P-] CPL=0 II=0 A20=1 SMM=1 HLT=0\r\n"

static struct guests *gs;
static struct backends *bs;
static struct provisions *provisions;
static struct guest *g;
static char dir[] = "/tmp/test-shm-ghes.XXXXXX";
static const struct uuid ident = { { 1, 2, 3 } };
static int page = -1;
static uint8_t *memory; /* of the page, as the guest sees it */

/* --- a monitor that the test answers for --- */

static struct command {
	char name[64], line[32];
	qmp_reply_fn fn;
	void *arg;
} given[8];
static size_t n_given;

static inline int mon_exec(struct monitor *m, const char *command, json_object *args,
			   enum monitor_kind kind, int timeout_ms, qmp_reply_fn fn, void *arg,
			   struct ras_err *err)
{
	struct command *c = &given[n_given++];
	const char *line = "";

	(void)m, (void)timeout_ms, (void)err;
	assert_true(n_given < ARRAY_LEN(given));
	assert_int_equal(kind, MONITOR_QUERY);
	if (args)
		json_opt_str(args, "command-line", &line, NULL);
	*c = (struct command){ .fn = fn, .arg = arg };
	snprintf(c->name, sizeof(c->name), "%s", command);
	snprintf(c->line, sizeof(c->line), "%s", line);
	json_object_put(args);
	return 0;
}

static const struct monitor_ops mon_ops = { .name = "played", .exec = mon_exec };
static struct monitor mon = { &mon_ops };

/* The oldest command is this one; it gets its answer (NULL: an error). */
static inline void answer(const char *name, json_object *ret)
{
	struct command c = given[0];
	struct ras_err err;

	assert_true(n_given > 0);
	assert_string_equal(c.name, name);
	memmove(given, given + 1, --n_given * sizeof(given[0]));
	ras_fail(&err, RAS_E_MONITOR, "no");
	c.fn(c.arg, ret ? QMP_OK : QMP_ERROR, ret, ret ? NULL : &err);
	json_object_put(ret);
}

static inline void no_job(void)
{
	answer("query-migrate", json_object_new_object());
}

static inline void registers(const char *text)
{
	assert_string_equal(given[0].line, "info registers");
	answer("human-monitor-command", json_object_new_string(text));
}

/* --- what the backend says --- */

static int n_found, n_submitted, n_looked;
static struct ras_err found_err, submit_err;
static struct error_source *source;
static enum submit_outcome outcome;
static struct source_look looked;
static uint8_t looked_block[GHES_PAGE_BLOCK_BYTES];

static inline void on_found(void *arg, struct guest *of, struct error_source *s,
			    const struct ras_err *err)
{
	(void)arg, (void)of;
	n_found++;
	source = s;
	found_err = err ? *err : RAS_ERR_NULL;
}

static inline void on_submit(void *arg, enum submit_outcome o, const struct ras_err *err)
{
	(void)arg;
	n_submitted++;
	outcome = o;
	submit_err = err ? *err : RAS_ERR_NULL;
}

static inline void on_look(void *arg, const struct source_look *look, const struct ras_err *err)
{
	(void)arg;
	n_looked++;
	assert_null(err);
	looked = *look;
	memcpy(looked_block, look->block, sizeof(looked_block));
}

static inline void until(const int *n, int want)
{
	int64_t end_ns = patience_end_ns();

	while (*n < want && clock_boot_ns() < end_ns)
		turn();
	assert_int_equal(*n, want);
}

/* --- one guest --- */

static inline void provision(enum ghes_notify notify)
{
	struct ghes_meta m = { .uuid = ident,
			       .base_gpa = BASE_GPA,
			       .notify = notify,
			       .ram_bytes = 1 << 28,
			       .max_bytes = UINT64_C(1) << 36,
			       .slots = 2,
			       .style = GHES_STYLE_ARGUMENTS };

	assert_int_equal(provisions_put(provisions, &m, NULL), 0);
}

static inline void make_page(void)
{
	page = memfd_create("page", MFD_CLOEXEC);
	assert_int_equal(ftruncate(page, GHES_PAGE_BYTES), 0);
	memory = mmap(NULL, GHES_PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, page, 0);
	assert_true(memory != MAP_FAILED);
	ghes_page_head(memory, BASE_GPA, &ident);
}

static inline void ram_of(uint64_t gpa, uint64_t len)
{
	g->ram.known = true;
	g->ram.n = 1;
	g->ram.section = realloc(g->ram.section, sizeof(*g->ram.section));
	*g->ram.section = (struct ram_section){ gpa, len, HVA };
}

static inline int setup(void **state)
{
	static struct conf conf;

	(void)state;
	played_open();
	take_peer();
	conf_defaults(&conf);
	conf.libvirt_uri[0] = '\0';
	assert_non_null(mkdtemp(strcpy(dir, "/tmp/test-shm-ghes.XXXXXX")));
	assert_int_equal(guests_new(&gs, base, &conf, NULL), 0);
	assert_int_equal(provisions_new(&provisions, gs, dir, NULL), 0);
	assert_int_equal(backends_new(&bs, base, gs, client, NULL), 0);
	g = guests_add(gs, "vm", true);
	assert_non_null(g);
	g->link.state = LINK_UP;
	g->link.mon = &mon;
	g->life.state = RUN_STATE_RUNNING;
	g->life.pid = 4711;
	g->life.start_time = 99;
	g->id.said.uuid = ident;
	g->id.said.has_uuid = true;
	strcpy(g->machine.arch, "x86_64");
	strcpy(g->machine.type, "pc-q35-11.1");
	ram_of(BASE_GPA, GHES_PAGE_BYTES);
	make_page();
	n_given = 0;
	n_found = n_submitted = n_looked = 0;
	return 0;
}

static inline int teardown(void **state)
{
	char path[128];

	(void)state;
	g->link.state = LINK_DOWN;
	g->link.mon = NULL;
	backends_free(bs);
	/* What the monitor still owes finds nobody. */
	while (n_given)
		answer(given[0].name, NULL);
	assert_int_equal(provisions_drop(provisions, &ident, NULL), 0);
	provisions_free(provisions);
	guests_free(gs);
	played_close();
	munmap(memory, GHES_PAGE_BYTES);
	close(page);
	snprintf(path, sizeof(path), "%s/ghes", dir);
	rmdir(path);
	assert_int_equal(rmdir(dir), 0);
	return 0;
}

/* QEMU says which memory devices it has. */
static inline void devices_are(const char *text)
{
	int64_t end_ns = patience_end_ns();

	while (!n_given && clock_boot_ns() < end_ns)
		turn();
	answer("query-memory-devices", json_tokener_parse(text));
}

static inline void device_is(const char *kind, const char *member, uint64_t gpa)
{
	char text[128];

	snprintf(text, sizeof(text), "[{\"type\":\"%s\",\"data\":{\"%s\":%" PRIu64 "}}]", kind,
		 member, gpa);
	devices_are(text);
}

/* The question to rasd-pagemap, which follows. */
static inline struct helper_request page_request(void)
{
	device_is("nvdimm", "addr", BASE_GPA);
	return next_request();
}

static inline struct helper_request find(uint32_t id)
{
	struct helper_request req;
	int before = n_found;

	source_prepare(bs, g, &backend_shm_ghes, id, on_found, NULL);
	req = page_request();
	assert_int_equal(req.verb, HELPER_SHM);
	reply(&req, 0, "", page);
	until(&n_found, before + 1);
	return req;
}

static inline void record_of(uint8_t *rec, size_t len, uint32_t severity, uint8_t seed)
{
	for (size_t i = 0; i < len; i++)
		rec[i] = (uint8_t)(seed + i * 7);
	le_store(rec, 4, 0x11);
	le_store(rec + 4, 4, 0);
	le_store(rec + 16, 4, severity);
}

/* Gives a record to the source; the answer of the job question, if it is asked, says none. */
static inline enum submit_outcome give(const uint8_t *rec, size_t len)
{
	int before = n_submitted;

	assert_int_equal(source_submit(source, rec, len, on_submit, NULL, NULL), 0);
	assert_int_equal(n_submitted, before);
	if (n_given && strcmp(given[0].name, "query-migrate") == 0)
		no_job();
	until(&n_submitted, before + 1);
	return outcome;
}

static inline uint32_t status_of(uint32_t id)
{
	return le32(memory + GHES_PAGE_BLOCK(id));
}

/* The guest's OS reads and acknowledges. */
static inline void guest_acks(uint32_t id)
{
	le_store(memory + GHES_PAGE_BLOCK(id), 4, 0);
	le_store(memory + GHES_PAGE_READ_ACK(id), 8, 1);
}

static inline struct source_at here(void)
{
	return (struct source_at){ generation_of(g), source->id };
}

static inline void look(uint32_t wait_us)
{
	struct source_at at = here();
	int before = n_looked;

	assert_int_equal(source_readback(source, &at, wait_us, on_look, NULL, NULL), 0);
	assert_int_equal(n_looked, before);
	until(&n_looked, before + 1);
}
