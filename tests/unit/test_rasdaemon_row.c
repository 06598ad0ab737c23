// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Rows of rasdaemon as events: what real ones of 0.8.3 say (Intel, AMD, arm64), every schema since
 * 0.6.8, signs, units, words, times, and values of the wrong type.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/cleanup.h"
#include "sources/rasdaemon/db.h"
#include "tests/unit/rasdaemon_env.h"

static struct rasdaemon_db db;
static struct rasdaemon_news news;
static struct ras_event *e; /* the one that was looked for */

/* All rows of the database, as if it had never been read and the boot were long ago. */
static void read_all(void)
{
	free(news.event);
	rasdaemon_db_init(&db, ras_path, "");
	db.boot_real_ns = 1;
	rasdaemon_db_pass(&db, &news);
	if (news.result != PASS_DONE)
		fail_msg("%d: %s", news.result, news.why);
}

static size_t count(const char *report)
{
	size_t n = 0;

	for (size_t i = 0; i < news.n; i++)
		n += strcmp(news.event[i].report, report) == 0;
	return n;
}

/* The nth of a table, from 1. */
static void pick(const char *report, size_t n)
{
	for (size_t i = 0; i < news.n; i++) {
		e = &news.event[i];
		if (strcmp(e->report, report) == 0 && --n == 0) {
			assert_string_equal(e->source, "rasdaemon");
			return;
		}
	}
	fail_msg("no such row of %s", report);
}

static void assert_at(uint64_t hpa, uint64_t len)
{
	assert_true(e->where.has_hpa);
	assert_int_equal(e->where.hpa.v, hpa);
	assert_int_equal(e->where.len_bytes, len);
}

static void load(const char *data)
{
	ras_make(data);
	read_all();
}

static void unload(void)
{
	ras_unmake();
	free(news.event);
	memset(&news, 0, sizeof(news));
}

static void test_intel(void **state)
{
	(void)state;
	load(RASDAEMON_DATA "0.8.3-x86-intel.sql");
	assert_int_equal(news.malformed, 0);
	assert_int_equal(count("mc_event"), 5);
	assert_int_equal(count("mce_record"), 4);
	assert_int_equal(count("memory_failure_event"), 14);
	pick("mc_event", 1);
	assert_at(0x4e06000, 64); /* stored as 6 */
	assert_int_equal(e->severity, EVENT_CORRECTED);
	assert_string_equal(e->label, "CPU_SrcID#0_MC#0_Chan#0_DIMM#0");
	assert_non_null(strstr(e->detail, "channel:0 slot:0 rank:1 bank:2 row:100"));
	assert_int_equal(e->when.real_ns, INT64_C(1795397165000000000));
	pick("mc_event", 4);
	assert_at(0x1f00a000, 4096);
	assert_int_equal(e->severity, EVENT_UNCORRECTED);
	pick("mc_event", 5);
	assert_int_equal(e->severity, EVENT_DEFERRED);
	pick("mce_record", 1);
	assert_int_equal(e->severity, EVENT_CORRECTED);
	assert_at(0x1f000000, 4096);
	assert_non_null(strstr(e->detail, "0x8c00004000010090")); /* stored negative */
	pick("mce_record", 3);
	assert_int_equal(e->severity, EVENT_UNCORRECTED);
	assert_at(0x5005000, 4096);
	pick("mce_record", 4); /* the other CPU's */
	assert_false(e->where.has_hpa);
	pick("memory_failure_event", 4);
	assert_int_equal(e->kind, EVENT_PAGE_LOST);
	assert_at(UINT64_C(0x1f205) * 4096, 4096);
	assert_int_equal(e->outcome.kind, OUTCOME_RECOVERED);
	assert_string_equal(e->outcome.page_type, "dirty LRU page");
	pick("memory_failure_event", 2); /* "already poisoned" for the kernel */
	assert_string_equal(e->outcome.page_type, "");
	assert_int_equal(e->outcome.kind, OUTCOME_FAILED);
	pick("memory_failure_event", 3); /* "get hwpoison page" */
	assert_string_equal(e->outcome.page_type, "");
	pick("memory_failure_event", 12); /* a huge page */
	assert_string_equal(e->outcome.page_type, "");
	unload();
}

static void test_amd(void **state)
{
	(void)state;
	load(RASDAEMON_DATA "0.8.3-x86-amd.sql");
	assert_int_equal(count("mce_record"), 3);
	for (size_t i = 1; i <= 3; i++) {
		pick("mce_record", i);
		assert_false(e->where.has_hpa); /* normalized addresses */
	}
	assert_int_equal(e->severity, EVENT_DEFERRED);
	unload();
}

static void test_arm64(void **state)
{
	(void)state;
	load(RASDAEMON_DATA "0.8.3-arm64.sql");
	pick("arm_event", 1);
	assert_int_equal(e->kind, EVENT_PROCESSOR);
	assert_int_equal(e->severity, EVENT_SEVERITY_UNKNOWN); /* both rows are the same */
	assert_at(0x7c1b2000, 1);
	pick("memory_failure_event", 1);
	assert_at(0x7c1b2000, 4096);
	pick("non_standard_event", 1);
	assert_string_equal(e->label, "RASD-TEST-FRU");
	assert_int_equal(e->severity, EVENT_CORRECTED);
	unload();
}

#define STAMP "'2026-11-23 01:26:05 +0000'"

/* One row in each table that this version has; columns by name, as their order is not ours. */
static void insert_each(void)
{
	static const char *const rows[][2] = {
		{ "signal_event", "(timestamp,sig,errorno,code,comm,pid,grp,res) VALUES(" STAMP
				  ",7,0,5,'qemu-system-x86',4711,1,0)" },
		{ "memory_failure_event", "(timestamp,pfn,page_type,action_result) VALUES(" STAMP
					  ",'0x7c1b2','free buddy page','Delayed')" },
		{ "mce_record",
		  "(timestamp,mcgcap,status,addr,misc,cpu,bank,cpuvendor) VALUES(" STAMP
		  ",3081,-8358680633521667952,305418240,140,3,8,0)" },
		{ "mc_event", "(timestamp,err_count,err_type,label,address,grain) VALUES(" STAMP
			      ",0,'Fatal','unknown label',-4096,12)" },
		{ "extlog_event",
		  "(timestamp,etype,error_count,severity,address,fru_text) VALUES(" STAMP
		  ",2,1,0,4660,'DIMM 3')" },
		{ "arm_event", "(timestamp,mpidr) VALUES(" STAMP ",2147483649)" },
		{ "cxl_poison_event", "(timestamp,memdev,trace_type,hpa,dpa) VALUES(" STAMP
				      ",'mem0','List',1099511627840,64)" },
		{ "cxl_general_media_event",
		  "(timestamp,memdev,log_type,dpa,descriptor) VALUES(" STAMP
		  ",'mem1','Fatal',64,0)" },
		{ "cxl_dram_event", "(timestamp,memdev,log_type,dpa,descriptor) VALUES(" STAMP
				    ",'mem2','Informational',64,2)" },
		{ "cxl_aer_ue_event",
		  "(timestamp,memdev,error_status) VALUES(" STAMP ",'mem0',4)" },
		{ "aer_event", "(timestamp,dev_name,err_type,err_msg) VALUES(" STAMP
			       ",'0000:00:1f.0','Uncorrected (Fatal)','Poisoned TLP')" },
		{ "non_standard_event",
		  "(timestamp,fru_text,severity) VALUES(" STAMP ",'FRU','Recoverable')" },
	};
	char sql[512];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (sqlite3_table_column_metadata(ras_writer, NULL, rows[i][0], NULL, NULL, NULL,
						  NULL, NULL, NULL) != SQLITE_OK)
			continue;
		snprintf(sql, sizeof(sql), "INSERT INTO %s%s", rows[i][0], rows[i][1]);
		ras_exec(sql);
	}
}

static void check_each(bool cxl, bool signals)
{
	pick("memory_failure_event", 1);
	assert_int_equal(e->outcome.kind, OUTCOME_DELAYED);
	pick("mce_record", 1);
	assert_at(0x12345000, 4096);
	pick("mc_event", 1);
	assert_at(0xfffffffffffff000, 4096); /* the bits of a negative number */
	assert_int_equal(e->severity, EVENT_FATAL);
	assert_int_equal(e->count, 1);
	assert_string_equal(e->label, "");
	pick("extlog_event", 1);
	assert_at(4660, 1);
	assert_int_equal(e->severity, EVENT_UNCORRECTED);
	assert_string_equal(e->label, "DIMM 3");
	pick("arm_event", 1);
	assert_false(e->where.has_hpa);
	pick("aer_event", 1);
	assert_int_equal(e->severity, EVENT_FATAL);
	pick("non_standard_event", 1);
	assert_int_equal(e->severity, EVENT_UNCORRECTED);
	assert_int_equal(count("cxl_dram_event"), cxl);
	assert_int_equal(count("signal_event"), signals);
	if (cxl) {
		pick("cxl_poison_event", 1);
		assert_at(UINT64_C(1099511627840) & ~UINT64_C(63), 64);
		assert_int_equal(e->severity, EVENT_DEFERRED);
		pick("cxl_general_media_event", 1);
		assert_false(e->where.has_hpa);
		assert_int_equal(e->severity, EVENT_UNCORRECTED);
		pick("cxl_dram_event", 1);
		assert_int_equal(e->severity, EVENT_CORRECTED);
	}
	if (signals) {
		pick("signal_event", 1);
		assert_int_equal(e->signal.pid, 4711);
		assert_int_equal(e->signal.code, 5);
		assert_false(e->action_required);
	}
}

static void test_versions(void **state)
{
	static const struct {
		const char *schema;
		bool cxl, signals;
	} of[] = { { RASDAEMON_DATA "0.6.8.schema.sql", false, false },
		   { RASDAEMON_DATA "0.8.1.schema.sql", true, false },
		   { RASDAEMON_DATA "0.8.3.schema.sql", true, false },
		   { RASDAEMON_DATA "0.8.4.schema.sql", true, true },
		   { RASDAEMON_DATA "0.8.5.schema.sql", true, true } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(of); i++) {
		ras_make(of[i].schema);
		insert_each();
		read_all();
		assert_int_equal(news.malformed, 0);
		check_each(of[i].cxl, of[i].signals);
		unload();
	}
}

/* Upgraded from 0.6.8: new columns are at the end. */
static void test_upgraded(void **state)
{
	(void)state;
	ras_make(NULL);
	ras_exec("CREATE TABLE cxl_dram_event (dpa INTEGER, timestamp TEXT, log_type TEXT, "
		 "id INTEGER PRIMARY KEY, memdev TEXT)");
	ras_exec("ALTER TABLE cxl_dram_event ADD COLUMN descriptor INTEGER");
	ras_exec("ALTER TABLE cxl_dram_event ADD COLUMN hpa INTEGER");
	ras_exec("INSERT INTO cxl_dram_event(timestamp,memdev,log_type,dpa,descriptor,hpa) "
		 "VALUES(" STAMP ",'mem2','Fatal',64,1,8192)");
	read_all();
	pick("cxl_dram_event", 1);
	assert_at(8192, 64);
	unload();
}

static void test_unknown_addresses(void **state)
{
	(void)state;
	ras_make(RASDAEMON_DATA "0.8.5.schema.sql");
	ras_exec("INSERT INTO mc_event(timestamp,err_type,address,grain) VALUES(" STAMP
		 ",'Corrected',0,6)");
	ras_exec("INSERT INTO mc_event(timestamp,err_type,address,grain) VALUES(" STAMP
		 ",'Corrected',4096,13)"); /* names no page */
	ras_exec("INSERT INTO mc_event(timestamp,err_type,address,grain) VALUES(" STAMP
		 ",'Corrected',4096,-1)");
	ras_exec("INSERT INTO extlog_event(timestamp,severity,address) VALUES(" STAMP ",2,-1)");
	ras_exec("INSERT INTO cxl_poison_event(timestamp,memdev,trace_type,hpa) VALUES(" STAMP
		 ",'mem0','Clear',-1)");
	read_all();
	assert_int_equal(news.n, 5);
	for (size_t i = 0; i < news.n; i++)
		assert_false(news.event[i].where.has_hpa);
	pick("cxl_poison_event", 1);
	assert_int_equal(e->severity, EVENT_INFO);
	unload();
}

/* sqlite stores any type in any column. */
static void test_wrong_types(void **state)
{
	static const char *const bad[] = {
		"mc_event(timestamp,err_type,address,grain) VALUES(" STAMP ",'Corrected','x',6)",
		"mc_event(timestamp,err_type,address,grain) VALUES(" STAMP ",'Corrected',4096,1.5)",
		"mc_event(timestamp,err_type,address,grain) VALUES(1795397165,'Corrected',4096,6)",
		"mc_event(err_type,address,grain) VALUES('Corrected',4096,6)",
		"mc_event(timestamp,err_type,address,grain) VALUES('yesterday','Corrected',1,6)",
		"memory_failure_event(timestamp,pfn) VALUES(" STAMP ",508338)",
		"memory_failure_event(timestamp,pfn) VALUES(" STAMP ",'7c1b2')",
		"memory_failure_event(timestamp,pfn) VALUES(" STAMP ",'0x7c1b2 or so')",
		"memory_failure_event(timestamp,pfn) VALUES(" STAMP ",'0xffffffffffffffff')",
		"mce_record(timestamp,status) VALUES(" STAMP ",-8358680633521667952)",
		"signal_event(timestamp,sig,code,pid) VALUES(" STAMP ",7,5,-1)",
		"signal_event(timestamp,sig,code,pid) VALUES(" STAMP ",7,5,x'00')",
	};
	char sql[256];

	(void)state;
	ras_make(RASDAEMON_DATA "0.8.5.schema.sql");
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		snprintf(sql, sizeof(sql), "INSERT INTO %s", bad[i]);
		ras_exec(sql);
	}
	/* No error, not malformed: another signal, and a bank that holds nothing. */
	ras_exec("INSERT INTO signal_event(timestamp,sig,code,pid) VALUES(" STAMP ",11,1,1)");
	ras_exec("INSERT INTO mce_record(timestamp,status,addr,misc,bank,cpuvendor) VALUES(" STAMP
		 ",0,0,0,0,0)");
	/* Bytes that are no text. */
	ras_exec("INSERT INTO mc_event(timestamp,err_type,address,grain,label) VALUES(" STAMP
		 ",'Corrected',4096,6,CAST(x'1b5b324aff0a41' AS TEXT))");
	read_all();
	assert_int_equal(news.malformed, ARRAY_LEN(bad));
	assert_int_equal(news.n, 1);
	assert_string_equal(news.event[0].label, "?[2J??A");
	unload();
}

static void test_time(void **state)
{
	static const char *const bad[] = { "",
					   "2026-11-23 01:26:05",
					   "2026-11-23 01:26:05 UTC00",
					   "2026-11-23 01:26:05 +00000",
					   "2026-11-23T01:26:05 +0000",
					   "2026-13-23 01:26:05 +0000",
					   "2026-11-32 01:26:05 +0000",
					   "2026-11-23 24:26:05 +0000",
					   "9999-11-23 01:26:05 +0000",
					   "1969-11-23 01:26:05 +0000",
					   "2026-11-23 01:26:05 *0000",
					   " 2026-11-23 01:26:05 +000",
					   "2026-11-23 01:26:05 +9900" };

	(void)state;
	assert_int_equal(rasdaemon_time("1970-01-01 00:00:00 +0000"), 0);
	assert_int_equal(rasdaemon_time("2026-11-23 01:26:05 +0000"), INT64_C(1795397165000000000));
	assert_int_equal(rasdaemon_time("2026-11-23 02:26:05 +0100"), INT64_C(1795397165000000000));
	assert_int_equal(rasdaemon_time("2026-11-22 19:56:05 -0530"), INT64_C(1795397165000000000));
	assert_int_equal(rasdaemon_time("2024-02-29 23:59:60 +0000"), INT64_C(1709251200000000000));
	assert_int_equal(rasdaemon_time("2000-03-01 00:00:00 +0000"), INT64_C(951868800000000000));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (rasdaemon_time(bad[i]) != -1)
			fail_msg("\"%s\" is a time", bad[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_intel),	    cmocka_unit_test(test_amd),
		cmocka_unit_test(test_arm64),	    cmocka_unit_test(test_versions),
		cmocka_unit_test(test_upgraded),    cmocka_unit_test(test_unknown_addresses),
		cmocka_unit_test(test_wrong_types), cmocka_unit_test(test_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
