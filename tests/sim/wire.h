// SPDX-License-Identifier: LGPL-2.1-or-later
/* The wire between rasd's end of a monitor (qmp.c) and QEMU's (monitor.c). */
#pragma once

#include "monitor.h"
#include "qmp/qmp.h"

struct request {
	struct request *next;
	uint64_t id;
	bool left; /* its bytes have left rasd */
	char name[QMP_COMMAND_MAX + 1];
	json_object *args;
};

struct message {
	struct message *next;
	enum { MSG_GREETING, MSG_REPLY, MSG_EVENT, MSG_END } kind;
	uint64_t id;
	char name[40], error[160];
	json_object *body;
};

/* A connection. It belongs to the world and lives until the run ends. */
struct sim_conn {
	struct sim_conn *next, *all_next;
	struct sim_guest *guest;
	struct qmp *client; /* NULL: rasd has closed it */
	bool greeted;
	bool over; /* QEMU's end is closed */
	struct request *in, **in_last;
	struct message *out, **out_last;
	int64_t out_ns; /* when the last message arrives; later ones come after it */
};

/* rasd connects; NULL with *err where nobody listens, or too many wait. */
struct sim_conn *sim_conn_open(const char *path, struct qmp *client, struct ras_err *err);

/* rasd gives a command; its bytes leave now (leaves), or when sim_conn_leave() is called. */
void sim_conn_request(struct sim_conn *c, uint64_t id, const char *name, json_object *args,
		      bool leaves);
void sim_conn_leave(struct sim_conn *c);

/* rasd closes its end. */
void sim_conn_close(struct sim_conn *c);

/* qmp.c: a message arrives at rasd. */
void sim_qmp_receive(struct qmp *q, const struct message *m);
/* qmp.c: the connection ends as if QEMU had closed it. */
void sim_qmp_die(struct qmp *q, const struct ras_err *why);
