// SPDX-License-Identifier: LGPL-2.1-or-later
/* A hostile QEMU: what it sends is bounded in bytes, values, time and turns. */
#include "qmp_env.h"
#include "qmp_pour.h"
#include "qmp/budget.h"
#include "qmp/flat_view.h"
#include "qmp/mtree.h"

/* Before the greeting: a long line, whole or without end, and many values. */
static void test_before_the_greeting(void **state)
{
	static const char *const piece[] = { "x", "{\"QMP\":[{},", "[" };
	_free_ char *text = malloc(8192);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(piece); i++)
		for (int whole = 0; whole < 2; whole++) {
			struct fake f;

			fill(text, 8192, piece[i]);
			if (whole)
				text[5000] = '\n';
			fake_listen(&f);
			fake_connect(&f, 5000, NULL);
			pour(&f, text, 8191, 1 << 20);
			assert_string_equal(f.closed_err.text, "its monitor sent more than 4096 "
							       "bytes for a greeting");
			assert_non_null(strstr(f.closed_err.hint, "asked again"));
			fake_stop(&f);
		}

	struct fake f;

	strcpy(text, "{\"QMP\":[1");
	for (int i = 0; i < 63; i++)
		strcat(text, ",1");
	strcat(text, "]}\n");
	fake_listen(&f);
	fake_connect(&f, 5000, NULL);
	fake_say(&f, text);
	fake_until(&f, &f.n_closed, 1);
	assert_string_equal(f.closed_err.text,
			    "its monitor sent more than 64 values for a greeting");
	fake_stop(&f);
}

static const struct {
	const char *command, *line, *what;
	size_t bytes, values;
} budgets[] = {
	{ NULL, NULL, "an event or a short reply", 16384, 512 },
	{ "query-status", NULL, "an event or a short reply", 16384, 512 },
	{ "qom-get", NULL, "an event or a short reply", 16384, 512 },
	{ "human-monitor-command", "gpa2hva 0x0", "an event or a short reply", 16384, 512 },
	{ "query-commands", NULL, "query-commands", 65536, 4608 },
	{ "query-memdev", NULL, "query-memdev", 65536, 4608 },
	{ "x-query-ramblock", NULL, "x-query-ramblock", 65536, 512 },
	{ "human-monitor-command", "info ramblock", "info ramblock", 65536, 512 },
};

static void ask(struct fake *f, const char *command, const char *line, int timeout_ms)
{
	json_object *args = line ? json_object_new_object() : NULL;
	struct ras_err err;

	if (line)
		json_object_object_add(args, "command-line", json_object_new_string(line));
	assert_int_equal(qmp_exec(f->q, command, args, timeout_ms, fake_on_reply, f, &err), 0);
}

/* A line of that many bytes, or with that many values, in reply or as an event. */
static void make_line(char *out, bool reply, size_t bytes, size_t values)
{
	size_t len = (size_t)sprintf(out, reply ? "{\"return\":[" : "{\"event\":\"X\",\"data\":[");
	const char *tail = reply ? "],\"id\":2}" : "]}";

	/* The object, the list, and the id or the name. */
	for (size_t n = 3; n < values; n++)
		len += (size_t)sprintf(out + len, "%s{}", n > 3 ? "," : "");
	while (len + strlen(tail) < bytes)
		out[len++] = ' ';
	sprintf(out + len, "%s\n", tail);
}

/* Each command's reply, and events: all of its budget is taken, one byte or value more is not. */
static void test_budgets(void **state)
{
	_free_ char *line = malloc(70000);
	char says[160];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(budgets); i++)
		for (int over = 0; over < 3; over++) {
			const char *command = budgets[i].command;
			struct fake f;

			fake_start(&f);
			if (command)
				ask(&f, command, budgets[i].line, 0);
			make_line(line, command, budgets[i].bytes + (over == 1),
				  budgets[i].values + (over == 2));
			fake_say(&f, line);
			if (over) {
				fake_until(&f, &f.n_closed, 1);
				snprintf(says, sizeof(says),
					 "its monitor sent more than %zu %s for %s",
					 over == 1 ? budgets[i].bytes : budgets[i].values,
					 over == 1 ? "bytes" : "values", budgets[i].what);
				assert_string_equal(f.closed_err.text, says);
				assert_int_equal(f.n_reply, command != NULL);
				assert_int_equal(f.n_event, 0);
			} else {
				fake_until(&f, command ? &f.n_reply : &f.n_event, 1);
				assert_int_equal(f.n_closed, 0);
			}
			fake_stop(&f);
		}
}

/* The reply to a command whose time was up may still come, whatever is asked then. */
static void test_late_large_reply(void **state)
{
	_free_ char *line = malloc(70000);
	struct fake f;

	(void)state;
	fake_start(&f);
	ask(&f, "x-query-ramblock", NULL, 10);
	fake_until(&f, &f.n_reply, 1);
	assert_int_equal(f.outcome, QMP_UNKNOWN);
	make_line(line, true, 60000, 3);
	fake_say(&f, line);
	assert_int_equal(exec(&f, 0), 0);
	fake_say(&f, "{\"return\":{},\"id\":3}\n");
	fake_until(&f, &f.n_reply, 2);
	assert_int_equal(f.n_closed, 0);
	fake_stop(&f);
}

/* Deeper than any reply: a bad line, as other nonsense. */
static void test_depth(void **state)
{
	char line[512];
	struct fake f;

	(void)state;
	fake_start(&f);
	for (int n = 15; n < 19; n++) {
		sprintf(line, "{\"event\":\"X\",\"data\":%.*s%.*s}\n", n, "[[[[[[[[[[[[[[[[[[[[", n,
			"]]]]]]]]]]]]]]]]]]]]");
		fake_say(&f, line);
	}
	fake_until(&f, &f.n_closed, 1);
	assert_int_equal(f.n_event, 1);
	assert_int_equal(f.closed_err.code, RAS_E_MONITOR);
	fake_stop(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_before_the_greeting),
		cmocka_unit_test(test_budgets),
		cmocka_unit_test(test_late_large_reply),
		cmocka_unit_test(test_depth),

	};

	log_set_sink(silent);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
