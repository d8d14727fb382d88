/* SPDX-License-Identifier: MIT */
/* Framing: every rule, and that cutting the input anywhere changes nothing. */

#include "core/frame.h"

#include "core/macro.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka wants the above */
#include <cmocka.h>

#define MESSAGES_MAX 8
#define TEXT_MAX 64

typedef struct Case {
        const char *name;
        Framing framing;
        size_t size_max;
        const char *input;
        size_t input_size;
        FrameResult result; /* of the last call, end of input included */
        size_t n_messages;
        const char *messages[MESSAGES_MAX];
        uint64_t true_sizes[MESSAGES_MAX]; /* 0: as long as the text */
} Case;

#define INPUT(s) .input = (s), .input_size = sizeof(s) - 1

static const Case cases[] = {
        { "one line", FRAMING_LINE, 64, INPUT("hello\n"), FRAME_MORE, 1, { "hello" }, { 0 } },
        { "CR before LF",
          FRAMING_LINE,
          64,
          INPUT("a\r\nb\r\r\n\r\n"),
          FRAME_MORE,
          3,
          { "a", "b\r", "" },
          { 0 } },
        { "CR alone stays", FRAMING_LINE, 64, INPUT("a\rb\n"), FRAME_MORE, 1, { "a\rb" }, { 0 } },
        { "empty lines", FRAMING_LINE, 64, INPUT("\n\n"), FRAME_MORE, 2, { "", "" }, { 0 } },
        { "rest at the end",
          FRAMING_LINE,
          64,
          INPUT("a\nrest"),
          FRAME_MESSAGE,
          2,
          { "a", "rest" },
          { 0 } },
        { "rest that ends in CR",
          FRAMING_LINE,
          64,
          INPUT("rest\r"),
          FRAME_MESSAGE,
          1,
          { "rest\r" },
          { 0 } },
        { "nothing", FRAMING_LINE, 64, INPUT(""), FRAME_MORE, 0, { 0 }, { 0 } },
        { "exactly the limit",
          FRAMING_LINE,
          4,
          INPUT("abcd\r\nefgh\n"),
          FRAME_MORE,
          2,
          { "abcd", "efgh" },
          { 0 } },
        { "cut and in step",
          FRAMING_LINE,
          4,
          INPUT("abcdefgh\nij\n"),
          FRAME_MORE,
          2,
          { "abcd", "ij" },
          { 8, 0 } },
        { "cut, CR not counted",
          FRAMING_LINE,
          4,
          INPUT("abcdef\r\n"),
          FRAME_MORE,
          1,
          { "abcd" },
          { 6 } },
        { "cut rest", FRAMING_LINE, 4, INPUT("abcdef"), FRAME_MESSAGE, 1, { "abcd" }, { 6 } },
        { "nul",
          FRAMING_NUL,
          64,
          INPUT("a\nb\0\0c\r\0"),
          FRAME_MORE,
          3,
          { "a\nb", "", "c\r" },
          { 0 } },
        { "nul, rest", FRAMING_NUL, 64, INPUT("a\0bc"), FRAME_MESSAGE, 2, { "a", "bc" }, { 0 } },
        { "nul, cut", FRAMING_NUL, 2, INPUT("abc\0d\0"), FRAME_MORE, 2, { "ab", "d" }, { 3, 0 } },
        { "octets",
          FRAMING_OCTET_COUNTED,
          64,
          INPUT("5 hello3 a\nb1  "),
          FRAME_MORE,
          3,
          { "hello", "a\nb", " " },
          { 0 } },
        { "octets, cut and in step",
          FRAMING_OCTET_COUNTED,
          3,
          INPUT("5 hello2 ab"),
          FRAME_MORE,
          2,
          { "hel", "ab" },
          { 5, 0 } },
        { "octets, ten of them",
          FRAMING_OCTET_COUNTED,
          64,
          INPUT("10 0123456789"),
          FRAME_MORE,
          1,
          { "0123456789" },
          { 0 } },
        { "octets, leading zero",
          FRAMING_OCTET_COUNTED,
          64,
          INPUT("1 a05 hello"),
          FRAME_ERROR,
          1,
          { "a" },
          { 0 } },
        { "octets, zero", FRAMING_OCTET_COUNTED, 64, INPUT("0 "), FRAME_ERROR, 0, { 0 }, { 0 } },
        { "octets, no number",
          FRAMING_OCTET_COUNTED,
          64,
          INPUT("hello"),
          FRAME_ERROR,
          0,
          { 0 },
          { 0 } },
        { "octets, no digit",
          FRAMING_OCTET_COUNTED,
          64,
          INPUT(" x"),
          FRAME_ERROR,
          0,
          { 0 },
          { 0 } },
        { "octets, LF behind the frame",
          FRAMING_OCTET_COUNTED,
          64,
          INPUT("1 a\n1 b"),
          FRAME_ERROR,
          1,
          { "a" },
          { 0 } },
        { "octets, ten digits",
          FRAMING_OCTET_COUNTED,
          64,
          INPUT("1234567890 "),
          FRAME_ERROR,
          0,
          { 0 },
          { 0 } },
        { "octets, nine digits then the end",
          FRAMING_OCTET_COUNTED,
          4,
          INPUT("999999999 abcdef"),
          FRAME_ERROR,
          0,
          { 0 },
          { 0 } },
        { "octets, end inside the header",
          FRAMING_OCTET_COUNTED,
          64,
          INPUT("1 a5"),
          FRAME_ERROR,
          1,
          { "a" },
          { 0 } },
        { "octets, end inside the frame",
          FRAMING_OCTET_COUNTED,
          64,
          INPUT("5 hell"),
          FRAME_ERROR,
          0,
          { 0 },
          { 0 } },
        { "eof", FRAMING_EOF, 64, INPUT("a\nb\0c\n"), FRAME_MESSAGE, 1, { "a\nb" }, { 6 } },
        { "eof, cut", FRAMING_EOF, 3, INPUT("abcdef"), FRAME_MESSAGE, 1, { "abc" }, { 6 } },
        { "eof, nothing", FRAMING_EOF, 64, INPUT(""), FRAME_MORE, 0, { 0 }, { 0 } },
};

typedef struct Result {
        FrameResult last;
        size_t n;
        size_t sizes[MESSAGES_MAX];
        uint64_t true_sizes[MESSAGES_MAX];
        char texts[MESSAGES_MAX][TEXT_MAX];
} Result;

static void note(Result *r, const Message *m) {
        assert_true(r->n < MESSAGES_MAX);
        assert_true(m->size <= TEXT_MAX);
        r->sizes[r->n] = m->size;
        r->true_sizes[r->n] = m->true_size;
        memcpy(r->texts[r->n], m->data, m->size);
        r->n++;
}

/*
 * Each piece is copied to memory of exactly its size, so that a sanitizer sees any look beyond it.
 */
static void feed(Frame *f, size_t size_max, const char *piece, size_t size, Result *r) {
        _cleanup_free_ char *copy = size > 0 ? malloc(size) : NULL;
        const char *p = copy;
        Message m;

        if (size == 0)
                return;
        memcpy(copy, piece, size);
        while ((r->last = frame_next(f, size_max, &p, copy + size, &m)) == FRAME_MESSAGE)
                note(r, &m);
}

static Result run(const Case *c, size_t cut_a, size_t cut_b) {
        Result r = { 0 };
        Frame f;
        Message m;

        frame_init(&f, c->framing);
        feed(&f, c->size_max, c->input, cut_a, &r);
        if (r.last != FRAME_ERROR)
                feed(&f, c->size_max, c->input + cut_a, cut_b - cut_a, &r);
        if (r.last != FRAME_ERROR)
                feed(&f, c->size_max, c->input + cut_b, c->input_size - cut_b, &r);
        if (r.last != FRAME_ERROR) {
                r.last = frame_end(&f, &m);
                if (r.last == FRAME_MESSAGE)
                        note(&r, &m);
        }
        frame_done(&f);
        return r;
}

static void check(const Case *c, const Result *r) {
        assert_int_equal(r->last, c->result);
        assert_int_equal(r->n, c->n_messages);
        for (size_t i = 0; i < r->n; i++) {
                size_t size = strlen(c->messages[i]);

                if (c->true_sizes[i] > 0)
                        size = MIN((size_t)c->true_sizes[i],
                                   c->size_max); /* cut, or with a NUL in it */
                assert_int_equal(r->sizes[i], size);
                assert_memory_equal(r->texts[i], c->messages[i], strlen(c->messages[i]));
                assert_int_equal(r->true_sizes[i], c->true_sizes[i] > 0 ? c->true_sizes[i] : size);
        }
}

static void test_cases(void **state _unused_) {
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                Result r = run(&cases[i], cases[i].input_size, cases[i].input_size);

                print_message("%s\n", cases[i].name);
                check(&cases[i], &r);
        }
}

static void test_cut_anywhere(void **state _unused_) {
        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                for (size_t a = 0; a <= cases[i].input_size; a++)
                        for (size_t b = a; b <= cases[i].input_size; b++) {
                                Result r = run(&cases[i], a, b);

                                check(&cases[i], &r);
                        }
}

static void test_byte_by_byte(void **state _unused_) {
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                const Case *c = &cases[i];
                Result r = { 0 };
                Message m;
                Frame f;

                frame_init(&f, c->framing);
                for (size_t k = 0; k < c->input_size && r.last != FRAME_ERROR; k++)
                        feed(&f, c->size_max, c->input + k, 1, &r);
                if (r.last != FRAME_ERROR) {
                        r.last = frame_end(&f, &m);
                        if (r.last == FRAME_MESSAGE)
                                note(&r, &m);
                }
                frame_done(&f);
                check(c, &r);
        }
}

/* Memory for the rest exists only while there is one, and no more of it than message_size. */
static void test_memory(void **state _unused_) {
        const char long_line[] = "0123456789012345678901234567890123456789";
        const char *p, *none = "";
        Message m;
        Frame f;

        frame_init(&f, FRAMING_LINE);
        assert_int_equal(frame_memory(&f), 0);
        for (size_t i = 0; i < 1000; i++) {
                p = long_line;
                assert_int_equal(frame_next(&f, 300, &p, long_line + 40, &m), FRAME_MORE);
        }
        assert_true(frame_memory(&f) > 300 && frame_memory(&f) < 400);
        assert_true(frame_may_time_out(&f));

        p = "\n";
        assert_int_equal(frame_next(&f, 300, &p, p + 1, &m), FRAME_MESSAGE);
        assert_int_equal(m.size, 300);
        assert_int_equal(m.true_size, 40000);
        assert_false(frame_has_partial(&f));
        assert_int_equal(frame_next(&f, 300, &none, none, &m), FRAME_MORE);
        assert_int_equal(frame_memory(&f), 0);
        assert_false(frame_may_time_out(&f));
        frame_done(&f);
}

/* A reload changes the limit in the middle of a message. */
static void test_limit_changes(void **state _unused_) {
        static const size_t limits[][2] = { { 8, 2 }, { 2, 8 } };

        for (size_t i = 0; i < ELEMENTSOF(limits); i++) {
                const char *p = "0123", *q = "456789ab\nnext line\n", *end = q + strlen(q);
                Message m;
                Frame f;

                frame_init(&f, FRAMING_LINE);
                assert_int_equal(frame_next(&f, limits[i][0], &p, p + 4, &m), FRAME_MORE);
                assert_int_equal(frame_next(&f, limits[i][1], &q, end, &m), FRAME_MESSAGE);
                assert_int_equal(m.size, limits[i][0]);
                assert_memory_equal(m.data, "01234567", m.size);
                assert_int_equal(m.true_size, 12);
                assert_int_equal(frame_next(&f, limits[i][1], &q, end, &m), FRAME_MESSAGE);
                assert_int_equal(m.size, limits[i][1]);
                assert_int_equal(m.true_size, 9);
                frame_done(&f);
        }
}

typedef struct Suggestion {
        Framing framing;
        const char *data;
        size_t size;
        Framing fits; /* FRAMING_MAX_: none is suggested */
} Suggestion;

static void test_suggest(void **state _unused_) {
        static const Suggestion table[] = {
#define BYTES(s) (s), sizeof(s) - 1
                { FRAMING_LINE, BYTES("11 <13>1 aaaaa11 <13>1 bbbbb"), FRAMING_OCTET_COUNTED },
                { FRAMING_NUL, BYTES("999999999 <"), FRAMING_OCTET_COUNTED },
                { FRAMING_LINE, BYTES("9999999999 <"), FRAMING_MAX_ },
                { FRAMING_LINE, BYTES("011 <13>"), FRAMING_MAX_ },
                { FRAMING_LINE, BYTES("11 apples\n"), FRAMING_MAX_ },
                { FRAMING_LINE, BYTES("11 "), FRAMING_MAX_ },
                { FRAMING_LINE, BYTES("<13>hello\n"), FRAMING_MAX_ },
                { FRAMING_LINE, BYTES("hello\0"), FRAMING_NUL },
                { FRAMING_LINE, BYTES("hello\n\0"), FRAMING_MAX_ },
                { FRAMING_LINE, BYTES("\0"), FRAMING_MAX_ },
                { FRAMING_NUL, BYTES("hello\0"), FRAMING_MAX_ },
                { FRAMING_NUL, BYTES("hello\n"), FRAMING_MAX_ },
                { FRAMING_OCTET_COUNTED, BYTES("<14>hello\n"), FRAMING_LINE },
                { FRAMING_OCTET_COUNTED, BYTES("<"), FRAMING_LINE },
                { FRAMING_OCTET_COUNTED, BYTES("<14>hello\0"), FRAMING_NUL },
                { FRAMING_OCTET_COUNTED, BYTES("3 <1>"), FRAMING_MAX_ },
                { FRAMING_EOF, BYTES("11 <13>1 aaaaa"), FRAMING_MAX_ },
                { FRAMING_LINE, BYTES(""), FRAMING_MAX_ },
#undef BYTES
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                const Suggestion *s = &table[i];
                Framing fits = FRAMING_MAX_;
                bool found;

                print_message("%s: %s\n", framing_text(s->framing), s->data);
                found = frame_suggest(s->framing, s->data, s->size, &fits);
                assert_int_equal(found, s->fits != FRAMING_MAX_);
                if (found)
                        assert_int_equal(fits, s->fits);
        }
}

/* Once a separator was seen, silence ends no message. */
static void test_time_out(void **state _unused_) {
        const char *p = "abc", *none = "";
        Message m;
        Frame f;

        frame_init(&f, FRAMING_LINE);
        assert_int_equal(frame_next(&f, 64, &p, p + 3, &m), FRAME_MORE);
        assert_true(frame_may_time_out(&f));
        assert_int_equal(frame_end(&f, &m), FRAME_MESSAGE);
        assert_int_equal(m.size, 3);
        assert_int_equal(frame_next(&f, 64, &none, none, &m), FRAME_MORE);

        p = "d\ne";
        assert_int_equal(frame_next(&f, 64, &p, p + 3, &m), FRAME_MESSAGE);
        assert_int_equal(frame_next(&f, 64, &p, p + 1, &m), FRAME_MORE);
        assert_true(frame_has_partial(&f));
        assert_false(frame_may_time_out(&f));
        frame_done(&f);

        p = "5 ab";
        frame_init(&f, FRAMING_OCTET_COUNTED);
        assert_int_equal(frame_next(&f, 64, &p, p + 4, &m), FRAME_MORE);
        assert_false(frame_may_time_out(&f));
        frame_done(&f);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_cases),         cmocka_unit_test(test_cut_anywhere),
                cmocka_unit_test(test_byte_by_byte),  cmocka_unit_test(test_memory),
                cmocka_unit_test(test_limit_changes), cmocka_unit_test(test_suggest),
                cmocka_unit_test(test_time_out),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
