// SPDX-License-Identifier: LGPL-2.1-or-later
/* The list of bad pages in the journal: what gets into it, and what an import changes. */
#include "cper/cper.h"
#include "base/le.h"
#include "journal_env.h"

struct list {
	size_t n, stop_after;
	struct poison_page page[32];
};

static int collect(void *arg, const struct poison_page *page)
{
	struct list *l = arg;

	assert_true(l->n < ARRAY_LEN(l->page));
	l->page[l->n++] = *page;
	return l->n == l->stop_after;
}

static struct list list_after(struct env *e, const char *domain, const struct gpa *after,
			      size_t limit)
{
	struct list l = { 0 };
	struct ras_err err;

	assert_int_equal(journal_poison_list(e->j, domain, after, limit, collect, &l, &err), 0);
	return l;
}

static struct list list_all(struct env *e, const char *domain)
{
	uint64_t n = 0;
	struct list l = list_after(e, domain, NULL, SIZE_MAX);

	assert_int_equal(journal_poison_count(e->j, domain, &n, NULL), 0);
	assert_int_equal(n, l.n);
	return l;
}

/*
 * A row whose record has a memory section for each address: recoverable, or, if last_corrected,
 * corrected in the last one.
 */
static struct journal_row memory_row(int number, const uint64_t *gpas, size_t n,
				     bool last_corrected)
{
	static const char *const type = "a5bc1114-6f64-4ede-b863-3e83ed7c83b1";
	struct journal_row row = make_row(number);
	struct cper_builder b;
	struct cper_err ce;

	strcpy(row.target.domain, "vm1");
	strcpy(row.severity, "recoverable");
	cper_build_begin(&b, row.record, sizeof(row.record));
	for (size_t i = 0; i < n; i++) {
		struct cper_entry_info info = { .severity = last_corrected && i == n - 1 ?
								    CPER_SEV_CORRECTED :
								    CPER_SEV_RECOVERABLE };
		uint8_t section[80] = { 0x2 }; /* UEFI 2.10 N.2.5: physical address valid */

		assert_int_equal(cper_guid_parse(type, &info.section_type), 0);
		memcpy(section + 16, &gpas[i], 8);
		cper_build_entry(&b, &info, section, sizeof(section));
	}
	assert_int_equal(cper_build_end(&b, &row.record_len, &ce), 0);
	return row;
}

static void ended(struct env *e, struct journal_row *row, enum inj_state state)
{
	assert_int_equal(add(e, row), 0);
	change(e, &row->id, state, "", 0);
	assert_int_equal(flush(e), 0);
}

static void what_counts(void **state)
{
	static const uint64_t two[] = { 0x48000123, 0x40001000, 0x77770000 },
			      again[] = { 0x48000fff },
			      odd[] = { 0x1ULL << 52, 0xfffffffffffff000, 0 };
	static const enum inj_state others[] = { INJ_WRITTEN, INJ_REFUSED, INJ_LOST, INJ_UNKNOWN };
	struct env *e = *state;
	struct journal_row row = memory_row(1, two, 3, true),
			   second = memory_row(2, again, 1, false);
	char origin[POISON_ORIGIN_SIZE] = "injection ";
	struct list l;

	assert_int_equal(add(e, &row), 0);
	assert_int_equal(list_all(e, "vm1").n, 0);
	change(e, &row.id, INJ_ACKNOWLEDGED, "", 1);
	assert_int_equal(flush(e), 0);
	ended(e, &second, INJ_CONSUMED); /* the same page: the first report stays */
	l = list_all(e, "vm1");
	assert_int_equal(l.n, 2);
	assert_true(l.page[0].gpa.v == 0x40001000 && l.page[1].gpa.v == 0x48000000);
	uuid_format(&row.id, origin + strlen(origin));
	assert_string_equal(l.page[1].origin, origin);
	assert_int_equal(l.page[1].seen_real_ns,
			 sql_int(e,
				 "SELECT t_real_ns FROM transition WHERE state = 'acknowledged'"));
	for (int i = 0; i < (int)ARRAY_LEN(others); i++) {
		row = memory_row(10 + i, (const uint64_t[]){ 0x50000000 }, 1, false);
		ended(e, &row, others[i]);
	}
	row = memory_row(20, (const uint64_t[]){ 0x60000000 }, 1, true);
	strcpy(row.severity, "corrected");
	ended(e, &row, INJ_ACKNOWLEDGED);
	/* likewise: a section is recoverable, but the block is not, so Linux only logs it */
	row = memory_row(24, (const uint64_t[]){ 0x61000000 }, 1, false);
	le_store(row.record + 16, 4, CPER_SEV_CORRECTED);
	ended(e, &row, INJ_ACKNOWLEDGED);
	assert_int_equal(list_all(e, "vm1").n, 2);
	assert_int_equal(list_all(e, "vm2").n, 0);
	/* no guest has the first page; page 0 is a page */
	row = memory_row(21, odd, 3, false);
	ended(e, &row, INJ_ACKNOWLEDGED);
	l = list_all(e, "vm1");
	assert_true(l.n == 3 && l.page[0].gpa.v == 0);
	/* a record that was malformed on purpose */
	row = memory_row(22, again, 1, false);
	memset(row.record, 0xff, row.record_len);
	ended(e, &row, INJ_ACKNOWLEDGED);
	assert_int_equal(list_all(e, "vm1").n, 3);
	/* unknown, until an operator says what became of it */
	row = memory_row(23, (const uint64_t[]){ 0x70000000 }, 1, false);
	ended(e, &row, INJ_UNKNOWN);
	assert_int_equal(list_all(e, "vm1").n, 3);
	assert_int_equal(resolve(e, &row.id, INJ_ACKNOWLEDGED, "resolved", NULL), 0);
	assert_int_equal(list_all(e, "vm1").n, 4);
}

/* Corrected with the flag threshold_exceeded: Linux moves the page and does not use it again. */
static void soft_offline(void **state)
{
	struct env *e = *state;
	struct journal_row row = memory_row(1, (const uint64_t[]){ 0x60000abc }, 1, true);
	struct list l;

	strcpy(row.severity, "corrected");
	row.record[20 + 23] = 0x08;
	ended(e, &row, INJ_ACKNOWLEDGED);
	l = list_all(e, "vm1");
	assert_int_equal(l.n, 1);
	assert_true(l.page[0].gpa.v == 0x60000000);
	/* with 0xf7, all other flags, it stays in use */
	row = memory_row(2, (const uint64_t[]){ 0x61000000 }, 1, true);
	strcpy(row.severity, "corrected");
	row.record[20 + 23] = 0xf7;
	ended(e, &row, INJ_ACKNOWLEDGED);
	assert_int_equal(list_all(e, "vm1").n, 1);
}

static int import(struct env *e, const char *domain, const struct poison_page *pages, size_t n)
{
	struct result r = { 0 };
	struct ras_err err;

	assert_int_equal(journal_poison_import(e->j, domain, 0, 0, pages, n, on_done, &r, &err), 0);
	assert_int_equal(r.calls, 0);
	wait_for(e, &r);
	return r.code;
}

static void imports(void **state)
{
	struct env *e = *state;
	struct journal_row row = memory_row(1, (const uint64_t[]){ 0x41000000 }, 1, false);
	struct poison_page pages[] = { { { 0x40000000 }, 5, "host" },
				       { { 0x41000000 }, 6, "too late" },
				       { { POISON_MAX_GPA - 4096 }, 7, "top" },
				       { { 0x41000fff }, 8, "no page" } };
	struct result r = { 0 };
	struct ras_err err;
	struct list l;
	bool has;

	ended(e, &row, INJ_ACKNOWLEDGED);
	for (int again = 0; again < 2; again++) {
		assert_int_equal(import(e, "vm1", pages, 3), 0);
		l = list_all(e, "vm1");
		assert_int_equal(l.n, 3);
		assert_string_equal(l.page[0].origin, "host");
		assert_int_equal(l.page[0].seen_real_ns, 5);
		assert_memory_equal(l.page[1].origin, "injection ", 10);
		assert_true(l.page[2].gpa.v == POISON_MAX_GPA - 4096);
	}
	assert_int_equal(list_after(e, "vm1", NULL, 2).n, 2);
	assert_int_equal(list_after(e, "vm1", &l.page[1].gpa, 2).n, 1);
	assert_int_equal(list_after(e, "vm1", &(struct gpa){ UINT64_MAX }, 2).n, 0);
	assert_int_equal(journal_poison_has(e->j, "vm1", pages[0].gpa, &has, NULL), 0);
	assert_true(has);
	assert_int_equal(journal_poison_has(e->j, "vm2", pages[0].gpa, &has, NULL), 0);
	assert_false(has);
	assert_int_equal(import(e, "vm2", pages, 0), 0);
	/* all or nothing, whatever else is in the group */
	row = make_row(2);
	assert_int_equal(journal_intent(e->j, &row, NULL, 0, on_done, &r, &err), 0);
	assert_int_equal(import(e, "vm2", pages, 4), RAS_E_JOURNAL);
	wait_for(e, &r);
	assert_int_equal(r.code, 0);
	assert_int_equal(list_all(e, "vm2").n, 0);
	assert_int_equal(journal_poison_import(e->j, "vm2", 0, 0, pages, POISON_MAX_IMPORT + 1,
					       on_done, NULL, &err),
			 -RAS_E_PARAMS);
	reopen(e);
	assert_int_equal(list_all(e, "vm1").n, 3);
}

static void too_many_imports(void **state)
{
	struct env *e = *state;
	struct poison_page page = { { 0x40000000 }, 5, "host" };
	struct result r[17] = { 0 };
	struct ras_err err;

	for (int i = 0; i < 16; i++)
		assert_int_equal(journal_poison_import(e->j, "vm1", 0, 0, &page, 1, on_done, &r[i],
						       &err),
				 0);
	assert_int_equal(journal_poison_import(e->j, "vm1", 0, 0, &page, 1, on_done, &r[16], &err),
			 -RAS_E_BUSY);
	wait_for(e, &r[15]);
	assert_int_equal(import(e, "vm1", &page, 1), 0);
	assert_int_equal(r[16].calls, 0);
}

#define TICKS UINT64_C(1000) /* start time of the QEMU that make_row() names */

static void belongs(struct env *e, pid_t pid, uint64_t start, bool fresh)
{
	struct ras_err err;

	assert_int_equal(journal_poison_belongs(e->j, "vm1", pid, start, fresh, &err), 0);
	assert_int_equal(flush(e), 0);
}

static void learns(struct env *e, int n, uint64_t gpa, pid_t pid, uint64_t start)
{
	struct journal_row row = memory_row(n, &gpa, 1, false);

	row.gen.pid = pid;
	row.gen.start_time = start;
	ended(e, &row, INJ_ACKNOWLEDGED);
}

/* The list goes with the QEMU, or with the memory that another one was given. */
static void whose_list(void **state)
{
	struct env *e = *state;
	struct poison_of of;
	struct ras_err err;

	/* Who has no list and no injection leaves no trace, whatever its name is. */
	belongs(e, 5, TICKS, true);
	assert_int_equal(journal_poison_of(e->j, "vm1", &of, &err), -RAS_E_NOT_FOUND);
	learns(e, 1, 0x40000000, 5, TICKS);
	assert_int_equal(journal_poison_of(e->j, "vm1", &of, &err), 0);
	assert_int_equal(of.pid, 5);
	assert_int_equal(of.start_time, TICKS);
	/* The same process again: rasd was restarted, or the guest was reset. */
	belongs(e, 5, TICKS, true);
	assert_int_equal(list_all(e, "vm1").n, 1);
	/* Migrated here, or restored: another process, and the OS still knows. */
	belongs(e, 6, TICKS + 1, false);
	assert_int_equal(list_all(e, "vm1").n, 1);
	learns(e, 2, 0x41000000, 6, TICKS + 1);
	assert_int_equal(list_all(e, "vm1").n, 2);
	/* Shut down and started again. A reopened journal remembers whose list it was. */
	reopen(e);
	belongs(e, 7, TICKS + 2, true);
	assert_int_equal(list_all(e, "vm1").n, 0);
	assert_int_equal(journal_poison_of(e->j, "vm1", &of, &err), 0);
	assert_int_equal(of.pid, 7);
	/* What the QEMU before had learned is decided late. */
	learns(e, 3, 0x42000000, 6, TICKS + 1);
	assert_int_equal(list_all(e, "vm1").n, 0);
	learns(e, 4, 0x43000000, 7, TICKS + 2);
	assert_int_equal(list_all(e, "vm1").n, 1);
	/* A later QEMU that learns of a page before it was heard of. */
	learns(e, 5, 0x44000000, 8, TICKS + 3);
	assert_int_equal(list_all(e, "vm1").n, 2);
	assert_int_equal(journal_poison_of(e->j, "vm1", &of, &err), 0);
	assert_int_equal(of.pid, 8);
	/* Another domain's list is its own. */
	assert_int_equal(import(e, "vm2", &(struct poison_page){ { 0x1000 }, 5, "host" }, 1), 0);
	belongs(e, 9, TICKS + 4, true);
	assert_int_equal(list_all(e, "vm1").n, 0);
	assert_int_equal(list_all(e, "vm2").n, 1);
}

/* An import is for the QEMU that is there; before there is one, for the next. */
static void import_belongs(void **state)
{
	struct env *e = *state;
	struct poison_page page = { { 0x40000000 }, 5, "host" };
	struct result r = { 0 };
	struct poison_of of;
	struct ras_err err;

	assert_int_equal(import(e, "vm1", &page, 1), 0);
	assert_int_equal(journal_poison_of(e->j, "vm1", &of, &err), -RAS_E_NOT_FOUND);
	belongs(e, 5, TICKS, true);
	assert_int_equal(list_all(e, "vm1").n, 1);
	belongs(e, 6, TICKS + 1, true);
	assert_int_equal(list_all(e, "vm1").n, 0);
	assert_int_equal(
		journal_poison_import(e->j, "vm1", 6, TICKS + 1, &page, 1, on_done, &r, &err), 0);
	wait_for(e, &r);
	assert_int_equal(r.code, 0);
	belongs(e, 6, TICKS + 1, true);
	assert_int_equal(list_all(e, "vm1").n, 1);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(what_counts),	     T(soft_offline), T(imports),
		T(too_many_imports), T(whose_list),   T(import_belongs)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
