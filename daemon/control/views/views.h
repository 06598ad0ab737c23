// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Everything that is shown as JSON, one file a noun. Views only read: nothing is asked, decided or
 * changed here. Every result is the caller's.
 */
#pragma once

#include "backend/backend.h"
#include "sources/source.h"
#include "guests/guests.h"
#include "inject/policy.h"
#include "journal/journal.h"
#include "provision/provision.h"
#include "translate/translate.h"

/* The safety lever. */
json_object *view_lever(const struct journal_lever *l);

/* What the rules of the gate say, and which one decides; -1: it is allowed. */
json_object *view_policy(const struct policy_answer a[POLICY_RULES], int decides);

/* The [injector] sections, and which of them are about c. */
json_object *view_injectors(const struct conf_roles *r, const struct caller *c);

/* The [limits], and what is used of them. */
json_object *view_limits(const struct conf_limits *l, const struct policy_used *used);

/* A row of the journal: injection.create, get, list, resolve. Without its host page. */
json_object *view_injection(const struct journal_row *row);

/*
 * Add to it what injection.get shows beside: record, guest, monitor, every state. RAS_E_JOURNAL.
 */
int view_injection_whole(json_object *o, struct journal *j, const struct journal_row *row,
			 struct ras_err *err);

/* Add the host page, if it has one: for callers who may know pages of the host. */
void view_injection_hpa(json_object *o, const struct journal_row *row);

/* The same of a row that was not sent, and what the guest's kernel would do with its record. */
json_object *view_dry_run(const struct journal_row *row);

/* A guest: can it take a record, and if not, why. explain: everything, for domain.explain. */
json_object *view_guest(const struct backends *bs, struct guest *g, bool explain);

/* Its devices that errors can be injected into. */
json_object *view_devices(const struct backend_device *list, size_t n);

/*
 * Whether errors of this host keep the guest from being migrated, why, and by what that is known;
 * always: also where none does, else NULL then.
 */
json_object *view_migration(struct journal *j, const struct guest *g, bool always);

/* What is allowed to be done to a guest. */
json_object *view_grant(const struct conf_grant *grant);

/* What was changed, or would be, to provision a guest or to take that back. */
json_object *view_provision(const struct provision_result *r, bool removed);

/* How a guest is provisioned, and what keeps that from working; NULL: it is not. */
json_object *view_provisioned(const struct guest *g);

/* An answer of the translator; t gives its owners their names. */
json_object *view_translation(const struct translator *t, const struct xlate_answer *a);

/* An error of the host, what was decided and why. */
json_object *view_host_event(const struct host_event *e);

/* An entry of the feed: a host event, or a state that an injection came to. */
json_object *view_news(const struct journal_news *n);

/* A source of host events. */
json_object *view_source(const struct event_source *src, const struct source_status *s);

/* A page that a guest was told is bad. */
json_object *view_poison_page(const struct poison_page *page);

/* A range of host addresses: all but its guests; one guest's part of it; one that was not read. */
json_object *view_owners(const struct owners *o);
json_object *view_owned(const struct owned *w);
json_object *view_not_read(const struct owned *w);
