// SPDX-License-Identifier: LGPL-2.1-or-later
/* Host and guest physical addresses are different types: mixing them does not compile. */
#pragma once

#include <stdint.h>

struct hpa {
	uint64_t v;
};

struct gpa {
	uint64_t v;
};
