// SPDX-License-Identifier: LGPL-2.1-or-later
/* Which guests can take a record, and what people must change if a guest cannot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "backend/private.h"
#include "guests/guest.h"

static void test_confidential_guests_are_refused(void **state)
{
	struct event_base *base = event_base_new();
	static struct conf conf;
	struct guests *gs;
	struct guest *g = calloc(1, sizeof(*g));
	struct ras_err err;

	(void)state;
	assert_int_equal(guests_new(&gs, base, &conf, NULL), 0);
	guests_ask(gs, backend_qemu_ghes.questions, backend_qemu_ghes.n_questions);
	g->gs = gs;
	g->link.state = LINK_UP;
	g->life.state = RUN_STATE_RUNNING;
	guest_learn(g, "qemu-ghes.command", FACT_ON);
	guest_learn(g, "qemu-ghes.ras", FACT_ON);
	g->machine.version = 110103;
	strcpy(g->name, "c");
	strcpy(g->machine.arch, "aarch64");
	assert_int_equal(backend_capable(&backend_qemu_ghes, g, &err), 0);
	strcpy(g->machine.confidential, "/objects/cgs0");
	assert_int_equal(backend_capable(&backend_qemu_ghes, g, &err), -RAS_E_NOT_CAPABLE);
	assert_non_null(strstr(err.text, "confidential"));
	g->machine.confidential[0] = '\0';
	g->dom.known = DOMAIN_DESCRIBED;
	assert_int_equal(backend_capable(&backend_qemu_ghes, g, &err), 0);
	strcpy(g->dom.facts.launch_security, "sev-snp");
	assert_int_equal(backend_capable(&backend_qemu_ghes, g, &err), -RAS_E_NOT_CAPABLE);
	assert_non_null(strstr(err.text, "sev-snp"));
	g->dom.facts.launch_security[0] = '\0';
	g->life.state = RUN_STATE_PAUSED;
	assert_int_equal(backend_capable(&backend_qemu_ghes, g, &err), -RAS_E_NOT_RUNNING);
	g->life.state = RUN_STATE_INMIGRATE;
	assert_int_equal(backend_capable(&backend_qemu_ghes, g, &err), -RAS_E_NOT_RUNNING);
	free(g);
	guests_free(gs);
	event_base_free(base);
}

/*
 * <ras> came with libvirt 10.4.0; before it only QEMU's own option does, and it must be whole:
 * people paste it.
 */
static void test_hint_by_version(void **state)
{
	static const struct {
		bool managed, described, acpi;
		unsigned long version;
		const char *has, *has_not;
	} t[] = {
		{ false, false, false, 0, "-machine virt,ras=on", "virsh" },
		{ true, true, true, 9000000,
		  "<domain xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'> ... "
		  "<qemu:commandline><qemu:arg value='-machine'/><qemu:arg "
		  "value='ras=on'/></qemu:commandline>",
		  "<ras " },
		{ true, true, true, 10003000, "<qemu:arg value='ras=on'/>", "<ras " },
		{ true, true, true, 10004000, "<features><ras state='on'/></features>", "qemu:" },
		{ true, true, false, 11003000, "<features><acpi/><ras state='on'/></features>",
		  "qemu:" },
		{ true, false, false, 11003000, "<features><ras state='on'/></features>", "qemu:" },
		{ true, true, true, 0, "<ras state='on'/>", "qemu:" },
	};
	struct guest *g = calloc(1, sizeof(*g));

	(void)state;
	strcpy(g->name, "a-domain-with-a-name-of-sixty-three-bytes-is-the-longest-of-them");
	g->name[63] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		struct ras_err err;

		g->dom.known = t[i].described ? DOMAIN_DESCRIBED :
			       t[i].managed   ? DOMAIN_LISTED :
						DOMAIN_NONE;
		g->dom.facts.acpi = t[i].acpi;
		ras_fail(&err, RAS_E_NOT_CAPABLE, "no ras");
		qemu_ghes_hint_ras(g, t[i].version, &err);
		assert_non_null(strstr(err.hint, t[i].has));
		assert_null(strstr(err.hint, t[i].has_not));
		assert_int_equal(strstr(err.hint, g->name) != NULL, t[i].managed);
		assert_int_equal(strstr(err.hint, "restart it") != NULL, t[i].managed);
	}
	free(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_confidential_guests_are_refused),
		cmocka_unit_test(test_hint_by_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
