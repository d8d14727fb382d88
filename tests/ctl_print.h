/* SPDX-License-Identifier: MIT */
/* For the tests of sockctl: what a call prints on standard output, and rows to print. */
#pragma once

#include "core/macro.h"
#include "ctl/rows.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
/* cmocka wants the above */
#include <cmocka.h>

#define TEXT(k, v)                                                                                 \
        { .key = (k), .type = FIELD_TEXT, .text = (v) }
#define NUMBER(k, v)                                                                               \
        { .key = (k), .type = FIELD_NUMBER, .number = (v) }
#define BOOL(k, v)                                                                                 \
        { .key = (k), .type = FIELD_BOOL, .yes = (v) }
#define TEXTS(k, ...)                                                                              \
        {                                                                                          \
                .key = (k), .type = FIELD_TEXTS, .texts = (const char *[]){ __VA_ARGS__ },         \
                .n = ELEMENTSOF(((const char *[]){ __VA_ARGS__ }))                                 \
        }
#define NUMBERS(k, ...)                                                                            \
        {                                                                                          \
                .key = (k), .type = FIELD_NUMBERS, .numbers = (const uint64_t[]){ __VA_ARGS__ },   \
                .n = ELEMENTSOF(((const uint64_t[]){ __VA_ARGS__ }))                               \
        }
#define ROW(...)                                                                                   \
        { .fields = (Field[]){ __VA_ARGS__ }, .n = ELEMENTSOF(((Field[]){ __VA_ARGS__ })) }
#define ROWS(...)                                                                                  \
        { .rows = (Row[]){ __VA_ARGS__ }, .n = ELEMENTSOF(((Row[]){ __VA_ARGS__ })) }

static FILE *real_stdout;
static char *printed_text;
static size_t printed_size;

static inline void print_to_memory(void) {
        real_stdout = stdout;
        stdout = open_memstream(&printed_text, &printed_size);
        assert_non_null(stdout);
}

/* What was printed since, for free(). */
static inline char *printed(void) {
        (void)fclose(stdout);
        stdout = real_stdout;
        return printed_text;
}

/* CALL prints exactly EXPECTED. */
#define assert_prints(call, expected)                                                              \
        do {                                                                                       \
                _cleanup_free_ char *text = NULL;                                                  \
                print_to_memory();                                                                 \
                call;                                                                              \
                text = printed();                                                                  \
                assert_string_equal(text, expected);                                               \
        } while (0)
