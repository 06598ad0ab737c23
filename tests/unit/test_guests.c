// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The registry of guests: its order and its bound, and what a guest becomes by the monitor's first
 * answers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "backend/backend.h"
#include "guests/guest.h"

static struct event_base *base;
static struct conf conf;
static struct guests *gs;

static int setup(void **state)
{
	(void)state;
	base = event_base_new();
	conf_defaults(&conf);
	conf.libvirt_uri[0] = '\0';
	return guests_new(&gs, base, &conf, NULL);
}

static int teardown(void **state)
{
	(void)state;
	guests_free(gs);
	event_base_free(base);
	return 0;
}

/* As libvirt.c does: a domain, and whether it runs. */
static struct guest *add(const char *prefix, int n, int id)
{
	char name[64];
	struct guest *g;

	snprintf(name, sizeof(name), "%s%05d", prefix, n);
	g = guests_add(gs, name, id >= 0);
	if (g && !guest_is_managed(g)) {
		g->dom.known = DOMAIN_LISTED;
		g->dom.id = id;
	}
	return g;
}

static size_t n_seen;
static char last[64];

static void check_order(void *arg, struct guest *g)
{
	(void)arg;
	assert_true(n_seen == 0 || strcmp(last, g->name) < 0);
	memcpy(last, g->name, sizeof(last));
	n_seen++;
}

static size_t seen(void)
{
	n_seen = 0;
	guests_each(gs, check_order, NULL);
	return n_seen;
}

static void drop_odd(void *arg, struct guest *g)
{
	(void)arg;
	n_seen++;
	if (g->name[strlen(g->name) - 1] % 2 == 0)
		return;
	g->dom.known = DOMAIN_NONE;
	assert_true(guests_drop_unseen(g));
}

static void test_order(void **state)
{
	struct guest *g, *again;

	(void)state;
	for (int i = 0; i < 1000; i++)
		assert_non_null(add("d", i * 7 % 1000, -1));
	assert_int_equal(seen(), 1000);
	g = add("d", 500, -1);
	assert_int_equal(guests_find(gs, "d00500", &again, NULL), 0);
	assert_ptr_equal(g, again);
	assert_int_equal(seen(), 1000);
	/* Each is visited once, though half of them are removed meanwhile. */
	n_seen = 0;
	guests_each(gs, drop_odd, NULL);
	assert_int_equal(n_seen, 1000);
	assert_int_equal(seen(), 500);
	assert_int_equal(guests_find(gs, "d00501", &again, NULL), -RAS_E_NO_DOMAIN);
	assert_int_equal(guests_find(gs, "d00500", &again, NULL), 0);
}

struct freed {
	struct notify_sub sub;
	int n;
	char name[64];
};

static void on_change(void *arg, const void *what)
{
	const struct guest_change *c = what;
	struct freed *f = arg;

	assert_int_equal(c->ev, GUEST_FREED);
	snprintf(f->name, sizeof(f->name), "%s", c->g->name); /* still whole */
	f->n++;
}

/* Every subscriber hears of each guest's end, also at the end of all. */
static void test_freed(void **state)
{
	struct freed a = { .n = 0 }, b = { .n = 0 };
	struct guest *g;

	(void)state;
	guests_subscribe(gs, &a.sub, on_change, &a);
	guests_subscribe(gs, &b.sub, on_change, &b);
	g = add("d", 1, -1);
	assert_non_null(add("d", 2, -1));
	g->dom.known = DOMAIN_NONE;
	assert_true(guests_drop_unseen(g));
	assert_int_equal(a.n, 1);
	assert_string_equal(a.name, "d00001");
	assert_int_equal(b.n, 1);
	guests_unsubscribe(gs, &b.sub);
	guests_free(gs);
	assert_int_equal(a.n, 2);
	assert_string_equal(a.name, "d00002");
	assert_int_equal(b.n, 1);
	gs = NULL; /* teardown() */
}

static void test_nearest_name(void **state)
{
	static const struct {
		const char *asked, *hint;
	} t[] = { { "web-forntend", "\"web-frontend\"" },
		  { "wb-frontend", "\"web-frontend\"" },
		  { "db12", "\"db1\"" },
		  { "mail", "rasctl domains' lists" },
		  { "web-frontend-blue", "rasctl domains' lists" },
		  { "", "\"db1\"" } };
	struct guest *g;
	struct ras_err err;

	(void)state;
	assert_non_null(guests_add(gs, "web-frontend", true));
	assert_non_null(guests_add(gs, "db1", true));
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		assert_int_equal(guests_find(gs, t[i].asked, &g, &err), -RAS_E_NO_DOMAIN);
		assert_non_null(strstr(err.hint, t[i].hint));
	}
}

/*
 * Domains that do not run fill the table. Domains that run always find room. rasd never says of a
 * domain that was left out that it does not exist.
 */
static void test_bound(void **state)
{
	struct guest *g;
	struct ras_err err;

	(void)state;
	for (int i = 0; i < GUEST_MAX; i++) {
		g = add("idle", i, -1);
		assert_non_null(g);
		g->life.before.pid = i != 4000; /* all but one have run */
	}
	assert_true(guests_complete(gs));
	assert_int_equal(guests_find(gs, "nobody", &g, &err), -RAS_E_NO_DOMAIN);
	assert_null(strstr(err.text, "not all"));

	assert_null(add("idle", GUEST_MAX, -1));
	assert_false(guests_complete(gs));
	assert_int_equal(guests_find(gs, "idle04096", &g, &err), -RAS_E_NO_DOMAIN);
	assert_non_null(strstr(err.text, "not all"));
	assert_non_null(strstr(err.hint, "4096 guests"));
	assert_int_equal(seen(), GUEST_MAX);

	/* It starts, and the one that never ran makes room. */
	g = add("idle", GUEST_MAX, 1);
	assert_non_null(g);
	assert_int_equal(seen(), GUEST_MAX);
	assert_int_equal(guests_find(gs, "idle04000", &g, NULL), -RAS_E_NO_DOMAIN);
	assert_int_equal(guests_find(gs, "idle04096", &g, NULL), 0);

	/* A guest that runs or whose socket exists does not make room. */
	for (int i = 0; i < GUEST_MAX - 1; i++)
		assert_non_null(add("run", i, i + 2));
	assert_int_equal(guests_find(gs, "idle04096", &g, NULL), 0);
	assert_null(add("run", GUEST_MAX, GUEST_MAX));
	assert_int_equal(seen(), GUEST_MAX);
	assert_int_equal(guests_find(gs, "run00000", &g, NULL), 0);
	g->dom.id = -1;
	g->link.socket = SOCKET_THERE;
	assert_null(add("run", GUEST_MAX, GUEST_MAX));
	g->link.socket = SOCKET_NONE;
	assert_non_null(add("run", GUEST_MAX, GUEST_MAX));

	/* A new list says again whether all are known. */
	guests_listing(gs);
	assert_true(guests_complete(gs));
}

/* As sockets.c and link.c do: a socket with a process, and what became of its connection. */
static struct guest *add_socket(const char *prefix, int n, enum guest_link_state state, pid_t pid)
{
	char name[64];
	struct guest *g;

	snprintf(name, sizeof(name), "%s%05d", prefix, n);
	g = guests_add(gs, name, true);
	if (!g)
		return NULL;
	g->link.socket = SOCKET_THERE;
	g->link.state = state;
	g->link.socket_of = pid;
	return g;
}

/*
 * Processes that only listen fill the table. A socket that comes later always gets a place, and
 * keeps it when its QEMU has answered; the one that has listened longest goes.
 */
static void test_mute_sockets_make_room(void **state)
{
	struct guest *g;

	(void)state;
	for (int i = 0; i < GUEST_MAX; i++)
		assert_non_null(add_socket("mute", GUEST_MAX - i, LINK_CONNECTING, 0));
	g = add_socket("vm", 1, LINK_UP, 77);
	assert_non_null(g);
	assert_int_equal(seen(), GUEST_MAX);
	assert_int_equal(guests_find(gs, "mute04096", &g, NULL), -RAS_E_NO_DOMAIN);
	for (int i = 0; i < 2 * GUEST_MAX; i++)
		assert_non_null(add_socket("new", i, LINK_CONNECTING, 0));
	assert_int_equal(guests_find(gs, "vm00001", &g, NULL), 0);
	/* One whose QEMU was there and is being connected again is not mute. */
	g->link.state = LINK_DOWN;
	for (int i = 0; i < GUEST_MAX; i++)
		assert_non_null(add_socket("more", i, LINK_CONNECTING, 0));
	assert_int_equal(guests_find(gs, "vm00001", &g, NULL), 0);
	/* One that has died goes before any that listens. */
	g->link.socket = SOCKET_REFUSED;
	assert_non_null(add_socket("vm", 2, LINK_CONNECTING, 0));
	assert_int_equal(guests_find(gs, "vm00001", &g, NULL), -RAS_E_NO_DOMAIN);
	assert_int_equal(guests_find(gs, "more00001", &g, NULL), 0);
	/* Full of QEMUs that have answered, it has no place for another. */
	for (int i = 0; i < GUEST_MAX; i++)
		assert_non_null(add_socket("qemu", i, LINK_UP, 99));
	assert_null(add_socket("qemu", GUEST_MAX, LINK_UP, 99));
	assert_false(guests_complete(gs));
}

/* --- a monitor that answers inside the call --- */

static const char *confidential; /* QEMU's answer to qom-get. NULL: no such property */
static int n_asked;

static int play_exec(struct monitor *m, const char *command, json_object *args,
		     enum monitor_kind kind, int timeout_ms, qmp_reply_fn fn, void *arg,
		     struct ras_err *err)
{
	_json_ json_object *taken = args;
	_json_ json_object *ret = NULL;
	const char *property = "";
	struct ras_err no;

	(void)m, (void)timeout_ms, (void)err;
	assert_int_equal(kind, MONITOR_QUERY);
	ras_fail(&no, RAS_E_MONITOR, "Property 'virt-11.1-machine.%s' not found", property);
	if (strcmp(command, "qom-get") == 0)
		json_get_str(args, "property", &property, NULL);
	if (strcmp(property, "confidential-guest-support") == 0) {
		n_asked++;
		ret = confidential ? json_object_new_string(confidential) : NULL;
	}
	fn(arg, ret ? QMP_OK : QMP_ERROR, ret, ret ? NULL : &no);
	return 0;
}

static void play_close(struct monitor *m)
{
	(void)m;
}

/*
 * QEMU answers qom-get with the canonical path of the link's object, with "" if there is none, and
 * with an error on a machine without the property. Nothing is sent to a guest that has an object
 * there.
 */
static void test_confidential(void **state)
{
	static const struct monitor_ops ops = { .name = "played",
						.exec = play_exec,
						.close = play_close };
	static struct monitor mon = { .ops = &ops };
	static const struct {
		const char *answer, *says;
	} t[] = { { "/objects/rme0", "(/objects/rme0)" },
		  { "/objects/a-name-that-is-longer-than-what-is-kept", "(/objects/a-name-that" },
		  { "", NULL },
		  { NULL, NULL } };

	(void)state;
	guests_ask(gs, backend_qemu_ghes.questions, backend_qemu_ghes.n_questions);
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		struct guest *g = add("cgs", (int)i, 1);
		struct ras_err err;

		confidential = t[i].answer;
		n_asked = 0;
		g->link.mon = &mon;
		guest_probe(g);
		assert_int_equal(n_asked, 1);
		g->link.state = LINK_UP;
		strcpy(g->machine.arch, "aarch64");
		guest_learn(g, "qemu-ghes.command", FACT_ON);
		guest_learn(g, "qemu-ghes.ras", FACT_ON);
		g->life.state = RUN_STATE_RUNNING;
		if (t[i].says) {
			assert_int_equal(backend_capable(&backend_qemu_ghes, g, &err),
					 -RAS_E_NOT_CAPABLE);
			assert_non_null(strstr(err.text, "confidential guest"));
			assert_non_null(strstr(err.text, t[i].says));
			assert_non_null(strstr(err.hint, "confidential-guest-support"));
		} else {
			assert_int_equal(backend_capable(&backend_qemu_ghes, g, &err), 0);
		}
		g->link.state = LINK_DOWN;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_order, setup, teardown),
		cmocka_unit_test_setup_teardown(test_freed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nearest_name, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bound, setup, teardown),
		cmocka_unit_test_setup_teardown(test_mute_sockets_make_room, setup, teardown),
		cmocka_unit_test_setup_teardown(test_confidential, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
