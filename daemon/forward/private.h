// SPDX-License-Identifier: LGPL-2.1-or-later
/* Private to forward/. */
#pragma once

#include "forward/forward.h"

/* What QEMU was asked about a page while it was still being decided whether to forward. */
struct foretold {
	char domain[64];
	struct gpa gpa;
	struct hpa hpa;
	int64_t until_ns;
	struct inject_hold *hold; /* NULL: none */
};

#define FORETOLD_KEPT 8u /* more pages at a time are asked about when their record is made */

struct forward {
	struct guests *guests;
	struct translator *translator;
	struct injector *injector;
	struct foretold foretold[FORETOLD_KEPT];
	unsigned int next_foretold;
};

/* foretell.c */

/* Ask QEMU whether it has the page there; hold hears. */
void forward_ask_qemu(struct forward *f, const char *domain, struct gpa gpa, struct hpa hpa,
		      struct inject_hold *hold);
/* The hold of what was asked a moment ago, with a reference for the caller; NULL: nothing was. */
struct inject_hold *forward_foretold(struct forward *f, const char *domain, struct gpa gpa,
				     struct hpa hpa);
/* The room goes. */
void forward_forget(struct forward *f);
