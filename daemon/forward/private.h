// SPDX-License-Identifier: LGPL-2.1-or-later
/* Private to forward/. */
#pragma once

#include "forward/forward.h"

struct forward {
	struct guests *guests;
	struct translator *translator;
	struct injector *injector;
};
