// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * rasctl metrics: numbers in the text format of Prometheus. --write puts them into a file for
 * node_exporter's textfile collector, which may read at any time: so the file is written beside it
 * and renamed, whole or not at all.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cli/cmdline/verb.h"
#include "cli/rpc/client.h"
#include "cli/show/out.h"
#include "json/json.h"

static const char *file;

static int write_file(const char *path, const char *text, struct ras_err *err)
{
	_free_ char *temp = NULL;
	FILE *f = NULL;
	int fd, r;

	/* The collector reads *.prom: the file beside it is not one. */
	if (asprintf(&temp, "%s.XXXXXX", path) < 0)
		abort();
	fd = mkstemp(temp);
	if (fd < 0)
		return ras_fail(err, RAS_E_IO, "%s: %s", temp, strerror(errno));
	f = fdopen(fd, "w");
	r = f && fchmod(fd, 0644) == 0 && fputs(text, f) >= 0 ? 0 : -1;
	if (f ? fclose(f) != 0 : close(fd) != 0)
		r = -1;
	if (r == 0 && rename(temp, path) == 0)
		return 0;
	ras_fail(err, RAS_E_IO, "%s: %s", path, strerror(errno));
	unlink(temp);
	return -err->code;
}

static void print_lines(const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n");

		out_format("%.*s", (int)n, text);
		putchar('\n');
		text += n + (text[n] == '\n');
	}
}

static int run(const struct options *o)
{
	_json_ json_object *result = NULL;
	struct ras_err err;
	const char *text;

	if (client_ask(o->socket, "metrics.get", json_object_new_object(), &result, &err) < 0)
		return out_error(o, &err);
	text = member_str(result, "text", NULL);
	if (!text) {
		ras_fail(&err, RAS_E_IO, "the answer of rasd has no metrics");
		return out_error(o, &err);
	}
	if (file)
		return write_file(file, text, &err) < 0 ? out_error(o, &err) : EX_DONE;
	if (o->json)
		out_json(result);
	else
		print_lines(text);
	return ferror(stdout) ? EX_FAILED : EX_DONE;
}

static const struct verb_option options[] = {
	{ .name = "write",
	  .value = "FILE",
	  .help = "into this file, at once, as node_exporter's textfile collector wants it",
	  .text = &file,
	  .from = VALUE_FILE },
	{ 0 },
};

const struct verb verb_metrics = {
	.name = "metrics",
	.summary = "numbers for Prometheus",
	.group = GROUP_LOOK,
	.options = options,
	.examples = { "rasctl metrics",
		      "rasctl metrics --write /var/lib/prometheus/node-exporter/rasd.prom" },
	.run = run,
};
