// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The form of OpenBMC's libcper, for tools that read it. Names of members are
 * libcper's; words are ours. What differs from its own output:
 *  - ARM error types are named as UEFI, Linux and QEMU have them (0x02 cache);
 *    libcper reads them one bit lower.
 *  - CXL agent types 2..7 have names.
 *  - No "message". Capabilities, AER and register arrays are not taken apart:
 *    they are base64 in "data" (libcper keeps that member too).
 *  - Numbers over 2^63 are given as they are; libcper does so too.
 *  - Sections without names here, and those with bytes that have no member, are
 *    {"Unknown":{"data"}}, as libcper shows what it does not know.
 */
#include "base/cleanup.h"
#include "base/le.h"
#include "cperjson/cperjson.h"
#include "cperjson/export.h"
#include "cperjson/libcper.h"

static void add(json_object *o, const char *key, json_object *v)
{
	json_object_object_add(o, key, v);
}

static json_object *number(uint64_t v)
{
	return json_object_new_uint64(v);
}

static json_object *value_name(uint64_t v, const char *word)
{
	json_object *o = json_object_new_object();

	add(o, "value", number(v));
	add(o, "name", json_object_new_string(word ? word : "Unknown"));
	return o;
}

/* The words of the set bits ("cache, bus"), or the value's own word. */
static json_object *named(const struct cper_field *f, uint64_t v)
{
	const struct cper_bits *b = f->bits;
	char text[128] = "";

	for (; b && b->name; b++)
		if (b->width == 1 && (v >> b->lo & 1) &&
		    strlen(text) + strlen(b->name) + 3 < sizeof(text)) {
			if (text[0])
				strcat(text, ", ");
			strcat(text, b->name);
		}
	return value_name(v, text[0] ? text : cper_word(f->words, v));
}

static json_object *error_status(uint64_t v)
{
	const char *word = cper_word(cper_error_status_bits[0].words, v >> 8 & 255);
	json_object *o = json_object_new_object();

	add(o, "errorType", value_name(v >> 8 & 255, word));
	for (size_t i = 0; libcper_status_flags[i]; i++)
		add(o, libcper_status_flags[i], json_object_new_boolean(v >> (16 + i) & 1));
	return o;
}

/* {"value",key}: a number and its word under another name than "name". */
static json_object *value_word(const struct cper_field *f, uint64_t v, const char *key)
{
	const char *word = cper_word(f->words, v);
	json_object *o = json_object_new_object();

	add(o, "value", number(v));
	add(o, key, json_object_new_string(word ? word : "Unknown"));
	return o;
}

/* The types of before UEFI 2.9A are those that they mean. */
static json_object *arm_types(uint64_t v)
{
	json_object *o = json_object_new_object();

	v = libcper_arm_type((uint8_t)v);
	for (size_t i = 0; libcper_arm_types[i]; i++)
		add(o, libcper_arm_types[i],
		    json_object_new_boolean((json_bool)(v >> (1 + i) & 1)));
	return o;
}

static json_object *cpuid(const uint8_t *p)
{
	static const char *const names[] = { "eax", "ebx", "ecx", "edx" };
	json_object *o = json_object_new_object();

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		add(o, names[i], number(le64(p + 8 * i)));
	add(o, "data", cperjson_base64(p, 48));
	return o;
}

static json_object *extended(uint64_t v, uint64_t bits)
{
	json_object *o = json_object_new_object();

	add(o, "rowBit16", json_object_new_boolean(v & 1));
	add(o, "rowBit17", json_object_new_boolean(v >> 1 & 1));
	if (bits & CPER_MEM_VALID_CHIP_ID)
		add(o, "chipIdentification", number(v >> 5));
	return o;
}

/* Bit 6: one number. Bits 19 and 20: group and address. */
static json_object *bank(uint64_t v, uint64_t bits)
{
	json_object *o = json_object_new_object();

	if (bits & CPER_MEM_VALID_BANK) {
		add(o, "value", number(v));
		return o;
	}
	add(o, "address", number(v & 255));
	add(o, "group", number(v >> 8));
	return o;
}

static json_object *bits_of(const struct cper_bits *b, uint64_t v)
{
	json_object *o = json_object_new_object();
	char name[48];

	if (!b)
		add(o, "value", number(v));
	for (; b && b->name; b++) {
		uint64_t n = v >> b->lo & ((UINT64_C(1) << b->width) - 1);

		if (b->valid >= 0 && !(v >> b->valid & 1))
			continue;
		add(o, libcper_camel(b->name, name),
		    b->words	  ? value_name(n, cper_word(b->words, n)) :
		    b->width == 1 ? json_object_new_boolean((json_bool)n) :
				    number(n));
	}
	return o;
}

/*
 * ARM: the object is named after the error's type. libcper's schema has none for other types: their
 * information is left out.
 */
static json_object *bits_by_type(const struct cper_bits *b, uint64_t v, uint8_t type)
{
	json_object *o = json_object_new_object();
	const char *name = libcper_arm_information(type);

	if (name)
		add(o, name, bits_of(b, v));
	return o;
}

static json_object *severity(uint32_t v)
{
	json_object *o = json_object_new_object();

	add(o, "code", number(v));
	add(o, "name", json_object_new_string(cper_severity_name(v)));
	return o;
}

static json_object *text_of(const uint8_t *p, size_t n)
{
	char text[129];
	size_t i;

	for (i = 0; i < n && i < sizeof(text) - 1 && p[i]; i++)
		text[i] = p[i] >= 0x20 && p[i] <= 0x7e ? (char)p[i] : '?';
	return json_object_new_string_len(text, (int)i);
}

static json_object *styled(const struct libcper_map *m, const struct cper_field *f,
			   const uint8_t *structure, uint64_t bits)
{
	const uint8_t *p = structure + f->offset;
	uint64_t v = f->width <= 8 ? le_load(p, f->width) : 0;
	json_object *o;

	switch (m->style) {
	case VALUE_NAME:
		return named(f, v);
	case FLAG:
		return json_object_new_boolean(v & 1);
	case BASE64:
		o = json_object_new_object();
		add(o, "data", cperjson_base64(p, f->width));
		return o;
	case BASE64_TEXT:
		return cperjson_base64(p, f->width);
	case VALUE_TYPE:
		return value_word(f, v, "type");
	case VALUE_STATE:
		return value_word(f, v, "state");
	case CODE_NAME:
		return severity((uint32_t)v);
	case BUS_TYPE:
		return json_object_new_string(v & LIBCPER_PCI_X ? "PCI-X" : "PCI");
	case ARM_TYPES:
		return arm_types(v);
	case CPUID:
		return cpuid(p);
	case EXTENDED:
		return extended(v, bits);
	case GUID:
	case GUID_NAME:
		return cperjson_guid(p);
	case TEXT:
		return text_of(p, f->width);
	case BITS_FROM_3:
		return number(v >> 3);
	case ERROR_STATUS:
		return error_status(v);
	case BANK:
		return bank(v, bits);
	case BITS:
		return bits_of(cper_field_bits(f, structure), v);
	case BITS_BY_TYPE:
		return bits_by_type(cper_field_bits(f, structure), v, structure[4]);
	default:
		return number(v);
	}
}

/* The second member of some styles. */
static void add_beside(json_object *to, const struct libcper_map *m, const struct cper_field *f,
		       const uint8_t *structure)
{
	const uint8_t *p = structure + f->offset;
	char text[24], key[40];

	if (m->style == HEX64 || m->style == HEX16) {
		snprintf(text, sizeof(text), "0x%0*llX", 2 * f->width,
			 (unsigned long long)le_load(p, f->width));
		snprintf(key, sizeof(key), "%sHex", m->name);
		add(to, key, json_object_new_string(text));
	} else if (m->style == GUID_NAME) {
		const struct cper_guid_word *w = cper_guid_word(f->guids, p);

		add(to, "name", json_object_new_string(w ? w->word : "Unknown"));
	}
}

static void add_fields(json_object *o, const struct libcper_map *m, const struct cper_table *t,
		       const uint8_t *p, uint32_t len)
{
	uint64_t bits = cper_table_bits(t, p, len);

	for (; m->field; m++) {
		const struct cper_field *f = &t->fields[cper_field_index(t, m->field)];
		json_object *to = o;

		if ((uint32_t)f->offset + f->width > len || !cper_field_valid(f, bits))
			continue;
		if (m->under && !json_object_object_get_ex(o, m->under, &to)) {
			to = json_object_new_object();
			add(o, m->under, to);
		}
		add(to, m->name, styled(m, f, p, bits));
		add_beside(to, m, f, p);
	}
}

/* [{"firstHalf","secondHalf"},...] */
static json_object *pairs(const uint8_t *p, uint32_t len)
{
	json_object *list = json_object_new_array();

	for (; len >= 16; len -= 16, p += 16) {
		json_object *o = json_object_new_object();

		add(o, "firstHalf", number(le64(p)));
		add(o, "secondHalf", number(le64(p + 8)));
		json_object_array_add(list, o);
	}
	return list;
}

static json_object *part(const struct cper_entry *e, const struct cper_part *p,
			 const struct cper_extent *x, const struct libcper_map *map)
{
	uint32_t pos = 0, at, payload;
	json_object *list;

	if (p->kind == CPER_PART_BYTES && !map)
		return cperjson_base64(e->section + x->offset, x->len);
	if (map == libcper_pairs_map)
		return pairs(e->section + x->offset, x->len);
	if (p->kind == CPER_PART_BYTES) {
		list = json_object_new_object();
		add(list, "data", cperjson_base64(e->section + x->offset, x->len));
		return list;
	}
	list = json_object_new_array();
	while (cper_part_next(p, x, e->section, &pos, &at, &payload)) {
		json_object *o = json_object_new_object(), *data;

		add_fields(o, map, p->table, e->section + at, p->table->size);
		if (p->payload) {
			data = json_object_new_object();
			add(data, "data",
			    cperjson_base64(e->section + at + p->table->size, payload));
			add(o, LIBCPER_REGISTERS, data);
		}
		json_object_array_add(list, o);
	}
	return list;
}

/* Is there a member for all bytes of the section? Otherwise it is shown as unknown. */
static bool holds_all(const struct cper_section *s, const struct libcper_kind *k,
		      const struct cper_entry *e, const struct cper_layout *l)
{
	for (size_t n = 0; n < s->nr_parts; n++)
		if (l->parts[n].len && !k->parts[n].name)
			return false;
	return l->end == e->section_len && !l->odd;
}

static json_object *section(const struct cper_entry *e)
{
	const struct cper_section *s = cper_section_find(&e->section_type);
	const struct libcper_kind *k = s ? libcper_kind(s->kind) : NULL;
	json_object *o = json_object_new_object(), *in = json_object_new_object();
	struct cper_layout l;

	if (!k || cper_section_layout(s, e, &l, NULL) < 0 || !holds_all(s, k, e, &l)) {
		add(in, "data", cperjson_base64(e->section, e->section_len));
		add(o, "Unknown", in);
		return o;
	}
	if (!strcmp(k->kind, "proc_ia")) {
		add(in, "processorErrorInfoNum", number(l.parts[0].count));
		add(in, "processorContextInfoNum", number(l.parts[1].count));
	}
	add_fields(in, k->fixed, &s->table, e->section, l.fixed);
	for (size_t n = 0; n < s->nr_parts; n++)
		if (k->parts[n].name && (s->parts[n].kind != CPER_PART_BYTES || l.parts[n].len))
			add(in, k->parts[n].name,
			    part(e, &s->parts[n], &l.parts[n], k->parts[n].map));
	add(o, k->name, in);
	return o;
}

static json_object *revision(uint32_t v)
{
	json_object *o = json_object_new_object();

	add(o, "major", number(v >> 8));
	add(o, "minor", number(v & 255));
	return o;
}

static json_object *descriptor(const struct cper_entry *e)
{
	const char *title = cper_section_title(&e->section_type);
	json_object *o = json_object_new_object(), *f = json_object_new_object();
	json_object *type = json_object_new_object();

	add(o, "sectionOffset", number(e->section_offset));
	add(o, "sectionLength", number(e->section_len));
	add(o, "revision", revision(e->revision));
	for (size_t i = 0; libcper_section_flags[i]; i++)
		add(f, libcper_section_flags[i], json_object_new_boolean(e->flags >> i & 1));
	add(o, "flags", f);
	add(type, "data", cperjson_guid(e->section_type.b));
	add(type, "type", json_object_new_string(title ? title : "Unknown"));
	add(o, "sectionType", type);
	if (e->validation_bits & CPER_ENTRY_VALID_FRU_ID)
		add(o, "fruID", cperjson_guid(e->fru_id));
	if (e->validation_bits & CPER_ENTRY_VALID_FRU_TEXT)
		add(o, "fruText", text_of(e->fru_text, CPER_FRU_TEXT_SIZE));
	add(o, "severity", severity(e->severity));
	return o;
}

static json_object *header(const uint8_t *h)
{
	json_object *o = json_object_new_object(), *type = json_object_new_object();
	const struct cper_table *table = &cper_record_table;
	const struct cper_guid_word *w = cper_guid_word(
		table->fields[cper_field_index(table, "notification_type")].guids, h + 80);
	uint32_t bits = le32(h + 16);
	struct cper_time t;
	char text[32];

	add(o, "revision", revision(le16(h + 4)));
	add(o, "sectionCount", number(le16(h + 10)));
	add(o, "severity", severity(le32(h + 12)));
	add(o, "recordLength", number(le32(h + 20)));
	if ((bits & CPER_RECORD_VALID_TIMESTAMP) && cper_timestamp_read(h + 24, &t)) {
		snprintf(text, sizeof(text), "%04u-%02u-%02uT%02u:%02u:%02u+00:00", t.year % 10000u,
			 t.month % 100u, t.day % 100u, t.hour % 100u, t.minute % 100u,
			 t.second % 100u);
		add(o, "timestamp", json_object_new_string(text));
		add(o, "timestampIsPrecise", json_object_new_boolean(t.precise));
	}
	if (bits & CPER_RECORD_VALID_PLATFORM_ID)
		add(o, "platformID", cperjson_guid(h + 32));
	if (bits & CPER_RECORD_VALID_PARTITION_ID)
		add(o, "partitionID", cperjson_guid(h + 48));
	add(o, "creatorID", cperjson_guid(h + 64));
	add(type, "guid", cperjson_guid(h + 80));
	add(type, "type", json_object_new_string(w ? w->word : "Unknown"));
	add(o, "notificationType", type);
	add(o, "recordID", number(le64(h + 96)));
	add(o, "flags", value_name(le32(h + 104), NULL));
	add(o, "persistenceInfo", number(le64(h + 108)));
	return o;
}

int cperjson_libcper(const void *buf, size_t len, json_object **out, struct cper_err *cerr)
{
	json_object *o, *descriptors, *sections;
	_free_ uint8_t *owned = NULL;
	struct cper_record_view v;
	const uint8_t *record;
	struct cper_entry e;
	size_t n;
	int r;

	if (cperjson_as_record(buf, len, &record, &n, &owned, cerr) < 0 ||
	    cper_record_view_init(&v, record, n, cerr) < 0)
		return -1;
	o = json_object_new_object();
	descriptors = json_object_new_array();
	sections = json_object_new_array();
	add(o, "header", header(record));
	add(o, "sectionDescriptors", descriptors);
	add(o, "sections", sections);
	while ((r = cper_record_view_next(&v, &e, cerr)) > 0) {
		json_object_array_add(descriptors, descriptor(&e));
		json_object_array_add(sections, section(&e));
	}
	if (r < 0) {
		json_object_put(o);
		return -1;
	}
	*out = o;
	return 0;
}
