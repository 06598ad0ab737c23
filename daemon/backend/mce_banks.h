// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Banks of a guest's processor for uncorrected errors that its kernel finds by its poll only
 * (AMD's deferred ones).
 *
 * Such an error stays in its bank until the kernel looks, which Linux does every 300 s. Another one
 * in the same bank overwrites it, and the guest never hears of the first page (measured). So each
 * gets a bank of its own, which is used again only when the guest must have looked.
 */
#pragma once

#include <stdint.h>

#include "backend/source.h"

/* Measured with Linux 6.12 on EPYC: bank 4 logs such an error, and does not act on it. */
#define MCE_POLLED_BANKS 7u

struct mce_banks {
	struct source_stamp at;			 /* when they were looked at last */
	int64_t until_boot_ns[MCE_POLLED_BANKS]; /* it holds an error; 0: none */
};

/*
 * The number of a free bank, 0 without one. A reset empties a guest's banks. A guest that stood
 * still may have polled nothing meanwhile, so the time begins again.
 */
unsigned int mce_bank_free(struct mce_banks *b, const struct source_stamp *now, int64_t boot_ns);

/* That bank, which was free just now, holds an error. */
void mce_bank_use(struct mce_banks *b, unsigned int bank, int64_t boot_ns);
