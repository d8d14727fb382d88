/* SPDX-License-Identifier: MIT */
/*
 * Reads a JSON object (RFC 8259) member by member, where it lies. Strict: what is not JSON, or not
 * UTF-8, is an error. Nothing here allocates.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How deep a value that nobody asks for may be nested. */
#define JSON_SCAN_DEPTH_MAX 16

typedef enum JsonScanKind {
        JSON_SCAN_STRING,
        JSON_SCAN_NUMBER,
        JSON_SCAN_TRUE,
        JSON_SCAN_FALSE,
        JSON_SCAN_NULL,
        JSON_SCAN_NESTED,
} JsonScanKind;

typedef struct JsonScan {
        const char *p, *end;
        bool any; /* a member was read */
} JsonScan;

/* Both texts are borrowed. */
typedef struct JsonMember {
        const char *key; /* as it is written */
        size_t key_size;
        JsonScanKind kind;
        const char *value; /* of a string: what is between the quotes, as it is written */
        size_t value_size;
} JsonMember;

/* Returns 0, or -EBADMSG. */
int json_scan_begin(JsonScan *s, const char *text, size_t n);
/* Returns 1 and a member; 0 when the object, and the text with it, has ended; -EBADMSG. */
int json_scan_next(JsonScan *s, JsonMember *ret);

bool json_scan_is(const JsonMember *m, const char *key);
/*
 * The value as a string, not terminated, in DST, which has room for m->value_size bytes; as a whole
 * number of at most MAX. They return 0, or -EBADMSG when it is none.
 */
int json_scan_string(const JsonMember *m, char *dst, size_t *ret_size);
int json_scan_number(const JsonMember *m, uint64_t max, uint64_t *ret);
