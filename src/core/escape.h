/* SPDX-License-Identifier: MIT */
/*
 * The one gate for hostile bytes. Printable means: valid UTF-8 (RFC 3629: no overlong forms, no
 * surrogates, at most U+10FFFF) that is not a control (C0, DEL, C1), a line or paragraph separator
 * (U+2028, U+2029), a bidi control (U+061C, U+200E, U+200F, U+202A-202E, U+2066-2069), otherwise
 * invisible (U+00AD, U+200B-200D, U+2060-2064, U+FEFF, tags: U+E0000-E007F) or no character at all
 * (U+FDD0-FDEF, and the last two of each plane). Nothing here allocates or NUL-terminates.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Most bytes that N input bytes can become. */
#define ESCAPE_TEXT_MAX(n) (4 * (n))
#define ESCAPE_JSON_MAX(n) (6 * (n))
#define ESCAPE_BASE64_SIZE(n) (4 * (((n) + 2) / 3))

/*
 * Printable bytes as they are, the backslash doubled, the rest as \n \r \t or \xHH for each byte.
 * Writes at most ESCAPE_TEXT_MAX(n) bytes, returns how many; _size only counts them.
 */
size_t escape_text(char *dst, const char *src, size_t n);
size_t escape_text_size(const char *src, size_t n);

/* The same for a terminal: the backslash stays as it is, so this is safe but cannot be reversed. */
size_t escape_terminal(char *dst, const char *src, size_t n);

/*
 * Reverses escape_text. Writes at most N bytes. Returns 0, or -EINVAL for what escape_text never
 * writes.
 */
int escape_undo(char *dst, const char *src, size_t n, size_t *ret_size);

/*
 * The inside of a JSON string (RFC 8259); N bytes that escape_is_utf8() accepts. What is not
 * printable: \uXXXX, or two of them, a surrogate pair.
 */
size_t escape_json(char *dst, const char *src, size_t n);
size_t escape_base64(char *dst, const char *src, size_t n);

bool escape_is_utf8(const char *src, size_t n);
