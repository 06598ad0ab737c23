// SPDX-License-Identifier: LGPL-2.1-or-later
/* Errors, the log and JSON are valid UTF-8 and harmless, whatever they quote. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "base/log.h"
#include "base/utf8.h"
#include "foreign_text.h"
#include "json/json.h"

static void test_errors(void **state)
{
	struct ras_err err;
	char name[300];

	(void)state;
	for (size_t i = 0; i < sizeof(name) - 1; i++)
		name[i] = (char)(i + 1);
	name[sizeof(name) - 1] = '\0';
	for (size_t cut = 0; cut < 40; cut++) {
		ras_fail(&err, RAS_E_NO_DOMAIN, "%.*s\xe2\x82\xac%s", (int)cut, name, name);
		ras_hint(&err, "%.*s\xf0\x9f\x98\x80%s", (int)(280 - cut), "x", name + cut);
		ras_field(&err, "%s", name + cut);
		assert_true(utf8_is_clean(err.text, strlen(err.text)));
		assert_true(utf8_is_clean(err.hint, strlen(err.hint)));
		assert_true(utf8_is_clean(err.field, strlen(err.field)));
	}
	/* An error may quote itself. */
	ras_fail(&err, RAS_E_IO, "first");
	ras_hint(&err, "why");
	ras_fail(&err, RAS_E_IO, "second: %s (%s)", err.text, err.hint);
	assert_string_equal(err.text, "second: first (why)");
	assert_string_equal(err.hint, "");
}

static char logged[2048];

static void keep_line(int level, const char *line)
{
	(void)level;
	snprintf(logged, sizeof(logged), "%s", line);
}

static void test_log(void **state)
{
	char all[256];

	(void)state;
	for (int i = 0; i < 255; i++)
		all[i] = (char)(i + 1);
	all[255] = '\0';
	log_set_sink(keep_line);
	log_warn("guest %s: \xe2\x80\xae gone\nrasd: forged", all);
	log_set_sink(NULL);
	assert_true(utf8_is_clean(logged, strlen(logged)));
	assert_non_null(strstr(logged, "\\x0arasd: forged"));
}

/* Any text becomes JSON that a strict reader takes. */
static void test_json(void **state)
{
	uint32_t seed = 3;
	char in[257];

	(void)state;
	for (int i = 0; i < 5000; i++) {
		_json_ json_object *o = NULL, *back = NULL;
		const char *text;
		struct ras_err err;

		in[random_text(&seed, in, sizeof(in) - 1)] = '\0';
		o = json_new_text(in);
		assert_non_null(o);
		text = json_object_to_json_string(o);
		assert_int_equal(json_parse(text, strlen(text), &back, &err), 0);
		/* A text that was UTF-8 is not changed: a request_id comes back as it was sent. */
		if (utf8_is_valid(in, strlen(in)))
			assert_string_equal(json_object_get_string(back), in);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_log),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
