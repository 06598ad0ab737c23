// SPDX-License-Identifier: LGPL-2.1-or-later
/* "info mtree -f" of any size: what is left of it says the same, on a socket and through libvirt. */
#include "qmp_env.h"
#include "qmp/budget.h"
#include "qmp/flat_view.h"
#include "qmp/mtree.h"
#include "qmp/wire.h"

#define HEAD "FlatView #1\r\n AS \"memory\", root: system\r\n Root memory region: system\r\n"
#define RAM "  0000000040000000-000000005fffffff (prio 0, ram): mach-virt.ram KVM\r\n"
#define IO "  0000000010000000-0000000010000fff (prio 1, i/o): virtio-pci-common-virtio-rng\r\n"
#define OTHER "FlatView #0\r\n AS \"I/O\", root: io\r\n Root memory region: io\r\n"

/* The same verdict and the same lines, of the whole text and of what is left of it. */
static void compare(const char *text, size_t len, const char *cut, size_t cut_len)
{
	struct qmp_flat_line a[QMP_FLAT_LINES_MAX], b[QMP_FLAT_LINES_MAX];
	size_t na = 0, nb = 0;
	struct ras_err ea = RAS_ERR_NULL, eb = RAS_ERR_NULL;

	assert_int_equal(qmp_mtree_parse(text, len, a, &na, &ea),
			 qmp_mtree_parse(cut, cut_len, b, &nb, &eb));
	assert_string_equal(ea.text, eb.text);
	assert_int_equal(na, nb);
	for (size_t i = 0; i < na; i++) {
		assert_int_equal(a[i].gpa, b[i].gpa);
		assert_int_equal(a[i].len_bytes, b[i].len_bytes);
		assert_int_equal(a[i].offset, b[i].offset);
		assert_int_equal(a[i].name_len, b[i].name_len);
		assert_memory_equal(a[i].name, b[i].name, a[i].name_len);
	}
}

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

#define WANTED HEAD RAM "\r\n" /* of it */

/* A text as large as the one of a real q35 with 32 CPUs and 200 devices. */
static char *large_text(size_t *len)
{
	char *text = malloc(4 << 20);
	size_t n = 0;

	for (int view = 0; view < 240; view++) {
		n += (size_t)sprintf(text + n, "%s", view == 100 ? HEAD : OTHER);
		for (int i = 0; i < 160; i++)
			n += (size_t)sprintf(text + n, IO);
		n += (size_t)sprintf(text + n, RAM "\r\n");
	}
	*len = n;
	return text;
}

/* As a JSON string inside a reply. */
static char *as_line(const char *text, const char *head, const char *tail)
{
	_json_ json_object *s = json_object_new_string(text);
	const char *quoted = json_object_to_json_string_ext(s, JSON_C_TO_STRING_NOSLASHESCAPE);
	char *line = malloc(strlen(quoted) + strlen(head) + strlen(tail) + 1);

	sprintf(line, "%s%s%s", head, quoted, tail);
	return line;
}

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
		cmocka_unit_test(test_real_trees), cmocka_unit_test(test_odd_trees),
		cmocka_unit_test(test_by_socket),  cmocka_unit_test(test_lies_by_socket),
		cmocka_unit_test(test_endless),	   cmocka_unit_test(test_through_libvirt),
	};

	log_set_sink(silent);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
