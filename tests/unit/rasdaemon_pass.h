// SPDX-License-Identifier: LGPL-2.1-or-later
/* Passes over a database of rasdaemon_env.h. Include after cmocka. */
#pragma once

#include "sources/rasdaemon/db.h"
#include "tests/unit/rasdaemon_env.h"

#define SCHEMA RASDAEMON_DATA "0.8.5.schema.sql"

static struct rasdaemon_db db;
static struct rasdaemon_news news;

static inline enum pass_result pass(void)
{
	free(news.event);
	rasdaemon_db_pass(&db, &news);
	return news.result;
}

static inline void expect(enum pass_result want)
{
	pass();
	if (news.result != want)
		fail_msg("result %d, not %d: %s", news.result, want, news.why);
}

static inline void begin(const char *schema)
{
	ras_make(schema);
	rasdaemon_db_init(&db, ras_path, "");
}

static inline void finish(void)
{
	ras_unmake();
	free(news.event);
	memset(&news, 0, sizeof(news));
}

/* All that is new. */
static inline size_t read_rest(void)
{
	size_t n = 0;

	for (unsigned int i = 0; i < 5; i++) {
		pass();
		n += news.n;
		if (news.result == PASS_DONE)
			return n;
	}
	fail_msg("never done");
	return n;
}
