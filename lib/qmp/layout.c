// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Whether a range is RAM depends on its block and not on its kind: "rom" may be RAM that is
 * write-protected for now (PC shadow memory), and "ram" may belong to a video card. The flat view
 * has region names, the block table id strings. They are equal, or the id string has the device's
 * path in front ("0000:00:02.0/v0"). If two blocks fit, the layout is refused, because a guess
 * could be a wrong address.
 */
#include "qmp/layout.h"

#include <string.h>

#include "base/utf8.h"
#include "qmp/mtree.h"
#include "qmp/ramblock.h"
#include "qmp/text.h"

static int bad(struct ras_err *err, const char *why)
{
	return ras_fail(err, RAS_E_LAYOUT, "RAM layout: %s", why);
}

static int no_block(struct ras_err *err, struct span name)
{
	char text[48];

	utf8_clean(text, sizeof(text), name.p, name.len);
	return ras_fail(err, RAS_E_LAYOUT,
			"RAM layout: no RAM block, or several, for region %s (QEMU gives the block "
			"of a virtio-pmem device no name)",
			text);
}

int qmp_parse_memdevs(json_object *ret, struct qmp_memdevs *out, struct ras_err *err)
{
	struct qmp_memdevs m = { .n = 0 };

	if (!json_object_is_type(ret, json_type_array))
		return bad(err, "query-memdev gave no list");
	for (size_t i = 0; i < json_object_array_length(ret); i++) {
		json_object *dev = json_object_array_get_idx(ret, i);
		const char *id = NULL;

		if (!json_object_is_type(dev, json_type_object) ||
		    json_opt_str(dev, "id", &id, NULL) < 0)
			return bad(err, "query-memdev gave an odd list");
		if (!id)
			continue; /* optional in the schema */
		if (m.n == QMP_MEMDEVS_MAX || strlen(id) >= QMP_BLOCK_NAME_SIZE)
			return bad(err, "too many memory backends, or too long a name");
		memcpy(m.id[m.n++], id, strlen(id) + 1);
	}
	*out = m;
	return 0;
}

/* Names of blocks that are never the guest's memory, as whole name, last part or prefix. */
static bool firmware_name(struct span name)
{
	static const char *const tail[] = { "pc.bios", "pc.rom", "vga.vram", "vga.rom", "vram" };

	for (size_t i = 0; i < sizeof(tail) / sizeof(tail[0]); i++)
		if (text_path_tail(name, (struct span){ tail[i], strlen(tail[i]) }))
			return true;
	for (size_t i = 0; i < name.len; i++) {
		struct span rest = { name.p + i, name.len - i };

		if (text_skip(&rest, "flash") || text_skip(&rest, "rom@") ||
		    text_skip(&rest, "vga.") || text_skip(&rest, "vram") ||
		    text_skip(&rest, ".rom") || text_skip(&rest, "bios"))
			return true;
	}
	return false;
}

static bool is_memdev(struct span name, const struct qmp_memdevs *m)
{
	if (!m)
		return !firmware_name(name);
	for (size_t i = 0; i < m->n; i++) {
		struct span canonical = name;

		if (text_equal(name, m->id[i]))
			return true;
		if (text_skip(&canonical, "/objects/") && text_equal(canonical, m->id[i]))
			return true;
	}
	return false;
}

/* The block of that name. If there is none, the only one that ends with "/" and the name. */
static const struct qmp_ramblock *find_block(const struct qmp_ramblock *b, size_t n,
					     struct span name)
{
	const struct qmp_ramblock *tail = NULL;
	size_t n_tail = 0;

	for (size_t i = 0; i < n; i++) {
		struct span block = { b[i].name, b[i].name_len };

		if (!text_path_tail(block, name))
			continue;
		if (block.len == name.len)
			return &b[i];
		tail = &b[i];
		n_tail++;
	}
	return n_tail == 1 ? tail : NULL;
}

int qmp_layout_join(const char *mtree, size_t mtree_len, const char *ramblocks,
		    size_t ramblocks_len, const struct qmp_memdevs *memdevs,
		    struct qmp_ram_section *out, size_t *n, struct ras_err *err)
{
	struct qmp_flat_line lines[QMP_FLAT_LINES_MAX];
	struct qmp_ramblock blocks[QMP_RAMBLOCKS_MAX];
	size_t n_lines, n_blocks, count = 0;
	int rc;

	rc = qmp_mtree_parse(mtree, mtree_len, lines, &n_lines, err);
	if (rc == 0)
		rc = qmp_ramblock_parse(ramblocks, ramblocks_len, blocks, &n_blocks, err);
	if (rc < 0)
		return rc;

	for (size_t i = 0; i < n_lines; i++) {
		struct span name = { lines[i].name, lines[i].name_len };

		if (!is_memdev(name, memdevs))
			continue;
		const struct qmp_ramblock *b = find_block(blocks, n_blocks, name);
		if (!b)
			return no_block(err, name);
		if (lines[i].offset > b->total_bytes ||
		    lines[i].len_bytes > b->total_bytes - lines[i].offset)
			return bad(err, "a region reaches beyond its RAM block");
		if (count == QMP_SECTIONS_MAX)
			return bad(err, "more than 64 sections");
		if (name.len >= QMP_BLOCK_NAME_SIZE)
			return bad(err, "a block name of 64 bytes or more");

		struct qmp_ram_section *s = &out[count++];
		*s = (struct qmp_ram_section){ .gpa = lines[i].gpa,
					       .len_bytes = lines[i].len_bytes,
					       .block_offset = lines[i].offset,
					       .has_hva = b->has_hva };
		if (b->has_hva)
			s->hva = b->hva + lines[i].offset;
		memcpy(s->block, name.p, name.len);
	}
	if (!count)
		return bad(err, "no RAM at all");
	*n = count;
	return 0;
}

int qmp_gpa2hva_parse(const char *text, size_t len, uint64_t gpa, uint64_t *hva,
		      char block[QMP_BLOCK_NAME_SIZE], struct ras_err *err)
{
	struct span rest = { text, len }, line, name;
	uint64_t about, v;
	size_t n = 0;

	if (len > QMP_TEXT_MAX || !text_line(&rest, &line))
		return bad(err, "gpa2hva said nothing");
	if (text_skip(&line, "No memory is mapped at address ") ||
	    (text_skip(&line, "Memory at address ") && text_ends_with(line, " is not RAM")))
		return ras_fail(err, RAS_E_NOT_RAM, "QEMU maps no RAM at that address");
	if (!text_skip(&line, "Host virtual address for 0x") || !text_hex(&line, &about) ||
	    !text_skip(&line, " ("))
		return bad(err, "gpa2hva said what this program does not understand");
	while (n < line.len && line.p[n] != ')')
		n++;
	name = (struct span){ line.p, n };
	line.p += n;
	line.len -= n;
	if (!text_skip(&line, ") is 0x") || !text_hex(&line, &v) || line.len ||
	    name.len >= QMP_BLOCK_NAME_SIZE)
		return bad(err, "gpa2hva said what this program does not understand");
	if (about != gpa)
		return bad(err, "gpa2hva answered for another address");
	*hva = v;
	if (block) {
		memcpy(block, name.p, name.len);
		block[name.len] = '\0';
	}
	return 0;
}

const struct qmp_ram_section *qmp_section_at(const struct qmp_ram_section *s, size_t n,
					     uint64_t gpa)
{
	for (size_t i = 0; i < n; i++)
		if (gpa >= s[i].gpa && gpa - s[i].gpa < s[i].len_bytes)
			return &s[i];
	return NULL;
}
