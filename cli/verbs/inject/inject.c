// SPDX-License-Identifier: LGPL-2.1-or-later
/* rasctl inject: its options, and the request that they make. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "base/uuid.h"
#include "cli/cmdline/verb.h"
#include "cli/record/input.h"
#include "cli/show/out.h"
#include "cli/verbs/inject/inject.h"
#include "cperjson/cperjson.h"
#include "json/json.h"

#define MAX_COUNT 100000
#define MAX_SECTIONS_BYTES 4096
#define WAIT_DEFAULT_MS 10000

static struct inject_options in = { .count = 1 };

/* --pfn is an address in pages of 4 KiB: of the guest with --domain, else of this host. */
static int take_pfn(struct ras_err *err)
{
	if (!in.pfn)
		return 0;
	if (in.gpa || in.hpa)
		return ras_fail(err, RAS_E_PARAMS, "--pfn cannot be combined with --gpa or --hpa");
	*(in.domain ? &in.gpa : &in.hpa) = in.pfn;
	return 0;
}

static int check_options(struct ras_err *err)
{
	static const char *const severities[] = { "corrected", "recoverable", "fatal", "info" };
	struct uuid u;
	uint64_t v;
	size_t i;

	if (!in.domain && !in.hpa) {
		ras_fail(err, RAS_E_PARAMS, "no domain given");
		return ras_hint(err, "give --domain NAME; 'rasctl domains' lists the guests");
	}
	if (in.hpa && (in.gpa || in.record || cmdline.sections.used))
		return ras_fail(
			err, RAS_E_PARAMS,
			"--hpa cannot be combined with --gpa, --record or options of sections");
	if (in.record && (in.gpa || cmdline.sections.used))
		return ras_fail(err, RAS_E_PARAMS,
				"--record is a ready record: --gpa and options of sections do not "
				"apply");
	if (in.malformed && !in.record)
		return ras_fail(err, RAS_E_PARAMS, "--malformed needs --record");
	if (!in.record && !in.gpa && !in.hpa && !cmdline.sections.used) {
		ras_fail(err, RAS_E_PARAMS, "no address given");
		return ras_hint(err, "give a guest physical address, such as --gpa 0x48000000");
	}
	if (in.gpa && num_parse_u64(in.gpa, &v, err))
		return ras_field(err, "gpa");
	if (in.hpa && num_parse_u64(in.hpa, &v, err))
		return ras_field(err, "hpa");
	for (i = 0; in.severity && i < ARRAY_LEN(severities); i++)
		if (!strcmp(in.severity, severities[i]))
			break;
	if (i == ARRAY_LEN(severities)) {
		ras_fail(err, RAS_E_PARAMS, "no such severity: %.40s", in.severity);
		return ras_hint(err, "corrected, recoverable, fatal or info");
	}
	if (in.fru_id && strcmp(in.fru_id, "own") && strcmp(in.fru_id, "none") &&
	    strcmp(in.fru_id, "keep") && uuid_parse(in.fru_id, &u, err)) {
		ras_fail(err, RAS_E_PARAMS, "bad FRU id: %.40s", in.fru_id);
		return ras_hint(err, "own, none, keep or a UUID");
	}
	return 0;
}

/* A fatal record ends the guest: ask a person to confirm, require --yes of a script. */
static int confirm_fatal(const struct options *o, struct ras_err *err)
{
	char answer[16];

	if (in.yes || o->dry_run || !cmdline.sections.fatal)
		return 0;
	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) {
		ras_fail(err, RAS_E_NEED_CONFIRM, "a fatal error makes the guest panic");
		return ras_hint(err, "give --yes to confirm it");
	}
	fputs("A fatal error makes ", stderr);
	out_str(stderr, in.domain ? in.domain : "the page's guest");
	fputs(" panic. Go on? [y/N] ", stderr);
	if (!fgets(answer, sizeof(answer), stdin) || (answer[0] != 'y' && answer[0] != 'Y'))
		return ras_fail(err, RAS_E_NEED_CONFIRM, "not confirmed, nothing was sent");
	return 0;
}

/* rasd checks sections in the same way. Here it is done before anything is sent. */
static int try_sections(json_object *params, struct ras_err *err)
{
	_json_ json_object *record = json_object_new_object();
	uint8_t data[MAX_SECTIONS_BYTES];
	json_object *v;
	size_t n;

	json_object_object_get_ex(params, "sections", &v);
	json_object_object_add(record, "entries", json_object_get(v));
	if (json_object_object_get_ex(params, "block", &v))
		json_object_object_add(record, "block", json_object_get(v));
	return cperjson_encode(record, data, sizeof(data), &n, err);
}

static int make_params(const struct options *o, json_object *p, struct ras_err *err)
{
	uint64_t gpa;

	if (in.domain)
		json_object_object_add(p, "domain", json_object_new_string(in.domain));
	if (in.record) {
		int ret = inject_record(&in, p, err);

		if (ret)
			return ret;
		if (in.malformed)
			json_object_object_add(p, "malformed", json_object_new_boolean(1));
	} else if (cmdline.sections.used) {
		int ret = sections_build(&cmdline.sections, p, err);

		if (ret == 0)
			ret = try_sections(p, err);
		if (ret)
			return ret;
	} else {
		const char *key = in.hpa ? "hpa" : "gpa";

		if (num_parse_u64(in.hpa ? in.hpa : in.gpa, &gpa, err))
			return ras_field(err, "%s", key);
		json_object_object_add(p, key, json_new_hex64(gpa, 0));
		json_object_object_add(p, "severity",
				       json_object_new_string(in.severity ? in.severity :
									    "corrected"));
	}
	if (in.tag)
		json_object_object_add(p, "tag", json_object_new_string(in.tag));
	if (in.fru_id && (!cmdline.sections.used || strlen(in.fru_id) != UUID_TEXT_SIZE - 1))
		json_object_object_add(p, "fru_id", json_object_new_string(in.fru_id));
	if (in.wait) {
		json_object_object_add(p, "wait", json_object_new_boolean(1));
		json_object_object_add(p, "timeout_ms", json_object_new_uint64(in.wait_ms));
	}
	if (in.via)
		json_object_object_add(p, "backend", json_object_new_string(in.via));
	if (in.allow_crash)
		json_object_object_add(p, "allow_crash", json_object_new_boolean(1));
	if (o->dry_run)
		json_object_object_add(p, "dry_run", json_object_new_boolean(1));
	/*
	 * A fatal record is confirmed here or by --yes. A ready record may be fatal too, but rasctl
	 * does not look inside it, so only --yes counts for it.
	 */
	if (in.yes || cmdline.sections.fatal)
		json_object_object_add(p, "confirm", json_object_new_boolean(1));
	return 0;
}

static int choose_id(char id[MAX_REQUEST_ID + 1], struct ras_err *err)
{
	size_t suffix = in.count > 1 ? 8 : 0;
	struct uuid u;

	if (!in.request_id) {
		int ret = uuid_generate(&u, err);

		if (ret == 0)
			uuid_format(&u, id);
		return ret;
	}
	if (!in.request_id[0] || strlen(in.request_id) + suffix > MAX_REQUEST_ID)
		return ras_fail(err, RAS_E_PARAMS, "a request id has 1 to %zu characters",
				MAX_REQUEST_ID - suffix);
	for (const char *s = in.request_id; *s; s++)
		if (*s <= ' ' || *s > '~')
			return ras_fail(
				err, RAS_E_PARAMS,
				"a request id has printable ASCII characters only, no blanks");
	strcpy(id, in.request_id);
	return 0;
}

/* A page's number as its address. Each section may have its own. */
static int set_pfn(const char *arg, struct ras_err *err)
{
	static char addresses[SECTIONS_MAX][24];
	static size_t n;
	uint64_t pfn;

	if (num_parse_range(arg, 0, UINT64_MAX >> 12, &pfn, NULL) || n == ARRAY_LEN(addresses))
		return ras_fail(err, RAS_E_PARAMS, "--pfn takes a page's number, such as 0x48000");
	snprintf(addresses[n], sizeof(addresses[n]), "0x%llx", (unsigned long long)pfn << 12);
	in.pfn = addresses[n];
	return sections_add(&cmdline.sections, section_opt_gpa(), addresses[n++], err);
}

static int set_gpa(const char *arg, struct ras_err *err)
{
	return sections_add(&cmdline.sections, section_opt_gpa(), arg, err);
}

static int set_severity(const char *arg, struct ras_err *err)
{
	return sections_add(&cmdline.sections, section_opt_severity(), arg, err);
}

/* A UUID belongs to a section, a word to all. */
static int set_fru_id(const char *arg, struct ras_err *err)
{
	if (strlen(arg) != UUID_TEXT_SIZE - 1)
		return 0;
	return sections_add(&cmdline.sections, section_opt_fru_id(), arg, err);
}

static int take_port(const struct options *o, struct ras_err *err)
{
	static char bdf[INJECT_BDF_SIZE];
	int r;

	if (!in.port)
		return 0;
	if (!in.domain || in.record || !cmdline.sections.used)
		return ras_fail(err, RAS_E_PARAMS,
				"--port needs a domain, and a --type that names a device");
	r = inject_port(o, &in, bdf, err);
	return r < 0 ? r : sections_add(&cmdline.sections, section_opt_bdf(), bdf, err);
}

static int take_domain(const struct options *o, struct ras_err *err)
{
	if (o->operand && in.domain && strcmp(o->operand, in.domain) != 0)
		return ras_fail(err, RAS_E_PARAMS, "two domains are given: %.60s and %.60s",
				o->operand, in.domain);
	if (o->operand)
		in.domain = o->operand;
	return 0;
}

static int run(const struct options *o)
{
	_json_ json_object *params = json_object_new_object();
	char id[MAX_REQUEST_ID + 1];
	struct ras_err err;
	int ret = take_domain(o, &err);

	in.wait_ms = o->has_timeout ? o->timeout_ms : WAIT_DEFAULT_MS;
	if (ret == 0)
		ret = take_pfn(&err);
	if (ret == 0)
		ret = check_options(&err);
	if (ret == 0)
		ret = choose_id(id, &err);
	if (ret == 0)
		ret = take_port(o, &err);
	if (ret == 0)
		ret = make_params(o, params, &err);
	if (ret == 0)
		ret = confirm_fatal(o, &err);
	return ret ? out_error(o, &err) : inject_run(o, &in, params, id);
}

static const char *const severities[] = { "corrected", "recoverable", "fatal", "info", NULL };
static const char *const fru_ids[] = { "own", "none", "keep", NULL };
static const char *const backends[] = { "qemu-ghes", "shm-ghes", "hmp-mce", "aer", "cxl", NULL };

static const struct verb_option options[] = {
	{ .name = "domain",
	  .value = "NAME",
	  .help = "the guest; it may stand alone, too",
	  .text = &in.domain,
	  .from = VALUE_DOMAIN },
	{ .name = "gpa",
	  .value = "ADDRESS",
	  .help = "a memory error at this guest physical address",
	  .text = &in.gpa,
	  .call = set_gpa },
	{ .name = "hpa",
	  .value = "ADDRESS",
	  .help = "the same by host physical address; it finds the guest",
	  .text = &in.hpa },
	{ .name = "pfn",
	  .value = "NUMBER",
	  .help = "the same by number of the page: of the guest, without a domain of the host",
	  .call = set_pfn },
	{ .name = "port",
	  .value = "ID",
	  .help = "the device that QEMU or libvirt calls so, instead of --bdf",
	  .text = &in.port },
	{ .name = "severity",
	  .value = "SEVERITY",
	  .help = "corrected (if not given), recoverable, fatal or info",
	  .text = &in.severity,
	  .call = set_severity,
	  .words = severities },
	{ .name = "record",
	  .value = "FILE",
	  .help = "the record in this file, in any form that decode reads (- is stdin)",
	  .text = &in.record,
	  .from = VALUE_FILE },
	{ .name = "index",
	  .value = "N",
	  .help = "the N-th record of that file",
	  .number = &in.file.index,
	  .min = 1,
	  .max = MAX_COUNT },
	{ .name = "format-in",
	  .value = "FORM",
	  .help = "the form of that file, as for decode",
	  .text = &in.file.format_in,
	  .words = input_forms },
	{ .name = "section-type",
	  .value = "TYPE",
	  .help = "that file is one section of this type, or GUID",
	  .text = &in.file.section_type,
	  .from = VALUE_TYPE },
	{ .name = "malformed", .help = "that record may be invalid", .flag = &in.malformed },
	{ .name = "wait", .help = "until the outcome is known", .flag = &in.wait },
	{ .name = "count",
	  .value = "N",
	  .help = "so many injections; where a limit of rasd's is reached, it is waited for",
	  .number = &in.count,
	  .min = 1,
	  .max = MAX_COUNT },
	{ .name = "no-retry", .help = "what a limit refuses has failed", .flag = &in.no_retry },
	{ .name = "tag", .value = "TEXT", .help = "FRU text of the record", .text = &in.tag },
	{ .name = "fru-id",
	  .value = "WORD|UUID",
	  .help = "FRU id of the record: own (the injection's id), none, keep, or a UUID",
	  .text = &in.fru_id,
	  .call = set_fru_id,
	  .words = fru_ids },
	{ .name = "request-id",
	  .value = "ID",
	  .help = "the same id and parameters again return the stored result and inject nothing",
	  .text = &in.request_id },
	{ .name = "via",
	  .value = "BACKEND",
	  .help = "by this backend and no other: qemu-ghes, shm-ghes, hmp-mce, aer or cxl",
	  .text = &in.via,
	  .words = backends },
	{ .name = "allow-crash",
	  .help = "a backend may make the guest panic where it has no harmless way",
	  .flag = &in.allow_crash },
	{ .name = "yes", .help = "confirm a fatal record", .flag = &in.yes },
	OPTION_DRY_RUN,
	{ 0 },
};

const struct verb verb_inject = {
	.name = "inject",
	.summary = "inject a hardware error record into a guest",
	.usage = "DOMAIN {--gpa ADDRESS | --pfn NUMBER} [OPTION...]\n"
		 "[DOMAIN] --hpa ADDRESS [OPTION...]\n"
		 "DOMAIN --type TYPE OPTION... [--section OPTION...]...\n"
		 "DOMAIN --record FILE [OPTION...]",
	.group = GROUP_INJECT,
	.operands = { { .name = "DOMAIN", .from = VALUE_DOMAIN } },
	.has_sections = true,
	.changes = true,
	.options = options,
	.examples = { "rasctl inject vm1 --gpa 0x48000000 --wait",
		      "rasctl inject vm1 --record event.json --dry-run" },
	.run = run,
};
