// SPDX-License-Identifier: LGPL-2.1-or-later
/* A record in plain words: what happened, what the OS does with it, what to do next. */
#pragma once

#include <json-c/json.h>
#include <stdio.h>

struct found;

/* The paragraphs of rasctl decode --explain, for a record or section of input.h. */
void explain_text(const struct found *f, FILE *out);

/* The same as [{"what","os","next","source"}], an object a section. The caller owns it. */
json_object *explain_json(const struct found *f);
