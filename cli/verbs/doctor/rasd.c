// SPDX-License-Identifier: LGPL-2.1-or-later
/* What rasctl doctor makes of rasd's answers. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/rasctl.h"
#include "cli/rpc/client.h"
#include "cli/rpc/domain.h"
#include "cli/show/out.h"
#include "cli/verbs/doctor/doctor.h"
#include "json/json.h"

#define MAX_GUESTS 8 /* as many have a line of their own */

static void check_pages(struct checks *c, json_object *ping)
{
	const char *pages = member_str(ping, "pages", "none");
	const char *why = member_str(ping, "pages_why", "");

	if (strcmp(pages, "none") == 0) {
		check_add(c, "helper", CHECK_FAIL,
			  "systemctl enable --now rasd-pagemap.socket; see journalctl -u "
			  "rasd-pagemap",
			  "host pages cannot be found, and no acknowledgement can be seen: %s",
			  why);
		return;
	}
	check_add(c, "helper", CHECK_OK, NULL, "rasd-pagemap answers");
	if (strcmp(pages, "rmap") == 0)
		check_add(c, "pages", CHECK_OK, NULL,
			  "found by what the kernel records of them (BPF)");
	else
		check_add(c, "pages", CHECK_WARN,
			  "a kernel with BTF that is not locked down, and bpf in both units' "
			  "SystemCallFilter=; see rasd(8)",
			  "found by searching, which costs time and guests: %s", why);
}

static void check_journal(struct checks *c, json_object *ping)
{
	json_object *j = member_of(ping, "journal", json_type_object);
	const char *damage = member_str(j, "damage", "");

	if (*damage)
		check_add(c, "journal", CHECK_FAIL, "journalctl -u rasd says what to do",
			  "nothing can be stored: %s", damage);
	else if (j)
		check_add(c, "journal", member_number(j, "undecided") ? CHECK_WARN : CHECK_OK,
			  member_number(j, "undecided") ?
				  "rasctl log; rasctl resolve decides unknown ones" :
				  NULL,
			  "%" PRId64 " injections, %" PRId64 " undecided", member_number(j, "rows"),
			  member_number(j, "undecided"));
}

static void check_libvirt(struct checks *c, json_object *libvirt, size_t n_domains)
{
	const char *uri = member_str(libvirt, "uri", "none");
	const char *reason = member_str(libvirt, "reason", "");

	if (member_true(libvirt, "connected"))
		check_add(c, "libvirt", member_true(libvirt, "read_only") ? CHECK_WARN : CHECK_OK,
			  member_true(libvirt, "read_only") ?
				  "let user rasd manage: the polkit rule of make install" :
				  NULL,
			  "%s, libvirt %s%s", uri, member_str(libvirt, "version", "?"),
			  member_true(libvirt, "read_only") ?
				  ", read-only: nothing can be injected" :
				  "");
	else if (strcmp(uri, "none") == 0)
		check_add(c, "libvirt", CHECK_OK, NULL,
			  "not used: guests are the sockets of qmp-directory");
	else
		check_add(c, "libvirt", n_domains ? CHECK_OK : CHECK_WARN,
			  member_str(libvirt, "hint", "start libvirtd, or libvirt-uri = none"),
			  "%s: not connected%s%s", uri, *reason ? ": " : "", reason);
}

/* Guests that errors of this host keep here. */
static void check_guests(struct checks *c, json_object *list)
{
	char names[256] = "";
	size_t n = 0, len = 0;

	for (size_t i = 0; i < json_length(list); i++) {
		json_object *g = json_object_array_get_idx(list, i);

		if (!json_object_object_get_ex(g, "migration", NULL))
			continue;
		if (len < sizeof(names))
			len += (size_t)snprintf(names + len, sizeof(names) - len, "%s%s",
						n ? ", " : "", member_str(g, "name", "?"));
		n++;
	}
	if (n)
		check_add(c, "guests", CHECK_WARN,
			  "rasctl explain says by what that is known; reboot them",
			  "%zu cannot be migrated after an uncorrected error: %s", n, names);
	else
		check_add(c, "guests", CHECK_OK, NULL, "%zu, none of them is kept here by an error",
			  json_length(list));
}

/* Guests that no error reaches. */
static void check_ready(struct checks *c, json_object *list)
{
	size_t n = 0;

	for (size_t i = 0; i < json_length(list); i++) {
		json_object *g = json_object_array_get_idx(list, i);
		char name[80];

		if (!domain_lacks_something(g) || n++ >= MAX_GUESTS)
			continue;
		snprintf(name, sizeof(name), "guest %.70s", member_str(g, "name", "?"));
		check_add(c, name, CHECK_WARN, member_str(g, "hint", ""), "no error reaches it: %s",
			  member_str(g, "reason", ""));
	}
	if (n > MAX_GUESTS)
		check_add(c, "more guests", CHECK_WARN, "rasctl domains",
			  "no error reaches %zu others", n - MAX_GUESTS);
}

/* The role does not come with an error of its own: without one most answers are refused. */
int doctor_rasd(struct checks *c, const struct options *o, bool *kmsg, struct ras_err *err)
{
	_json_ json_object *ping = NULL, *domains = NULL, *sources = NULL;
	_client_ struct client *cl = NULL;
	json_object *list;
	int ret = client_open(&cl, o->socket, err);

	if (ret == 0)
		ret = client_call(cl, "rpc.ping", NULL, &ping, err);
	if (ret) {
		check_add(c, "rasd", CHECK_FAIL,
			  err->hint[0] ? err->hint : "systemctl enable --now rasd.socket", "%s",
			  err->text);
		return ret;
	}
	check_add(c, "rasd", CHECK_OK, NULL, "%s at %s, your role is %s",
		  member_str(ping, "version", "?"), o->socket, member_str(ping, "role", "none"));
	check_pages(c, ping);
	check_journal(c, ping);
	ret = domain_list(cl, &domains, err);
	if (ret == 0)
		ret = client_call(cl, "source.list", NULL, &sources, err);
	if (ret) {
		check_add(c, "role", CHECK_FAIL, "add yourself to group rasd-view", "%s",
			  err->text);
		return ret;
	}
	list = domain_array(domains);
	check_libvirt(c, member_of(domains, "libvirt", json_type_object), json_length(list));
	check_guests(c, list);
	check_ready(c, list);
	*kmsg = doctor_sources(c, member_of(sources, "sources", json_type_array));
	return 0;
}
