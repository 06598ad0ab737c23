// SPDX-License-Identifier: LGPL-2.1-or-later
/* Private to the journal: the tables of journal.db, and the way there from older versions. */
#pragma once

#include <sqlite3.h>

#include "base/err.h"

#define JOURNAL_VERSION_MARKED 5 /* the first whose journal.lock has a mark (files.c) */

/*
 * Bring the database to the newest version; an empty one gets all tables. Each version is one
 * transaction, so a rasd that is killed meanwhile leaves the version before, whole. RAS_E_JOURNAL:
 * it is no journal, of a newer rasd, cannot be written, or cannot be read.
 */
int journal_schema_migrate(sqlite3 *db, struct ras_err *err);
