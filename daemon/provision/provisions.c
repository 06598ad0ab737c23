// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The provisions of this host's guests. All of them are in memory: whether a guest is provisioned
 * is asked for each line of a list of guests.
 *
 * A definition may change after a guest was provisioned. Its HEST, and the address in it, were made
 * for the memory that it had then, so provision_current() compares: with other memory QEMU may put
 * something else where the page was, or not start.
 */
#include <dirent.h>
#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "guests/guest.h"
#include "provision/base.h"
#include "provision/files.h"
#include "provision/meta.h"
#include "provision/private.h"

#define MIB_SHIFT 20

struct provisions {
	char directory[208];
	void *by_uuid; /* tsearch(3) of struct ghes_meta, whose first member is the UUID */
	size_t n;
	LIST_HEAD(, provisions_claim) claims;
};

static int by_uuid(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct uuid));
}

static void forget(struct provisions *p, const struct uuid *uuid)
{
	struct ghes_meta **found = tfind(uuid, &p->by_uuid, by_uuid), *m;

	if (!found)
		return;
	m = *found;
	tdelete(uuid, &p->by_uuid, by_uuid);
	free(m);
	p->n--;
}

static int remember(struct provisions *p, const struct ghes_meta *m, struct ras_err *err)
{
	struct ghes_meta **found = tfind(m, &p->by_uuid, by_uuid), *copy;

	if (found) {
		**found = *m;
		return 0;
	}
	copy = malloc(sizeof(*copy));
	/* Before it goes into the tree, which is sorted by what is in it. */
	if (copy)
		*copy = *m;
	if (!copy || !tsearch(copy, &p->by_uuid, by_uuid)) {
		free(copy);
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	}
	p->n++;
	return 0;
}

/* One file of the directory. */
static void load(struct provisions *p, int dir_fd, const char *name)
{
	char text[GHES_META_TEXT + 1], want[UUID_TEXT_SIZE + 8], uuid[UUID_TEXT_SIZE];
	struct ghes_meta m;
	struct ras_err err;
	size_t len = 0;
	int r = ghes_file_read(dir_fd, name, text, sizeof(text), &len, &err);

	if (r == 0)
		r = ghes_meta_parse(text, len, &m, &err);
	if (r == 0) {
		uuid_format(&m.uuid, uuid);
		snprintf(want, sizeof(want), "%s." GHES_META, uuid);
		if (strcmp(want, name) != 0)
			r = ras_fail(&err, RAS_E_CONFIG, "it is about %s", uuid);
	}
	if (r == 0)
		r = remember(p, &m, &err);
	if (r < 0)
		log_warn("%s/%.80s: %s: that guest counts as not provisioned", p->directory, name,
			 err.text);
}

static void load_all(struct provisions *p)
{
	static const char suffix[] = "." GHES_META;
	int fd = ghes_directory_open(p->directory, NULL);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (!d) {
		ras_cleanup_close(&fd);
		return;
	}
	while (p->n < GUEST_MAX && (e = readdir(d))) {
		size_t n = strlen(e->d_name);

		if (n == UUID_TEXT_SIZE - 1 + sizeof(suffix) - 1 &&
		    strcmp(e->d_name + n - (sizeof(suffix) - 1), suffix) == 0)
			load(p, dirfd(d), e->d_name);
	}
	closedir(d);
}

int provisions_new(struct provisions **out, struct guests *gs, const char *state_directory,
		   struct ras_err *err)
{
	struct provisions *p = calloc(1, sizeof(*p));

	if (!p)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	snprintf(p->directory, sizeof(p->directory), "%s/ghes", state_directory);
	load_all(p);
	if (p->n)
		log_info("%zu guests are provisioned with error sources of rasd's own", p->n);
	if (gs)
		guests_set_provisions(gs, p);
	*out = p;
	return 0;
}

void provisions_free(struct provisions *p)
{
	tdestroy(p->by_uuid, free);
	free(p);
}

int provisions_put(struct provisions *p, const struct ghes_meta *m, struct ras_err *err)
{
	char text[GHES_META_TEXT];
	size_t len = ghes_meta_format(m, text);
	_close_ int fd = -1;
	int r = ghes_directory_make(p->directory, 0700, err);

	if (r < 0)
		return r;
	fd = ghes_directory_open(p->directory, err);
	r = fd < 0 ? fd : ghes_file_write(fd, &m->uuid, GHES_META, text, len, err);
	return r < 0 ? r : remember(p, m, err);
}

int provisions_drop(struct provisions *p, const struct uuid *uuid, struct ras_err *err)
{
	_close_ int fd = -1;
	int r = 0;

	if (!provisions_of(p, uuid))
		return 0;
	fd = ghes_directory_open(p->directory, err);
	r = fd < 0 ? fd : ghes_file_remove(fd, uuid, GHES_META, err);
	if (r == 0)
		forget(p, uuid);
	return r;
}

const struct ghes_meta *provisions_of(const struct provisions *p, const struct uuid *uuid)
{
	struct ghes_meta *const *found = p ? tfind(uuid, &p->by_uuid, by_uuid) : NULL;

	return found ? *found : NULL;
}

bool provisions_claim(struct provisions *p, struct provisions_claim *claim, const struct uuid *uuid)
{
	struct provisions_claim *other;

	LIST_FOREACH (other, &p->claims, all)
		if (uuid_equal(&other->uuid, uuid))
			return false;
	claim->uuid = *uuid;
	claim->held = true;
	LIST_INSERT_HEAD(&p->claims, claim, all);
	return true;
}

void provisions_release(struct provisions_claim *claim)
{
	if (claim->held)
		LIST_REMOVE(claim, all);
	claim->held = false;
}

bool provision_uuid(const struct guest *g, struct uuid *out)
{
	if (guest_is_managed(g))
		*out = g->dom.uuid;
	else if (g->id.said.has_uuid)
		*out = g->id.said.uuid;
	else
		return false;
	return !uuid_is_nil(out);
}

const struct ghes_meta *provision_of(const struct guest *g)
{
	struct uuid uuid;

	return provision_uuid(g, &uuid) ? provisions_of(guests_provisions(g->gs), &uuid) : NULL;
}

static int not_current(const struct guest *g, struct ras_err *err)
{
	return ras_hint(err, "shut it down, rasctl provision %s, then start it", g->name);
}

/* Its memory is what it was made for. */
static int check_memory(const struct guest *g, const struct ghes_meta *m, struct ras_err *err)
{
	const struct domain_memory *now = &g->dom.facts.memory;
	uint64_t ram = now->total_bytes - now->devices_bytes;

	if (ram != m->ram_bytes) {
		ras_fail(err, RAS_E_NOT_CAPABLE,
			 "%s: reprovision needed: it has %llu MiB of RAM, and had %llu MiB when it "
			 "was provisioned",
			 g->name, (unsigned long long)(ram >> MIB_SHIFT),
			 (unsigned long long)(m->ram_bytes >> MIB_SHIFT));
		return not_current(g, err);
	}
	if (now->max_bytes != m->max_bytes || now->slots != m->slots) {
		ras_fail(err, RAS_E_NOT_CAPABLE,
			 "%s: reprovision needed: its maxMemory is %llu MiB with %u slots, and was "
			 "made %llu MiB with %u slots",
			 g->name, (unsigned long long)(now->max_bytes >> MIB_SHIFT), now->slots,
			 (unsigned long long)(m->max_bytes >> MIB_SHIFT), m->slots);
		return not_current(g, err);
	}
	return 0;
}

int provision_current(const struct guest *g, struct ras_err *err)
{
	const struct ghes_meta *m = provision_of(g);

	if (!m) {
		ras_fail(err, RAS_E_NOT_CAPABLE,
			 "%s is not provisioned with error sources of rasd's own", g->name);
		if (g->machine.type[0] && !ghes_machine_known(g->machine.type))
			return ras_hint(err,
					"use another backend: provisioning is for q35 machines");
		return ras_hint(err, "rasctl provision %s, then shut it down and start it again",
				g->name);
	}
	if (!guest_is_described(g))
		return 0;
	if (!g->dom.facts.memory.page_gpa && g->dom.id < 0) {
		ras_fail(err, RAS_E_NOT_CAPABLE,
			 "%s: reprovision needed: its definition has no page any more", g->name);
		return not_current(g, err);
	}
	if (!g->dom.facts.memory.page_gpa) {
		ras_fail(err, RAS_E_NOT_CAPABLE,
			 "%s is provisioned, but was not started again since: its HEST is made "
			 "when QEMU starts",
			 g->name);
		return ras_hint(err, "shut it down and start it (a reboot is not enough)");
	}
	if (g->dom.facts.memory.page_gpa != m->base_gpa) {
		ras_fail(err, RAS_E_NOT_CAPABLE,
			 "%s: reprovision needed: its page is at 0x%llx, and its HEST says 0x%llx",
			 g->name, (unsigned long long)g->dom.facts.memory.page_gpa,
			 (unsigned long long)m->base_gpa);
		return not_current(g, err);
	}
	return check_memory(g, m, err);
}
