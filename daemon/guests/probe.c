// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What the monitor is asked: first the facts of the machine, all at once; later, on demand, the RAM
 * layout (flat view "memory" x ramblocks), each section of which must agree with gpa2hva at both
 * ends. Any disagreement is "layout unknown", never a guess. gpa2hpa is never used: it lies.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/process.h"
#include "guests/guest.h"

#define GUEST_PAGE 4096u

/* The pid that libvirt wrote for this domain; -1 where it cannot be read. */
static pid_t pid_of_file(const struct guest *g)
{
	char path[240];
	_fclose_ FILE *f = NULL;
	int pid;

	snprintf(path, sizeof(path), "%s/%s.pid", guests_conf(g->gs)->libvirt_run_directory,
		 g->name);
	f = fopen(path, "re");
	return f && fscanf(f, "%d", &pid) == 1 && pid > 1 ? pid : -1;
}

/*
 * Through libvirt the process is that of QEMU's CPU threads, and libvirt's pid file must agree
 * where it can be read.
 */
static const char *find_process(struct guest *g)
{
	pid_t by_file;

	if (!g->link.mon->ops->peer(g->link.mon, &g->life.pid, &g->life.uid)) {
		by_file = pid_of_file(g);
		if (g->machine.cpu_tid > 0)
			g->life.pid = process_of_thread(g->machine.cpu_tid);
		else
			g->life.pid = by_file; /* a machine without CPUs */
		if (by_file > 0 && g->life.pid != by_file)
			return "libvirt's pid file and QEMU's threads name different processes";
	}
	g->life.start_time = g->life.pid > 0 ? process_start_time(g->life.pid) : 0;
	return g->life.start_time ? NULL : "QEMU's process cannot be found";
}

static void probe_reply(struct guest *g, bool ok)
{
	const char *why = NULL;

	g->ask.probe_failed |= !ok;
	if (--g->ask.outstanding)
		return;
	if (g->ask.probe_failed)
		why = "the monitor did not answer the first questions";
	else if (g->link.state == LINK_PROBING)
		why = find_process(g);
	guest_probe_done(g, why);
}

static void on_status(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *err)
{
	struct guest *g = arg;

	(void)err;
	probe_reply(g, o == QMP_OK && qmp_parse_status(ret, &g->life.state, NULL) == 0);
}

static void on_version(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *err)
{
	struct guest *g = arg;

	(void)err;
	probe_reply(g, o == QMP_OK && qmp_parse_version(ret, &g->machine.version, NULL) == 0);
}

static void on_target(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *err)
{
	struct guest *g = arg;
	const char *s;
	bool ok = o == QMP_OK && qmp_parse_target(ret, &s, NULL) == 0;

	(void)err;
	if (ok)
		snprintf(g->machine.arch, sizeof(g->machine.arch), "%s", s);
	probe_reply(g, ok);
}

static void on_commands(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *err)
{
	struct guest *g = arg;

	(void)err;
	g->machine.has_inject = o == QMP_OK && qmp_commands_have(ret, "inject-ghes-v2-error");
	probe_reply(g, o == QMP_OK);
}

/* For the three below QEMU's error is an answer, too: there is no such property, CPU or command. */
static bool answered(enum qmp_outcome o)
{
	return o == QMP_OK || o == QMP_ERROR;
}

static void on_ras(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *err)
{
	struct guest *g = arg;

	(void)err;
	/* x86 machines have no such property. */
	g->machine.ras = o == QMP_OK && json_object_is_type(ret, json_type_boolean) ?
				 json_object_get_boolean(ret) :
				 -1;
	probe_reply(g, answered(o));
}

static void on_cpus(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *err)
{
	struct guest *g = arg;

	(void)err;
	g->machine.cpu_tid = -1;
	if (o == QMP_OK)
		qmp_parse_cpus(ret, &g->machine.cpu_tid, NULL);
	probe_reply(g, answered(o));
}

static void on_type(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *err)
{
	struct guest *g = arg;
	const char *s = o == QMP_OK && json_object_is_type(ret, json_type_string) ?
				json_object_get_string(ret) :
				"";
	size_t len = strlen(s);

	(void)err;
	/* QOM's class name: "virt-11.1-machine" */
	if (len > 8 && strcmp(s + len - 8, "-machine") == 0)
		snprintf(g->machine.type, sizeof(g->machine.type), "%.*s",
			 (int)(len - 8 < 40 ? len - 8 : 40), s);
	probe_reply(g, answered(o));
}

/* A link to an object of the guest's protection; "" or no such property: there is none. */
static void on_confidential(void *arg, enum qmp_outcome o, json_object *ret,
			    const struct ras_err *err)
{
	struct guest *g = arg;

	(void)err;
	if (o == QMP_OK && json_object_is_type(ret, json_type_string) &&
	    json_object_get_string_len(ret))
		snprintf(g->machine.confidential, sizeof(g->machine.confidential), "%.23s",
			 json_object_get_string(ret));
	probe_reply(g, answered(o));
}

/*
 * x-query-ramblock is marked unstable as the injection is: what -compat does to it, it would do to
 * that.
 */
static void on_unstable(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *err)
{
	struct guest *g = arg;

	(void)ret;
	g->machine.unstable_rejected = o == QMP_ERROR && strstr(err->text, "disabled by policy");
	probe_reply(g, answered(o));
}

void guest_probe(struct guest *g)
{
	struct ras_err err = RAS_ERR_NULL;
	int r = 0;

	g->ask.probe_failed = false;
	g->machine.cpu_tid = -1;
	g->ask.outstanding = 9;
	r |= qmp_cmd_query_status(g->link.mon, on_status, g, &err);
	r |= qmp_cmd_query_version(g->link.mon, on_version, g, &err);
	r |= qmp_cmd_query_target(g->link.mon, on_target, g, &err);
	r |= qmp_cmd_query_commands(g->link.mon, on_commands, g, &err);
	r |= qmp_cmd_query_cpus_fast(g->link.mon, on_cpus, g, &err);
	r |= qmp_cmd_qom_get(g->link.mon, "/machine", "ras", on_ras, g, &err);
	r |= qmp_cmd_qom_get(g->link.mon, "/machine", "type", on_type, g, &err);
	r |= qmp_cmd_qom_get(g->link.mon, "/machine", "confidential-guest-support", on_confidential,
			     g, &err);
	r |= qmp_cmd_query_ramblock(g->link.mon, on_unstable, g, &err);
	if (r)
		guest_link_down(g, &err);
}

/* --- RAM layout --- */

void guest_layout_drop(struct guest *g)
{
	json_object_put(TAKE(g->ram.memdevs));
	json_object_put(TAKE(g->ram.mtree));
	json_object_put(TAKE(g->ram.ramblock));
	free(TAKE(g->ram.join));
}

static void layout_end(struct guest *g, const char *why)
{
	/* Changed meanwhile, or in the middle of a change: once more, then it is unknown. */
	if ((why || g->ram.generation != g->ram.asked_generation) && g->ram.tries++ == 0 &&
	    g->link.state == LINK_UP) {
		guest_layout_drop(g);
		guest_layout(g);
		return;
	}
	g->ram.tries = 0;
	if (!why && g->ram.generation != g->ram.asked_generation)
		why = "it keeps changing";
	if (why) {
		snprintf(g->ram.why, sizeof(g->ram.why), "%s", why);
		log_warn("guest %s: RAM layout unknown: %s", g->name, why);
	} else {
		g->ram.generation++;
	}
	g->ram.known = !why;
	guest_layout_drop(g);
	guest_layout_done(g);
}

static void ask_hva(struct guest *g);

/* All sections agree: they are the layout. */
static void layout_take(struct guest *g)
{
	struct ram_section *ram = calloc(g->ram.n_join, sizeof(*ram));

	if (!ram) {
		layout_end(g, "out of memory");
		return;
	}
	for (size_t i = 0; i < g->ram.n_join; i++)
		ram[i] = (struct ram_section){ .gpa = g->ram.join[i].gpa,
					       .len_bytes = g->ram.join[i].len_bytes,
					       .hva = g->ram.join[i].hva };
	free(g->ram.section);
	g->ram.section = ram;
	g->ram.n = g->ram.n_join;
	layout_end(g, NULL);
}

/* The end of a section that is asked next: hva_at counts ends, two a section. */
static uint64_t end_gpa(const struct guest *g)
{
	const struct qmp_ram_section *s = &g->ram.join[g->ram.hva_at / 2];

	return g->ram.hva_at % 2 ? s->gpa + s->len_bytes - GUEST_PAGE : s->gpa;
}

static void on_hva(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *err)
{
	struct guest *g = arg;
	struct qmp_ram_section *s;
	struct ras_err e;
	char block[QMP_BLOCK_NAME_SIZE];
	const char *text;
	size_t len;
	uint64_t hva, want;

	if (!g->ram.join)
		return;
	if (o != QMP_OK) {
		layout_end(g, err->text);
		return;
	}
	if (qmp_parse_text(ret, &text, &len, &e) < 0 ||
	    qmp_gpa2hva_parse(text, len, end_gpa(g), &hva, block, &e) < 0) {
		layout_end(g, e.text);
		return;
	}
	s = &g->ram.join[g->ram.hva_at / 2];
	if (!s->has_hva) {
		s->hva = hva; /* QEMU < 10 has no HVA column; the other end still has to agree */
		s->has_hva = true;
	}
	want = s->hva + (end_gpa(g) - s->gpa);
	if (hva != want || strcmp(block, s->block) != 0) {
		layout_end(g, "gpa2hva disagrees with the memory tree");
		return;
	}
	g->ram.hva_at++;
	ask_hva(g);
}

static void ask_hva(struct guest *g)
{
	struct ras_err err;

	if (g->ram.hva_at == 2 * g->ram.n_join) {
		layout_take(g);
		return;
	}
	if (qmp_cmd_gpa2hva(g->link.mon, end_gpa(g), on_hva, g, &err) < 0)
		layout_end(g, err.text);
}

/* All three replies are here: join them. */
static void layout_join(struct guest *g)
{
	const char *tree, *blocks;
	size_t tree_len, blocks_len;
	struct qmp_memdevs devs;
	struct ras_err err;

	if (--g->ask.outstanding)
		return;
	if (!g->ram.mtree || !g->ram.ramblock || !g->ram.memdevs) {
		layout_end(g, "the monitor did not tell the memory tree");
		return;
	}
	g->ram.join = calloc(QMP_SECTIONS_MAX, sizeof(*g->ram.join));
	g->ram.hva_at = 0;
	if (!g->ram.join)
		layout_end(g, "out of memory");
	else if (qmp_parse_text(g->ram.mtree, &tree, &tree_len, &err) < 0 ||
		 qmp_parse_text(g->ram.ramblock, &blocks, &blocks_len, &err) < 0 ||
		 qmp_parse_memdevs(g->ram.memdevs, &devs, &err) < 0 ||
		 qmp_layout_join(tree, tree_len, blocks, blocks_len, &devs, g->ram.join,
				 &g->ram.n_join, &err) < 0)
		layout_end(g, err.text);
	else
		ask_hva(g);
}

static void keep_reply(struct guest *g, json_object **at, enum qmp_outcome o, json_object *ret)
{
	if (o == QMP_OK)
		*at = json_object_get(ret);
	layout_join(g);
}

static void on_mtree(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *err)
{
	struct guest *g = arg;

	(void)err;
	keep_reply(g, &g->ram.mtree, o, ret);
}

static void on_ramblock(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *err)
{
	struct guest *g = arg;

	(void)err;
	keep_reply(g, &g->ram.ramblock, o, ret);
}

static void on_memdev(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *err)
{
	struct guest *g = arg;

	(void)err;
	keep_reply(g, &g->ram.memdevs, o, ret);
}

bool guest_layout_busy(const struct guest *g)
{
	return g->ask.outstanding || g->ram.join;
}

void guest_layout(struct guest *g)
{
	struct ras_err err = RAS_ERR_NULL;

	if (guest_layout_busy(g))
		return;
	guest_layout_drop(g);
	g->ram.asked_generation = g->ram.generation;
	g->ask.outstanding = 3;
	if (qmp_cmd_info_mtree(g->link.mon, on_mtree, g, &err) < 0 ||
	    qmp_cmd_query_ramblock(g->link.mon, on_ramblock, g, &err) < 0 ||
	    qmp_cmd_query_memdev(g->link.mon, on_memdev, g, &err) < 0)
		guest_link_down(g, &err);
}

bool guest_has_ram(const struct guest *g, struct gpa gpa)
{
	for (size_t i = 0; i < g->ram.n; i++)
		if (gpa.v >= g->ram.section[i].gpa &&
		    gpa.v - g->ram.section[i].gpa < g->ram.section[i].len_bytes)
			return true;
	return false;
}
