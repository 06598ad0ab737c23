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
 *  - Sections without a table here (memory 2, PCI, DMAr, CCIX, CXL events, Arm
 *    RAS) are {"Unknown":{"data"}}, as libcper shows what it does not know.
 */
#include "base/cleanup.h"
#include "cper/le.h"
#include "cperjson/cperjson.h"
#include "cperjson/export.h"

enum style {
	NUMBER,
	VALUE_NAME, /* {"value","name"} */
	FLAG,	    /* bit 0 as a boolean */
	BASE64,	    /* {"data"} */
	BASE64_TEXT,
	GUID,
	TEXT,
	HEX64,	     /* a number, and NAMEHex beside it */
	BITS_FROM_3, /* a slot */
	ERROR_STATUS,
	BANK,
	BITS,	      /* an object of flags and values */
	BITS_BY_TYPE, /* the same, in "cacheError", "tlbError" or "busError" */
};

/* Our field, libcper's member, and the object it is under (NULL: the section itself). */
struct map {
	const char *field, *under, *name;
	enum style style;
};

static const struct map memory_map[] = {
	{ "error_status", NULL, "errorStatus", ERROR_STATUS },
	{ "physical_address", NULL, "physicalAddress", HEX64 },
	{ "physical_address_mask", NULL, "physicalAddressMask", NUMBER },
	{ "node", NULL, "node", NUMBER },
	{ "card", NULL, "card", NUMBER },
	{ "module", NULL, "moduleRank", NUMBER },
	{ "bank", NULL, "bank", BANK },
	{ "device", NULL, "device", NUMBER },
	{ "row", NULL, "row", NUMBER },
	{ "column", NULL, "column", NUMBER },
	{ "bit_position", NULL, "bitPosition", NUMBER },
	{ "requestor_id", NULL, "requestorID", NUMBER },
	{ "responder_id", NULL, "responderID", NUMBER },
	{ "target_id", NULL, "targetID", NUMBER },
	{ "memory_error_type", NULL, "memoryErrorType", VALUE_NAME },
	{ "rank_number", NULL, "rankNumber", NUMBER },
	{ "card_handle", NULL, "cardSmbiosHandle", NUMBER },
	{ "module_handle", NULL, "moduleSmbiosHandle", NUMBER },
	{ NULL, NULL, NULL, 0 },
};

static const struct map pcie_map[] = {
	{ "port_type", NULL, "portType", VALUE_NAME },
	{ "version_minor", "version", "minor", NUMBER },
	{ "version_major", "version", "major", NUMBER },
	{ "command", "commandStatus", "commandRegister", NUMBER },
	{ "status", "commandStatus", "statusRegister", NUMBER },
	{ "vendor_id", "deviceID", "vendorID", NUMBER },
	{ "device_id", "deviceID", "deviceID", NUMBER },
	{ "class_code", "deviceID", "classCode", NUMBER },
	{ "function", "deviceID", "functionNumber", NUMBER },
	{ "device", "deviceID", "deviceNumber", NUMBER },
	{ "segment", "deviceID", "segmentNumber", NUMBER },
	{ "bus", "deviceID", "primaryOrDeviceBusNumber", NUMBER },
	{ "secondary_bus", "deviceID", "secondaryBusNumber", NUMBER },
	{ "slot", "deviceID", "slotNumber", BITS_FROM_3 },
	{ "serial_number", NULL, "deviceSerialNumber", NUMBER },
	{ "bridge_secondary_status", "bridgeControlStatus", "secondaryStatusRegister", NUMBER },
	{ "bridge_control", "bridgeControlStatus", "controlRegister", NUMBER },
	{ "capability", NULL, "capabilityStructure", BASE64 },
	{ "aer_info", NULL, "aerInfo", BASE64 },
	{ NULL, NULL, NULL, 0 },
};

static const struct map generic_map[] = {
	{ "processor_type", NULL, "processorType", VALUE_NAME },
	{ "processor_isa", NULL, "processorISA", VALUE_NAME },
	{ "error_type", NULL, "errorType", VALUE_NAME },
	{ "operation", NULL, "operation", VALUE_NAME },
	{ "flags", NULL, "flags", BITS },
	{ "level", NULL, "level", NUMBER },
	{ "cpu_version", NULL, "cpuVersionInfo", NUMBER },
	{ "cpu_brand", NULL, "cpuBrandString", TEXT },
	{ "processor_id", NULL, "processorID", NUMBER },
	{ "target_address", NULL, "targetAddress", NUMBER },
	{ "requestor_id", NULL, "requestorID", NUMBER },
	{ "responder_id", NULL, "responderID", NUMBER },
	{ "instruction_ip", NULL, "instructionIP", NUMBER },
	{ NULL, NULL, NULL, 0 },
};

static const struct map arm_map[] = {
	{ "err_info_num", NULL, "errorInfoNum", NUMBER },
	{ "context_info_num", NULL, "contextInfoNum", NUMBER },
	{ "section_length", NULL, "sectionLength", NUMBER },
	{ "error_affinity_level", NULL, "errorAffinity", VALUE_NAME },
	{ "mpidr_el1", NULL, "mpidrEl1", NUMBER },
	{ "midr_el1", NULL, "midrEl1", NUMBER },
	{ "running_state", NULL, "running", FLAG },
	{ "psci_state", NULL, "psciState", NUMBER },
	{ NULL, NULL, NULL, 0 },
};

static const struct map arm_info_map[] = {
	{ "version", NULL, "version", NUMBER },
	{ "length", NULL, "length", NUMBER },
	{ "type", NULL, "errorType", VALUE_NAME },
	{ "multiple_error", NULL, "multipleError", VALUE_NAME },
	{ "flags", NULL, "flags", BITS },
	{ "error_information", NULL, "errorInformation", BITS_BY_TYPE },
	{ "virtual_fault_address", NULL, "virtualFaultAddress", NUMBER },
	{ "physical_fault_address", NULL, "physicalFaultAddress", NUMBER },
	{ NULL, NULL, NULL, 0 },
};

static const struct map arm_context_map[] = {
	{ "version", NULL, "version", NUMBER },
	{ "register_context_type", NULL, "registerContextType", VALUE_NAME },
	{ "register_array_size", NULL, "registerArraySize", NUMBER },
	{ NULL, NULL, NULL, 0 },
};

static const struct map x86_map[] = {
	{ "local_apic_id", NULL, "localAPICID", NUMBER },
	{ "cpuid_info", NULL, "cpuidInfo", BASE64 },
	{ NULL, NULL, NULL, 0 },
};

static const struct map x86_info_map[] = {
	{ "error_structure_type", "type", "guid", GUID },
	{ "check_info", NULL, "checkInfo", BITS },
	{ "target_id", NULL, "targetAddressID", NUMBER },
	{ "requestor_id", NULL, "requestorID", NUMBER },
	{ "responder_id", NULL, "responderID", NUMBER },
	{ "instruction_pointer", NULL, "instructionPointer", NUMBER },
	{ NULL, NULL, NULL, 0 },
};

static const struct map x86_context_map[] = {
	{ "register_context_type", NULL, "registerContextType", VALUE_NAME },
	{ "register_array_size", NULL, "registerArraySize", NUMBER },
	{ "msr_address", NULL, "msrAddress", NUMBER },
	{ "mm_register_address", NULL, "mmRegisterAddress", NUMBER },
	{ NULL, NULL, NULL, 0 },
};

static const struct map firmware_map[] = {
	{ "error_record_type", NULL, "errorRecordType", VALUE_NAME },
	{ "revision", NULL, "revision", NUMBER },
	{ "record_identifier", NULL, "recordID", NUMBER },
	{ "record_id_guid", NULL, "recordIDGUID", GUID },
	{ NULL, NULL, NULL, 0 },
};

static const struct map cxl_map[] = {
	{ "agent_type", NULL, "agentType", VALUE_NAME },
	{ "agent_address", NULL, "cxlAgentAddress", BITS },
	{ "vendor_id", "deviceID", "vendorID", NUMBER },
	{ "device_id", "deviceID", "deviceID", NUMBER },
	{ "subsystem_vendor_id", "deviceID", "subsystemVendorID", NUMBER },
	{ "subsystem_id", "deviceID", "subsystemDeviceID", NUMBER },
	{ "class_code", "deviceID", "classCode", NUMBER },
	{ "slot", "deviceID", "slotNumber", BITS_FROM_3 },
	{ "serial_number", NULL, "deviceSerial", NUMBER },
	{ "capability", NULL, "capabilityStructure", BASE64_TEXT },
	{ "dvsec_length", NULL, "dvsecLength", NUMBER },
	{ "error_log_length", NULL, "errorLogLength", NUMBER },
	{ NULL, NULL, NULL, 0 },
};

static const struct kind {
	const char *kind, *name;
	const struct map *fixed;
	/* Of the section's parts, in their order. */
	struct {
		const char *name;
		const struct map *map;
	} parts[3];
} kinds[] = {
	{ "mem", "Memory", memory_map, { { NULL, NULL } } },
	{ "pcie", "Pcie", pcie_map, { { NULL, NULL } } },
	{ "proc_generic", "GenericProcessor", generic_map, { { NULL, NULL } } },
	{ "proc_arm",
	  "ArmProcessor",
	  arm_map,
	  { { "errorInfo", arm_info_map },
	    { "contextInfo", arm_context_map },
	    { "vendorSpecificInfo", NULL } } },
	{ "proc_ia",
	  "Ia32x64Processor",
	  x86_map,
	  { { "processorErrorInfo", x86_info_map }, { "processorContextInfo", x86_context_map } } },
	{ "fw", "Firmware", firmware_map, { { NULL, NULL } } },
	{ "cxl_prot", "CxlProtocol", cxl_map, { { "cxlDVSEC", NULL }, { "cxlErrorLog", NULL } } },
};

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
	static const char *const names[] = { "addressSignal",	    "controlSignal",
					     "dataSignal",	    "detectedByResponder",
					     "detectedByRequester", "firstError",
					     "overflowDroppedLogs" };
	json_object *o = json_object_new_object(), *type = json_object_new_object();

	add(type, "value", number(v >> 8 & 255));
	add(o, "errorType", type);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		add(o, names[i], json_object_new_boolean(v >> (16 + i) & 1));
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

/* "restartable_ip" as "restartableIP", and the words that libcper writes in another way. */
static const char *camel(const char *name, char out[48])
{
	static const char *const others[][2] = {
		{ "precise_ip", "preciseIP" },
		{ "restartable_ip", "restartableIP" },
		{ "precise_pc", "precisePC" },
		{ "restartable_pc", "restartablePC" },
		{ "timeout", "timedOut" },
		{ "first_error", "firstErrorCaptured" },
		{ "last_error", "lastErrorCaptured" },
		{ "function", "functionNumber" },
		{ "device", "deviceNumber" },
		{ "bus", "busNumber" },
		{ "segment", "segmentNumber" },
	};
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (!strcmp(name, others[i][0]))
			return others[i][1];
	for (; *name && n < 47; name++)
		out[n++] = *name == '_' && name[1] ? (char)(*++name - 'a' + 'A') : *name;
	out[n] = '\0';
	return out;
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
		add(o, camel(b->name, name),
		    b->words	  ? value_name(n, cper_word(b->words, n)) :
		    b->width == 1 ? json_object_new_boolean((json_bool)n) :
				    number(n));
	}
	return o;
}

/* ARM: the object is named after the error's type. */
static json_object *bits_by_type(const struct cper_bits *b, uint64_t v, uint8_t type)
{
	json_object *o = json_object_new_object();

	add(o,
	    type & CPER_ARM_TYPE_CACHE ? "cacheError" :
	    type & CPER_ARM_TYPE_TLB   ? "tlbError" :
	    type & CPER_ARM_TYPE_BUS   ? "busError" :
					 "microArchError",
	    bits_of(b, v));
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

static json_object *styled(const struct map *m, const struct cper_field *f,
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
	case GUID:
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

static void add_fields(json_object *o, const struct map *m, const struct cper_table *t,
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
		if (m->style == HEX64) {
			char text[24], key[40];

			snprintf(text, sizeof(text), "0x%016llX",
				 (unsigned long long)le64(p + f->offset));
			snprintf(key, sizeof(key), "%sHex", m->name);
			add(to, key, json_object_new_string(text));
		}
	}
}

static json_object *part(const struct cper_entry *e, const struct cper_part *p,
			 const struct cper_extent *x, const struct map *map)
{
	uint32_t pos = 0, at, payload;
	json_object *list;

	if (p->kind == CPER_PART_BYTES)
		return cperjson_base64(e->section + x->offset, x->len);
	list = json_object_new_array();
	while (cper_part_next(p, x, e->section, &pos, &at, &payload)) {
		json_object *o = json_object_new_object(), *data;

		add_fields(o, map, p->table, e->section + at, p->table->size);
		if (p->payload) {
			data = json_object_new_object();
			add(data, "data",
			    cperjson_base64(e->section + at + p->table->size, payload));
			add(o, "registerArray", data);
		}
		json_object_array_add(list, o);
	}
	return list;
}

static json_object *section(const struct cper_entry *e)
{
	const struct cper_section *s = cper_section_find(&e->section_type);
	json_object *o = json_object_new_object(), *in = json_object_new_object();
	struct cper_layout l;

	for (size_t i = 0; s && i < ARRAY_LEN(kinds); i++) {
		const struct kind *k = &kinds[i];

		if (strcmp(k->kind, s->kind) != 0 || cper_section_layout(s, e, &l, NULL) < 0)
			continue;
		if (!strcmp(k->kind, "proc_ia")) {
			add(in, "processorErrorInfoNum", number(l.parts[0].count));
			add(in, "processorContextInfoNum", number(l.parts[1].count));
		}
		add_fields(in, k->fixed, &s->table, e->section, e->section_len);
		for (size_t n = 0; n < s->nr_parts; n++)
			if (k->parts[n].map || l.parts[n].len)
				add(in, k->parts[n].name,
				    part(e, &s->parts[n], &l.parts[n], k->parts[n].map));
		add(o, k->name, in);
		return o;
	}
	add(in, "data", cperjson_base64(e->section, e->section_len));
	add(o, "Unknown", in);
	return o;
}

static json_object *revision(uint32_t v)
{
	json_object *o = json_object_new_object();

	add(o, "major", number(v >> 8));
	add(o, "minor", number(v & 255));
	return o;
}

static json_object *severity(uint32_t v)
{
	json_object *o = json_object_new_object();

	add(o, "code", number(v));
	add(o, "name", json_object_new_string(cper_severity_name(v)));
	return o;
}

static json_object *descriptor(const struct cper_entry *e)
{
	static const char *const flags[] = { "primary",
					     "containmentWarning",
					     "reset",
					     "errorThresholdExceeded",
					     "resourceNotAccessible",
					     "latentError",
					     "propagated",
					     "overflow" };
	const struct cper_section *s = cper_section_find(&e->section_type);
	json_object *o = json_object_new_object(), *f = json_object_new_object();
	json_object *type = json_object_new_object();

	add(o, "sectionOffset", number(e->section_offset));
	add(o, "sectionLength", number(e->section_len));
	add(o, "revision", revision(e->revision));
	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		add(f, flags[i], json_object_new_boolean(e->flags >> i & 1));
	add(o, "flags", f);
	add(type, "data", cperjson_guid(e->section_type.b));
	add(type, "type", json_object_new_string(s ? s->title : "Unknown"));
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
	const struct cper_table *t = &cper_record_table;
	const struct cper_guid_word *w =
		cper_guid_word(t->fields[cper_field_index(t, "notification_type")].guids, h + 80);
	uint32_t bits = le32(h + 16);
	char time[32];

	add(o, "revision", revision(le16(h + 4)));
	add(o, "sectionCount", number(le16(h + 10)));
	add(o, "severity", severity(le32(h + 12)));
	add(o, "recordLength", number(le32(h + 20)));
	if ((bits & CPER_RECORD_VALID_TIMESTAMP) && cper_timestamp_ok(h + 24)) {
		snprintf(time, sizeof(time), "%02x%02x-%02x-%02xT%02x:%02x:%02x+00:00", h[31],
			 h[30], h[29], h[28], h[26], h[25], h[24]);
		add(o, "timestamp", json_object_new_string(time));
		add(o, "timestampIsPrecise", json_object_new_boolean(h[27] & 1));
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
