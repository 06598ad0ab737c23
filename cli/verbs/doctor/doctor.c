// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * rasctl doctor: is everything there that an error of this host needs to reach the right guest, and
 * how is what is missing mended.
 */
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "cli/cmdline/verb.h"
#include "cli/rpc/client.h"
#include "cli/show/out.h"
#include "cli/verbs/doctor/doctor.h"
#include "json/json.h"

#define INDENT 8 /* behind the level */

static void print(const struct options *o, const struct checks *c)
{
	for (size_t i = 0; i < json_object_array_length(c->list); i++) {
		json_object *k = json_object_array_get_idx(c->list, i);
		const char *level = member_str(k, "level", "?"), *mend = member_str(k, "mend", "");
		const char *name = member_str(k, "name", "?");
		const char *color = o->no_color ? NULL : state_color(level);

		printf("%s%-7s%s ", color ? color : "", level, color ? COLOR_END : "");
		out_format("%s: ", name);
		out_text(member_str(k, "found", ""), INDENT + strlen(name) + 2, INDENT);
		putchar('\n');
		if (*mend) {
			printf("%*s-> ", INDENT, "");
			out_text(mend, INDENT + 3, INDENT + 3);
			putchar('\n');
		}
	}
	printf("%zu ok, %zu warn, %zu fail, %zu unknown\n", c->n[CHECK_OK], c->n[CHECK_WARN],
	       c->n[CHECK_FAIL], c->n[CHECK_UNKNOWN]);
}

static json_object *summary(const struct checks *c)
{
	json_object *o = json_object_new_object();

	json_object_object_add(o, "checks", json_object_get(c->list));
	json_object_object_add(o, "ok", json_object_new_uint64(c->n[CHECK_OK]));
	json_object_object_add(o, "warn", json_object_new_uint64(c->n[CHECK_WARN]));
	json_object_object_add(o, "fail", json_object_new_uint64(c->n[CHECK_FAIL]));
	json_object_object_add(o, "unknown", json_object_new_uint64(c->n[CHECK_UNKNOWN]));
	return o;
}

static int run(const struct options *o)
{
	_json_ json_object *all = NULL;
	struct checks c = { .list = json_object_new_array() };
	struct doctor_host h = { .root = "" };
	struct utsname u;
	struct ras_err err;
	int ret = doctor_rasd(&c, o, &h.kmsg_live, &err);

	if (uname(&u) == 0) {
		h.release = u.release;
		h.arch = u.machine;
		doctor_host(&c, &h);
	}
	all = summary(&c);
	if (o->json)
		out_json(all);
	else
		print(o, &c);
	json_object_put(c.list);
	return ret ? exit_code_of(&err) : c.n[CHECK_FAIL] ? EX_FAILED : EX_DONE;
}

const struct verb verb_doctor = {
	.name = "doctor",
	.summary = "would an error of this host reach its guest?",
	.text = "A line for each check, with the change that mends it. The exit status is 1 if a "
		"check failed.",
	.group = GROUP_LOOK,
	.examples = { "rasctl doctor", "rasctl doctor -o json" },
	.run = run,
};
