/* SPDX-License-Identifier: MIT */
/*
 * Escaping: each kind of byte in each place of a word, the way back, and what no input may ever
 * produce.
 */

#include "core/escape.h"

#include "core/macro.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* cmocka wants the above */
#include <cmocka.h>

#define INPUT_MAX 256
#define S(literal) literal, sizeof(literal) - 1

typedef struct Case {
        const char *plain;
        size_t plain_size;
        const char *text;
        const char *terminal; /* NULL: as text */
        const char *json;     /* NULL: not UTF-8 */
} Case;

static const Case cases[] = {
        { S(""), "", NULL, "" },
        { S("hello world"), "hello world", NULL, "hello world" },
        { S("a\\b"), "a\\\\b", "a\\b", "a\\\\b" },
        { S("say \"hi\""), "say \"hi\"", NULL, "say \\\"hi\\\"" },
        { S("\n\r\t"), "\\n\\r\\t", NULL, "\\u000a\\u000d\\u0009" },
        { S("\0\x01\x1f\x7f"), "\\x00\\x01\\x1f\\x7f", NULL, "\\u0000\\u0001\\u001f\\u007f" },
        { S("\x1b[31m"), "\\x1b[31m", NULL, "\\u001b[31m" },
        { S(" ~"), " ~", NULL, " ~" },
        { S("\xc2\x80\xc2\x9f"), "\\xc2\\x80\\xc2\\x9f", NULL, "\\u0080\\u009f" },
        { S("\xc2\xa0"), "\xc2\xa0", NULL, "\xc2\xa0" },
        { S("\xc3\xa9\xdf\xbf"), "\xc3\xa9\xdf\xbf", NULL, "\xc3\xa9\xdf\xbf" },
        { S("\xe0\xa0\x80\xef\xbf\xbd"), "\xe0\xa0\x80\xef\xbf\xbd", NULL,
          "\xe0\xa0\x80\xef\xbf\xbd" },
        { S("\xf0\x9f\x98\x80\xf4\x8f\xbf\xbd"), "\xf0\x9f\x98\x80\xf4\x8f\xbf\xbd", NULL,
          "\xf0\x9f\x98\x80\xf4\x8f\xbf\xbd" },
        /* invisible, and no characters */
        { S("\xef\xbb\xbfx\xc2\xad"), "\\xef\\xbb\\xbfx\\xc2\\xad", NULL, "\\ufeffx\\u00ad" },
        { S("\xe2\x81\xa0\xe2\x81\xa4"), "\\xe2\\x81\\xa0\\xe2\\x81\\xa4", NULL, "\\u2060\\u2064" },
        { S("\xf3\xa0\x81\x81"), "\\xf3\\xa0\\x81\\x81", NULL, "\\udb40\\udc41" },
        { S("\xf4\x8f\xbf\xbf"), "\\xf4\\x8f\\xbf\\xbf", NULL, "\\udbff\\udfff" },
        /* separators and bidi controls, and their neighbours */
        { S("\xe2\x80\xa8\xe2\x80\xa9"), "\\xe2\\x80\\xa8\\xe2\\x80\\xa9", NULL, "\\u2028\\u2029" },
        { S("\xe2\x80\xa7\xe2\x80\xaf"), "\xe2\x80\xa7\xe2\x80\xaf", NULL,
          "\xe2\x80\xa7\xe2\x80\xaf" },
        { S("\xd8\x9c"), "\\xd8\\x9c", NULL, "\\u061c" },
        { S("\xd8\x9b\xd8\x9d"), "\xd8\x9b\xd8\x9d", NULL, "\xd8\x9b\xd8\x9d" },
        { S("\xe2\x80\x8e\xe2\x80\x8f"), "\\xe2\\x80\\x8e\\xe2\\x80\\x8f", NULL, "\\u200e\\u200f" },
        { S("\xe2\x80\x8a\xe2\x80\x90"), "\xe2\x80\x8a\xe2\x80\x90", NULL,
          "\xe2\x80\x8a\xe2\x80\x90" },
        { S("\xe2\x80\xaa\xe2\x80\xae"), "\\xe2\\x80\\xaa\\xe2\\x80\\xae", NULL, "\\u202a\\u202e" },
        { S("\xe2\x81\xa6\xe2\x81\xa9"), "\\xe2\\x81\\xa6\\xe2\\x81\\xa9", NULL, "\\u2066\\u2069" },
        { S("\xe2\x81\xa5\xe2\x81\xaa"), "\xe2\x81\xa5\xe2\x81\xaa", NULL,
          "\xe2\x81\xa5\xe2\x81\xaa" },
        /* not UTF-8: alone, broken off, overlong, surrogates, too high */
        { S("\x80"), "\\x80", NULL, NULL },
        { S("\xff\xfe"), "\\xff\\xfe", NULL, NULL },
        { S("\xc3"), "\\xc3", NULL, NULL },
        { S("\xc3z"), "\\xc3z", NULL, NULL },
        { S("\xe2\x82"), "\\xe2\\x82", NULL, NULL },
        { S("\xe2\x82 "), "\\xe2\\x82 ", NULL, NULL },
        { S("\xf0\x9f\x98"), "\\xf0\\x9f\\x98", NULL, NULL },
        { S("\xc0\xaf\xc1\xbf"), "\\xc0\\xaf\\xc1\\xbf", NULL, NULL },
        { S("\xe0\x9f\xbf"), "\\xe0\\x9f\\xbf", NULL, NULL },
        { S("\xf0\x8f\xbf\xbf"), "\\xf0\\x8f\\xbf\\xbf", NULL, NULL },
        { S("\xed\xa0\x80"), "\\xed\\xa0\\x80", NULL, NULL },
        { S("\xed\xbf\xbf"), "\\xed\\xbf\\xbf", NULL, NULL },
        { S("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80", NULL, NULL },
        { S("\xf5\x80\x80\x80"), "\\xf5\\x80\\x80\\x80", NULL, NULL },
        /* a good character behind a broken one is kept */
        { S("\xe2\xc3\xa9"), "\\xe2\xc3\xa9", NULL, NULL },
};

/* Exactly as much memory as is needed, so that the sanitizer sees every byte too many. */
static char *exactly(size_t n) {
        char *p = malloc(n > 0 ? n : 1);

        assert_non_null(p);
        return p;
}

static char *copy(const char *src, size_t n) {
        return memcpy(exactly(n), src, n);
}

static void check(size_t (*function)(char *, const char *, size_t), const char *src, size_t n,
                  const char *expected, size_t expected_size) {
        char *dst = exactly(expected_size);

        assert_int_equal(function(dst, src, n), expected_size);
        assert_memory_equal(dst, expected, expected_size);
        free(dst);
}

static void check_undo(const char *src, size_t n, const char *expected, size_t expected_size) {
        size_t size = SIZE_MAX;
        char *in = copy(src, n);
        char *dst = exactly(n);

        assert_int_equal(escape_undo(dst, in, n, &size), 0);
        assert_int_equal(size, expected_size);
        assert_memory_equal(dst, expected, size);
        free(dst);
        free(in);
}

/* One case between BEFORE and AFTER ordinary letters. */
static void check_case(const Case *c, size_t before, size_t after) {
        char plain[INPUT_MAX];
        char text[6 * INPUT_MAX];
        size_t n = before + c->plain_size + after;
        char *src;
        int size;

        for (size_t i = 0; i < n; i++)
                plain[i] = (char)((i < before ? 'a' : 'A') + i % 26);
        memcpy(plain + before, c->plain, c->plain_size);
        src = copy(plain, n);

#define EXPECT(inside)                                                                             \
        snprintf(text, sizeof(text), "%.*s%s%.*s", (int)before, plain, inside, (int)after,         \
                 plain + before + c->plain_size)
        size = EXPECT(c->text);
        check(escape_text, src, n, text, (size_t)size);
        assert_int_equal(escape_text_size(src, n), size);
        check_undo(text, (size_t)size, plain, n);
        size = EXPECT(c->terminal ? c->terminal : c->text);
        check(escape_terminal, src, n, text, (size_t)size);
        assert_int_equal(escape_is_utf8(src, n), c->json != NULL);
        if (c->json) {
                size = EXPECT(c->json);
                check(escape_json, src, n, text, (size_t)size);
        }
#undef EXPECT
        free(src);
}

/* Each in each place of a word and of a block, with each rest behind it. */
static void test_cases(void **state) {
        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                for (size_t before = 0; before <= 70; before++)
                        for (size_t after = 0; after <= 36; after++)
                                check_case(&cases[i], before, after);
}

static bool is_plain_ascii(unsigned c) {
        return c >= 0x20 && c < 0x7f && c != '\\';
}

/*
 * Every byte beside every byte, in the middle of a word: nothing that carries in it spoils its
 * neighbour.
 */
static void test_pairs(void **state) {
        char expected[64];
        char dst[64];
        size_t size;
        char src[8];

        (void)state;
        for (unsigned a = 0; a < 0x80; a++)
                for (unsigned b = 0; b < 0x100; b++) {
                        memcpy(src, "wxyz1234", sizeof(src));
                        src[3] = (char)a;
                        src[4] = (char)b;
                        size = escape_text_size(src + 3, 1) + escape_text_size(src + 4, 1);
                        assert_int_equal(size == 2, is_plain_ascii(a) && is_plain_ascii(b));
                        memcpy(expected, "wxy", 3);
                        size = 3 + escape_text(expected + 3, src + 3, 1);
                        size += escape_text(expected + size, src + 4, 1);
                        memcpy(expected + size, "234", 3);
                        assert_int_equal(escape_text(dst, src, sizeof(src)), size + 3);
                        assert_memory_equal(dst, expected, size + 3);
                }
}

/* Encodes like the textbook; surrogates and what is too high as well. */
static size_t encode(uint32_t c, char *dst) {
        if (c < 0x80) {
                dst[0] = (char)c;
                return 1;
        }
        if (c < 0x800) {
                dst[0] = (char)(0xc0 | c >> 6);
                dst[1] = (char)(0x80 | (c & 0x3f));
                return 2;
        }
        if (c < 0x10000) {
                dst[0] = (char)(0xe0 | c >> 12);
                dst[1] = (char)(0x80 | (c >> 6 & 0x3f));
                dst[2] = (char)(0x80 | (c & 0x3f));
                return 3;
        }
        dst[0] = (char)(0xf0 | c >> 18);
        dst[1] = (char)(0x80 | (c >> 12 & 0x3f));
        dst[2] = (char)(0x80 | (c >> 6 & 0x3f));
        dst[3] = (char)(0x80 | (c & 0x3f));
        return 4;
}

/* The list in escape.h, range by range. */
static bool is_printable(uint32_t c) {
        static const struct {
                uint32_t first;
                uint32_t last;
        } table[] = {
                { 0, 0x1f },          { 0x7f, 0x9f },     { 0xad, 0xad },     { 0x61c, 0x61c },
                { 0x200b, 0x200f },   { 0x2028, 0x2029 }, { 0x202a, 0x202e }, { 0x2060, 0x2064 },
                { 0x2066, 0x2069 },   { 0xfdd0, 0xfdef }, { 0xfeff, 0xfeff }, { 0xfffe, 0xffff },
                { 0xe0000, 0xe007f },
        };

        if (c % 0x10000 >= 0xfffe)
                return false;

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                if (c >= table[i].first && c <= table[i].last)
                        return false;
        return true;
}

/* Every number there is, alone and with enough behind it for the quick ways. */
static void test_all_characters(void **state) {
        char json[ESCAPE_JSON_MAX(16)];
        char dst[ESCAPE_TEXT_MAX(16)];
        bool same;
        char src[16];
        size_t n;

        (void)state;
        for (uint32_t c = 0; c < 0x11ffff; c++) {
                n = encode(c, src);
                same = c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
                assert_int_equal(escape_is_utf8(src, n), same);
                same = same && is_printable(c) && c != '\\';
                assert_int_equal(escape_text_size(src, n) == n, same);
                memcpy(src + n, "\xc3\xa9 tail", 7);
                assert_int_equal(escape_text(dst, src, n + 7) == n + 7, same);
                if (!same && c > 0x7f)
                        assert_int_equal(escape_text(dst, src, n + 7), 4 * n + 7);
                if (!same && c != '\\' && escape_is_utf8(src, n)) {
                        char expected[16];

                        if (c <= 0xffff)
                                (void)snprintf(expected, sizeof(expected), "\\u%04x", c);
                        else
                                (void)snprintf(expected, sizeof(expected), "\\u%04x\\u%04x",
                                               0xd800 + ((c - 0x10000) >> 10), 0xdc00 + c % 0x400);
                        assert_int_equal(escape_json(json, src, n), strlen(expected));
                        assert_memory_equal(json, expected, strlen(expected));
                }
        }
}

static void test_undo_refuses(void **state) {
        static const struct {
                const char *text;
                size_t size;
        } table[] = {
                { S("\\") },         { S("a\\") },       { S("\\x") },
                { S("\\x0") },       { S("\\xg0") },     { S("\\x0g") },
                { S("\\q") },        { S("\\N") },       { S("\\x41") },
                { S("\\x5c") },      { S("\\x0a") },     { S("\\x0A") },
                { S("\\X00") },      { S("\n") },        { S("\x7f") },
                { S("\xff") },       { S("\xc3") },      { S("\\0") },
                { S("\\xc3\\xa9") }, { S("\\xc3\xa9") }, { S("\xe2\x80\xa8") },
                { S("\xc2\x85") },   { S("\\\"") },      { S("\\[truncated 9 bytes]") },
                { S("\xc3\\xa9") },  { S("\\u000a") },   { S("\0") },
        };
        char dst[64];
        size_t size = 77;

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                assert_int_equal(escape_undo(dst, table[i].text, table[i].size, &size), -EINVAL);
                assert_int_equal(size, 77);
        }
}

static void test_base64(void **state) {
        static const struct {
                const char *plain;
                size_t size;
                const char *text;
        } table[] = {
                /* RFC 4648 section 10 */
                { S(""), "" },
                { S("f"), "Zg==" },
                { S("fo"), "Zm8=" },
                { S("foo"), "Zm9v" },
                { S("foob"), "Zm9vYg==" },
                { S("fooba"), "Zm9vYmE=" },
                { S("foobar"), "Zm9vYmFy" },
                { S("\xff\xff\xff\xfb\xf0\0"), "////+/AA" },
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                check(escape_base64, table[i].plain, table[i].size, table[i].text,
                      strlen(table[i].text));
                assert_int_equal(ESCAPE_BASE64_SIZE(table[i].size), strlen(table[i].text));
        }
}

/* Nothing at a null pointer is nothing. */
static void test_null(void **state) {
        (void)state;
        assert_int_equal(escape_text(NULL, NULL, 0), 0);
        assert_int_equal(escape_text_size(NULL, 0), 0);
        assert_int_equal(escape_json(NULL, NULL, 0), 0);
        assert_int_equal(escape_base64(NULL, NULL, 0), 0);
        assert_true(escape_is_utf8(NULL, 0));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_cases),          cmocka_unit_test(test_pairs),
                cmocka_unit_test(test_all_characters), cmocka_unit_test(test_undo_refuses),
                cmocka_unit_test(test_base64),         cmocka_unit_test(test_null),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
