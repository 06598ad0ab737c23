// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * idle_peer DATABASE: what rasd is made of, doing nothing. A loop, two connections to the database
 * of a rasd, a thread that sleeps. What rasd takes beyond that is its own.
 */
#include <event2/event.h>
#include <expat.h>
#include <ini.h>
#include <json.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what, (void)arg;
}

static void *sleeps(void *arg)
{
	for (;;)
		pause();
	return arg;
}

static int count(void *user, const char *section, const char *name, const char *value)
{
	(void)section, (void)name, (void)value;
	++*(int *)user;
	return 1;
}

static sqlite3 *open_db(const char *path)
{
	sqlite3 *db = NULL;

	if (sqlite3_open(path, &db) != SQLITE_OK ||
	    sqlite3_exec(db, "SELECT count(*) FROM sqlite_master", NULL, NULL, NULL) != SQLITE_OK) {
		fprintf(stderr, "idle_peer: %s: %s\n", path, sqlite3_errmsg(db));
		exit(1);
	}
	return db;
}

int main(int argc, char **argv)
{
	struct event_base *base = event_base_new();
	int p[2], n_keys = 0;
	pthread_t thread;
	json_object *o;

	if (argc != 2 || pipe(p) < 0)
		return 2;
	open_db(argv[1]);
	open_db(argv[1]);
	o = json_tokener_parse("{\"a\":[1,2,3]}");
	json_object_put(o);
	XML_ParserFree(XML_ParserCreate(NULL));
	ini_parse_string("[a]\nb = c\n", count, &n_keys);
	pthread_create(&thread, NULL, sleeps, NULL);
	event_add(event_new(base, p[0], EV_READ | EV_PERSIST, on_readable, NULL), NULL);
	return event_base_dispatch(base);
}
