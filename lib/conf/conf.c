// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * rasd.conf: one table of keys. A key that is not in it is an error. Otherwise a mistyped grant
 * would read as "denied" one day and "allowed" the next.
 */
#include "conf/conf.h"

#include <errno.h>
#include <ini.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "base/read_only.h"
#include "base/utf8.h"
#include "conf/private.h"

#define MAX_BYTES (256 * 1024)
#define NONE "none" /* of a key that can be switched off */

/*
 * A record and its states are about 1 KiB on disk. 90 days are what audits of changes usually ask
 * for; a million injections are about 1 GiB, the disk a daemon may use without being asked.
 * Fewer than 1,000 rows would be no more than what one campaign leaves: a mistyped number.
 */
#define KEEP_DAYS_DEFAULT 90
#define KEEP_DAYS_MAX 36500
#define KEEP_ROWS_DEFAULT 1000000
#define KEEP_ROWS_MIN 1000
#define KEEP_ROWS_MAX 100000000

static const char *const severity_names[] = { "none", "info", "corrected", "recoverable", "fatal" };

const char *conf_severity_name(enum conf_severity s)
{
	return severity_names[s];
}

int conf_severity_parse(const char *word, enum conf_severity *out, struct ras_err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(severity_names); i++)
		if (strcmp(word, severity_names[i]) == 0) {
			*out = (enum conf_severity)i;
			return 0;
		}
	return ras_fail(err, RAS_E_PARAMS,
			"\"%.32s\" is none of none, info, corrected, recoverable, fatal", word);
}

static const struct {
	const char *key;
	size_t offset, size;
	bool path, none; /* an absolute path; or the word none */
} single[] = {
	{ "user", offsetof(struct conf, user), 32, false, false },
	{ "socket", offsetof(struct conf, sockets.control), 108, true, false },
	{ "read-only-socket", offsetof(struct conf, sockets.read_only), 108, true, true },
	{ "helper-socket", offsetof(struct conf, sockets.helper), 108, true, false },
	{ "state-directory", offsetof(struct conf, state_directory), 200, true, false },
	{ "ghes-directory", offsetof(struct conf, ghes_directory), 200, true, false },
	{ "view-group", offsetof(struct conf, roles.view_group), 32, false, false },
	{ "inject-group", offsetof(struct conf, roles.inject_group), 32, false, false },
	{ "admin-group", offsetof(struct conf, roles.admin_group), 32, false, false },
};

static const struct {
	const char *key;
	size_t offset;
	uint64_t min, max; /* 0 is allowed too */
} limits[] = {
	{ "journal-keep-days", offsetof(struct conf, journal_keep_days), 1, KEEP_DAYS_MAX },
	{ "journal-keep-rows", offsetof(struct conf, journal_keep_rows), KEEP_ROWS_MIN,
	  KEEP_ROWS_MAX },
};

void conf_defaults(struct conf *out)
{
	*out = (struct conf){ .user = "rasd",
			      .sockets = { .control = "/run/rasd/rasd.sock",
					   .helper = "/run/rasd/pagemap.sock" },
			      .state_directory = "/var/lib/rasd",
			      .ghes_directory = "/var/lib/rasd-ghes",
			      .roles.view_group = "rasd-view",
			      .roles.inject_group = "rasd",
			      .roles.admin_group = "rasd-admin",
			      .roles.gids = { (gid_t)-1, (gid_t)-1, (gid_t)-1 },
			      .journal_keep_days = KEEP_DAYS_DEFAULT,
			      .journal_keep_rows = KEEP_ROWS_DEFAULT,
			      .events = { .threshold = CONF_THRESHOLD_DEFAULT,
					  .uncorrected_a_minute = CONF_A_MINUTE_DEFAULT },
			      .limits = { CONF_SEV_FATAL, 600, 1000, 6000, 10000, 256, 1024 },
			      .libvirt_uri = "qemu:///system",
			      .libvirt_run_directory = "/run/libvirt/qemu",
			      .sources = {
				      .rasdaemon_database = "/var/lib/rasdaemon/ras-mc_event.db",
				      .mcelog_socket = "/run/mcelog-client",
			      } };
}

const struct conf_grant *conf_grant_for(const struct conf *c, const char *domain)
{
	for (size_t i = 0; i < c->n_grants; i++)
		if (strcmp(c->grant[i].domain, domain) == 0)
			return &c->grant[i];
	return NULL;
}

int conf_copy(struct parse *p, char *to, size_t size, const char *value, const char *key)
{
	size_t len = strlen(value);

	if (!len || len >= size)
		return ras_fail(p->err, RAS_E_CONFIG, "%s must have 1 to %zu characters", key,
				size - 1);
	memcpy(to, value, len + 1);
	return 0;
}

int conf_absolute(struct parse *p, const char *key, const char *value)
{
	if (value[0] != '/')
		return ras_fail(p->err, RAS_E_CONFIG, "%s must be an absolute path", key);
	return 0;
}

#define FIRST_LIMIT (1u << ARRAY_LEN(single)) /* in parse.seen */

static int limit(struct parse *p, const char *value, size_t i)
{
	uint64_t n;

	if (num_parse_range(value, 0, limits[i].max, &n, NULL) < 0 || (n && n < limits[i].min))
		return ras_fail(p->err, RAS_E_CONFIG,
				"%s must be 0 (no limit) or a number from %llu to %llu",
				limits[i].key, (unsigned long long)limits[i].min,
				(unsigned long long)limits[i].max);
	*(int64_t *)(void *)((char *)&p->conf + limits[i].offset) = (int64_t)n;
	return 0;
}

static int rasd_key(struct parse *p, const char *key, const char *value)
{
	for (size_t i = 0; i < ARRAY_LEN(single); i++) {
		if (strcmp(key, single[i].key) != 0)
			continue;
		if (p->seen & 1u << i)
			return ras_fail(p->err, RAS_E_CONFIG, "%s is given twice", key);
		p->seen |= 1u << i;
		if (single[i].path && !(single[i].none && strcmp(value, NONE) == 0) &&
		    conf_absolute(p, key, value) < 0)
			return -RAS_E_CONFIG;
		return conf_copy(p, (char *)&p->conf + single[i].offset, single[i].size, value,
				 key);
	}
	for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
		if (strcmp(key, limits[i].key) != 0)
			continue;
		if (p->seen & FIRST_LIMIT << i)
			return ras_fail(p->err, RAS_E_CONFIG, "%s is given twice", key);
		p->seen |= FIRST_LIMIT << i;
		return limit(p, value, i);
	}
	return ras_fail(p->err, RAS_E_CONFIG, "unknown key \"%.40s\" in [rasd]", key);
}

static int qemu_user(struct parse *p, const char *value)
{
	const struct passwd *pw = getpwnam(value);
	uint64_t uid;

	if (pw)
		uid = pw->pw_uid;
	else if (num_parse_range(value, 0, UINT32_MAX - 1, &uid, NULL) < 0)
		return ras_fail(p->err, RAS_E_CONFIG, "qemu-user: there is no user \"%.32s\"",
				value);
	if (uid == 0)
		return ras_fail(p->err, RAS_E_CONFIG, "qemu-user must not be root");
	if (p->conf.n_qemu_uids == CONF_MAX_UIDS)
		return ras_fail(p->err, RAS_E_CONFIG, "more than %d qemu-user lines",
				CONF_MAX_UIDS);
	p->conf.qemu_uid[p->conf.n_qemu_uids++] = (uid_t)uid;
	return 0;
}

/* Local system daemons only: a guest on another host has no /proc here. */
static int libvirt_uri(struct parse *p, const char *value)
{
	static const char by_socket[] = "qemu+unix:///system?socket=/";

	if (strcmp(value, "none") == 0) {
		p->conf.libvirt_uri[0] = '\0';
		return 0;
	}
	if (strcmp(value, "qemu:///system") != 0 &&
	    (strncmp(value, by_socket, sizeof(by_socket) - 1) != 0 ||
	     strpbrk(value + sizeof(by_socket), "?&#% ")))
		return ras_fail(p->err, RAS_E_CONFIG,
				"libvirt-uri must be none, qemu:///system or "
				"qemu+unix:///system?socket=/PATH");
	return conf_copy(p, p->conf.libvirt_uri, sizeof(p->conf.libvirt_uri), value, "libvirt-uri");
}

static int libvirt_key(struct parse *p, const char *key, const char *value)
{
	unsigned int bit = strcmp(key, "libvirt-uri") == 0 ? 1u << 30 : 1u << 31;

	if (p->seen & bit)
		return ras_fail(p->err, RAS_E_CONFIG, "%s is given twice", key);
	p->seen |= bit;
	if (bit == 1u << 30)
		return libvirt_uri(p, value);
	if (conf_absolute(p, key, value) < 0)
		return -RAS_E_CONFIG;
	return conf_copy(p, p->conf.libvirt_run_directory, sizeof(p->conf.libvirt_run_directory),
			 value, key);
}

static int guests_key(struct parse *p, const char *key, const char *value)
{
	struct conf *c = &p->conf;

	if (strcmp(key, "qemu-user") == 0)
		return qemu_user(p, value);
	if (strcmp(key, "libvirt-uri") == 0 || strcmp(key, "libvirt-run-directory") == 0)
		return libvirt_key(p, key, value);
	if (strcmp(key, "qmp-directory") != 0)
		return ras_fail(p->err, RAS_E_CONFIG, "unknown key \"%.40s\" in [guests]", key);
	if (c->n_qmp_directories == CONF_MAX_DIRS)
		return ras_fail(p->err, RAS_E_CONFIG, "more than %d qmp-directory lines",
				CONF_MAX_DIRS);
	if (conf_absolute(p, key, value) < 0 ||
	    conf_copy(p, c->qmp_directory[c->n_qmp_directories], sizeof(c->qmp_directory[0]), value,
		      key) < 0)
		return -RAS_E_CONFIG;
	c->n_qmp_directories++;
	return 0;
}

static int yes_no(struct parse *p, const char *key, const char *value, bool *out)
{
	if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
		return ras_fail(p->err, RAS_E_CONFIG, "%s must be yes or no", key);
	*out = value[0] == 'y';
	return 0;
}

/* What QEMU says of a guest that was given none. */
static const struct uuid no_uuid;

static int uuid_key(struct parse *p, const char *value)
{
	struct conf_grant *g = p->grant;

	if (uuid_parse(value, &g->uuid, NULL) < 0 || uuid_equal(&g->uuid, &no_uuid))
		return ras_fail(p->err, RAS_E_CONFIG,
				"uuid must be 8-4-4-4-12 hex digits, not all 0");
	for (size_t i = 0; i + 1 < p->conf.n_grants; i++)
		if (p->conf.grant[i].has_uuid && uuid_equal(&p->conf.grant[i].uuid, &g->uuid))
			return ras_fail(p->err, RAS_E_CONFIG, "[domain %s] has this uuid, too",
					p->conf.grant[i].domain);
	g->has_uuid = true;
	return 0;
}

static int grant_key(struct parse *p, const char *key, const char *value)
{
	static const char *const keys[] = { "target-max-severity", "forward-corrected",
					    "forward-uncorrected", "forward-label", "uuid" };
	struct conf_grant *g = p->grant;

	for (unsigned int i = 0; i < ARRAY_LEN(keys); i++) {
		if (strcmp(key, keys[i]) != 0)
			continue;
		if (p->grant_seen & 1u << i)
			return ras_fail(p->err, RAS_E_CONFIG, "%s is given twice", key);
		p->grant_seen |= 1u << i;
		if (i == 4)
			return uuid_key(p, value);
		if (i == 1)
			return yes_no(p, key, value, &g->forward_corrected);
		if (i == 2)
			return yes_no(p, key, value, &g->forward_uncorrected);
		if (i == 3)
			return yes_no(p, key, value, &g->forward_label);
		if (conf_severity_parse(value, &g->target_max_severity, p->err) < 0) {
			p->err->code = RAS_E_CONFIG;
			return -RAS_E_CONFIG;
		}
		return 0;
	}
	return ras_fail(p->err, RAS_E_CONFIG, "unknown key \"%.40s\" in [domain %s]", key,
			g->domain);
}

static int enter_section(struct parse *p, const char *section)
{
	const char *name = section + 7;

	snprintf(p->section, sizeof(p->section), "%s", section);
	p->grant = NULL;
	p->injector = NULL;
	if (strcmp(section, "rasd") == 0 || strcmp(section, "guests") == 0 ||
	    strcmp(section, "events") == 0 || strcmp(section, "limits") == 0)
		return 0;
	if (strncmp(section, "injector ", 9) == 0)
		return conf_injector_enter(p, section + 9);
	if (strncmp(section, "domain ", 7) != 0 || !*name)
		return ras_fail(p->err, RAS_E_CONFIG, "unknown section [%.60s]", section);
	if (conf_grant_for(&p->conf, name))
		return ras_fail(p->err, RAS_E_CONFIG, "[%s] is given twice", section);
	if (p->conf.n_grants == CONF_MAX_GRANTS)
		return ras_fail(p->err, RAS_E_CONFIG, "more than %d [domain] sections",
				CONF_MAX_GRANTS);
	if (conf_copy(p, p->conf.grant[p->conf.n_grants].domain, sizeof(p->grant->domain), name,
		      "domain") < 0)
		return -RAS_E_CONFIG;
	p->grant = &p->conf.grant[p->conf.n_grants++];
	p->grant_seen = 0;
	return 0;
}

/*
 * inih cuts the name of a section at 49 characters. A grant for a guest with a long name would then
 * go to the guest whose name is the cut one. So the reader keeps each section line whole.
 */
#define INI_SECTION_CUT 49

static char *read_line(char *line, int size, void *arg)
{
	struct parse *p = arg;
	const char *start, *end;

	if (!fgets(line, size, p->f))
		return NULL;
	start = line + strspn(line, " \t");
	if (*start != '[')
		return line;
	end = strchr(line, ']');
	p->header[0] = '\0';
	/* An indented one may also be a value that goes on, so it is not trusted. */
	if (start == line && end && (size_t)(end - line) <= sizeof(p->header)) {
		memcpy(p->header, line + 1, (size_t)(end - line - 1));
		p->header[end - line - 1] = '\0';
	}
	return line;
}

/* The whole name of a section that inih may have cut, NULL if it is not known. */
static const char *whole_section(const struct parse *p, const char *section)
{
	size_t len = strlen(section);

	if (len < INI_SECTION_CUT)
		return section;
	return strncmp(p->header, section, len) == 0 ? p->header : NULL;
}

static bool is_text(const char *s)
{
	return !s || utf8_is_clean(s, strlen(s));
}

/* inih's convention: 1 goes on, 0 stops at this line. */
static int on_pair(void *user, const char *section, const char *key, const char *value)
{
	struct parse *p = user;
	int r = 0;

	if (p->failed)
		return 0;
	section = whole_section(p, section);
	if (!is_text(section) || !is_text(key) || !is_text(value))
		r = ras_fail(p->err, RAS_E_CONFIG,
			     "a byte that is not UTF-8, or a character that does not show");
	else if (!section)
		r = ras_fail(p->err, RAS_E_CONFIG, "the name of the section is too long");
	else if (!*section)
		r = ras_fail(p->err, RAS_E_CONFIG, "a key before the first [section]");
	else if (strcmp(section, p->section) != 0)
		r = enter_section(p, section);
	if (r == 0) {
		if (p->grant)
			r = grant_key(p, key, value);
		else if (p->injector)
			r = conf_injector_key(p, key, value);
		else if (strcmp(section, "limits") == 0)
			r = conf_limits_key(p, key, value);
		else if (strcmp(section, "guests") == 0)
			r = guests_key(p, key, value);
		else if (strcmp(section, "events") == 0)
			r = conf_events_key(p, key, value);
		else
			r = rasd_key(p, key, value);
	}
	p->failed = r < 0;
	return !p->failed;
}

/* Where nothing is said it lies beside the control socket; "none" becomes "". */
static int read_only_socket(struct conf_sockets *s, struct ras_err *err)
{
	if (strcmp(s->read_only, NONE) == 0)
		s->read_only[0] = '\0';
	else if (!s->read_only[0] &&
		 !read_only_path(s->control, s->read_only, sizeof(s->read_only)))
		return ras_fail(err, RAS_E_CONFIG,
				"socket is too long for a read-only socket beside it: set "
				"read-only-socket to a shorter path or none");
	return 0;
}

/*
 * The line that has a NUL, 0: none has. inih reads a line as far as that, so a file whose end is
 * zeros after a power cut, as file systems leave it, would be read without its last sections.
 */
static int line_with_nul(FILE *f)
{
	int line = 1;

	for (int c; (c = getc(f)) != EOF; line += c == '\n')
		if (!c)
			return line;
	return 0;
}

int conf_load(const char *path, struct conf *out, struct ras_err *err)
{
	static struct parse p; /* 80 KiB: too large for the stack; one reader at a time */
	_fclose_ FILE *f = fopen(path, "re");
	struct ras_err e = RAS_ERR_NULL;
	long size;
	int line;

	if (!f) {
		const int why = errno;

		ras_fail(err, RAS_E_CONFIG, "%s: %s", path, strerror(why));
		return ras_hint(err, "%s",
				why == EACCES ? "let user rasd read it (chmod 644)" :
						"see rasd.conf(5)");
	}
	if (fseek(f, 0, SEEK_END) < 0 || (size = ftell(f)) < 0 || size > MAX_BYTES)
		return ras_fail(err, RAS_E_CONFIG, "%s: not a file of at most %d bytes", path,
				MAX_BYTES);
	rewind(f);
	line = line_with_nul(f);
	if (line) {
		ras_fail(err, RAS_E_CONFIG, "%s:%d: a NUL: the file is damaged", path, line);
		return ras_hint(err, "write it again, see rasd.conf(5)");
	}
	rewind(f);
	p = (struct parse){ .f = f, .err = &e };
	conf_defaults(&p.conf);
	line = ini_parse_stream(read_line, &p, on_pair, &p);
	if (line != 0) {
		ras_fail(err, RAS_E_CONFIG, "%s:%d: %s", path, line > 0 ? line : 0,
			 p.failed ? e.text : "neither [section], key = value nor comment");
		return ras_hint(err, "see rasd.conf(5)");
	}
	if (read_only_socket(&p.conf.sockets, &e) < 0 || conf_injectors_end(&p) < 0) {
		ras_fail(err, RAS_E_CONFIG, "%s: %s", path, e.text);
		return ras_hint(err, "%s", e.hint[0] ? e.hint : "see rasd.conf(5)");
	}
	conf_roles_find(&p.conf.roles);
	*out = p.conf;
	return 0;
}
