// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * rasctl poison: takes the list of bad pages that a guest knows from one rasd to another. Long
 * lists are sent in parts.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "cli/cmdline/verb.h"
#include "cli/rpc/client.h"
#include "cli/show/out.h"
#include "json/json.h"

#define PART 1024u /* rasd's limit for one poison.import */
#define MAX_PAGES 65536u
#define MAX_FILE_BYTES ((size_t)16 << 20)

static int export_all(struct client *c, const char *domain, json_object *all, struct ras_err *err)
{
	for (bool more = true; more;) {
		_json_ json_object *result = NULL;
		json_object *params = json_object_new_object(), *part;
		size_t n = json_object_array_length(all);

		json_object_object_add(params, "domain", json_object_new_string(domain));
		if (n)
			json_object_object_add(
				params, "after",
				json_object_new_string(member_str(
					json_object_array_get_idx(all, n - 1), "gpa", "?")));
		if (client_call(c, "poison.export", params, &result, err) < 0)
			return -err->code;
		part = member_of(result, "pages", json_type_array);
		more = false;
		if (!part || json_get_bool(result, "more", &more, NULL) < 0 ||
		    (more && !json_object_array_length(part)))
			return ras_fail(err, RAS_E_INTERNAL,
					"the answer of rasd is not a list of pages");
		for (size_t i = 0; i < json_object_array_length(part); i++)
			json_object_array_add(all,
					      json_object_get(json_object_array_get_idx(part, i)));
		if (json_object_array_length(all) > MAX_PAGES)
			return ras_fail(err, RAS_E_INTERNAL, "%s has more than %u bad pages",
					domain, MAX_PAGES);
	}
	return 0;
}

static int cmd_export(const struct options *o, const char *domain)
{
	_json_ json_object *list = json_object_new_object();
	_client_ struct client *c = NULL;
	json_object *pages = json_object_new_array();
	struct ras_err err;

	json_object_object_add(list, "domain", json_object_new_string(domain));
	json_object_object_add(list, "pages", pages);
	if (client_open(&c, o->socket, &err) < 0 || export_all(c, domain, pages, &err) < 0)
		return out_error(o, &err);
	out_json(list);
	return EX_DONE;
}

/* The list in FILE or on standard input. Only its outer form is checked here. */
static int load(const char *path, json_object **list, json_object **pages, struct ras_err *err)
{
	_fclose_ FILE *opened = NULL;
	struct buf b = BUF_INIT(MAX_FILE_BYTES);
	FILE *f = stdin;
	char *room;
	size_t n;
	int ret = 0;

	if (strcmp(path, "-")) {
		opened = f = fopen(path, "re");
		if (!f)
			return ras_fail(err, errno == ENOENT ? RAS_E_NOT_FOUND : RAS_E_IO,
					"cannot open %.120s: %m", path);
	}
	do {
		room = buf_reserve(&b, 65536);
		n = room ? fread(room, 1, 65536, f) : 0;
		buf_commit(&b, n);
	} while (n);
	if (!room)
		ret = ras_fail(err, RAS_E_PARSE, "%.120s is larger than %zu bytes", path,
			       MAX_FILE_BYTES - 65536);
	else if (ferror(f))
		ret = ras_fail(err, RAS_E_IO, "cannot read %.120s: %m", path);
	else
		ret = json_parse_limits(buf_data(&b), buf_len(&b), JSON_MAX_DEPTH, MAX_FILE_BYTES,
					0, list, err);
	buf_free(&b);
	if (ret < 0)
		return ret;
	*pages = member_of(*list, "pages", json_type_array);
	if (!*pages) {
		ras_fail(err, RAS_E_PARSE, "%.120s is not a list of pages", path);
		return ras_hint(err, "use what 'rasctl poison export' prints");
	}
	if (json_object_array_length(*pages) > MAX_PAGES)
		return ras_fail(err, RAS_E_PARSE, "%.120s has more than %u pages", path, MAX_PAGES);
	return 0;
}

/* Pages from..from+PART of the list. An empty list is sent too. */
static int import_part(struct client *c, const struct options *o, const char *domain,
		       json_object *pages, size_t from, uint64_t *n_new, struct ras_err *err)
{
	_json_ json_object *result = NULL;
	json_object *params = json_object_new_object(), *part = json_object_new_array();
	uint64_t n = 0;
	int ret;

	for (size_t i = from; i < json_object_array_length(pages) && i < from + PART; i++)
		json_object_array_add(part, json_object_get(json_object_array_get_idx(pages, i)));
	json_object_object_add(params, "domain", json_object_new_string(domain));
	json_object_object_add(params, "pages", part);
	if (o->dry_run)
		json_object_object_add(params, "dry_run", json_object_new_boolean(1));
	ret = client_call(c, "poison.import", params, &result, err);
	if (ret == 0 && json_object_is_type(result, json_type_object))
		json_opt_u64(result, "new", 0, PART, &n, NULL);
	if (ret < 0 && from && !err->hint[0])
		ras_hint(err,
			 "the page numbers count from page %zu of the list; the pages before it "
			 "are %s",
			 from, o->dry_run ? "right" : "imported and may be imported again");
	*n_new += n;
	return ret;
}

static int cmd_import(const struct options *o, const char *domain, const char *path)
{
	_json_ json_object *list = NULL;
	_client_ struct client *c = NULL;
	json_object *pages = NULL, *sum;
	uint64_t n_new = 0;
	struct ras_err err;
	size_t n, at = 0;

	if (load(path, &list, &pages, &err) < 0 || client_open(&c, o->socket, &err) < 0)
		return out_error(o, &err);
	n = json_object_array_length(pages);
	do {
		if (import_part(c, o, domain, pages, at, &n_new, &err) < 0)
			return out_error(o, &err);
		at += PART;
	} while (at < n);
	if (!o->json) {
		out_str(stdout, domain);
		printf("  %zu pages, %llu new%s\n", n, (unsigned long long)n_new,
		       o->dry_run ? " (dry run: nothing was changed)" : "");
		return EX_DONE;
	}
	sum = json_object_new_object();
	json_object_object_add(sum, "domain", json_object_new_string(domain));
	json_object_object_add(sum, "pages", json_object_new_uint64(n));
	json_object_object_add(sum, "new", json_object_new_uint64(n_new));
	json_object_object_add(sum, "dry_run", json_object_new_boolean(o->dry_run));
	out_json(sum);
	json_object_put(sum);
	return EX_DONE;
}

static int run(const struct options *o)
{
	struct ras_err err;

	if (!strcmp(o->operand, "export") && o->n_operands == 2 && !o->dry_run)
		return cmd_export(o, o->operands[1]);
	if (!strcmp(o->operand, "import") && o->n_operands == 3)
		return cmd_import(o, o->operands[1], o->operands[2]);
	ras_fail(&err, RAS_E_PARAMS,
		 "poison takes export DOMAIN, or import DOMAIN FILE [--dry-run]");
	return out_error(o, &err);
}

static const char *const actions[] = { "export", "import", NULL };

static const struct verb_option options[] = {
	OPTION_DRY_RUN,
	{ 0 },
};

const struct verb verb_poison = {
	.name = "poison",
	.summary = "the bad pages a guest knows, when it migrates",
	.text = "Takes the list from the rasd of one host to that of another.",
	.usage = "export DOMAIN\nimport DOMAIN FILE [--dry-run]    (- is standard input)",
	.group = GROUP_INJECT,
	.operands = { { .name = "ACTION", .words = actions },
		      { .name = "DOMAIN", .from = VALUE_DOMAIN },
		      { .name = "FILE", .from = VALUE_FILE } },
	.min_operands = 2,
	.changes = true,
	.options = options,
	.examples = { "rasctl poison export vm1 >vm1.json", "rasctl poison import vm1 vm1.json" },
	.run = run,
};
