// SPDX-License-Identifier: LGPL-2.1-or-later
/* "info mtree -f" of any size: what is left of it says the same, also through libvirt. */
#include "flat_view_env.h"

/* Fed in pieces of that size. */
static void check(const char *text, size_t len, size_t piece)
{
	struct flat_view *v = flat_view_new();
	const char *cut;
	size_t cut_len;

	assert_non_null(v);
	for (size_t at = 0; at < len; at += piece)
		assert_true(flat_view_feed(v, text + at, len - at < piece ? len - at : piece));
	cut = flat_view_end(v, &cut_len);
	assert_true(cut_len <= len + 64 && cut_len <= FLAT_VIEW_KEPT_MAX + 2);
	compare(text, len, cut, cut_len);
	flat_view_free(v);
}

static void test_real_trees(void **state)
{
	static const char *const file[] = {
		"fx-arm-mtree.txt", "fx-q35-mtree.txt",	       "q35-6g-10.0.txt",
		"q35-6g-11.1.txt",  "q35-6g-7.2.txt",	       "q35-hot-10.0.txt",
		"q35-hot-11.1.txt", "q35-hot-7.2.txt",	       "virt-hot-11.1.txt",
		"virt-hot-7.2.txt", "virt-unplugged-11.1.txt",
	};
	char path[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(file); i++) {
		_free_ char *text = calloc(1, 128 << 10);
		_fclose_ FILE *f = NULL;
		size_t len;

		snprintf(path, sizeof(path), "tests/data/qmp/%s", file[i]);
		f = fopen(path, "r");
		assert_non_null(f);
		len = fread(text, 1, 128 << 10, f);
		check(text, len, 1);
		check(text, len, 77);
		check(text, len, len);
	}
}

static void test_odd_trees(void **state)
{
	static const char *const text[] = {
		"",
		"\n",
		"x",
		HEAD,
		OTHER,
		HEAD RAM,
		HEAD RAM "\r\n",
		HEAD RAM "\r\n" HEAD RAM "\r\n",
		OTHER HEAD RAM,
		HEAD OTHER RAM,
		HEAD IO "rubbish\n" RAM,
		HEAD RAM RAM,
		HEAD RAM "FlatView #2\n",
		HEAD RAM "FlatView #2\n AS \"memory\", root: system\n",
		"FlatView #1\n AS \"memory\", root: system\n\n Root memory region: x\n" RAM,
		" AS \"memory\", root: system\n Root memory region: x\n" RAM,
		HEAD "  zz (prio 0, i/o): x\n",
		HEAD "\n" RAM,
		HEAD "   \r\n" RAM,
		OTHER RAM "\n" HEAD RAM,
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(text); i++)
		for (size_t piece = 1; piece < 4; piece++)
			check(text[i], strlen(text[i]), piece);
}

#define MTREE                                                  \
	"{\"arguments\":{\"command-line\":\"info mtree -f\"}," \
	"\"execute\":\"human-monitor-command\"}"

/* Through libvirt the whole reply is there at once. */
static void test_through_libvirt(void **state)
{
	static const char *const bad[] = { "{\"return\":[", "{\"error\":{\"desc\":\"", "[" };
	size_t len;
	_free_ char *text = large_text(&len);
	char *line = as_line(text, "{\"return\":", ",\"id\":\"libvirt-5\"}");
	_json_ json_object *o = NULL;
	struct ras_err err;
	const char *left = NULL;
	char *cpus = malloc(1 << 20), *p = cpus;

	(void)state;
	assert_int_equal(reply_cut(&line, MTREE, &err), 0);
	assert_int_equal(json_parse(line, strlen(line), &o, &err), 0);
	assert_int_equal(json_get_str(o, "return", &left, &err), 0);
	compare(WANTED, strlen(WANTED), left, strlen(left));
	free(line);

	p += sprintf(p, "{\"return\":[");
	for (int i = 0; i < 4000; i++)
		p += sprintf(p, "%s{\"thread-id\":%d,\"props\":{\"a\":\"}]\\\"\"},\"x\":[%d]}",
			     i ? "," : "", 4242 + i, i);
	sprintf(p, "],\"id\":\"libvirt-6\"}");
	assert_int_equal(reply_cut(&cpus, "{\"execute\":\"query-cpus-fast\"}", &err), 0);
	assert_string_equal(cpus, "{\"return\":[{\"thread-id\":4242,\"props\":{\"a\":\"}]\\\"\"},"
				  "\"x\":[0]}]}");
	free(cpus);

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		for (int k = 0; k < 3; k++) {
			static const char *const command[] = { MTREE,
							       "{\"execute\":\"query-cpus-fast\"}",
							       "{\"execute\":\"query-status\"}" };
			char *reply = malloc(100001);

			memset(reply, 'x', 100000);
			memcpy(reply, bad[i], strlen(bad[i]));
			reply[100000] = '\0';
			assert_true(reply_cut(&reply, command[k], &err) < 0);
			assert_int_equal(strlen(reply), 100000);
			free(reply);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_real_trees),
		cmocka_unit_test(test_odd_trees),
		cmocka_unit_test(test_through_libvirt),
	};

	log_set_sink(silent);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
