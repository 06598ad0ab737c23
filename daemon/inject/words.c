// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "inject/rules.h"

void rule_say(struct rule_words *w, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	if (!w)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	utf8_clean(w->text, w->size, text, strlen(text));
}
