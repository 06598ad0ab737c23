// SPDX-License-Identifier: LGPL-2.1-or-later
/* What rasctl doctor makes of rasd's answers. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "client.h"
#include "doctor.h"
#include "json/json.h"
#include "out.h"
#include "rasctl.h"

static int64_t number(json_object *o, const char *key)
{
	json_object *v = NULL;

	return o && json_object_object_get_ex(o, key, &v) ? json_object_get_int64(v) : 0;
}

static bool is_true(json_object *o, const char *key)
{
	json_object *v = NULL;

	return o && json_object_object_get_ex(o, key, &v) && json_object_get_boolean(v);
}

static json_object *member(json_object *o, const char *key, enum json_type type)
{
	json_object *v = NULL;

	return o && json_object_object_get_ex(o, key, &v) && json_object_is_type(v, type) ? v :
											    NULL;
}

/* --- rasd --- */

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
	json_object *j = member(ping, "journal", json_type_object);
	const char *damage = member_str(j, "damage", "");

	if (*damage)
		check_add(c, "journal", CHECK_FAIL, "journalctl -u rasd says what to do",
			  "nothing can be stored: %s", damage);
	else if (j)
		check_add(c, "journal", number(j, "undecided") ? CHECK_WARN : CHECK_OK,
			  number(j, "undecided") ?
				  "rasctl log; rasctl resolve decides unknown ones" :
				  NULL,
			  "%" PRId64 " injections, %" PRId64 " undecided", number(j, "rows"),
			  number(j, "undecided"));
}

static void check_libvirt(struct checks *c, json_object *libvirt, size_t n_domains)
{
	const char *uri = member_str(libvirt, "uri", "none");
	const char *reason = member_str(libvirt, "reason", "");

	if (is_true(libvirt, "connected"))
		check_add(c, "libvirt", is_true(libvirt, "read_only") ? CHECK_WARN : CHECK_OK,
			  is_true(libvirt, "read_only") ?
				  "let user rasd manage: the polkit rule of make install" :
				  NULL,
			  "%s, libvirt %s%s", uri, member_str(libvirt, "version", "?"),
			  is_true(libvirt, "read_only") ? ", read-only: nothing can be injected" :
							  "");
	else if (strcmp(uri, "none") == 0)
		check_add(c, "libvirt", CHECK_OK, NULL,
			  "not used: guests are the sockets of qmp-directory");
	else
		check_add(c, "libvirt", n_domains ? CHECK_OK : CHECK_WARN,
			  member_str(libvirt, "hint", "start libvirtd, or libvirt-uri = none"),
			  "%s: not connected%s%s", uri, *reason ? ": " : "", reason);
}

static const char *time_text(int64_t ns, char *out, size_t size)
{
	time_t s = (time_t)(ns / 1000000000);
	struct tm tm;

	if (!ns || !localtime_r(&s, &tm) || !strftime(out, size, "%Y-%m-%d %H:%M:%S", &tm))
		snprintf(out, size, "never");
	return out;
}

/* One source of host events. True: it is live. */
static bool check_source(struct checks *c, json_object *s)
{
	const char *state = member_str(s, "state", "?"), *why = member_str(s, "why", "");
	const char *mend = member_str(s, "mend", "");
	bool kernel = is_true(s, "originates");
	enum check_level level = CHECK_OK;
	char name[64], last[32];

	snprintf(name, sizeof(name), "source %.40s", member_str(s, "name", "?"));
	if (strcmp(state, "live") == 0) {
		check_add(c, name, number(s, "missed") ? CHECK_WARN : CHECK_OK, NULL,
			  "live, %" PRId64 " events, last %s, %" PRId64 " missed, %" PRId64
			  " malformed",
			  number(s, "events"), time_text(number(s, "last_ns"), last, sizeof(last)),
			  number(s, "missed"), number(s, "malformed"));
		return true;
	}
	if (strcmp(state, "unreadable") == 0)
		level = kernel ? CHECK_FAIL : CHECK_WARN;
	else if (strcmp(state, "waiting") == 0 || (strcmp(state, "absent") == 0 && kernel))
		level = CHECK_WARN;
	check_add(c, name, level, mend, "%s%s%s", state, *why ? ": " : "", why);
	return false;
}

/* Returns whether the source kmsg is live. */
static bool check_sources(struct checks *c, json_object *list)
{
	bool kmsg = false;
	size_t live = 0;

	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		json_object *s = json_object_array_get_idx(list, i);
		bool is_live = check_source(c, s);

		live += is_live;
		kmsg |= is_live && strcmp(member_str(s, "name", ""), "kmsg") == 0;
	}
	if (live == 0)
		check_add(c, "sources", CHECK_FAIL,
			  "mend source kernel first: it needs nothing but rasd-trace.service and "
			  "rasd-pagemap",
			  "no source is live: rasd hears of no error of this host");
	return kmsg;
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
	ret = client_call(cl, "domain.list", NULL, &domains, err);
	if (ret == 0)
		ret = client_call(cl, "source.list", NULL, &sources, err);
	if (ret) {
		check_add(c, "role", CHECK_FAIL, "add yourself to group rasd-view", "%s",
			  err->text);
		return ret;
	}
	list = member(domains, "domains", json_type_array);
	check_libvirt(c, member(domains, "libvirt", json_type_object),
		      list ? json_object_array_length(list) : 0);
	*kmsg = check_sources(c, member(sources, "sources", json_type_array));
	return 0;
}
