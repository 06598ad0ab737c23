// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What a backend wants to know of a guest's machine.
 *
 * Problem: each backend needs something else of QEMU (a command, a property), and guests/ asks the
 * monitor before any backend is called. Rule: a backend lists its questions; guests/ asks them with
 * its own of every machine and keeps the answers by key. It does not know what they mean. Otherwise
 * each new backend would need a member of struct guest and a function in machine.c.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "qmp/cmds.h"

struct guest;
struct guests;

/* Questions of all backends together; each costs every guest 16 bytes. */
#define GUEST_MAX_QUESTIONS 8

struct guest_question {
	const char *key;	     /* unique */
	const char *command;	     /* has QEMU this command? NULL: read the property */
	const char *path, *property; /* of a QOM object, a boolean */
	/* Ask by this command: its answer has a boolean of the name property. NULL: not so. */
	int (*ask)(struct monitor *m, qmp_reply_fn fn, void *arg, struct ras_err *err);
	bool (*holds)(json_object *ret); /* the answer to ask says yes; NULL: property */
	const char *shown; /* its name where people are told of a guest, NULL: not shown */
};

enum guest_fact {
	FACT_NONE, /* no such command, no such property, or not asked */
	FACT_OFF,
	FACT_ON
};

/*
 * Ask these of every guest that is connected from now on. q is borrowed. All questions of one
 * struct guests have keys of their own, and there are at most GUEST_MAX_QUESTIONS.
 */
void guests_ask(struct guests *gs, const struct guest_question *q, size_t n);

/* The answer of g's QEMU. */
enum guest_fact guest_fact(const struct guest *g, const char *key);

/* This is the answer: from machine.c, and for tests. Nothing where no such question is asked. */
void guest_learn(struct guest *g, const char *key, enum guest_fact fact);

/* fn once for each fact that is shown. */
void guest_each_shown(const struct guest *g,
		      void (*fn)(void *arg, const char *name, enum guest_fact fact), void *arg);
