// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * There may be any number of flat views in any order. The guest's CPUs see the one of ` AS
 * "memory", root: system`. Others ("cpu-smm-0", "device-memory") look the same and have wrong
 * addresses. A line:
 *
 *   START-END (prio N, KIND): NAME[ @OFFSET][ KVM]...
 *
 * END is inclusive. KVM adds its name once for each address space on what it maps. KIND may have
 * "nv-" in front. If anything in the chosen view has another form, the whole text is refused.
 */
#include "qmp/mtree.h"

#include "qmp/text.h"

static int bad(struct ras_err *err, const char *why)
{
	return ras_fail(err, RAS_E_LAYOUT, "info mtree: %s", why);
}

/* Cut " KVM" (any number of) and " @OFFSET" off the end of *name. */
static bool split_name(struct span *name, uint64_t *offset)
{
	*offset = 0;
	while (text_ends_with(*name, " KVM"))
		name->len -= 4;
	for (size_t i = name->len; i-- > 1;) {
		if (name->p[i] != '@' || name->p[i - 1] != ' ')
			continue;
		struct span digits = { name->p + i + 1, name->len - i - 1 };

		if (!text_hex(&digits, offset) || digits.len)
			return false;
		name->len = i - 1;
		break;
	}
	return name->len > 0;
}

/* 1: a line of RAM or ROM. 0: another kind. -1: malformed. */
static int parse_line(struct span line, struct qmp_flat_line *out)
{
	uint64_t start, end, prio;
	struct span kind;
	size_t n = 0;

	while (text_skip(&line, " "))
		;
	if (!text_hex(&line, &start) || !text_skip(&line, "-") || !text_hex(&line, &end) ||
	    !text_skip(&line, " (prio "))
		return -1;
	text_skip(&line, "-");
	if (!text_dec(&line, &prio) || !text_skip(&line, ", "))
		return -1;
	while (n < line.len && line.p[n] != ')')
		n++;
	kind = (struct span){ line.p, n };
	line.p += n;
	line.len -= n;
	if (!text_skip(&line, "): "))
		return -1;
	text_skip(&kind, "nv-");
	if (!text_equal(kind, "ram") && !text_equal(kind, "rom"))
		return 0;
	if (end < start || end - start == UINT64_MAX || end == UINT64_MAX)
		return -1;
	if (!split_name(&line, &out->offset))
		return -1;
	out->gpa = start;
	out->len_bytes = end - start + 1;
	out->name = line.p;
	out->name_len = line.len;
	return 1;
}

bool qmp_mtree_line_is_other(const char *line, size_t len)
{
	struct qmp_flat_line ignored;

	return parse_line((struct span){ line, len }, &ignored) == 0;
}

/* Find the lines of the view of "memory". *view: the text after its "Root memory region". */
static int choose_view(struct span text, struct span *view, struct ras_err *err)
{
	struct span rest = text, line;
	bool ours = false, found = false, in_head = false;

	while (text_line(&rest, &line)) {
		if (text_skip(&line, "FlatView #")) {
			in_head = true;
			ours = false;
		} else if (in_head && text_equal(line, QMP_MTREE_MEMORY)) {
			ours = true;
		} else if (in_head && text_skip(&line, QMP_MTREE_ROOT)) {
			in_head = false;
			if (ours && found)
				return bad(err, "two views of the address space \"memory\"");
			if (ours) {
				*view = rest;
				found = true;
			}
		}
	}
	return found ? 0 : bad(err, "no view of the address space \"memory\"");
}

int qmp_mtree_parse(const char *text, size_t len, struct qmp_flat_line *out, size_t *n,
		    struct ras_err *err)
{
	struct span view = { NULL, 0 }, line;
	uint64_t free_from = 0;
	size_t count = 0;

	if (len > QMP_TEXT_MAX)
		return bad(err, "text over 1 MiB");
	if (choose_view((struct span){ text, len }, &view, err) < 0)
		return -RAS_E_LAYOUT;
	while (text_line(&view, &line) && line.len) {
		struct qmp_flat_line l;
		int rc = parse_line(line, &l);

		if (rc < 0)
			return bad(err, "a line that this program does not understand");
		if (rc == 0)
			continue;
		if (l.gpa < free_from)
			return bad(err, "lines that overlap or are out of order");
		if (count == QMP_FLAT_LINES_MAX)
			return bad(err, "more than 128 lines of RAM and ROM");
		free_from = l.gpa + l.len_bytes;
		out[count++] = l;
	}
	*n = count;
	return 0;
}
