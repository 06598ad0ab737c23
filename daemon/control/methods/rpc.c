// SPDX-License-Identifier: LGPL-2.1-or-later
/* rpc.discover, rpc.ping. */
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "control/methods/methods.h"
#include "daemon.h"
#include "translate/translate.h"

void rpc_rpc_discover(struct rpc_call *c, json_object *params)
{
	(void)params;
	rpc_reply_text(c, rpc_document);
}

/* ,"pages_why":"..." where there is a reason; it comes from the helper, so it is quoted. */
static void pages_why(const char *why, char *out, size_t size)
{
	_json_ json_object *o = *why ? json_object_new_string(why) : NULL;

	out[0] = '\0';
	if (o)
		snprintf(out, size, ",\"pages_why\":%s",
			 json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN |
								   JSON_C_TO_STRING_NOSLASHESCAPE));
}

void rpc_rpc_ping(struct rpc_call *c, json_object *params)
{
	static const char *const roles[] = { "none", "view", "inject", "admin" };
	struct daemon *d = rpc_call_user(c);
	/* translator_pages() gives at most 159 bytes, each of which may become 6. */
	char text[1280], why_text[1024];
	const char *why, *pages = translator_pages(d->translator, &why);

	(void)params;
	pages_why(why, why_text, sizeof(why_text));
	snprintf(text, sizeof(text),
		 "{\"pong\":true,\"version\":\"" RASD_VERSION "\",\"now_ns\":%" PRId64
		 ",\"role\":\"%s\",\"pages\":\"%s\"%s}",
		 clock_real_ns(), roles[rpc_call_role(c)], pages, why_text);
	rpc_reply_text(c, text);
}
