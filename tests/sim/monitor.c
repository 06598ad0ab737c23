// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * QEMU's end of its monitor socket, and what goes wrong on the wire.
 *
 * Both directions keep their order. QEMU serves one client at a time and works off its commands one
 * by one; while it hangs nothing moves. What a client has sent and left behind is executed or
 * dropped before QEMU greets the next client, as the seed says: that is what a fence relies on.
 */
#include <string.h>

#include "libvirt.h"
#include "oracle.h"
#include "wire.h"

#define WAITING_MAX 3 /* clients in the socket's backlog, the one that is served included */

struct sim_wire_faults sim_wire;

static struct sim_conn *all_conns;

static void pump(void *arg);

static int64_t latency(void)
{
	return sim_between_log(5 * SIM_US, sim_wire.latency_max_ns);
}

static void pump_soon(struct sim_guest *g)
{
	if (g->pumping || !g->conns)
		return;
	g->pumping = true;
	sim_after(latency(), pump, g);
}

/* --- rasd's side of the wire --- */

struct sim_conn *sim_conn_open(const char *path, struct qmp *client, struct ras_err *err)
{
	struct sim_guest *g = NULL;
	struct sim_conn *c, **at;
	size_t n = 0;

	for (unsigned int i = 0; i < sim_n_guests; i++)
		if (strcmp(sim_guest[i].path, path) == 0)
			g = &sim_guest[i];
	if (!g || !g->proc.exists) {
		ras_fail(err, RAS_E_GONE, "%s: Connection refused", path);
		return NULL;
	}
	for (at = &g->conns; *at; at = &(*at)->next)
		n++;
	if (n >= WAITING_MAX) {
		ras_fail(err, RAS_E_BUSY, "%s: other clients hold and wait for this monitor", path);
		return NULL;
	}
	c = sim_alloc(sizeof(*c));
	c->guest = g;
	c->client = client;
	c->in_last = &c->in;
	c->out_last = &c->out;
	*at = c;
	c->all_next = all_conns;
	all_conns = c;
	sim_trace("%s: rasd connects", g->name);
	pump_soon(g);
	return c;
}

static bool has_record(const struct sim_guest *g, const struct request *but)
{
	for (const struct sim_conn *c = g->conns; c; c = c->next)
		for (const struct request *r = c->in; r && !c->over; r = r->next)
			if (r != but && strcmp(r->name, "inject-ghes-v2-error") == 0)
				return true;
	return false;
}

bool sim_monitor_has_record(const struct sim_guest *g)
{
	return has_record(g, NULL);
}

void sim_conn_request(struct sim_conn *c, uint64_t id, const char *name, json_object *args,
		      bool leaves)
{
	struct request *r = sim_alloc(sizeof(*r));

	r->id = id;
	r->left = leaves;
	strncpy(r->name, name, sizeof(r->name) - 1);
	r->args = json_object_get(args);
	*c->in_last = r;
	c->in_last = &r->next;
	if (strcmp(name, "inject-ghes-v2-error") == 0) {
		sim_trace("%s: rasd sends a record", c->guest->name);
		oracle_send(c->guest, has_record(c->guest, r) || sim_libvirt_has_record(c->guest));
	}
	if (leaves)
		pump_soon(c->guest);
}

void sim_conn_leave(struct sim_conn *c)
{
	for (struct request *r = c->in; r; r = r->next)
		r->left = true;
	pump_soon(c->guest);
}

void sim_conn_close(struct sim_conn *c)
{
	struct request **at = &c->in;

	c->client = NULL;
	/* What had not left rasd never arrives. */
	while (*at && (*at)->left)
		at = &(*at)->next;
	for (struct request *r = *at; r; r = r->next)
		json_object_put(r->args);
	*at = NULL;
	c->in_last = at;
	pump_soon(c->guest);
}

static void deliver(void *arg)
{
	struct sim_conn *c = arg;
	struct message *m = c->out;

	c->out = m->next;
	if (!c->out)
		c->out_last = &c->out;
	if (c->client && sim_rasd_alive())
		sim_qmp_receive(c->client, m);
	json_object_put(m->body);
	sim_release(m);
}

/* --- QEMU's end --- */

static void say(struct sim_conn *c, struct message *m)
{
	int64_t at_ns = sim_now() + latency();

	if (at_ns < c->out_ns)
		at_ns = c->out_ns;
	c->out_ns = at_ns;
	*c->out_last = m;
	c->out_last = &m->next;
	sim_after(at_ns - sim_now(), deliver, c);
}

static struct message *message(int kind)
{
	struct message *m = sim_alloc(sizeof(*m));

	m->kind = kind;
	return m;
}

/* QEMU or somebody between ends this connection. What was said before still arrives. */
static void hang_up(struct sim_conn *c)
{
	if (c->over)
		return;
	c->over = true;
	say(c, message(MSG_END));
}

void sim_monitor_event(struct sim_guest *g, const char *name, const char *data_json)
{
	struct sim_conn *c = g->conns;
	struct message *m;

	if (!c || !c->greeted || c->over || !c->client)
		return;
	m = message(MSG_EVENT);
	strncpy(m->name, name, sizeof(m->name) - 1);
	m->body = data_json ? json_tokener_parse(data_json) : NULL;
	say(c, m);
}

void sim_monitor_end(struct sim_guest *g)
{
	for (struct sim_conn *c = g->conns, *next; c; c = next) {
		next = c->next;
		while (c->in) {
			json_object_put(c->in->args);
			c->in = c->in->next;
		}
		hang_up(c);
	}
	g->conns = NULL;
}

void sim_monitor_cut(struct sim_guest *g)
{
	for (struct sim_conn *c = g->conns; c; c = c->next)
		hang_up(c);
	pump_soon(g);
}

void sim_monitor_wake(struct sim_guest *g)
{
	pump_soon(g);
}

static void execute(struct sim_conn *c, struct request *r)
{
	bool inject = strcmp(r->name, "inject-ghes-v2-error") == 0;
	bool faulty = inject || sim_wire.any_command;
	struct message *m = message(MSG_REPLY);
	const char *error = NULL;

	if (sim_wire.cut_at && --sim_wire.cut_at == 0) {
		bool done = sim_percent(50);

		sim_trace("%s: the connection ends at %s, which is %sdone", c->guest->name, r->name,
			  done ? "" : "not ");
		if (done)
			sim_qemu_exec(c->guest, r->name, r->args, &m->body, &error);
		json_object_put(m->body);
		m->body = NULL;
		hang_up(c);
		return;
	}
	if (faulty && sim_percent(sim_wire.lose_command)) {
		sim_trace("%s: the connection ends, %s is lost", c->guest->name, r->name);
		hang_up(c);
		return;
	}
	m->id = r->id;
	if (inject && sim_percent(sim_wire.error)) {
		error = "something went wrong in QEMU";
	} else {
		sim_qemu_exec(c->guest, r->name, r->args, &m->body, &error);
		if (inject && !error && sim_percent(sim_wire.lie)) {
			json_object_put(m->body);
			m->body = NULL;
			error = "a lie";
		}
		if (inject && !error && sim_percent(sim_wire.twice)) {
			struct sim_source *s = &c->guest->mem.source[0];

			s->read_ack = 1;
			json_object_put(m->body);
			sim_qemu_exec(c->guest, r->name, r->args, &m->body, &error);
		}
	}
	if (error)
		strncpy(m->error, error, sizeof(m->error) - 1);
	if (faulty && sim_percent(sim_wire.lose_reply)) {
		sim_trace("%s: the connection ends, the reply to %s is lost", c->guest->name,
			  r->name);
		hang_up(c);
	} else if (faulty && sim_percent(sim_wire.mute)) {
		sim_trace("%s: there will be no reply to %s", c->guest->name, r->name);
	} else {
		if (faulty && sim_percent(sim_wire.late))
			c->out_ns = sim_now() + sim_between(5 * SIM_S, 7 * SIM_S);
		say(c, m);
		return;
	}
	json_object_put(m->body);
}

static void pump(void *arg)
{
	struct sim_guest *g = arg;
	struct sim_conn *c = g->conns;
	struct request *r;

	g->pumping = false;
	if (!c || !g->proc.exists || g->proc.hung)
		return;
	if (!c->greeted && c->client && !c->over) {
		c->greeted = true;
		say(c, message(MSG_GREETING));
	} else if (!c->over && c->in && c->in->left) {
		r = c->in;
		c->in = r->next;
		if (!c->in)
			c->in_last = &c->in;
		if (!c->client && sim_percent(50)) { /* left behind: dropped, with all after it */
			sim_trace("%s: qemu drops what its client left behind", g->name);
			c->over = true;
		} else {
			execute(c, r);
		}
		json_object_put(r->args);
	} else if (c->over || !c->client) {
		while (c->in) {
			json_object_put(c->in->args);
			c->in = c->in->next;
		}
		g->conns = c->next;
		if (!c->over)
			c->over = true;
	} else {
		return;
	}
	pump_soon(g);
}

void sim_monitors_hang_up(void)
{
	struct ras_err why;

	ras_fail(&why, RAS_E_GONE, "rasd ends");
	for (struct sim_conn *c = all_conns; c; c = c->all_next)
		if (c->client)
			sim_qmp_die(c->client, &why);
}

void sim_monitors_clear(void)
{
	for (struct sim_conn *c = all_conns; c; c = c->all_next) {
		for (struct request *r = c->in; r; r = r->next)
			json_object_put(r->args);
		for (struct message *m = c->out; m; m = m->next)
			json_object_put(m->body);
	}
	all_conns = NULL;
}
