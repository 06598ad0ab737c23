// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Finding a root port of a guest, and where its registers can be read from outside.
 *
 * Which device has the record's bus, device and function is asked of QEMU (device.c). Its
 * configuration space is in the ECAM window of the machine. Where that is, ACPI's table MCFG says,
 * too, but it lies in memory of the guest's. So QEMU is asked for the window itself: it is an
 * object of QEMU's, mapped into the system's memory where `info mtree` shows it. On q35 the guest's
 * firmware places it, elsewhere the machine. What is read there must be the registers of a root
 * port; otherwise, or without a window, errors are sent and nothing is proved.
 */
#include "backend/aer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/private.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "guests/guest.h"

#define OPEN_TRIES 8

/* QOM paths of the window: q35's; below the host bridge on machines with QEMU's generic one. */
#define Q35_WINDOW "/machine/q35/pcie-mmcfg-mmio[0]"
#define GENERIC_WINDOW "pcie-ecam[0]"
#define SYSTEM_MEMORY "/machine/unattached/system[0]"

/* What is asked, in this order. */
enum aer_step { ASK_CONTAINER, ASK_ADDR, ASK_SIZE, ASK_BUS };

struct aer_opening {
	struct aer *x;
	struct device_seek *seek; /* while it is under way */
	struct source_stamp stamp;
	unsigned int tries;
	enum aer_step step;
	char window[QMP_DEVICE_PATH_SIZE];
	uint64_t base, size;
};

const char *const aer_root_ports[DEVICE_TYPES_MAX] = { "pcie-root-port", "ioh3420", "cxl-rp" };

static bool has_root_port(json_object *ret)
{
	return device_listed(ret, aer_root_ports);
}

const struct guest_question aer_question = { .key = "aer-root-port",
					     .ask = qmp_cmd_list_devices,
					     .holds = has_root_port };

void aer_open_drop(struct road *r)
{
	struct aer *x = (struct aer *)r;
	struct aer_opening *o = TAKE(x->opening);

	/* Who waits for an answer of the monitor frees it then. */
	if (o && o->seek) {
		device_seek_drop(o->seek);
		free(o);
	}
}

static void begin(struct aer_opening *o);

/* err NULL: the port is known. */
static void finish(struct aer_opening *o, const struct ras_err *err)
{
	struct error_source *s = o->x->road.s;

	if (!err && !source_stamp_current(s, &o->stamp) && ++o->tries < OPEN_TRIES) {
		begin(o);
		return;
	}
	if (err) {
		source_note_why(s, err);
	} else {
		s->stamp = o->stamp;
		s->state = SOURCE_FOUND;
		s->why = (struct source_why){ 0 };
	}
	o->x->opening = NULL;
	free(o);
	source_finish(s, err);
}

/* The port is known, and its registers are not to be had. */
static void finish_blind(struct aer_opening *o, const char *why)
{
	log_limited(LOG_DEBUG, o->x->road.s->guest->name, "%s: errors of %s cannot be proved: %s",
		    o->x->road.s->guest->name, o->x->id, why);
	o->x->config_gpa = 0;
	finish(o, NULL);
}

/* False: the answer is of no use any more, and o is gone. */
static bool still_open(struct aer_opening *o)
{
	struct aer *x = o->x;

	if (road_unhold(&x->road) && x->opening == o)
		return true;
	free(o);
	return false;
}

static void on_registers(void *arg, enum qmp_outcome o, json_object *ret,
			 const struct ras_err *said)
{
	struct aer_opening *open = arg;
	uint32_t words[AER_WORDS];
	struct aer_port port;
	struct ras_err err;

	if (!still_open(open))
		return;
	if (o != QMP_OK)
		finish_blind(open, said->text);
	else if (qmp_parse_words(ret, open->x->config_gpa, AER_WORDS, words, &err) < 0 ||
		 aer_port_of(words, &port, &err) < 0)
		finish_blind(open, err.text);
	else if (port.type != 4)
		finish_blind(open, "what lies in the ECAM window is no root port");
	else
		finish(open, NULL);
}

static void read_registers(struct aer_opening *o)
{
	struct error_source *s = o->x->road.s;
	uint64_t offset = (uint64_t)s->id << 12;
	struct ras_err err;

	if (offset + 4096 > o->size || o->base & 0xfffff || !o->base) {
		finish_blind(o, "the ECAM window does not reach its bus");
		return;
	}
	o->x->config_gpa = o->base + offset;
	o->x->road.n_asked++;
	if (qmp_cmd_read_words(s->guest->link.mon, o->x->config_gpa, AER_WORDS, MONITOR_QUERY,
			       on_registers, o, &err) < 0) {
		o->x->road.n_asked--;
		finish_blind(o, err.text);
	}
}

static void ask_window(struct aer_opening *o);

/* The host bridge is the object that has the port's bus. */
static bool window_beside(const char *bus, char out[QMP_DEVICE_PATH_SIZE])
{
	const char *slash = strrchr(bus, '/');
	int n;

	if (strncmp(bus, "/machine/", 9) != 0 || !slash)
		return false;
	n = snprintf(out, QMP_DEVICE_PATH_SIZE, "%.*s/%s", (int)(slash - bus), bus, GENERIC_WINDOW);
	return n > 0 && n < (int)QMP_DEVICE_PATH_SIZE;
}

/* Which step follows. False: the window is nowhere. */
static bool take_answer(struct aer_opening *o, json_object *ret)
{
	const char *path;

	switch (o->step) {
	case ASK_CONTAINER:
		if (ret && qmp_parse_string(ret, &path, NULL) == 0 &&
		    strcmp(path, SYSTEM_MEMORY) == 0) {
			o->step = ASK_ADDR;
			return true;
		}
		/* Not q35, or not placed by its firmware yet. */
		o->step = ASK_BUS;
		return strcmp(o->window, Q35_WINDOW) == 0 && !ret;
	case ASK_ADDR:
		o->step = ASK_SIZE;
		return ret && qmp_parse_u64(ret, &o->base, NULL) == 0;
	case ASK_SIZE:
		return ret && qmp_parse_u64(ret, &o->size, NULL) == 0;
	case ASK_BUS:
		o->step = ASK_CONTAINER;
		return ret && qmp_parse_string(ret, &path, NULL) == 0 &&
		       window_beside(path, o->window);
	}
	return false;
}

static void on_window(void *arg, enum qmp_outcome outcome, json_object *ret,
		      const struct ras_err *said)
{
	struct aer_opening *o = arg;
	enum aer_step asked = o->step;
	struct ras_err err;

	if (!still_open(o))
		return;
	if (outcome != QMP_OK && outcome != QMP_ERROR) {
		ras_fail(&err, RAS_E_NOT_READY, "its root ports are not known: %.160s", said->text);
		finish(o, &err);
	} else if (!take_answer(o, ret)) {
		finish_blind(o, "QEMU shows no ECAM window for it");
	} else if (asked == ASK_SIZE) {
		read_registers(o);
	} else {
		ask_window(o);
	}
}

static void ask_window(struct aer_opening *o)
{
	static const char *const property[] = {
		[ASK_CONTAINER] = "container", [ASK_ADDR] = "addr", [ASK_SIZE] = "size"
	};
	struct monitor *m = o->x->road.s->guest->link.mon;
	struct ras_err err;
	int r;

	o->x->road.n_asked++;
	if (o->step == ASK_BUS)
		r = qmp_cmd_device_get(m, o->x->id, "parent_bus", on_window, o, &err);
	else
		r = qmp_cmd_qom_get(m, o->window, property[o->step], on_window, o, &err);
	if (r < 0) {
		o->x->road.n_asked--;
		finish(o, &err);
	}
}

static void on_found(void *arg, const char *id, const struct ras_err *err)
{
	struct aer_opening *o = arg;
	struct ras_err why;

	o->seek = NULL;
	if (err && err->code == RAS_E_NOT_FOUND) {
		ras_fail(&why, RAS_E_NOT_CAPABLE, "%.48s: no root port: %.130s",
			 o->x->road.s->guest->name, err->text);
		ras_hint(&why, "name a root port: for any other device QEMU says OK, and nothing "
			       "reaches the guest");
		finish(o, &why);
		return;
	}
	if (err) {
		finish(o, err);
		return;
	}
	snprintf(o->x->id, sizeof(o->x->id), "%s", id);
	o->step = ASK_CONTAINER;
	snprintf(o->window, sizeof(o->window), "%s", Q35_WINDOW);
	ask_window(o);
}

static void begin(struct aer_opening *o)
{
	struct error_source *s = o->x->road.s;
	struct ras_err err;

	o->stamp = source_stamp_now(s);
	if (device_seek(&o->seek, s->guest->link.mon, aer_root_ports, (uint16_t)s->id, on_found, o,
			&err) < 0)
		finish(o, &err);
}

void aer_open(struct error_source *s, struct aer *x)
{
	struct aer_opening *o = calloc(1, sizeof(*o));
	struct ras_err err;

	if (!o) {
		ras_fail(&err, RAS_E_NOMEM, "out of memory");
		source_finish(s, &err);
		return;
	}
	o->x = x;
	x->opening = o;
	s->state = SOURCE_SEARCHING;
	begin(o);
}
