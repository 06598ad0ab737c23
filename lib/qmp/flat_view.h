// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * "info mtree -f" cut to what is asked of it, while it comes in.
 *
 * Problem: the text may have megabytes (3.0 MB for 32 CPUs under TCG on q35 with 200 devices), of
 * which the RAM lines of one view are needed, some 5 KB. Rule: the text is taken in pieces of any
 * size; what cannot matter to qmp_mtree_parse() is dropped at once, and what is kept is bounded.
 * Otherwise each guest could make rasd hold and parse as much as the largest guest there is.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define FLAT_VIEW_TEXT_MAX ((size_t)32 << 20) /* ten times the largest that was seen */
#define FLAT_VIEW_KEPT_MAX ((size_t)32 << 10) /* 128 lines of 256 bytes; they have 92 at most */

struct flat_view;

/* NULL: no memory. */
struct flat_view *flat_view_new(void);
void flat_view_free(struct flat_view *v);

/* The next n bytes of the text. False: it has more than FLAT_VIEW_TEXT_MAX; it stays so. */
bool flat_view_feed(struct flat_view *v, const char *text, size_t n);

/*
 * After the last piece: the text that is left. qmp_mtree_parse() says of it what it would say of
 * the whole; of more than FLAT_VIEW_KEPT_MAX, that it does not understand it. Valid until
 * flat_view_free().
 */
const char *flat_view_end(struct flat_view *v, size_t *len);
