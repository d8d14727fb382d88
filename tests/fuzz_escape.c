/* SPDX-License-Identifier: MIT */
/*
 * Any bytes: escaping can be reversed, lets nothing dangerous through, and writes what it said it
 * would.
 */

#include "core/escape.h"

#include "fuzz.h"
#include "json_read.h"

/* Nothing that a terminal or a reader of lines would act on. */
static void check_harmless(const char *text, size_t n) {
        assert(escape_is_utf8(text, n));
        for (size_t i = 0; i < n; i++) {
                uint8_t c = (uint8_t)text[i];

                assert(c >= 0x20 && c != 0x7f);
                if (c == 0xc2)
                        assert((uint8_t)text[i + 1] >= 0xa0);
                if (c == 0xe2 && (uint8_t)text[i + 1] == 0x80)
                        assert((uint8_t)text[i + 2] != 0xa8 && (uint8_t)text[i + 2] != 0xa9 &&
                               (uint8_t)text[i + 2] != 0xae);
        }
}

static void check_text(const char *src, size_t n) {
        size_t size = escape_text_size(src, n);
        char *back = exactly(size);
        char *text = exactly(size);
        size_t back_size;
        int r;

        assert(size >= n && size <= ESCAPE_TEXT_MAX(n));
        assert(escape_text(text, src, n) == size);
        check_harmless(text, size);
        r = escape_undo(back, text, size, &back_size);
        assert(r == 0);
        assert(back_size == n);
        assert(memcmp(back, src, n) == 0);
        free(text);
        free(back);
}

static void check_terminal(const char *src, size_t n) {
        char *text = exactly(ESCAPE_TEXT_MAX(n));
        size_t size = escape_terminal(text, src, n);

        assert(size <= escape_text_size(src, n));
        check_harmless(text, size);
        free(text);
}

/* The input taken as escaped text: what can be undone is exactly what escape_text() writes. */
static void check_undo(const char *src, size_t n) {
        char *plain = exactly(n);
        char *text = exactly(n);
        size_t size;

        if (escape_undo(plain, src, n, &size) == 0) {
                assert(size <= n);
                assert(escape_text_size(plain, size) == n);
                assert(escape_text(text, plain, size) == n);
                assert(memcmp(text, src, n) == 0);
        }
        free(text);
        free(plain);
}

static void check_json(const char *src, size_t n) {
        char *text = exactly(ESCAPE_JSON_MAX(n));
        size_t size = escape_json(text, src, n);
        char *back = exactly(size);
        JsonReader j = { text, text + size };

        assert(size <= ESCAPE_JSON_MAX(n));
        check_harmless(text, size);
        if (escape_is_utf8(src, n)) {
                assert(json_read_inside(&j, back) == n);
                assert(j.p == j.end);
                assert(memcmp(back, src, n) == 0);
        }
        free(back);
        free(text);
}

static void check_base64(const char *src, size_t n) {
        char *text = exactly(ESCAPE_BASE64_SIZE(n));

        assert(escape_base64(text, src, n) == ESCAPE_BASE64_SIZE(n));
        free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        const char *src = (const char *)data;

        check_text(src, size);
        check_terminal(src, size);
        check_undo(src, size);
        check_json(src, size);
        check_base64(src, size);
        return 0;
}
