// SPDX-License-Identifier: LGPL-2.1-or-later
/* Private to log.c and log_limit.c. */
#pragma once

#include <stdbool.h>

#define LOG_TEXT_SIZE 1024

/* Whether lines of that level are logged at all. */
bool log_wants(int level);

/* Make the text clean and write it as a line, whatever its level. */
void log_write(int level, const char *text);

/* Log the numbers of what was left out long enough ago. Cheap where nothing was. */
void log_limit_tell(void);
