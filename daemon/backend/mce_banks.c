// SPDX-License-Identifier: LGPL-2.1-or-later
#include "backend/mce_banks.h"

#include "base/cleanup.h"

/* Linux' check_interval is 300 s, and its timer may be late. */
#define POLLED_NS INT64_C(310000000000)

static const unsigned int numbers[MCE_POLLED_BANKS] = { 8, 7, 6, 5, 3, 2, 1 };

unsigned int mce_bank_free(struct mce_banks *b, const struct source_stamp *now, int64_t boot_ns)
{
	bool same = generation_equal(&b->at.gen, &now->gen);
	bool stood = b->at.n_stops != now->n_stops;
	unsigned int bank = 0;

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		int64_t *until = &b->until_boot_ns[i];

		if (!same || (!stood && *until <= boot_ns))
			*until = 0;
		else if (*until && stood)
			*until = boot_ns + POLLED_NS;
		if (!*until && !bank)
			bank = numbers[i];
	}
	b->at = *now;
	return bank;
}

void mce_bank_use(struct mce_banks *b, unsigned int bank, int64_t boot_ns)
{
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		if (numbers[i] == bank)
			b->until_boot_ns[i] = boot_ns + POLLED_NS;
}
