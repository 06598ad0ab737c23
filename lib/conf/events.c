// SPDX-License-Identifier: LGPL-2.1-or-later
/* Section [events] of rasd.conf. */
#include <stddef.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "conf/private.h"

#define NUMBER_MAX 1000000

/* Keys of [events] that are a path or "none". */
static const struct {
	const char *key;
	size_t offset, size;
} source_paths[] = {
	{ "rasdaemon-database", offsetof(struct conf, sources.rasdaemon_database), 200 },
	{ "mcelog-socket", offsetof(struct conf, sources.mcelog_socket), 108 },
	{ "mcelog-log", offsetof(struct conf, sources.mcelog_log), 200 },
};

static int source_path(struct parse *p, const char *key, const char *value)
{
	for (size_t i = 0; i < ARRAY_LEN(source_paths); i++) {
		char *to = (char *)&p->conf + source_paths[i].offset;

		if (strcmp(key, source_paths[i].key) != 0)
			continue;
		if (p->source_seen & 1u << i)
			return ras_fail(p->err, RAS_E_CONFIG, "%s is given twice", key);
		p->source_seen |= 1u << i;
		if (strcmp(value, "none") == 0) {
			*to = '\0';
			return 0;
		}
		if (conf_absolute(p, key, value) < 0)
			return -RAS_E_CONFIG;
		return conf_copy(p, to, source_paths[i].size, value, key);
	}
	return ras_fail(p->err, RAS_E_CONFIG, "unknown key \"%.40s\" in [events]", key);
}

/* Keys of [events]: bits in parse.events_seen. */
enum { EV_CORRECTED = 1, EV_THRESHOLD = 2, EV_A_MINUTE = 4 };

static int event_source(struct parse *p, const char *value)
{
	struct conf_events *e = &p->conf.events;

	if (strcmp(value, "none") == 0) {
		if (e->n_sources)
			return ras_fail(p->err, RAS_E_CONFIG,
					"source = none allows no other source");
		e->none = true;
		return 0;
	}
	if (e->none)
		return ras_fail(p->err, RAS_E_CONFIG, "source = none allows no other source");
	if (e->n_sources == CONF_MAX_SOURCES)
		return ras_fail(p->err, RAS_E_CONFIG, "more than %d source lines",
				CONF_MAX_SOURCES);
	return conf_copy(p, e->source[e->n_sources++], sizeof(e->source[0]), value, "source");
}

static int corrected(struct parse *p, const char *value)
{
	static const char *const words[] = { "count", "forward", "threshold" };

	for (unsigned int i = 0; i < ARRAY_LEN(words); i++)
		if (strcmp(value, words[i]) == 0) {
			p->conf.events.corrected = (enum conf_corrected)i;
			return 0;
		}
	return ras_fail(p->err, RAS_E_CONFIG, "corrected must be count, forward or threshold");
}

static int number(struct parse *p, const char *key, const char *value, int64_t *out)
{
	uint64_t n;

	if (num_parse_range(value, 1, NUMBER_MAX, &n, NULL) < 0)
		return ras_fail(p->err, RAS_E_CONFIG, "%s must be a number from 1 to %d", key,
				NUMBER_MAX);
	*out = (int64_t)n;
	return 0;
}

int conf_events_key(struct parse *p, const char *key, const char *value)
{
	struct conf_events *e = &p->conf.events;
	unsigned int bit = strcmp(key, "corrected") == 0	      ? EV_CORRECTED :
			   strcmp(key, "corrected-threshold") == 0    ? EV_THRESHOLD :
			   strcmp(key, "uncorrected-per-minute") == 0 ? EV_A_MINUTE :
									0;

	if (strcmp(key, "source") == 0)
		return event_source(p, value);
	if (!bit)
		return source_path(p, key, value);
	if (p->events_seen & bit)
		return ras_fail(p->err, RAS_E_CONFIG, "%s is given twice", key);
	p->events_seen |= bit;
	if (bit == EV_CORRECTED)
		return corrected(p, value);
	return number(p, key, value,
		      bit == EV_THRESHOLD ? &e->threshold : &e->uncorrected_a_minute);
}
