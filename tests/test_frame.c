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
        FrameSpec spec;
        size_t size_max;
        const char *input;
        size_t input_size;
        FrameResult result; /* of the last call, end of input included */
        size_t n_messages;
        const char *messages[MESSAGES_MAX];
        uint64_t true_sizes[MESSAGES_MAX]; /* 0: as long as the text */
} Case;

#define DELIMITER(begin, end)                                                                      \
        {                                                                                          \
                .framing = FRAMING_DELIMITER, .start_size = sizeof(begin) - 1, .start = begin,     \
                .delimiter_size = sizeof(end) - 1, .delimiter = end                                \
        }
#define LENGTH(n, order)                                                                           \
        { .framing = FRAMING_LENGTH, .length_size = (n), .length_order = BYTE_ORDER_##order }
#define INPUT(s) .input = (s), .input_size = sizeof(s) - 1

static const Case cases[] = {
        { "one line", { FRAMING_LINE }, 64, INPUT("hello\n"), FRAME_MORE, 1, { "hello" }, { 0 } },
        { "CR before LF",
          { FRAMING_LINE },
          64,
          INPUT("a\r\nb\r\r\n\r\n"),
          FRAME_MORE,
          3,
          { "a", "b\r", "" },
          { 0 } },
        { "CR alone stays",
          { FRAMING_LINE },
          64,
          INPUT("a\rb\n"),
          FRAME_MORE,
          1,
          { "a\rb" },
          { 0 } },
        { "empty lines", { FRAMING_LINE }, 64, INPUT("\n\n"), FRAME_MORE, 2, { "", "" }, { 0 } },
        { "rest at the end",
          { FRAMING_LINE },
          64,
          INPUT("a\nrest"),
          FRAME_MESSAGE,
          2,
          { "a", "rest" },
          { 0 } },
        { "rest that ends in CR",
          { FRAMING_LINE },
          64,
          INPUT("rest\r"),
          FRAME_MESSAGE,
          1,
          { "rest\r" },
          { 0 } },
        { "nothing", { FRAMING_LINE }, 64, INPUT(""), FRAME_MORE, 0, { 0 }, { 0 } },
        { "exactly the limit",
          { FRAMING_LINE },
          4,
          INPUT("abcd\r\nefgh\n"),
          FRAME_MORE,
          2,
          { "abcd", "efgh" },
          { 0 } },
        { "cut and in step",
          { FRAMING_LINE },
          4,
          INPUT("abcdefgh\nij\n"),
          FRAME_MORE,
          2,
          { "abcd", "ij" },
          { 8, 0 } },
        { "cut, CR not counted",
          { FRAMING_LINE },
          4,
          INPUT("abcdef\r\n"),
          FRAME_MORE,
          1,
          { "abcd" },
          { 6 } },
        { "cut rest", { FRAMING_LINE }, 4, INPUT("abcdef"), FRAME_MESSAGE, 1, { "abcd" }, { 6 } },
        { "nul",
          { FRAMING_NUL },
          64,
          INPUT("a\nb\0\0c\r\0"),
          FRAME_MORE,
          3,
          { "a\nb", "", "c\r" },
          { 0 } },
        { "nul, rest",
          { FRAMING_NUL },
          64,
          INPUT("a\0bc"),
          FRAME_MESSAGE,
          2,
          { "a", "bc" },
          { 0 } },
        { "nul, cut",
          { FRAMING_NUL },
          2,
          INPUT("abc\0d\0"),
          FRAME_MORE,
          2,
          { "ab", "d" },
          { 3, 0 } },
        { "octets",
          { FRAMING_OCTET_COUNTED },
          64,
          INPUT("5 hello3 a\nb1  "),
          FRAME_MORE,
          3,
          { "hello", "a\nb", " " },
          { 0 } },
        { "octets, cut and in step",
          { FRAMING_OCTET_COUNTED },
          3,
          INPUT("5 hello2 ab"),
          FRAME_MORE,
          2,
          { "hel", "ab" },
          { 5, 0 } },
        { "octets, ten of them",
          { FRAMING_OCTET_COUNTED },
          64,
          INPUT("10 0123456789"),
          FRAME_MORE,
          1,
          { "0123456789" },
          { 0 } },
        { "octets, leading zero",
          { FRAMING_OCTET_COUNTED },
          64,
          INPUT("1 a05 hello"),
          FRAME_ERROR,
          1,
          { "a" },
          { 0 } },
        { "octets, zero",
          { FRAMING_OCTET_COUNTED },
          64,
          INPUT("0 "),
          FRAME_ERROR,
          0,
          { 0 },
          { 0 } },
        { "octets, no number",
          { FRAMING_OCTET_COUNTED },
          64,
          INPUT("hello"),
          FRAME_ERROR,
          0,
          { 0 },
          { 0 } },
        { "octets, no digit",
          { FRAMING_OCTET_COUNTED },
          64,
          INPUT(" x"),
          FRAME_ERROR,
          0,
          { 0 },
          { 0 } },
        { "octets, LF behind the frame",
          { FRAMING_OCTET_COUNTED },
          64,
          INPUT("1 a\n1 b"),
          FRAME_MORE,
          2,
          { "a", "b" },
          { 0 } },
        { "octets, ten digits",
          { FRAMING_OCTET_COUNTED },
          64,
          INPUT("1234567890 "),
          FRAME_ERROR,
          0,
          { 0 },
          { 0 } },
        { "octets, nine digits then the end",
          { FRAMING_OCTET_COUNTED },
          4,
          INPUT("999999999 abcdef"),
          FRAME_CUT_OFF,
          1,
          { "abcd" },
          { 6 } },
        { "octets, end inside the header",
          { FRAMING_OCTET_COUNTED },
          64,
          INPUT("1 a5"),
          FRAME_ERROR,
          1,
          { "a" },
          { 0 } },
        { "octets, end inside the frame",
          { FRAMING_OCTET_COUNTED },
          64,
          INPUT("5 hell"),
          FRAME_CUT_OFF,
          1,
          { "hell" },
          { 0 } },
        { "eof", { FRAMING_EOF }, 64, INPUT("a\nb\0c\n"), FRAME_MESSAGE, 1, { "a\nb" }, { 6 } },
        { "eof, cut", { FRAMING_EOF }, 3, INPUT("abcdef"), FRAME_MESSAGE, 1, { "abc" }, { 6 } },
        { "eof, nothing", { FRAMING_EOF }, 64, INPUT(""), FRAME_MORE, 0, { 0 }, { 0 } },
        { "fillers between frames, line ends inside them",
          { FRAMING_OCTET_COUNTED },
          64,
          INPUT("6 hello\n\n7 world\r\n\r\n\0"
                "1 \n3 a\n\n"),
          FRAME_MORE,
          4,
          { "hello", "world", "", "a\n" },
          { 0 } },
        { "cut, line end not counted",
          { FRAMING_OCTET_COUNTED },
          4,
          INPUT("7 abcdef\n"),
          FRAME_MORE,
          1,
          { "abcd" },
          { 6 } },
        { "both kinds of syslog",
          { FRAMING_SYSLOG },
          64,
          INPUT("<14>hello\n20 <14>stack\n at foo()\n12 <14>message\n<1>x\r\n"),
          FRAME_MORE,
          4,
          { "<14>hello", "<14>stack\n at foo()", "<14>message", "<1>x" },
          { 0 } },
        { "syslog lines that end in NUL",
          { FRAMING_SYSLOG },
          64,
          INPUT("<14>a\0<14>b\r\0\0<14>c\n3 <1>\0<14>d\0"),
          FRAME_MORE,
          6,
          { "<14>a", "<14>b\r", "", "<14>c", "<1>", "<14>d" },
          { 0 } },
        { "syslog lines that end in LF",
          { FRAMING_SYSLOG },
          64,
          INPUT("<14>a\n<14>b\0c\n"),
          FRAME_MORE,
          2,
          { "<14>a", "<14>b\0c" },
          { 0, 7 } },
        { "lines that begin like counts",
          { FRAMING_SYSLOG },
          64,
          INPUT("12 monkeys\n2026-11-26 x\n1234567890 <1>x\n012 <1>\n7\n1  <\n"),
          FRAME_MORE,
          6,
          { "12 monkeys", "2026-11-26 x", "1234567890 <1>x", "012 <1>", "7", "1  <" },
          { 0 } },
        { "empty lines, and fillers after a counted frame",
          { FRAMING_SYSLOG },
          64,
          INPUT("\na\n\n3 <1>\n\0\r\n3 <2>\nb\n\n"),
          FRAME_MORE,
          7,
          { "", "a", "", "<1>", "<2>", "b", "" },
          { 0 } },
        { "a count is the rest",
          { FRAMING_SYSLOG },
          64,
          INPUT("a\n12 "),
          FRAME_MESSAGE,
          2,
          { "a", "12 " },
          { 0 } },
        { "syslog cut off",
          { FRAMING_SYSLOG },
          64,
          INPUT("9 <1>"),
          FRAME_CUT_OFF,
          1,
          { "<1>" },
          { 0 } },
        { "a carriage return",
          DELIMITER("", "\r"),
          64,
          INPUT("ab\r\rc\nd\r"),
          FRAME_MORE,
          3,
          { "ab", "", "c\nd" },
          { 0 } },
        { "MLLP",
          DELIMITER("\v", "\x1c\r"),
          64,
          INPUT("junk\vMSH|a\rb\x1c\x1c\r\n\v\x1c\r\v"),
          FRAME_ERROR,
          2,
          { "MSH|a\rb\x1c", "" },
          { 0 } },
        { "delimiter that overlaps itself",
          DELIMITER("", "aab"),
          64,
          INPUT("xaaabaaab"),
          FRAME_MORE,
          2,
          { "xa", "a" },
          { 0 } },
        { "start that overlaps itself",
          DELIMITER("aab", "."),
          64,
          INPUT("aaab1.aab2.ab3.aa"),
          FRAME_MORE,
          2,
          { "1", "2" },
          { 0 } },
        { "end before the delimiter",
          DELIMITER("", "xyz"),
          64,
          INPUT("axyzbxy"),
          FRAME_CUT_OFF,
          2,
          { "a", "bxy" },
          { 0 } },
        { "cut before the delimiter",
          DELIMITER("", "xyz"),
          4,
          INPUT("abcdexyz12xyz"),
          FRAME_MORE,
          2,
          { "abcd", "12" },
          { 5, 0 } },
        { "one byte of length",
          LENGTH(1, BIG),
          64,
          INPUT("\3abc\0\1d"),
          FRAME_MORE,
          3,
          { "abc", "", "d" },
          { 0 } },
        { "two bytes of length",
          LENGTH(2, BIG),
          4,
          INPUT("\0\5abcde\0\1f"),
          FRAME_MORE,
          2,
          { "abcd", "f" },
          { 5, 0 } },
        { "little end first",
          LENGTH(4, LITTLE),
          64,
          INPUT("\2\0\0\0ab\1\0\0\0c"),
          FRAME_MORE,
          2,
          { "ab", "c" },
          { 0 } },
        { "end inside a length", LENGTH(4, BIG), 64, INPUT("\0\0"), FRAME_ERROR, 0, { 0 }, { 0 } },
        { "end before its bytes",
          LENGTH(2, LITTLE),
          64,
          INPUT("\1\1ab"),
          FRAME_CUT_OFF,
          1,
          { "ab" },
          { 0 } },
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

        frame_init(&f, &c->spec);
        feed(&f, c->size_max, c->input, cut_a, &r);
        if (r.last != FRAME_ERROR)
                feed(&f, c->size_max, c->input + cut_a, cut_b - cut_a, &r);
        if (r.last != FRAME_ERROR)
                feed(&f, c->size_max, c->input + cut_b, c->input_size - cut_b, &r);
        if (r.last != FRAME_ERROR) {
                r.last = frame_end(&f, FRAME_END_ORDERLY, &m);
                if (r.last == FRAME_MESSAGE || r.last == FRAME_CUT_OFF)
                        note(&r, &m);
        }
        frame_reset(&f);
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

                frame_init(&f, &c->spec);
                for (size_t k = 0; k < c->input_size && r.last != FRAME_ERROR; k++)
                        feed(&f, c->size_max, c->input + k, 1, &r);
                if (r.last != FRAME_ERROR) {
                        r.last = frame_end(&f, FRAME_END_ORDERLY, &m);
                        if (r.last == FRAME_MESSAGE || r.last == FRAME_CUT_OFF)
                                note(&r, &m);
                }
                frame_reset(&f);
                check(c, &r);
        }
}

/* Memory for the rest exists only while there is one, and no more of it than message_size. */
static void test_memory(void **state _unused_) {
        const char long_line[] = "0123456789012345678901234567890123456789";
        const char *p, *none = "";
        Message m;
        Frame f;

        frame_init(&f, &(FrameSpec){ .framing = FRAMING_LINE });
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
        assert_int_equal(frame_next(&f, 300, &none, none, &m), FRAME_MORE);
        assert_int_equal(frame_memory(&f), 0);
        assert_false(frame_may_time_out(&f));
        frame_reset(&f);
}

/* A reload changes the limit in the middle of a message. */
static void test_limit_changes(void **state _unused_) {
        static const size_t limits[][2] = { { 8, 2 }, { 2, 8 } };

        for (size_t i = 0; i < ELEMENTSOF(limits); i++) {
                const char *p = "0123", *q = "456789ab\nnext line\n", *end = q + strlen(q);
                Message m;
                Frame f;

                frame_init(&f, &(FrameSpec){ .framing = FRAMING_LINE });
                assert_int_equal(frame_next(&f, limits[i][0], &p, p + 4, &m), FRAME_MORE);
                assert_int_equal(frame_next(&f, limits[i][1], &q, end, &m), FRAME_MESSAGE);
                assert_int_equal(m.size, limits[i][0]);
                assert_memory_equal(m.data, "01234567", m.size);
                assert_int_equal(m.true_size, 12);
                assert_int_equal(frame_next(&f, limits[i][1], &q, end, &m), FRAME_MESSAGE);
                assert_int_equal(m.size, limits[i][1]);
                assert_int_equal(m.true_size, 9);
                frame_reset(&f);
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
                { FRAMING_OCTET_COUNTED, BYTES("hello\n"), FRAMING_LINE },
                { FRAMING_OCTET_COUNTED, BYTES("\x16\x03\x01\x02"), FRAMING_MAX_ },
                { FRAMING_OCTET_COUNTED, BYTES("00011 hello"), FRAMING_MAX_ },
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

        frame_init(&f, &(FrameSpec){ .framing = FRAMING_LINE });
        assert_int_equal(frame_next(&f, 64, &p, p + 3, &m), FRAME_MORE);
        assert_true(frame_may_time_out(&f));
        assert_int_equal(frame_end(&f, FRAME_END_SILENCE, &m), FRAME_MESSAGE);
        assert_int_equal(m.size, 3);
        assert_int_equal(frame_next(&f, 64, &none, none, &m), FRAME_MORE);

        p = "d\ne";
        assert_int_equal(frame_next(&f, 64, &p, p + 3, &m), FRAME_MESSAGE);
        assert_int_equal(frame_next(&f, 64, &p, p + 1, &m), FRAME_MORE);
        assert_false(frame_may_time_out(&f));
        frame_reset(&f);

        p = "5 ab";
        frame_init(&f, &(FrameSpec){ .framing = FRAMING_OCTET_COUNTED });
        assert_int_equal(frame_next(&f, 64, &p, p + 4, &m), FRAME_MORE);
        assert_false(frame_may_time_out(&f));
        frame_reset(&f);
}

/* Who is silent, closes or resets the connection: which of them cuts a message off. */
static void test_ends(void **state _unused_) {
        static const struct {
                FrameSpec spec;
                const char *input;
                FrameResult results[3]; /* of each FrameEnd */
        } table[] = {
                { { FRAMING_LINE }, "a", { FRAME_MESSAGE, FRAME_MESSAGE, FRAME_CUT_OFF } },
                { { FRAMING_NUL }, "a", { FRAME_MESSAGE, FRAME_MESSAGE, FRAME_CUT_OFF } },
                { { FRAMING_EOF }, "a", { FRAME_MESSAGE, FRAME_MESSAGE, FRAME_CUT_OFF } },
                { { FRAMING_SYSLOG }, "a", { FRAME_MESSAGE, FRAME_MESSAGE, FRAME_CUT_OFF } },
                { { FRAMING_SYSLOG }, "4 <1>", { FRAME_CUT_OFF, FRAME_CUT_OFF, FRAME_CUT_OFF } },
                { DELIMITER("", ";"), "a", { FRAME_MESSAGE, FRAME_CUT_OFF, FRAME_CUT_OFF } },
                { DELIMITER("", ";"), "a;a", { FRAME_CUT_OFF, FRAME_CUT_OFF, FRAME_CUT_OFF } },
                { DELIMITER(":", ";"), ":a", { FRAME_CUT_OFF, FRAME_CUT_OFF, FRAME_CUT_OFF } },
                { { FRAMING_OCTET_COUNTED },
                  "2 a",
                  { FRAME_CUT_OFF, FRAME_CUT_OFF, FRAME_CUT_OFF } },
                { LENGTH(1, BIG), "\2a", { FRAME_CUT_OFF, FRAME_CUT_OFF, FRAME_CUT_OFF } },
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                for (FrameEnd end = FRAME_END_SILENCE; end <= FRAME_END_RESET; end++) {
                        const char *p = table[i].input, *none = "";
                        Message m;
                        Frame f;

                        frame_init(&f, &table[i].spec);
                        while (frame_next(&f, 64, &p, p + strlen(p), &m) != FRAME_MORE)
                                ;
                        assert_int_equal(frame_may_time_out(&f),
                                         table[i].results[FRAME_END_SILENCE] == FRAME_MESSAGE &&
                                                 table[i].spec.framing != FRAMING_EOF);
                        assert_int_equal(frame_end(&f, end, &m), table[i].results[end]);
                        assert_int_equal(frame_next(&f, 64, &none, none, &m), FRAME_MORE);
                        assert_true(frame_is_at_start(&f));
                        assert_int_equal(frame_end(&f, end, &m), FRAME_MORE);
                        frame_reset(&f);
                }
}

/* Each byte once, however the input is cut. */
static void test_skipped(void **state _unused_) {
        static const FrameSpec spec = DELIMITER("aab", ".");
        static const char input[] = "xaaab1.aab2.ab3.aay";
        const size_t n = sizeof(input) - 1;

        for (size_t step = 1; step <= n; step++) {
                uint32_t skipped = 0;
                Frame f;

                frame_init(&f, &spec);
                for (size_t at = 0; at < n; at += step) {
                        const char *p = input + at, *end = input + MIN(at + step, n);
                        Message m;

                        while (frame_next(&f, 64, &p, end, &m) == FRAME_MESSAGE)
                                continue;
                        skipped += f.skipped;
                        f.skipped = 0;
                }
                assert_int_equal(skipped, 2 + 7);
                frame_reset(&f);
        }
}

static void test_whole(void **state) {
        static const struct {
                const char *data;
                size_t size, true_size, size_max, kept, true_after;
        } rows[] = {
                { "", 0, 0, 9, 0, 0 },      { "a", 1, 1, 9, 1, 1 },     { "a\n", 2, 2, 9, 1, 1 },
                { "a\r\n", 3, 3, 9, 1, 1 }, { "a\0", 2, 2, 9, 1, 1 },   { "\n", 1, 1, 9, 0, 0 },
                { "a\r", 2, 2, 9, 2, 2 },   { "a\n\n", 3, 3, 9, 2, 2 }, { "abcd\n", 5, 5, 3, 3, 4 },
                { "abc\n", 4, 4, 3, 3, 3 }, { "abc\n", 4, 7, 9, 4, 7 }, { "abc\n", 4, 7, 2, 2, 7 },
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                Message m = { rows[i].data, rows[i].size, rows[i].true_size };

                frame_whole(&m, rows[i].size_max);
                assert_int_equal(m.size, rows[i].kept);
                assert_int_equal(m.true_size, rows[i].true_after);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_cases),         cmocka_unit_test(test_cut_anywhere),
                cmocka_unit_test(test_byte_by_byte),  cmocka_unit_test(test_memory),
                cmocka_unit_test(test_limit_changes), cmocka_unit_test(test_suggest),
                cmocka_unit_test(test_time_out),      cmocka_unit_test(test_ends),
                cmocka_unit_test(test_skipped),       cmocka_unit_test(test_whole),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
