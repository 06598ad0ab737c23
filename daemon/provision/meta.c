// SPDX-License-Identifier: LGPL-2.1-or-later
/* The text of a metadata file. It is rasd's own, but it may be old, cut or edited by hand. */
#include "provision/meta.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "json/json.h"

#define VERSION 1

static const char *const notify_words[] = { "poll", "nmi" };
static const char *const style_words[] = { "native", "commandline", "arguments" };

const char *ghes_notify_name(enum ghes_notify n)
{
	return notify_words[n];
}

static int word_of(const char *const *words, size_t n, const char *text, int *out)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(words[i], text) == 0) {
			*out = (int)i;
			return 0;
		}
	return -1;
}

int ghes_notify_parse(const char *word, enum ghes_notify *out, struct ras_err *err)
{
	int n;

	if (word_of(notify_words, ARRAY_LEN(notify_words), word, &n) < 0)
		return ras_fail(err, RAS_E_PARAMS, "\"%.32s\" is none of poll, nmi", word);
	*out = (enum ghes_notify)n;
	return 0;
}

size_t ghes_meta_format(const struct ghes_meta *m, char out[GHES_META_TEXT])
{
	char uuid[UUID_TEXT_SIZE];
	int n;

	uuid_format(&m->uuid, uuid);
	n = snprintf(out, GHES_META_TEXT,
		     "{\"version\":%d,\"uuid\":\"%s\",\"base_gpa\":%" PRIu64 ",\"notify\":\"%s\","
		     "\"ram_bytes\":%" PRIu64 ",\"max_bytes\":%" PRIu64 ",\"slots\":%u,"
		     "\"style\":\"%s\",\"before_max_bytes\":%" PRIu64 ",\"before_slots\":%u,"
		     "\"before_had_numa\":%s,\"acpi_error_device\":%s}\n",
		     VERSION, uuid, m->base_gpa, notify_words[m->notify], m->ram_bytes,
		     m->max_bytes, m->slots, style_words[m->style], m->before.max_bytes,
		     m->before.slots, m->before.had_numa ? "true" : "false",
		     m->error_device ? "true" : "false");
	return (size_t)n;
}

static int take(json_object *o, struct ghes_meta *m, struct ras_err *err)
{
	const char *uuid = NULL, *notify = NULL, *style = NULL;
	uint64_t version = 0, slots = 0, before_slots = 0;
	int n = 0;

	if (json_get_u64(o, "version", 1, UINT32_MAX, &version, err) < 0 ||
	    json_get_str(o, "uuid", &uuid, err) < 0 ||
	    json_get_u64(o, "base_gpa", GHES_PAGE_BASE_ALIGN, UINT64_MAX, &m->base_gpa, err) < 0 ||
	    json_get_str(o, "notify", &notify, err) < 0 ||
	    json_get_u64(o, "ram_bytes", 1, UINT64_MAX, &m->ram_bytes, err) < 0 ||
	    json_get_u64(o, "max_bytes", 1, UINT64_MAX, &m->max_bytes, err) < 0 ||
	    json_get_u64(o, "slots", 1, UINT32_MAX, &slots, err) < 0 ||
	    json_get_str(o, "style", &style, err) < 0 ||
	    json_get_u64(o, "before_max_bytes", 0, UINT64_MAX, &m->before.max_bytes, err) < 0 ||
	    json_get_u64(o, "before_slots", 0, UINT32_MAX, &before_slots, err) < 0 ||
	    json_get_bool(o, "before_had_numa", &m->before.had_numa, err) < 0 ||
	    json_opt_bool(o, "acpi_error_device", &m->error_device, err) < 0 ||
	    uuid_parse(uuid, &m->uuid, err) < 0 || ghes_notify_parse(notify, &m->notify, err) < 0)
		return -err->code;
	if (version != VERSION)
		return ras_fail(err, RAS_E_CONFIG,
				"version %" PRIu64 ", this rasd knows version %d", version,
				VERSION);
	if (word_of(style_words, ARRAY_LEN(style_words), style, &n) < 0 ||
	    m->base_gpa % GHES_PAGE_BASE_ALIGN)
		return ras_fail(err, RAS_E_CONFIG, "no such style, or no such address");
	m->style = (enum ghes_style)n;
	m->slots = (uint32_t)slots;
	m->before.slots = (uint32_t)before_slots;
	return 0;
}

int ghes_meta_parse(const char *text, size_t len, struct ghes_meta *out, struct ras_err *err)
{
	_json_ json_object *o = NULL;
	struct ghes_meta m = { 0 };
	struct ras_err why;

	if (json_parse(text, len, &o, &why) < 0 || take(o, &m, &why) < 0)
		return ras_fail(err, RAS_E_CONFIG, "no metadata of provisioning: %s", why.text);
	*out = m;
	return 0;
}
