// SPDX-License-Identifier: LGPL-2.1-or-later
/* rasctl: options, verbs, help. Options may stand before or after the verb. */
#include "rasctl.h"

#include <getopt.h>
#include <stdio.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "base/uuid.h"
#include "client.h"
#include "out.h"

#define DEFAULT_SOCKET "/run/rasd/rasd.sock"
#define MAX_COUNT 100000
#define MAX_LIMIT 1000
#define MAX_TIMEOUT_S 3600

enum {
	OPT_SOCKET = 256,
	OPT_NO_COLOR,
	OPT_HELP,
	OPT_VERSION,
	OPT_DOMAIN,
	OPT_GPA,
	OPT_SEVERITY,
	OPT_COUNT,
	OPT_TAG,
	OPT_FRU_ID,
	OPT_REQUEST_ID,
	OPT_RECORD,
	OPT_WAIT,
	OPT_TIMEOUT,
	OPT_DRY_RUN,
	OPT_YES,
	OPT_LIMIT,
	OPT_FORMAT,
	OPT_TARGET,
	OPT_FORWARD_CE,
	OPT_FORWARD_UE,
	OPT_FORWARD_LABEL,
	OPT_MALFORMED,
	OPT_HPA,
	OPT_STATE,
	OPT_REASON,
	OPT_HOST,
	OPT_CURSOR,
	OPT_FORMAT_IN,
	OPT_SECTION_TYPE,
	OPT_EXPLAIN,
	OPT_INDEX,
	OPT_PFN,
	OPT_NOTIFY,
	OPT_VIA,
	OPT_ALLOW_CRASH,
	OPT__END
};

#define BIT(o) (UINT64_C(1) << ((o)-OPT_SOCKET))
#define INJECT_OPTS                                                                           \
	(BIT(OPT_DOMAIN) | BIT(OPT_GPA) | BIT(OPT_SEVERITY) | BIT(OPT_COUNT) | BIT(OPT_TAG) | \
	 BIT(OPT_FRU_ID) | BIT(OPT_REQUEST_ID) | BIT(OPT_RECORD) | BIT(OPT_WAIT) |            \
	 BIT(OPT_DRY_RUN) | BIT(OPT_YES) | BIT(OPT_MALFORMED) | BIT(OPT_HPA) | BIT(OPT_PFN) | \
	 BIT(OPT_FORMAT_IN) | BIT(OPT_SECTION_TYPE) | BIT(OPT_INDEX) | BIT(OPT_VIA) |         \
	 BIT(OPT_ALLOW_CRASH))
#define ALLOW_OPTS                                                                              \
	(BIT(OPT_TARGET) | BIT(OPT_FORWARD_CE) | BIT(OPT_FORWARD_UE) | BIT(OPT_FORWARD_LABEL) | \
	 BIT(OPT_DRY_RUN))
#define GLOBAL_OPTS \
	(BIT(OPT_SOCKET) | BIT(OPT_TIMEOUT) | BIT(OPT_NO_COLOR) | BIT(OPT_HELP) | BIT(OPT_VERSION))

static const struct option long_options[] = {
	{ "socket", required_argument, NULL, OPT_SOCKET },
	{ "output", required_argument, NULL, 'o' },
	{ "no-color", no_argument, NULL, OPT_NO_COLOR },
	{ "help", no_argument, NULL, OPT_HELP },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ "domain", required_argument, NULL, OPT_DOMAIN },
	{ "gpa", required_argument, NULL, OPT_GPA },
	{ "severity", required_argument, NULL, OPT_SEVERITY },
	{ "count", required_argument, NULL, OPT_COUNT },
	{ "tag", required_argument, NULL, OPT_TAG },
	{ "fru-id", required_argument, NULL, OPT_FRU_ID },
	{ "request-id", required_argument, NULL, OPT_REQUEST_ID },
	{ "record", required_argument, NULL, OPT_RECORD },
	{ "wait", no_argument, NULL, OPT_WAIT },
	{ "timeout", required_argument, NULL, OPT_TIMEOUT },
	{ "dry-run", no_argument, NULL, OPT_DRY_RUN },
	{ "yes", no_argument, NULL, OPT_YES },
	{ "limit", required_argument, NULL, OPT_LIMIT },
	{ "format", required_argument, NULL, OPT_FORMAT },
	{ "target-max-severity", required_argument, NULL, OPT_TARGET },
	{ "forward-corrected", required_argument, NULL, OPT_FORWARD_CE },
	{ "forward-uncorrected", required_argument, NULL, OPT_FORWARD_UE },
	{ "forward-label", required_argument, NULL, OPT_FORWARD_LABEL },
	{ "malformed", no_argument, NULL, OPT_MALFORMED },
	{ "hpa", required_argument, NULL, OPT_HPA },
	{ "via", required_argument, NULL, OPT_VIA },
	{ "allow-crash", no_argument, NULL, OPT_ALLOW_CRASH },
	{ "state", required_argument, NULL, OPT_STATE },
	{ "reason", required_argument, NULL, OPT_REASON },
	{ "host", no_argument, NULL, OPT_HOST },
	{ "cursor", required_argument, NULL, OPT_CURSOR },
	{ "format-in", required_argument, NULL, OPT_FORMAT_IN },
	{ "section-type", required_argument, NULL, OPT_SECTION_TYPE },
	{ "explain", no_argument, NULL, OPT_EXPLAIN },
	{ "index", required_argument, NULL, OPT_INDEX },
	{ "pfn", required_argument, NULL, OPT_PFN },
	{ "notify", required_argument, NULL, OPT_NOTIFY },
	{ NULL, 0, NULL, 0 },
};

static const struct verb {
	const char *name, *operand, *help;
	uint64_t options;
	int (*run)(const struct options *o);
} verbs[] = {
	{ "status", NULL, "whether rasd runs, and how many guests can take errors", 0, cmd_status },
	{ "domains", NULL, "the guests, and why one cannot take errors", 0, cmd_domains },
	{ "explain", "DOMAIN", "everything that decides whether DOMAIN can take errors", 0,
	  cmd_explain },
	{ "allow", "DOMAIN", "set the grants of a libvirt domain", ALLOW_OPTS, cmd_allow },
	{ "provision", "DOMAIN", "give an x86_64 guest error sources of rasd's own",
	  BIT(OPT_NOTIFY) | BIT(OPT_DRY_RUN), cmd_provision },
	{ "unprovision", "DOMAIN", "take them back", BIT(OPT_DRY_RUN), cmd_unprovision },
	{ "inject", NULL, "inject a hardware error record into a guest", INJECT_OPTS, cmd_inject },
	{ "translate", NULL, "the owner of a host page, or the host page of a guest page",
	  BIT(OPT_HPA) | BIT(OPT_DOMAIN) | BIT(OPT_GPA), cmd_translate },
	{ "owners", NULL, "which guests have how much memory in a range of host addresses",
	  BIT(OPT_HPA), cmd_owners },
	{ "doctor", NULL, "whether an error of this host would reach its guest, and what to mend",
	  0, cmd_doctor },
	{ "decode", "FILE",
	  "CPER blocks or records, in any form, as text or JSON (offline; - is stdin)",
	  BIT(OPT_FORMAT) | BIT(OPT_FORMAT_IN) | BIT(OPT_SECTION_TYPE) | BIT(OPT_EXPLAIN),
	  cmd_decode },
	{ "encode", "FILE", "JSON as a CPER block or record (offline; - is stdin)", BIT(OPT_FORMAT),
	  cmd_encode },
	{ "resolve", "ID", "decide an injection whose state is unknown",
	  BIT(OPT_STATE) | BIT(OPT_REASON) | BIT(OPT_DRY_RUN), cmd_resolve },
	{ "poison", "...", "pages a guest was told are bad: export DOMAIN | import DOMAIN FILE",
	  BIT(OPT_DRY_RUN), cmd_poison },
	{ "log", NULL, "the journal of injections, or of errors of this host, newest first",
	  BIT(OPT_DOMAIN) | BIT(OPT_LIMIT) | BIT(OPT_HOST), cmd_log },
	{ "watch", NULL, "errors of this host and states of injections, as they come",
	  BIT(OPT_CURSOR), cmd_watch },
};

static void help(FILE *f)
{
	fputs("usage: rasctl [OPTION...] VERB [ARGUMENT]\n\n", f);
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		fprintf(f, "  %-11s %-7s %s\n", verbs[i].name,
			verbs[i].operand ? verbs[i].operand : "", verbs[i].help);
	fputs("\ninject: --domain NAME {--gpa ADDRESS|--pfn NUMBER [--severity "
	      "corrected|recoverable|fatal|info] |\n"
	      "        --type TYPE OPTION... [--section --type TYPE OPTION...]... |\n"
	      "        [--domain NAME] --hpa ADDRESS [--severity ...] |\n"
	      "        --record FILE [--index N] [--malformed]} [--count N] [--tag TEXT]\n"
	      "        [--fru-id own|none|keep|UUID] [--request-id ID] [--wait] [--dry-run] "
	      "[--yes]\n"
	      "        [--via BACKEND] [--allow-crash]\n"
	      "        rasctl inject --help lists the options of every type\n"
	      "translate: --hpa ADDRESS | --domain NAME --gpa ADDRESS\n"
	      "owners: --hpa FROM-TO | --hpa FROM+SIZE\n"
	      "decode: [--format neutral|libcper|redfish] [--format-in FORM] [--section-type TYPE] "
	      "[--explain]\n"
	      "encode: [--format block|record]\n"
	      "allow:  DOMAIN [--target-max-severity none|info|corrected|recoverable|fatal]\n"
	      "        [--forward-corrected yes|no] [--forward-uncorrected yes|no]\n"
	      "        [--forward-label yes|no] [--dry-run]\n"
	      "provision: DOMAIN [--notify poll|nmi] [--dry-run]    unprovision: DOMAIN "
	      "[--dry-run]\n"
	      "resolve: ID --state acknowledged|consumed|refused|lost --reason TEXT [--dry-run]\n"
	      "poison: export DOMAIN | import DOMAIN FILE [--dry-run] (- is stdin)\n"
	      "log:    [--domain NAME] [--limit N] [--host]\n"
	      "watch:  [--cursor CURSOR]\n"
	      "all:    [--socket PATH] [--timeout SECONDS] [-o json|text] [--no-color] [--help] "
	      "[--version]\n\n"
	      "exit:   0 ok, 1 failed, 2 usage, 3 no daemon or permission, 4 not found,\n"
	      "        5 refused by policy, 6 guest did not acknowledge, 7 timeout, 8 partial\n",
	      f);
}

/* Levenshtein distance of two short words. */
static size_t distance(const char *a, const char *b)
{
	size_t row[32], n = strlen(b);

	if (n >= ARRAY_LEN(row))
		return n;
	for (size_t k = 0; k <= n; k++)
		row[k] = k;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t k = 1; k <= n; k++) {
			size_t best = diagonal + (a[i - 1] != b[k - 1]);

			diagonal = row[k];
			if (row[k] + 1 < best)
				best = row[k] + 1;
			if (row[k - 1] + 1 < best)
				best = row[k - 1] + 1;
			row[k] = best;
		}
	}
	return row[n];
}

static const struct verb *find_verb(const char *word, struct ras_err *err)
{
	const struct verb *near = NULL;
	size_t best = 4;

	for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
		size_t d = distance(word, verbs[i].name);

		if (d == 0)
			return &verbs[i];
		if (d < best && d < strlen(verbs[i].name)) {
			best = d;
			near = &verbs[i];
		}
	}
	ras_fail(err, RAS_E_PARAMS, "no such verb: %.40s", word);
	if (near)
		ras_hint(err, "did you mean '%s'?", near->name);
	else
		ras_hint(err, "rasctl --help lists the verbs");
	return NULL;
}

static int parse_number(const char *name, const char *text, uint64_t min, uint64_t max,
			uint64_t *out, struct ras_err *err)
{
	if (num_parse_range(text, min, max, out, NULL))
		return ras_fail(err, RAS_E_PARAMS, "--%s takes a number from %llu to %llu", name,
				(unsigned long long)min, (unsigned long long)max);
	return 0;
}

/* Options whose value is kept as it is, and options without a value. */
#define AT(member) offsetof(struct options, member)
static const struct {
	int opt;
	size_t at;
} texts[] = {
	{ OPT_SOCKET, AT(socket) },
	{ OPT_DOMAIN, AT(domain) },
	{ OPT_GPA, AT(gpa) },
	{ OPT_HPA, AT(hpa) },
	{ OPT_FORMAT, AT(file.format) },
	{ OPT_FORMAT_IN, AT(file.format_in) },
	{ OPT_SECTION_TYPE, AT(file.section_type) },
	{ OPT_SEVERITY, AT(inject.severity) },
	{ OPT_TAG, AT(inject.tag) },
	{ OPT_FRU_ID, AT(inject.fru_id) },
	{ OPT_REQUEST_ID, AT(inject.request_id) },
	{ OPT_RECORD, AT(inject.record) },
	{ OPT_VIA, AT(inject.via) },
	{ OPT_TARGET, AT(allow.target_max_severity) },
	{ OPT_FORWARD_CE, AT(allow.forward_corrected) },
	{ OPT_FORWARD_UE, AT(allow.forward_uncorrected) },
	{ OPT_FORWARD_LABEL, AT(allow.forward_label) },
	{ OPT_STATE, AT(resolve.state) },
	{ OPT_REASON, AT(resolve.reason) },
	{ OPT_CURSOR, AT(cursor) },
	{ OPT_NOTIFY, AT(notify) },
}, flags[] = {
	{ OPT_NO_COLOR, AT(no_color) },
	{ OPT_DRY_RUN, AT(dry_run) },
	{ OPT_WAIT, AT(inject.wait) },
	{ OPT_YES, AT(inject.yes) },
	{ OPT_MALFORMED, AT(inject.malformed) },
	{ OPT_ALLOW_CRASH, AT(inject.allow_crash) },
	{ OPT_HOST, AT(host) },
	{ OPT_EXPLAIN, AT(file.explain) },
};

/* A page's number as its address. Each section may have its own. */
static int set_pfn(struct options *o, const char *arg, struct ras_err *err)
{
	static char addresses[SECTIONS_MAX][24];
	static size_t n;
	uint64_t pfn;

	if (num_parse_range(arg, 0, UINT64_MAX >> 12, &pfn, NULL) || n == ARRAY_LEN(addresses))
		return ras_fail(err, RAS_E_PARAMS, "--pfn takes a page's number, such as 0x48000");
	snprintf(addresses[n], sizeof(addresses[n]), "0x%llx", (unsigned long long)pfn << 12);
	o->inject.pfn = addresses[n];
	return sections_add(o->inject.sections, section_opt_gpa(), addresses[n++], err);
}

static int set_option(struct options *o, int opt, const char *arg, struct ras_err *err)
{
	struct sections *sections = o->inject.sections;
	uint64_t seconds;

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (texts[i].opt == opt)
			*(const char **)((char *)o + texts[i].at) = arg;
	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		if (flags[i].opt == opt)
			*(bool *)((char *)o + flags[i].at) = true;
	switch (opt) {
	case 'o':
		o->json = !strcmp(arg, "json");
		if (!o->json && strcmp(arg, "text"))
			return ras_fail(err, RAS_E_PARAMS, "-o takes json or text");
		return 0;
	case OPT_GPA:
		return sections_add(sections, section_opt_gpa(), arg, err);
	case OPT_PFN:
		return set_pfn(o, arg, err);
	case OPT_SEVERITY:
		return sections_add(sections, section_opt_severity(), arg, err);
	case OPT_FRU_ID:
		/* a UUID belongs to a section, a word to all */
		if (strlen(arg) != UUID_TEXT_SIZE - 1)
			return 0;
		return sections_add(sections, section_opt_fru_id(), arg, err);
	case OPT_COUNT:
		return parse_number("count", arg, 1, MAX_COUNT, &o->inject.count, err);
	case OPT_INDEX:
		return parse_number("index", arg, 1, MAX_COUNT, &o->file.index, err);
	case OPT_LIMIT:
		return parse_number("limit", arg, 1, MAX_LIMIT, &o->limit, err);
	case OPT_TIMEOUT:
		o->has_timeout = true;
		if (parse_number("timeout", arg, 1, MAX_TIMEOUT_S, &seconds, err))
			return -RAS_E_PARAMS;
		o->timeout_ms = seconds * 1000;
		return 0;
	default:
		return opt >= SECTION_OPT_FIRST ? sections_add(sections, opt, arg, err) : 0;
	}
}

/* Check that the verb gets the operand that it needs and no option that it does not know. */
static int check_usage(struct options *o, const struct verb *v, int n_operands, char **operands,
		       uint64_t used, struct ras_err *err)
{
	for (size_t i = 0; long_options[i].name; i++) {
		int val = long_options[i].val;

		if (val >= OPT_SOCKET && (used & BIT(val) & ~(GLOBAL_OPTS | v->options)))
			return ras_fail(err, RAS_E_PARAMS, "%s takes no --%s", v->name,
					long_options[i].name);
	}
	if (o->inject.sections->used && v->run != cmd_inject)
		return ras_fail(err, RAS_E_PARAMS, "%s takes no options of sections", v->name);
	if (v->run == cmd_poison && n_operands)
		; /* this verb checks its operands itself */
	else if (v->operand && n_operands != 1)
		return ras_fail(err, RAS_E_PARAMS, "%s takes one %s", v->name, v->operand);
	if (!v->operand && n_operands) {
		ras_fail(err, RAS_E_PARAMS, "%s takes no argument: %.60s", v->name, operands[0]);
		return ras_hint(err, "values follow their option, as in --domain vm1");
	}
	o->operand = n_operands ? operands[0] : NULL;
	o->operands = operands;
	o->n_operands = n_operands;
	return 0;
}

/* rasctl's own options, then the options of sections. */
static const struct option *all_options(void)
{
	static struct option all[ARRAY_LEN(long_options) + 128];
	size_t n = 0;

	while (long_options[n].name) {
		all[n] = long_options[n];
		n++;
	}
	for (size_t i = 0; i < section_options() && n < ARRAY_LEN(all) - 1; i++)
		section_option(i, &all[n++]);
	return all;
}

/* The global help. After the verb inject the options of sections too. */
static int full_help(int argc, char **argv)
{
	help(stdout);
	for (int i = 1; i < argc; i++)
		if (!strcmp(argv[i], "inject")) {
			sections_help(stdout);
			break;
		}
	return EX_DONE;
}

int main(int argc, char **argv)
{
	static struct sections sections;
	const char *env = getenv("RASD_SOCKET"), *no_color = getenv("NO_COLOR");
	struct options o = { .socket = env && *env ? env : DEFAULT_SOCKET,
			     .limit = 20,
			     .inject = { .count = 1, .sections = &sections } };
	const struct verb *v;
	uint64_t used = 0;
	struct ras_err err;
	int opt;

	o.no_color = !isatty(STDOUT_FILENO) || (no_color && *no_color);
	while ((opt = getopt_long(argc, argv, "o:", all_options(), NULL)) != -1) {
		if (opt == '?') {
			fputs("hint: rasctl --help\n", stderr);
			return EX_USAGE_ERROR;
		}
		if (opt == OPT_HELP)
			return full_help(argc, argv);
		if (opt == OPT_VERSION) {
			puts("rasctl " RASD_VERSION);
			return EX_DONE;
		}
		if (opt >= OPT_SOCKET && opt < OPT__END)
			used |= BIT(opt);
		if (set_option(&o, opt, optarg, &err))
			return out_error(&o, &err);
	}
	if (optind >= argc) {
		help(stderr);
		return EX_USAGE_ERROR;
	}
	v = find_verb(argv[optind], &err);
	if (!v || check_usage(&o, v, argc - optind - 1, argv + optind + 1, used, &err))
		return out_error(&o, &err);
	if (o.has_timeout)
		client_set_timeout((int64_t)o.timeout_ms);
	return v->run(&o);
}
