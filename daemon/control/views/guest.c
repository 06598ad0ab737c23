// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What rasd knows of a guest, for people and scripts: can it take a record, and if not, why and
 * what to change.
 */
#include <string.h>

#include "backend/backend.h"
#include "control/views/views.h"
#include "guests/guest.h"
#include "guests/manager.h"

static void add_error(json_object *o, const struct ras_err *err)
{
	json_object_object_add(o, "reason", json_new_text(err->text));
	json_object_object_add(o, "reason_code", json_object_new_string(ras_err_reason(err->code)));
	if (err->hint[0])
		json_object_object_add(o, "hint", json_new_text(err->hint));
}

json_object *view_grant(const struct conf_grant *gr)
{
	json_object *o = json_object_new_object();

	json_object_object_add(o, "target_max_severity",
			       json_object_new_string(conf_severity_name(gr->target_max_severity)));
	json_object_object_add(o, "forward_corrected",
			       json_object_new_boolean(gr->forward_corrected));
	json_object_object_add(o, "forward_uncorrected",
			       json_object_new_boolean(gr->forward_uncorrected));
	json_object_object_add(o, "forward_label", json_object_new_boolean(gr->forward_label));
	return o;
}

/* A guest's grant, and who gave it. */
static json_object *grant_json(const struct guest *g)
{
	const struct conf_grant gr = guest_grant(g);
	json_object *o = view_grant(&gr);
	const char *from = "nobody";

	if (guest_grant_from_conf(g))
		from = "rasd.conf";
	else if (guest_is_described(g) && g->dom.facts.has_grants)
		from = "domain metadata";
	json_object_object_add(o, "from", json_new_text(from));
	if (guest_is_described(g) && g->dom.facts.grants_why[0])
		json_object_object_add(o, "reason", json_new_text(g->dom.facts.grants_why));
	return o;
}

static json_object *hest_json(const struct error_source *s)
{
	json_object *o = json_object_new_object();

	while (s && s->backend->traits.proof != PROOF_READ_ACK)
		s = s->next;

	bool found = s && source_found(s);

	json_object_object_add(o, "found", json_object_new_boolean(found));
	if (found) {
		json_object_object_add(o, "address", json_new_hex64(s->place.table_gpa, 16));
		json_object_object_add(o, "source_id", json_object_new_int64(s->id));
		json_object_object_add(o, "block", json_new_hex64(s->place.block_gpa, 16));
		json_object_object_add(o, "read_ack", json_new_hex64(s->place.read_ack_gpa, 16));
	} else if (s && s->why.code) {
		json_object_object_add(o, "reason", json_new_text(s->why.text));
	}
	if (s && s->look_why[0])
		json_object_object_add(o, "slot_error", json_new_text(s->look_why));
	json_object_object_add(o, "ignored_tables",
			       json_object_new_int64(s ? s->place.n_ignored : 0));
	json_object_object_add(o, "rival_tables", json_object_new_int64(s ? s->place.n_rivals : 0));
	return o;
}

/* Each backend: can it take a record for this guest now, and if not why and what to change. */
static json_object *backends_json(const struct backends *bs, const struct guest *g, bool explain)
{
	json_object *list = json_object_new_array();
	const struct backend *b;

	for (size_t i = 0; (b = backend_at(i)); i++) {
		json_object *o = json_object_new_object();
		struct ras_err err;
		enum readiness r = backend_readiness(bs, b, g, &err);

		json_object_object_add(o, "name", json_new_text(b->name));
		json_object_object_add(o, "available", json_object_new_boolean(r == READY_YES));
		if (r != READY_YES)
			add_error(o, &err);
		if (explain && b->limits)
			json_object_object_add(o, "limits", json_new_text(b->limits));
		json_object_array_add(list, o);
	}
	return list;
}

/* Can it take a record now: "ready", by which "backend", or why not. */
static void add_readiness(json_object *o, const struct backends *bs, const struct guest *g)
{
	static const char *const words[] = {
		[READY_YES] = "yes", [READY_NO] = "no", [READY_UNKNOWN] = "unknown"
	};
	const struct backend *b;
	struct ras_err err;
	enum readiness r = backends_readiness(bs, g, &b, &err);

	json_object_object_add(o, "ready", json_new_text(words[r]));
	if (b)
		json_object_object_add(o, "backend", json_new_text(b->name));
	if (r != READY_YES)
		add_error(o, &err);
}

static json_object *ram_json(const struct guest *g)
{
	json_object *a = json_object_new_array();

	for (size_t i = 0; g->ram.known && i < g->ram.n; i++) {
		json_object *o = json_object_new_object();

		json_object_object_add(o, "gpa", json_new_hex64(g->ram.section[i].gpa, 16));
		json_object_object_add(o, "bytes",
				       json_object_new_uint64(g->ram.section[i].len_bytes));
		json_object_array_add(a, o);
	}
	return a;
}

/* The state in one word: QEMU's where it is known, else why it is not. */
static const char *state_word(const struct guest *g)
{
	if (guest_is_other(g, NULL))
		return "other-guest";
	if (guest_is_stuck(g))
		return "stuck";
	if (g->link.state == LINK_UP)
		return run_state_name(g->life.state);
	if (guest_is_managed(g) && g->dom.id < 0)
		return "shutoff";
	return g->link.down.code == RAS_E_PERMISSION ||
			       manager_can_open(g, NULL) == -RAS_E_PERMISSION ?
		       "permission" :
		       "no-monitor";
}

static void add_domain(json_object *o, const struct guest *g)
{
	char uuid[UUID_TEXT_SIZE];

	if (!guest_is_managed(g))
		return;
	uuid_format(&g->dom.uuid, uuid);
	json_object_object_add(o, "uuid", json_new_text(uuid));
	json_object_object_add(o, "id", json_object_new_int(g->dom.id));
	if (guest_is_described(g) && g->dom.facts.memory.total_bytes)
		json_object_object_add(o, "memory_bytes",
				       json_object_new_uint64(g->dom.facts.memory.total_bytes));
}

static void add_memory_failures(json_object *o, const struct guest *g)
{
	json_object *m = json_object_new_object();

	json_object_object_add(m, "count", json_object_new_uint64(g->life.n_memory_failures));
	if (g->life.n_memory_failures)
		json_object_object_add(m, "last", json_new_text(g->life.memory_failure));
	/* Those that rasd's own injections caused: no errors of the host. */
	if (g->life.own_failures.n_seen)
		json_object_object_add(m, "own",
				       json_object_new_uint64(g->life.own_failures.n_seen));
	json_object_object_add(o, "memory_failures", m);
}

/* Who answered for this guest last, and what is odd about that. */
static json_object *identity_json(const struct guest *g)
{
	const struct guest_said *said = &g->id.said;
	json_object *o = json_object_new_object();
	char text[UUID_TEXT_SIZE];
	struct ras_err err;

	if (g->id.of.pid > 0) {
		json_object_object_add(o, "pid", json_object_new_int(g->id.of.pid));
		json_object_object_add(o, "uid", json_object_new_int64(g->id.uid));
	}
	if (said->name[0])
		json_object_object_add(o, "name", json_new_text(said->name));
	if (said->has_uuid) {
		uuid_format(&said->uuid, text);
		json_object_object_add(o, "uuid", json_new_text(text));
	}
	if (guest_is_other(g, &err))
		json_object_object_add(o, "problem", json_new_text(err.text));
	else if (g->link.socket == SOCKET_OTHER)
		json_object_object_add(o, "problem", json_new_text(g->link.socket_why));
	else if (said->name[0] && strcmp(said->name, g->name) != 0)
		json_object_object_add(o, "note",
				       json_new_text("QEMU says another name than its socket; "
						     "no other guest has it"));
	return o;
}

static void add_fact(void *arg, const char *name, bool on)
{
	json_object_object_add(arg, name, json_object_new_boolean(on));
}

json_object *view_guest(const struct backends *bs, struct guest *g, bool explain)
{
	json_object *o = json_object_new_object(), *provisioned = view_provisioned(g);

	json_object_object_add(o, "name", json_new_text(g->name));
	add_domain(o, g);
	json_object_object_add(o, "state", json_object_new_string(state_word(g)));
	add_readiness(o, bs, g);
	json_object_object_add(
		o, "arch", json_new_text(g->machine.arch[0] ? g->machine.arch : g->dom.facts.arch));
	json_object_object_add(o, "machine",
			       json_new_text(g->machine.type[0] ? g->machine.type :
								  g->dom.facts.machine));
	if (g->machine.version) {
		char v[32];

		snprintf(v, sizeof(v), "%d.%d.%d", g->machine.version / 10000,
			 g->machine.version / 100 % 100, g->machine.version % 100);
		json_object_object_add(o, "qemu_version", json_new_text(v));
	}
	backend_each_fact(g, add_fact, o);
	json_object_object_add(o, "pid", json_object_new_int(g->life.pid));
	json_object_object_add(o, "resets", json_object_new_uint64(g->life.reset_count));
	json_object_object_add(o, "backends", backends_json(bs, g, explain));
	json_object_object_add(o, "grant", grant_json(g));
	if (provisioned)
		json_object_object_add(o, "provisioned", provisioned);
	if (explain) {
		json_object_object_add(o, "monitor",
				       json_new_text(g->link.mon && !guest_by_socket(g) ?
							     "libvirt" :
						     guest_has_socket(g) ? g->link.path :
						     guest_is_managed(g) ? "libvirt" :
									   ""));
		json_object_object_add(o, "identity", identity_json(g));
		json_object_object_add(o, "start_time", json_object_new_uint64(g->life.start_time));
		json_object_object_add(o, "layout_generation",
				       json_object_new_uint64(g->ram.generation));
		add_memory_failures(o, g);
		json_object_object_add(o, "hest", hest_json(g->sources));
		json_object_object_add(o, "ram", ram_json(g));
	}
	return o;
}

json_object *view_devices(const struct backend_device *list, size_t n)
{
	json_object *all = json_object_new_array();

	for (size_t i = 0; i < n; i++) {
		json_object *o = json_object_new_object();
		char bdf[16];

		snprintf(bdf, sizeof(bdf), "0000:%02x:%02x.%x", list[i].bdf >> 8,
			 list[i].bdf >> 3 & 31, list[i].bdf & 7);
		json_object_object_add(o, "id", json_new_text(list[i].id));
		json_object_object_add(o, "bdf", json_new_text(bdf));
		json_object_object_add(o, "type", json_new_text(list[i].type));
		json_object_object_add(o, "backend", json_new_text(list[i].backend->name));
		json_object_array_add(all, o);
	}
	return all;
}
