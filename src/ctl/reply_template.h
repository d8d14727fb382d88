/* SPDX-License-Identifier: MIT */
/* Whether a reply is a receipt of the listener whose template is known. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * DATA is what the template TEXT gives for some message: each "%i" is the same ID, each "%l" the
 * same level.
 */
bool reply_template_matches(const char *text, size_t text_size, const char *data, size_t size);

/* Line NUMBER (from 0) of TEXT, without its LF. Returns its size; *RET points into TEXT. */
size_t reply_template_line(const char *text, int number, const char **ret);
