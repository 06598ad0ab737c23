// SPDX-License-Identifier: LGPL-2.1-or-later
/* The parts of rasctl status. */
#pragma once

#include <json-c/json.h>

#include "cli/rasctl.h"

struct client;

/* The answers that the page is made of. NULL: rasd has no such method, or the role is too low. */
struct status {
	json_object *ping, *list, *sources, *events, *safety;
	json_object *problems; /* array of {"what","mend"} */
};

/* Ask for all of them. RAS_E_GONE, RAS_E_TIMEOUT: rasd does not answer. */
int status_ask(struct status *s, struct client *c, struct ras_err *err);
void status_free(struct status *s);

/* What is wrong, and the command that mends it: fills problems. */
void status_judge(struct status *s);

/* All of it as one JSON value; the caller owns it. */
json_object *status_json(const struct status *s);
