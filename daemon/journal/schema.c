// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The tables of journal.db and their versions.
 *
 *   injection   what was asked, its exact bytes and, as a copy, its newest state
 *   transition  every state an injection ever had, numbered over all injections (the feed)
 *   poison      pages that a guest knows to be bad
 *   poison_of   which QEMU a guest's list of bad pages belongs to
 *   cursor      how far each source of host events was read
 *   host_event  what the host reported, what was decided and why
 *   forward     which host pages were forwarded to which QEMU; of this boot only
 *   host_count  corrected and uncorrected host errors of each guest
 *   lever       every change of the safety lever; the newest row is what it is now
 *   retention   one row: what retention has deleted, and what it may delete just now
 *   identity    one row: a number that no other journal has
 *   ..._count   numbers for metrics, kept up by triggers
 *
 * Who wrote a bug in another file must not be able to change history. So the database itself
 * refuses it, by triggers: a transition is never changed, a decided injection keeps its state, and
 * neither is deleted except by retention. Retention needs a permit for each injection: it stores
 * the injection's number in retention.permit, which the database accepts only for one that is
 * decided (not intent, written or unknown). With that permit the transitions of this one injection
 * can be deleted, and then the injection. Its deletion clears the permit, in the same transaction.
 * So at every commit the permit is empty, and nothing can be deleted by a statement alone.
 *
 * Transitions and decided host events share one sequence of numbers. None is ever used twice, also
 * when the newest ones are deleted: the next one is larger than all that are stored and than
 * retention.deleted_seq. A reader that has seen less than deleted_seq has missed something.
 *
 * retention.counted is the number of injections up to the number counted_rowid. Later ones have
 * numbers without gaps, because only retention deletes, and never the newest. So the rows are
 * counted without reading them.
 *
 * Version 4 must change the CHECK of a column. Copying the table would need the space and the time
 * of the whole journal once more at one start of rasd. sqlite allows to edit the text of the table
 * instead (writable_schema) where the stored rows fit the new text as well: they do, because
 * columns were only added at the end, with a default, and the new CHECK allows more than the old.
 * Version 12 does the same with indexes, which would take a minute to build anew for a million rows
 * on a busy host.
 */
#include "journal/schema.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "journal/private.h"

#define APPLICATION_ID 0x52415344 /* "RASD" */

#define INJECTION_1_TO_3                                   \
	" rowid INTEGER PRIMARY KEY,"                      \
	" id BLOB NOT NULL UNIQUE CHECK(length(id) = 16)," \
	" request_id TEXT NOT NULL,"                       \
	" params_digest TEXT NOT NULL,"                    \
	" peer_uid INTEGER NOT NULL,"                      \
	" peer_pid INTEGER NOT NULL,"                      \
	" domain TEXT NOT NULL,"                           \
	" tag TEXT NOT NULL,"                              \
	" qemu_pid INTEGER NOT NULL,"                      \
	" qemu_start_time INTEGER NOT NULL,"               \
	" reset_count INTEGER NOT NULL,"                   \
	" gpa INTEGER NOT NULL,"                           \
	" severity TEXT NOT NULL,"                         \
	" backend TEXT NOT NULL,"                          \
	" source_id INTEGER NOT NULL,"

#define STATES_1_TO_3 "'intent','written','consumed','acknowledged','refused','lost','unknown'"
#define STATES_4 \
	"'intent','written','consumed','acknowledged','delivered','refused','lost','unknown'"

#define INJECTION_1_TO_3_REST                \
	" detail TEXT NOT NULL,"             \
	" created_real_ns INTEGER NOT NULL," \
	" decided_real_ns INTEGER NOT NULL," \
	" ack_ns INTEGER NOT NULL,"          \
	" record BLOB NOT NULL,"

/* The text of the table in version 4, as the content of an SQL string: quotes are doubled. */
#define INJECTION_4                                                                            \
	"CREATE TABLE injection(" INJECTION_1_TO_3 " state TEXT NOT NULL CHECK(state IN ("     \
	"''intent'',''written'',''consumed'',''acknowledged'',''delivered'',''refused'',"      \
	"''lost'',''unknown''))," INJECTION_1_TO_3_REST                                        \
	" monitor TEXT NOT NULL DEFAULT '''' CHECK(monitor IN ('''',''socket'',''libvirt''))," \
	" origin TEXT NOT NULL DEFAULT ''operator''"                                           \
	" CHECK(origin IN (''operator'',''campaign'',''host-event'')),"                        \
	" origin_ref TEXT NOT NULL DEFAULT '''',"                                              \
	" read TEXT NOT NULL DEFAULT ''''"                                                     \
	" CHECK(read = '''' OR (state = ''lost'' AND read IN (''no'',''possibly''))),"         \
	" UNIQUE(peer_uid, request_id)) STRICT"

/* In two of the migrations: never changed either. */
#define FORWARD_COLUMNS                      \
	" boot_id TEXT NOT NULL,"            \
	" pfn INTEGER NOT NULL,"             \
	" qemu_pid INTEGER NOT NULL,"        \
	" qemu_start_time INTEGER NOT NULL," \
	" event BLOB NOT NULL,"              \
	" domain TEXT NOT NULL,"             \
	" gpa INTEGER NOT NULL,"             \
	" pages INTEGER NOT NULL,"           \
	" begun INTEGER NOT NULL,"           \
	" done INTEGER NOT NULL,"            \
	" injection BLOB NOT NULL,"          \
	" stored_boot_ns INTEGER NOT NULL,"  \
	" poisoned INTEGER NOT NULL,"

/* migrations[n] leads from user_version n to n + 1. Never change one that was released. */
static const char *const migrations[] = {
	"CREATE TABLE injection(" INJECTION_1_TO_3
	" state TEXT NOT NULL CHECK(state IN (" STATES_1_TO_3 "))," INJECTION_1_TO_3_REST
	" UNIQUE(peer_uid, request_id)) STRICT;"
	"CREATE INDEX injection_domain ON injection(domain);"
	"CREATE INDEX injection_undecided ON injection(state) WHERE state IN ('intent','written');"
	"CREATE TABLE transition("
	" injection INTEGER NOT NULL REFERENCES injection(rowid),"
	" seq INTEGER NOT NULL,"
	" state TEXT NOT NULL,"
	" t_real_ns INTEGER NOT NULL,"
	" t_boot_ns INTEGER NOT NULL,"
	" boot_id TEXT NOT NULL,"
	" detail TEXT NOT NULL,"
	" PRIMARY KEY(injection, seq)) STRICT, WITHOUT ROWID;"
	"CREATE TRIGGER transition_no_update BEFORE UPDATE ON transition"
	" BEGIN SELECT RAISE(ABORT, 'transitions are append-only'); END;"
	"CREATE TRIGGER transition_no_delete BEFORE DELETE ON transition"
	" BEGIN SELECT RAISE(ABORT, 'transitions are append-only'); END;",

	/* journal_poison_fill() fills it, after version 4 */
	"CREATE TABLE poison("
	" domain TEXT NOT NULL,"
	" gpa INTEGER NOT NULL CHECK(gpa >= 0 AND gpa % 4096 = 0),"
	" seen_real_ns INTEGER NOT NULL,"
	" origin TEXT NOT NULL,"
	" PRIMARY KEY(domain, gpa)) STRICT, WITHOUT ROWID;",

	"ALTER TABLE injection ADD COLUMN monitor TEXT NOT NULL DEFAULT ''"
	" CHECK(monitor IN ('','socket','libvirt'));",

	/* transitions stored before are numbered injection by injection */
	"ALTER TABLE transition RENAME TO transition_3;"
	"CREATE TABLE transition("
	" seq INTEGER PRIMARY KEY,"
	" injection INTEGER NOT NULL REFERENCES injection(rowid),"
	" state TEXT NOT NULL CHECK(state IN (" STATES_4 ")),"
	" read TEXT NOT NULL CHECK(read IN ('','no','possibly')),"
	" t_real_ns INTEGER NOT NULL,"
	" t_boot_ns INTEGER NOT NULL,"
	" boot_id TEXT NOT NULL,"
	" detail TEXT NOT NULL) STRICT;"
	"INSERT INTO transition(injection, state, read, t_real_ns, t_boot_ns, boot_id, detail)"
	" SELECT injection, state, '', t_real_ns, t_boot_ns, boot_id, detail FROM transition_3"
	" ORDER BY injection, seq;"
	"CREATE INDEX transition_injection ON transition(injection);"
	"DROP TABLE transition_3;"
	"CREATE TABLE cursor("
	" source TEXT PRIMARY KEY,"
	" position TEXT NOT NULL) STRICT, WITHOUT ROWID;"
	"CREATE TABLE retention("
	" id INTEGER PRIMARY KEY CHECK(id = 1),"
	" permit INTEGER,"
	" deleted_seq INTEGER NOT NULL,"
	" counted INTEGER NOT NULL,"
	" counted_rowid INTEGER NOT NULL) STRICT;"
	"INSERT INTO retention VALUES(1, NULL, 0, (SELECT count(*) FROM injection),"
	" (SELECT ifnull(max(rowid), 0) FROM injection));"
	"PRAGMA writable_schema = ON;"
	"UPDATE sqlite_schema SET sql = '" INJECTION_4 "'"
	" WHERE type = 'table' AND name = 'injection';"
	"PRAGMA writable_schema = RESET;"
	"CREATE TRIGGER transition_no_update BEFORE UPDATE ON transition"
	" BEGIN SELECT RAISE(ABORT, 'transitions are append-only'); END;"
	"CREATE TRIGGER transition_no_delete BEFORE DELETE ON transition"
	" WHEN OLD.injection IS NOT (SELECT permit FROM retention)"
	" BEGIN SELECT RAISE(ABORT, 'transitions are append-only'); END;"
	"CREATE TRIGGER injection_no_rewrite BEFORE UPDATE OF rowid, id, request_id, params_digest,"
	"  peer_uid, domain, record, created_real_ns, origin ON injection"
	" BEGIN SELECT RAISE(ABORT, 'what was asked stays as it is'); END;"
	"CREATE TRIGGER injection_decided BEFORE UPDATE OF state, read ON injection"
	" WHEN OLD.state NOT IN ('intent','written','unknown')"
	" BEGIN SELECT RAISE(ABORT, 'a decided injection stays as it is'); END;"
	"CREATE TRIGGER injection_no_delete BEFORE DELETE ON injection"
	" WHEN OLD.rowid IS NOT (SELECT permit FROM retention)"
	" BEGIN SELECT RAISE(ABORT, 'injections are deleted by retention only'); END;"
	"CREATE TRIGGER injection_deleted AFTER DELETE ON injection"
	" BEGIN UPDATE retention SET permit = NULL; END;"
	"CREATE TRIGGER retention_permit BEFORE UPDATE OF permit ON retention"
	" WHEN NEW.permit IS NOT NULL AND NOT EXISTS (SELECT 1 FROM injection WHERE"
	"  rowid = NEW.permit AND state NOT IN ('intent','written','unknown')"
	"  AND rowid < (SELECT max(rowid) FROM injection))"
	" BEGIN SELECT RAISE(ABORT, 'this injection is not to be deleted'); END;"
	"CREATE TRIGGER retention_seq BEFORE UPDATE OF deleted_seq ON retention"
	" WHEN NEW.deleted_seq < OLD.deleted_seq"
	" BEGIN SELECT RAISE(ABORT, 'deleted_seq never goes back'); END;"
	"CREATE TRIGGER retention_stays BEFORE DELETE ON retention"
	" BEGIN SELECT RAISE(ABORT, 'retention has one row'); END;",

	/* Records stored before were sent in the order of their numbers, by their own uid. */
	"ALTER TABLE injection ADD COLUMN place INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE injection ADD COLUMN as_uid INTEGER;"
	"CREATE INDEX injection_place ON injection(domain, place);"
	"CREATE TRIGGER injection_no_move BEFORE UPDATE OF place, as_uid ON injection"
	" BEGIN SELECT RAISE(ABORT, 'what was asked stays as it is'); END;",

	/* host events */
	"CREATE TABLE host_event("
	" rowid INTEGER PRIMARY KEY,"
	" id BLOB NOT NULL UNIQUE CHECK(length(id) = 16),"
	" seq INTEGER UNIQUE,"
	" source TEXT NOT NULL,"
	" report TEXT NOT NULL,"
	" kind TEXT NOT NULL,"
	" severity TEXT NOT NULL,"
	" boot_id TEXT NOT NULL,"
	" boot_ns INTEGER NOT NULL,"
	" real_ns INTEGER NOT NULL,"
	" flags INTEGER NOT NULL,"
	" hpa INTEGER,"
	" len_bytes INTEGER NOT NULL,"
	" count INTEGER NOT NULL,"
	" label TEXT NOT NULL,"
	" detail TEXT NOT NULL,"
	" decision TEXT NOT NULL,"
	" reason TEXT NOT NULL,"
	" domain TEXT NOT NULL,"
	" gpa INTEGER,"
	" pages INTEGER NOT NULL,"
	" injection BLOB,"
	" corrected INTEGER NOT NULL,"
	" uncorrected INTEGER NOT NULL,"
	" decided_real_ns INTEGER NOT NULL,"
	" CHECK((decision = 'pending') = (seq IS NULL))) STRICT;"
	"CREATE INDEX host_event_pending ON host_event(decision) WHERE decision = 'pending';"
	"CREATE INDEX host_event_domain ON host_event(domain, seq);"
	"CREATE INDEX host_event_page ON host_event(hpa) WHERE uncorrected > 0;"
	"CREATE TRIGGER host_event_decided BEFORE UPDATE OF id, seq, source, hpa, decision, reason,"
	"  domain, gpa, decided_real_ns ON host_event WHEN OLD.decision <> 'pending'"
	" BEGIN SELECT RAISE(ABORT, 'a decided host event stays as it is'); END;"
	"CREATE TRIGGER host_event_no_delete BEFORE DELETE ON host_event"
	" WHEN OLD.seq IS NULL OR OLD.seq > (SELECT deleted_seq FROM retention)"
	" BEGIN SELECT RAISE(ABORT, 'host events are deleted by retention only'); END;"
	"CREATE TABLE forward(" FORWARD_COLUMNS
	" PRIMARY KEY(boot_id, pfn, qemu_pid, qemu_start_time)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE host_count("
	" domain TEXT PRIMARY KEY,"
	" corrected INTEGER NOT NULL,"
	" uncorrected INTEGER NOT NULL,"
	" last_real_ns INTEGER NOT NULL) STRICT, WITHOUT ROWID;",

	/* who the guest said to be */
	"ALTER TABLE injection ADD COLUMN guest_name TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE injection ADD COLUMN guest_uuid BLOB CHECK(length(guest_uuid) = 16);"
	"ALTER TABLE injection ADD COLUMN guest_uid INTEGER NOT NULL DEFAULT -1;"
	"DROP TRIGGER injection_no_rewrite;"
	"CREATE TRIGGER injection_no_rewrite BEFORE UPDATE OF rowid, id, request_id, params_digest,"
	"  peer_uid, domain, record, created_real_ns, origin, guest_name, guest_uuid, guest_uid"
	"  ON injection"
	" BEGIN SELECT RAISE(ABORT, 'what was asked stays as it is'); END;",

	/* The list that is there belongs to the QEMU that got the newest record of those in it. */
	"CREATE TABLE poison_of("
	" domain TEXT PRIMARY KEY,"
	" boot_id TEXT NOT NULL,"
	" qemu_pid INTEGER NOT NULL,"
	" qemu_start_time INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
	"INSERT INTO poison_of SELECT domain, ifnull((SELECT boot_id FROM transition t"
	" WHERE t.injection = i.rowid ORDER BY seq LIMIT 1), ''), qemu_pid, qemu_start_time"
	" FROM injection i WHERE rowid IN (SELECT max(rowid) FROM injection j WHERE EXISTS"
	" (SELECT 1 FROM poison p WHERE p.domain = j.domain AND p.origin ="
	" 'injection ' || lower(substr(hex(j.id), 1, 8) || '-' || substr(hex(j.id), 9, 4) || '-' ||"
	" substr(hex(j.id), 13, 4) || '-' || substr(hex(j.id), 17, 4) || '-' ||"
	" substr(hex(j.id), 21))) GROUP BY domain);"
	"CREATE INDEX host_event_lost ON host_event(domain, seq) WHERE uncorrected > 0;"
	/* merged memory: one host page may be several pages of one guest */
	"CREATE TABLE forward_of_page(" FORWARD_COLUMNS
	" PRIMARY KEY(boot_id, pfn, qemu_pid, qemu_start_time, gpa)) STRICT, WITHOUT ROWID;"
	"INSERT INTO forward_of_page SELECT boot_id, pfn, qemu_pid, qemu_start_time, event, domain,"
	" gpa, pages, begun, done, injection, stored_boot_ns, poisoned FROM forward;"
	"DROP TABLE forward;"
	"ALTER TABLE forward_of_page RENAME TO forward;",

	/* Lists by any column, newest first (page.c); the host page of an injection. */
	"ALTER TABLE injection ADD COLUMN hpa INTEGER;"
	"CREATE TRIGGER injection_no_other_page BEFORE UPDATE OF hpa ON injection"
	" BEGIN SELECT RAISE(ABORT, 'what was asked stays as it is'); END;"
	"CREATE TABLE identity(id INTEGER PRIMARY KEY CHECK(id = 1), uuid BLOB NOT NULL) STRICT;"
	"INSERT INTO identity VALUES(1, randomblob(16));"
	"CREATE INDEX injection_by_time ON injection(created_real_ns);"
	"CREATE INDEX injection_by_domain ON injection(domain, created_real_ns);"
	"CREATE INDEX injection_by_state ON injection(state, created_real_ns);"
	"CREATE INDEX injection_by_severity ON injection(severity, created_real_ns);"
	"CREATE INDEX injection_by_origin ON injection(origin, created_real_ns);"
	"CREATE INDEX injection_by_tag ON injection(tag, created_real_ns) WHERE tag <> '';"
	"DROP INDEX host_event_domain;"
	"CREATE INDEX host_event_by_time ON host_event(decided_real_ns) WHERE seq IS NOT NULL;"
	"CREATE INDEX host_event_by_domain ON host_event(domain, decided_real_ns)"
	" WHERE seq IS NOT NULL;"
	"CREATE INDEX host_event_by_decision ON host_event(decision, decided_real_ns)"
	" WHERE seq IS NOT NULL;"
	"CREATE INDEX host_event_by_severity ON host_event(severity, decided_real_ns)"
	" WHERE seq IS NOT NULL;"
	"CREATE INDEX host_event_by_source ON host_event(source, decided_real_ns)"
	" WHERE seq IS NOT NULL;",

	/* The newest 1,000 changes stay: who may engage it must not fill the disk with them. */
	"CREATE TABLE lever("
	" seq INTEGER PRIMARY KEY,"
	" engaged INTEGER NOT NULL,"
	" also_forwarding INTEGER NOT NULL,"
	" reason TEXT NOT NULL,"
	" uid INTEGER NOT NULL,"
	" as_uid INTEGER NOT NULL,"
	" pid INTEGER NOT NULL,"
	" real_ns INTEGER NOT NULL) STRICT;"
	"CREATE TRIGGER lever_no_update BEFORE UPDATE ON lever"
	" BEGIN SELECT RAISE(ABORT, 'changes of the lever are append-only'); END;"
	"CREATE TRIGGER lever_no_delete BEFORE DELETE ON lever"
	" WHEN OLD.seq > (SELECT max(seq) FROM lever) - 1000"
	" BEGIN SELECT RAISE(ABORT, 'changes of the lever are append-only'); END;",

	/*
	 * Numbers for metrics, which go on over a restart and do not go back with retention. A
	 * bound on the count of one report: it may be anything.
	 */
	"CREATE TABLE injection_count(origin TEXT NOT NULL, severity TEXT NOT NULL,"
	" state TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY(origin, severity, state))"
	" STRICT, WITHOUT ROWID;"
	"INSERT INTO injection_count SELECT origin, severity, state, count(*) FROM injection"
	" WHERE state NOT IN ('intent','written') GROUP BY origin, severity, state;"
	"CREATE TRIGGER injection_counted AFTER UPDATE OF state ON injection"
	" WHEN NEW.state <> OLD.state AND NEW.state NOT IN ('intent','written')"
	" BEGIN INSERT INTO injection_count VALUES(NEW.origin, NEW.severity, NEW.state, 1)"
	"  ON CONFLICT DO UPDATE SET n = n + 1; END;"
	"CREATE TABLE host_event_count(source TEXT NOT NULL, severity TEXT NOT NULL,"
	" decision TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY(source, severity, decision))"
	" STRICT, WITHOUT ROWID;"
	"INSERT INTO host_event_count SELECT source, severity, decision,"
	" sum(min(max(count, 1), 4294967295)) FROM host_event WHERE decision <> 'pending'"
	" GROUP BY source, severity, decision;"
	"CREATE TRIGGER host_event_counted AFTER INSERT ON host_event"
	" WHEN NEW.decision <> 'pending'"
	" BEGIN INSERT INTO host_event_count VALUES(NEW.source, NEW.severity, NEW.decision,"
	"  min(max(NEW.count, 1), 4294967295))"
	"  ON CONFLICT DO UPDATE SET n = n + excluded.n; END;"
	"CREATE TRIGGER host_event_counted_later AFTER UPDATE OF decision ON host_event"
	" WHEN OLD.decision = 'pending' AND NEW.decision <> 'pending'"
	" BEGIN INSERT INTO host_event_count VALUES(NEW.source, NEW.severity, NEW.decision,"
	"  min(max(NEW.count, 1), 4294967295))"
	"  ON CONFLICT DO UPDATE SET n = n + excluded.n; END;"
	"CREATE TABLE ack_count(le_ns INTEGER PRIMARY KEY, n INTEGER NOT NULL,"
	" sum_ns INTEGER NOT NULL) STRICT;"
	"INSERT INTO ack_count VALUES(1000000, 0, 0), (2500000, 0, 0), (5000000, 0, 0),"
	" (10000000, 0, 0), (25000000, 0, 0), (50000000, 0, 0), (100000000, 0, 0),"
	" (250000000, 0, 0), (500000000, 0, 0), (1000000000, 0, 0), (2500000000, 0, 0),"
	" (10000000000, 0, 0), (60000000000, 0, 0), (9223372036854775807, 0, 0);"
	"CREATE TRIGGER ack_counted AFTER UPDATE OF ack_ns ON injection"
	" WHEN NEW.ack_ns > 0 AND OLD.ack_ns = 0"
	" BEGIN UPDATE ack_count SET n = n + 1, sum_ns = sum_ns + NEW.ack_ns WHERE le_ns ="
	"  (SELECT le_ns FROM ack_count WHERE le_ns >= NEW.ack_ns ORDER BY le_ns LIMIT 1); END;",

	/*
	 * The indexes of lists hold only what is listed (listed.c): no intent enters them. See the
	 * top for how: while all rows are listed, each index has what its new text says. Then the
	 * undecided rows leave them, and the emptied index of these gets its new text.
	 */
	"PRAGMA writable_schema = ON;"
	"UPDATE sqlite_schema SET sql = replace(sql, ', hpa INTEGER',"
	" ', hpa INTEGER, listed INTEGER NOT NULL DEFAULT 1')"
	" WHERE type = 'table' AND name = 'injection';"
	"UPDATE sqlite_schema SET sql = sql ||"
	" iif(name = 'injection_by_tag', ' AND listed = 1', ' WHERE listed = 1')"
	" WHERE type = 'index' AND name IN ('injection_by_time', 'injection_by_domain',"
	" 'injection_by_state', 'injection_by_severity', 'injection_by_origin',"
	" 'injection_by_tag');"
	"UPDATE sqlite_schema SET sql = sql ||"
	" ' WHERE listed = 1 OR state NOT IN (''intent'',''refused'')'"
	" WHERE type = 'index' AND name = 'injection_place';"
	"UPDATE sqlite_schema SET sql = sql || ' AND listed = 1'"
	" WHERE type = 'index' AND name = 'injection_undecided';"
	"PRAGMA writable_schema = RESET;"
	"CREATE TEMP TABLE undecided AS SELECT rowid AS row FROM injection"
	" WHERE state IN ('intent','written') AND listed = 1;"
	"UPDATE injection SET listed = 2 WHERE rowid IN (SELECT row FROM undecided);"
	"PRAGMA writable_schema = ON;"
	"UPDATE sqlite_schema SET name = 'injection_unlisted_by_time', sql = 'CREATE INDEX"
	" injection_unlisted_by_time ON injection(created_real_ns) WHERE listed = 0'"
	" WHERE type = 'index' AND name = 'injection_undecided';"
	"PRAGMA writable_schema = RESET;"
	"UPDATE injection SET listed = 0 WHERE rowid IN (SELECT row FROM undecided);"
	"DROP TABLE undecided;"
	"DROP INDEX injection_domain;"
	"CREATE TRIGGER injection_not_listed BEFORE INSERT ON injection"
	" WHEN NEW.listed NOT IN (0, 1)"
	"  OR (NEW.listed AND NEW.state IN ('intent','written'))"
	" BEGIN SELECT RAISE(ABORT, 'an undecided injection is not listed'); END;"
	"CREATE TRIGGER injection_listed BEFORE UPDATE OF state, listed ON injection"
	" WHEN NEW.listed NOT IN (OLD.listed, 1)"
	"  OR (NEW.listed AND NEW.state IN ('intent','written'))"
	" BEGIN SELECT RAISE(ABORT, 'an undecided injection is not listed'); END;",
};

static int fail(sqlite3 *db, const char *what, struct ras_err *err)
{
	return ras_fail(err, RAS_E_JOURNAL, "journal: %s: %s", what, sqlite3_errmsg(db));
}

static int exec(sqlite3 *db, const char *sql, const char *what, struct ras_err *err)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : fail(db, what, err);
}

static int query_int(sqlite3 *db, const char *sql, int64_t *out, struct ras_err *err)
{
	sqlite3_stmt *st = NULL;
	int ret = 0;

	if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) == SQLITE_OK &&
	    sqlite3_step(st) == SQLITE_ROW)
		*out = sqlite3_column_int64(st, 0);
	else
		ret = fail(db, "cannot read", err);
	sqlite3_finalize(st);
	return ret;
}

/*
 * Versions 2 and 3 did not know that Linux moves pages of corrected records, too. So the list is
 * filled by the step to version 4 from all records that are stored; what is known stays.
 */
#define FILLS_POISON 3

/* From version to version + 1, whole or not at all. */
static int step(sqlite3 *db, int64_t version, struct ras_err *err)
{
	char stamp[96], what[64];

	snprintf(stamp, sizeof(stamp), "PRAGMA application_id = %d; PRAGMA user_version = %d",
		 APPLICATION_ID, (int)version + 1);
	snprintf(what, sizeof(what), "cannot go from version %d to %d", (int)version,
		 (int)version + 1);
	if (exec(db, "BEGIN IMMEDIATE", what, err) == 0 &&
	    exec(db, migrations[version], what, err) == 0 &&
	    (version != FILLS_POISON || journal_poison_fill(db, err) == 0) &&
	    exec(db, stamp, what, err) == 0 && exec(db, "COMMIT", what, err) == 0)
		return 0;
	sqlite3_exec(db, "ROLLBACK; PRAGMA writable_schema = RESET", NULL, NULL, NULL);
	return -RAS_E_JOURNAL;
}

int journal_schema_migrate(sqlite3 *db, struct ras_err *err)
{
	const int64_t newest = (int64_t)ARRAY_LEN(migrations);
	int64_t app = 0, version = 0, tables = 0;
	int ret;

	ret = query_int(db, "PRAGMA application_id", &app, err);
	if (ret == 0)
		ret = query_int(db, "PRAGMA user_version", &version, err);
	if (ret == 0)
		ret = query_int(db, "SELECT count(*) FROM sqlite_schema", &tables, err);
	if (ret)
		return ret;
	if (app != APPLICATION_ID && (app || version || tables))
		return ras_fail(err, RAS_E_JOURNAL, "journal: journal.db is not a rasd journal");
	if (version < 0 || version > newest) {
		ras_fail(err, RAS_E_JOURNAL, "journal: version %lld is newer than this rasd (%lld)",
			 (long long)version, (long long)newest);
		return ras_hint(err, "install the rasd that wrote it, or a later one");
	}
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 0, NULL);
	while (ret == 0 && version < newest)
		ret = step(db, version++, err);
	return ret;
}
