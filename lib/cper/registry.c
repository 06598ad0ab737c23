// SPDX-License-Identifier: LGPL-2.1-or-later
/* The section types, one line each. */
#include "base/cleanup.h"
#include "cper/section.h"

static const struct cper_section *const sections[] = {
	&cper_section_memory,
	&cper_section_generic,
	&cper_section_x86,
	&cper_section_arm,
	&cper_section_memory2,
	&cper_section_pcie,
	&cper_section_pci_bus,
	&cper_section_pci_component,
	&cper_section_firmware,
	&cper_section_dmar,
	&cper_section_vtd,
	&cper_section_iommu,
	&cper_section_ccix,
	&cper_section_cxl_protocol,
	&cper_section_cxl_events[CPER_CXL_EVENT_MEDIA],
	&cper_section_cxl_events[CPER_CXL_EVENT_DRAM],
	&cper_section_cxl_events[CPER_CXL_EVENT_MODULE],
	&cper_section_cxl_events[CPER_CXL_EVENT_PHYSICAL_SWITCH],
	&cper_section_cxl_events[CPER_CXL_EVENT_VIRTUAL_SWITCH],
	&cper_section_cxl_events[CPER_CXL_EVENT_MLD_PORT],
	&cper_section_cxl_events[CPER_CXL_EVENT_SPARING],
	&cper_section_arm_ras,
	&cper_section_linux_mce,
	&cper_section_linux_dmesg,
	&cper_section_windows_mca,
	&cper_section_amd_runtime,
	&cper_section_amd_crash,
	&cper_section_nvidia,
	&cper_section_nvidia_event,
	&cper_section_altra,
	&cper_section_ampereone,
	&cper_section_hisi_common,
	&cper_section_hisi_type1,
	&cper_section_hisi_type2,
	&cper_section_hisi_pcie,
};

const struct cper_section *cper_section_find(const struct cper_guid *g)
{
	for (size_t i = 0; i < ARRAY_LEN(sections); i++)
		if (!memcmp(sections[i]->guid.b, g->b, sizeof(g->b)))
			return sections[i];
	return NULL;
}

const char *cper_section_title(const struct cper_guid *g)
{
	const struct cper_section *s = cper_section_find(g);
	const struct cper_guid_word *w = s ? NULL : cper_guid_word(cper_section_words, g->b);

	return s ? s->title : w ? w->word : NULL;
}

const struct cper_section *cper_section_by_kind(const char *kind)
{
	for (size_t i = 0; i < ARRAY_LEN(sections); i++)
		if (!strcmp(sections[i]->kind, kind))
			return sections[i];
	return NULL;
}

const struct cper_section *cper_section_at(size_t i)
{
	return i < ARRAY_LEN(sections) ? sections[i] : NULL;
}

int cper_fail(struct cper_err *err, int code, uint64_t offset, uint16_t entry, const char *what)
{
	if (err)
		*err = (struct cper_err){ .code = code,
					  .offset = offset > UINT32_MAX ? UINT32_MAX :
									  (uint32_t)offset,
					  .entry = entry,
					  .what = what };
	return -1;
}

uint32_t cper_section_fixed(const struct cper_section *s, const uint8_t *section, uint32_t len)
{
	if (s->fixed)
		return s->fixed(section, len);
	return len < s->table.size ? len : s->table.size;
}

int cper_section_layout(const struct cper_section *s, const struct cper_entry *e,
			struct cper_layout *l, struct cper_err *err)
{
	if (e->section_len < s->min_size)
		return cper_fail(err, CPER_SECTION_TOO_SHORT, e->section_offset, e->index,
				 "shorter than the section type's fixed part");
	memset(l, 0, sizeof(*l));
	l->fixed = cper_section_fixed(s, e->section, e->section_len);
	l->end = cper_table_end(&s->table, l->fixed);
	return s->layout ? s->layout(e, l, err) : 0;
}

int cper_tail_layout(const struct cper_entry *e, struct cper_layout *l, struct cper_err *err)
{
	(void)err;
	l->parts[0] = (struct cper_extent){ l->end, e->section_len - l->fixed, 0 };
	l->end += l->parts[0].len;
	return 0;
}

int cper_section_open(const struct cper_section *s, const struct cper_entry *e,
		      struct cper_layout *l, struct cper_err *err)
{
	if (memcmp(s->guid.b, e->section_type.b, sizeof(s->guid.b)) != 0)
		return cper_fail(err, CPER_SECTION_TYPE, e->header_offset, e->index,
				 "the entry's section is of another type");
	return cper_section_layout(s, e, l, err);
}

int cper_decode_fixed(const struct cper_section *s, const struct cper_entry *e, void *host,
		      struct cper_layout *l, struct cper_err *err)
{
	struct cper_layout own;

	if (!l)
		l = &own;
	if (cper_section_open(s, e, l, err) < 0)
		return -1;
	cper_table_decode(&s->table, e->section, l->fixed, host);
	return 0;
}

int cper_put_fixed(struct cper_builder *b, const struct cper_entry_info *info,
		   const struct cper_section *s, const void *host)
{
	uint8_t *wire = cper_build_reserve(b, info, &s->guid, s->table.size);

	if (!wire)
		return -1;
	cper_table_encode(&s->table, host, wire);
	return 0;
}
