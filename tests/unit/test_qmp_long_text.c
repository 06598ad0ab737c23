// SPDX-License-Identifier: LGPL-2.1-or-later
/* "info mtree -f" of any size by a socket, and what is no such text. */
#include "flat_view_env.h"

struct kept {
	int n;
	enum qmp_outcome outcome;
	char text[FLAT_VIEW_KEPT_MAX + 8];
};

static void keep(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *err)
{
	struct kept *k = arg;

	(void)err;
	k->n++;
	k->outcome = o;
	if (o == QMP_OK)
		snprintf(k->text, sizeof(k->text), "%s", json_object_get_string(ret));
}

static void ask_mtree(struct fake *f, struct kept *k)
{
	json_object *args = json_object_new_object();
	struct ras_err err;

	json_object_object_add(args, "command-line", json_object_new_string("info mtree -f"));
	assert_int_equal(qmp_exec(f->q, "human-monitor-command", args, 0, keep, k, &err), 0);
}

/* It comes through a socket, and the connection is then as before. */
static void test_by_socket(void **state)
{
	static struct kept k;
	size_t len;
	_free_ char *text = large_text(&len);
	_free_ char *line = as_line(text, "{\"return\": ", ", \"id\": 2}\r\n");
	struct fake f;

	(void)state;
	fake_start(&f);
	ask_mtree(&f, &k);
	fake_say(&f, "{\"event\": \"STOP\"}\r\n");
	fake_say(&f, line);
	fake_until(&f, &k.n, 1);
	assert_int_equal(k.outcome, QMP_OK);
	compare(WANTED, strlen(WANTED), k.text, strlen(k.text));
	assert_true(strlen(k.text) < 1000);
	assert_int_equal(f.n_event, 1);
	assert_int_equal(exec(&f, 0), 0);
	fake_say(&f, "{\"return\": {}, \"id\": 3}\n");
	fake_until(&f, &f.n_reply, 1);
	assert_int_equal(f.n_closed, 0);
	fake_stop(&f);
}

/* The same text for another command, with an odd tail, with what JSON forbids, without end. */
static void test_lies_by_socket(void **state)
{
	static const char *const tail[] = {
		", \"id\": 3}\r\n", /* query-name's */
		", \"id\": 99}\r\n",	      ", \"id\": 2\r\n",
		"\r\n{\"event\": \"X\"}\r\n", ", \"return\": \"\", \"id\": 2}\r\n",
		", \"event\": \"X\"}\r\n",
	};
	size_t len;
	_free_ char *text = large_text(&len);
	_free_ char *none = NULL;
	struct fake f;

	(void)state;
	text[20000] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(tail); i++) {
		_free_ char *line = as_line(text, "{\"return\": ", tail[i]);
		struct kept k = { 0 };

		fake_start(&f);
		ask_mtree(&f, &k);
		assert_int_equal(exec(&f, 0), 0);
		for (int n = 0; n < 3 && !f.n_closed; n++)
			fake_say(&f, line);
		fake_turn(&f);
		assert_int_equal(k.n, f.n_closed); /* never answered by it */
		assert_int_equal(f.n_reply, f.n_closed);
		fake_stop(&f);
	}
	none = as_line(text, "{\"return\": ", "");
	for (int i = 0; i < 3; i++) {
		struct kept k = { 0 };

		none[strlen(none) - 100] = "\n\\\x01"[i]; /* inside the string */
		none[strlen(none) - 99] = 'x';
		fake_start(&f);
		ask_mtree(&f, &k);
		fake_say(&f, none);
		fake_until(&f, &f.n_closed, 1);
		assert_int_equal(k.outcome, QMP_UNKNOWN);
		fake_stop(&f);
	}
}

/* A text without end: it takes no memory, and has one. */
static void test_endless(void **state)
{
	_free_ char *text = malloc(65536);
	struct kept k = { 0 };
	struct fake f;

	(void)state;
	memset(text, 'x', 65536);
	fake_start(&f);
	ask_mtree(&f, &k);
	fake_say(&f, "{\"return\": \"");
	for (size_t sent = 0; !f.n_closed && sent < 2 * FLAT_VIEW_TEXT_MAX;) {
		ssize_t n = send(f.fd, text, 65536, MSG_NOSIGNAL | MSG_DONTWAIT);

		sent += n > 0 ? (size_t)n : 0;
		fake_turn(&f);
	}
	fake_until(&f, &f.n_closed, 1);
	assert_string_equal(f.closed_err.text, "its monitor sent more than 33554432 bytes for "
					       "info mtree -f");
	fake_stop(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by_socket),
		cmocka_unit_test(test_lies_by_socket),
		cmocka_unit_test(test_endless),
	};

	log_set_sink(silent);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
