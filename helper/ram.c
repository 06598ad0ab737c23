// SPDX-License-Identifier: LGPL-2.1-or-later
#include "helper/ram.h"

int ram_check(const struct ram_section *s, size_t n, struct ras_err *err)
{
	if (n == 0 || n > HELPER_MAX_SECTIONS)
		return ras_fail(err, RAS_E_HELPER, "%zu RAM sections, not 1..%u", n,
				HELPER_MAX_SECTIONS);
	for (size_t i = 0; i < n; i++) {
		uint64_t end, hva_end;

		if (s[i].len_bytes == 0 || ((s[i].gpa | s[i].hva | s[i].len_bytes) & 7) ||
		    __builtin_add_overflow(s[i].gpa, s[i].len_bytes, &end) ||
		    __builtin_add_overflow(s[i].hva, s[i].len_bytes, &hva_end))
			return ras_fail(err, RAS_E_HELPER, "RAM section %zu is malformed", i);
		for (size_t j = 0; j < i; j++)
			if (s[i].gpa < s[j].gpa + s[j].len_bytes && s[j].gpa < end)
				return ras_fail(err, RAS_E_HELPER,
						"RAM sections %zu and %zu overlap", j, i);
	}
	return 0;
}

static const struct ram_section *section_of(const struct ram_section *s, size_t n, uint64_t gpa)
{
	for (size_t i = 0; i < n; i++)
		if (gpa >= s[i].gpa && gpa - s[i].gpa < s[i].len_bytes)
			return &s[i];
	return NULL;
}

bool ram_contains(const struct ram_section *s, size_t n, uint64_t gpa, size_t len)
{
	while (len > 0) {
		const struct ram_section *in = section_of(s, n, gpa);
		uint64_t left;

		if (!in)
			return false;
		left = in->len_bytes - (gpa - in->gpa);
		if (left >= len)
			return true;
		len -= (size_t)left;
		gpa += left;
	}
	return true;
}

bool ram_read(const struct hest_io *io, const struct ram_section *s, size_t n, uint64_t gpa,
	      void *buf, size_t len)
{
	uint8_t *to = buf;

	while (len > 0) {
		const struct ram_section *in = section_of(s, n, gpa);
		uint64_t left;
		size_t take;

		if (!in)
			return false;
		left = in->len_bytes - (gpa - in->gpa);
		take = left < len ? (size_t)left : len;
		if (!io->read(io->ctx, in->hva + (gpa - in->gpa), to, take))
			return false;
		to += take;
		len -= take;
		gpa += take;
	}
	return true;
}
