// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Texts in the journal are UTF-8, whatever was given to it; and what an older version, or somebody
 * with an editor, has put there makes no answer invalid.
 */
#include "base/utf8.h"
#include "control/views/views.h"
#include "foreign_text.h"
#include "journal_env.h"
#include "json/json.h"

/* Every text of the two tables in the file, as it is. Returns how many there are. */
static int check_file(struct env *e, const char *sql)
{
	sqlite3_stmt *st = NULL;
	sqlite3 *db = NULL;
	char path[192];
	int n = 0;

	snprintf(path, sizeof(path), "%s/journal.db", e->sub);
	assert_int_equal(sqlite3_open(path, &db), 0);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), 0);
	for (; sqlite3_step(st) == SQLITE_ROW; n++) {
		const char *s = (const char *)sqlite3_column_text(st, 0);

		assert_true(utf8_is_valid(s, (size_t)sqlite3_column_bytes(st, 0)));
	}
	sqlite3_finalize(st);
	sqlite3_close(db);
	return n;
}

static void random_string(uint32_t *seed, char *out, size_t size)
{
	char text[512];
	size_t n = random_text(seed, text, sizeof(text) - 1);

	text[n] = '\0';
	snprintf(out, size, "%s", text);
}

static void test_stored(void **state)
{
	struct env *e = *state;
	uint32_t seed = 11;
	char detail[400];

	for (int i = 0; i < 200; i++) {
		struct journal_row row = make_row(i);

		random_string(&seed, row.asked.tag, sizeof(row.asked.tag));
		random_string(&seed, row.outcome.detail, sizeof(row.outcome.detail));
		random_string(&seed, row.target.domain, sizeof(row.target.domain));
		assert_int_equal(add(e, &row), 0);
		random_string(&seed, detail, sizeof(detail));
		change(e, &row.id, INJ_REFUSED, detail, 0);
	}
	assert_int_equal(flush(e), 0);
	assert_int_equal(check_file(e, "SELECT tag FROM injection"), 200);
	assert_int_equal(check_file(e, "SELECT domain FROM injection"), 200);
	assert_int_equal(check_file(e, "SELECT detail FROM injection"), 200);
	assert_int_equal(check_file(e, "SELECT detail FROM transition"), 400);
}

/* What is in the file is no UTF-8; what is read is, and nothing else in the row suffers. */
static void test_read(void **state)
{
	static const char *const bytes[] = {
		"FF",	      "636166C3", "F09F98",	"C0AF",	    "1B5B324A",
		"61E280AE62", "EDA080",	  "6100626364", "80818283",
	};
	struct env *e = *state;

	for (size_t i = 0; i < ARRAY_LEN(bytes); i++) {
		struct journal_row row = make_row((int)i), got;
		_json_ json_object *shown = NULL, *back = NULL;
		const char *text;
		struct ras_err err;
		char sql[400];

		assert_int_equal(add(e, &row), 0);
		snprintf(sql, sizeof(sql),
			 "DROP TRIGGER IF EXISTS injection_no_rewrite;"
			 "UPDATE injection SET detail=CAST(X'%s' AS TEXT), tag=CAST(X'%s' AS TEXT),"
			 "domain=CAST(X'%s' AS TEXT) WHERE request_id='req-%zu'",
			 bytes[i], bytes[i], bytes[i], i);
		assert_string_equal(sql_refusal(e, sql), "");
		assert_int_equal(journal_get(e->j, &row.id, &got, &err), 0);
		assert_string_not_equal(got.asked.tag, "rack 7");
		assert_true(utf8_is_valid(got.asked.tag, strlen(got.asked.tag)));
		assert_string_equal(got.asked.request_id, row.asked.request_id);
		shown = view_injection(&got);
		text = json_object_to_json_string(shown);
		assert_int_equal(json_parse(text, strlen(text), &back, &err), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_stored, setup, teardown),
		cmocka_unit_test_setup_teardown(test_read, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
