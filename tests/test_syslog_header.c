/* SPDX-License-Identifier: MIT */
/* Headers of syslog: lines of many senders, and what is nearly a header. */

#include "core/syslog_header.h"

#include "core/escape.h"
#include "core/macro.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka wants the above */
#include <cmocka.h>

#define LINES "/tests/corpus/syslog-lines"
#define LINES_MIN 60
#define EXPECTED_MAX 16

static const char *const names[SYSLOG_HEADER_MAX_] = { "time", "host",  "identifier",
                                                       "pid",  "msgid", "data" };

/* In memory of exactly its size, for the sanitizers. */
static bool parse(const char *p, size_t n, SyslogHeader *ret, char **ret_copy) {
        char *copy = test_malloc(n + 1);
        bool found;

        memcpy(copy, p, n);
        found = syslog_header_parse(copy, n, ret);
        assert_int_equal(syslog_header_exists(copy, n), found);
        assert_true(ret->size <= n);
        for (SyslogField f = 0; f < SYSLOG_HEADER_MAX_; f++)
                if (ret->fields[f].size > 0) {
                        assert_true(found);
                        assert_true(ret->fields[f].data >= copy);
                        assert_true(ret->fields[f].data + ret->fields[f].size <= copy + ret->size);
                }
        *ret_copy = copy;
        return found;
}

/* --- the corpus --- */

typedef struct Block {
        char sender[256], line[1024];
        char expected[EXPECTED_MAX][1024]; /* "NAME VALUE" */
        size_t n_expected, line_size;
} Block;

static void unescape(const char *from, char *to, size_t *ret_size) {
        size_t n = 0;

        for (const char *p = from; *p; p++) {
                unsigned c = (unsigned char)*p;

                if (c == '\\' && p[1] == 'x') {
                        assert_int_equal(sscanf(p + 2, "%2x", &c), 1);
                        p += 3;
                } else if (c == '\\') {
                        p++;
                        c = *p == 't' ? '\t' : *p == 'n' ? '\n' : (unsigned char)*p;
                }
                to[n++] = (char)c;
        }
        *ret_size = n;
}

/* Returns false at the end. */
static bool next_block(FILE *f, Block *b) {
        char line[1024];

        *b = (Block){ 0 };
        while (fgets(line, sizeof(line), f) && *line != '\n') {
                line[strcspn(line, "\n")] = '\0';
                if (*line == '#')
                        continue;
                if (!*b->sender) {
                        memcpy(b->sender, line, sizeof(b->sender) - 1);
                } else if (!*b->line) {
                        unescape(line, b->line, &b->line_size);
                } else {
                        assert_int_equal(strncmp(line, "  ", 2), 0);
                        strcpy(b->expected[b->n_expected++], line + 2);
                        assert_true(b->n_expected < EXPECTED_MAX);
                }
        }
        return *b->sender;
}

static const char *expected_value(const Block *b, const char *name, size_t *ret_size) {
        static char value[1024];

        for (size_t i = 0; i < b->n_expected; i++) {
                size_t n = strlen(name);

                if (strncmp(b->expected[i], name, n) == 0 && b->expected[i][n] == ' ') {
                        unescape(b->expected[i] + n + 1, value, ret_size);
                        return value;
                }
        }
        return NULL;
}

static void check_value(const Block *b, const char *name, const char *found, size_t size) {
        size_t n = 0;
        const char *value = expected_value(b, name, &n);

        if (!value && size == 0)
                return;
        if (!value || n != size || memcmp(value, found, n) != 0)
                fail_msg("%s: %s: found “%.*s”, expected “%s”", b->sender, name, (int)size, found,
                         value ? value : "");
}

static void check_block(const Block *b) {
        char priority[16] = "", *copy;
        SyslogHeader h;
        bool found = parse(b->line, b->line_size, &h, &copy);

        if (strcmp(b->expected[0], "none") == 0) {
                assert_false(found);
        } else {
                if (!found)
                        fail_msg("%s: no header", b->sender);
                if (h.priority != SYSLOG_HEADER_NO_PRIORITY)
                        (void)snprintf(priority, sizeof(priority), "%d", h.priority);
                check_value(b, "priority", priority, strlen(priority));
                for (SyslogField f = 0; f < SYSLOG_HEADER_MAX_; f++)
                        check_value(b, names[f], h.fields[f].data, h.fields[f].size);
                check_value(b, "text", copy + h.size, b->line_size - h.size);
        }
        test_free(copy);
}

/* Each block, and each beginning of its line: whatever is found lies in it. */
static void test_corpus(void **state _unused_) {
        const char *top = getenv("srcdir");
        char path[1024];
        unsigned n = 0;
        FILE *f;
        Block b;

        (void)snprintf(path, sizeof(path), "%s" LINES, top ? top : ".");
        f = fopen(path, "re");
        assert_non_null(f);
        for (; next_block(f, &b); n++) {
                check_block(&b);
                for (size_t size = 0; size < b.line_size; size++) {
                        SyslogHeader h;
                        char *copy;

                        (void)parse(b.line, size, &h, &copy);
                        test_free(copy);
                }
        }
        (void)fclose(f);
        assert_true(n >= LINES_MIN);
}

/* --- edges --- */

/* The fields as "time|host|identifier|pid|msgid|data|text"; NULL: no header. */
static void check_line(const char *line, size_t size, int priority, const char *fields) {
        char shown[1024], *copy;
        SyslogHeader h;
        bool found = parse(line, size, &h, &copy);
        size_t n = 0;

        for (SyslogField f = 0; f < SYSLOG_HEADER_MAX_; f++)
                n += (size_t)snprintf(shown + n, sizeof(shown) - n, "%.*s|", (int)h.fields[f].size,
                                      h.fields[f].size > 0 ? h.fields[f].data : "");
        (void)snprintf(shown + n, sizeof(shown) - n, "%.*s", (int)(size - h.size), copy + h.size);
        if (found != (fields != NULL) || (found && strcmp(shown, fields) != 0) ||
            h.priority != priority)
                fail_msg("“%s”: found %d “%s”, expected %d “%s”", line, h.priority, shown, priority,
                         fields ? fields : "no header");
        test_free(copy);
}

#define NONE SYSLOG_HEADER_NO_PRIORITY
#define T5424 "2026-11-22T10:34:00Z"

static void test_edges(void **state _unused_) {
        static const struct {
                const char *line;
                int priority;
                const char *fields;
        } table[] = {
                /* priorities */
                { "", NONE, NULL },
                { "<", NONE, NULL },
                { "<1", NONE, NULL },
                { "<>x", NONE, NULL },
                { "<1x>", NONE, NULL },
                { "<192>x", NONE, NULL },
                { "<0191>x", NONE, NULL },
                { "<999>Nov 22 10:34:00 h t: x", NONE, NULL },
                { "<191>", 191, "||||||" },
                { "<0>x", 0, "||||||x" },
                { "<013>x", 13, "||||||x" },
                { "<13>\nx", 13, "||||||\nx" },
                { " <13>x", NONE, NULL },
                /* RFC 5424 */
                { "<13>1 - - - - - -", 13, "||||||" },
                { "<13>1 - - - - - - ", 13, "||||||" },
                { "<13>1 - - - - - - x", 13, "||||||x" },
                { "<13>1 - - - - - -x", 13, "||||||1 - - - - - -x" },
                { "<13>1 - - - - - ", 13, "||||||1 - - - - - " },
                { "<13>1 - - - - -", 13, "||||||1 - - - - -" },
                { "<13>999 " T5424 " h a p m - x", 13, T5424 "|h|a|p|m||x" },
                { "<13>1000 " T5424 " h a p m - x", 13, "||||||1000 " T5424 " h a p m - x" },
                { "<13>0 " T5424 " h a p m - x", 13, "||||||0 " T5424 " h a p m - x" },
                { "<13>1", 13, "||||||1" },
                { "<13>1 ", 13, "||||||1 " },
                { "<13>1 x", 13, "||||||1 x" },
                { "<13>1 " T5424 " h a p m  x", 13, T5424 "|h|||||a p m  x" },
                { "<13>1 " T5424 " h\x01 a p m - x", 13, T5424 "||||||h\x01 a p m - x" },
                { "<13>1 12:00 h a p m - x", 13, "||||||1 12:00 h a p m - x" },
                { "<13>1 - h a p m - \xef\xbb\xbfx", 13, "|h|a|p|m||x" },
                { "<13>1 - h a p m - \xef\xbbx", 13, "|h|a|p|m||\xef\xbbx" },
                { "<13>1 1795343640 h x", 13, "1795343640|h|||||x" },
                { "<13>1 17953436401 h x", 13, "||||||1 17953436401 h x" },
                /* structured data */
                { "<13>1 - h a p m [a]", 13, "|h|a|p|m|[a]|" },
                { "<13>1 - h a p m [a][b c=\"d\"] x", 13, "|h|a|p|m|[a][b c=\"d\"]|x" },
                { "<13>1 - h a p m [a b=\"\\\"\\]\\\\\"] x", 13,
                  "|h|a|p|m|[a b=\"\\\"\\]\\\\\"]|x" },
                { "<13>1 - h a p m [a b=\"]\n\xff\"] x", 13, "|h|a|p|m|[a b=\"]\n\xff\"]|x" },
                { "<13>1 - h a p m [a  b=\"c\" ] x", 13, "|h|a|p|m|[a  b=\"c\" ]|x" },
                { "<13>1 - h a p m [a b=\"c] x", 13, "|h|a|p|m||[a b=\"c] x" },
                { "<13>1 - h a p m [a b=\"c\\", 13, "|h|a|p|m||[a b=\"c\\" },
                { "<13>1 - h a p m [a b=c] x", 13, "|h|a|p|m||[a b=c] x" },
                { "<13>1 - h a p m [a =\"c\"] x", 13, "|h|a|p|m||[a =\"c\"] x" },
                { "<13>1 - h a p m [] x", 13, "|h|a|p|m||[] x" },
                { "<13>1 - h a p m [a]x", 13, "|h|a|p|m||[a]x" },
                { "<13>1 - h a p m [a][ x", 13, "|h|a|p|m||[a][ x" },
                { "<13>1 - h a p m [a", 13, "|h|a|p|m||[a" },
                { "<13>1 - h a p m [a ", 13, "|h|a|p|m||[a " },
                /* times */
                { "Nov 22 10:34:00", NONE, "Nov 22 10:34:00||||||" },
                { "Nov 2 10:34:00 h", NONE, "Nov 2 10:34:00|h|||||" },
                { "Nov 02 1:34:00 h x", NONE, "Nov 02 1:34:00|h|||||x" },
                { "Nov 22 10:34:00.5 h x", NONE, "Nov 22 10:34:00.5|h|||||x" },
                { "Nov 22 10:34:00,5 h x", NONE, "Nov 22 10:34:00,5|h|||||x" },
                { "Nov 22 10:34:00. h x", NONE, NULL },
                { "Nov 22 10:34:00 GMT h x", NONE, "Nov 22 10:34:00 GMT|h|||||x" },
                { "Nov 22 10:34:00 UTC", NONE, "Nov 22 10:34:00 UTC||||||" },
                { "Nov 22 10:34:00 WEB h x", NONE, "Nov 22 10:34:00|WEB|||||h x" },
                { "Nov 22 10:34:00 AB: x", NONE, "Nov 22 10:34:00||AB||||x" },
                { "Nov 22 2026 10:34:00 h x", NONE, "Nov 22 2026 10:34:00|h|||||x" },
                { "Nov 22 202 10:34:00 h x", NONE, NULL },
                { "Nov 22 10:34 h x", NONE, NULL },
                { "Nov 22", NONE, NULL },
                { "Nov x", NONE, NULL },
                { "Nov", NONE, NULL },
                { "No", NONE, NULL },
                { "nov 22 10:34:00 h x", NONE, NULL },
                { "2026 Nov 22 10:34:00 h x", NONE, "2026 Nov 22 10:34:00|h|||||x" },
                { "2026 November", NONE, NULL },
                { "2026", NONE, NULL },
                { "2026-11-22 10:34:00 h x", NONE, "2026-11-22 10:34:00|h|||||x" },
                { "2026/11/22 10:34:00 h x", NONE, "2026/11/22 10:34:00|h|||||x" },
                { "2026-11/22 10:34:00 h x", NONE, NULL },
                { "2026.11.22 10:34:00 h x", NONE, NULL },
                { "2026-11-22", NONE, NULL },
                { "2026-11-22T10:34:00+0100 h x", NONE, "2026-11-22T10:34:00+0100|h|||||x" },
                { "2026-11-22T10:34:00z h x", NONE, "2026-11-22T10:34:00z|h|||||x" },
                { "2026-11-22T10:34:00+01 h x", NONE, NULL },
                { "2026-11-22T10:34:00-h x", NONE, NULL },
                { "11/22/2026:10:34:00 GMT h x", NONE, "11/22/2026:10:34:00 GMT|h|||||x" },
                { "11/22/2026:10:34 x", NONE, NULL },
                { "11/22/x", NONE, NULL },
                { "11/x", NONE, NULL },
                { "*Nov 22 10:34:00: %A-1-B: x", NONE, "Nov 22 10:34:00||%A-1-B||||x" },
                { "00:00:34: %A-1-B: x", NONE, "00:00:34||%A-1-B||||x" },
                { "1y2w: %A-1-B: x", NONE, "1y2w||%A-1-B||||x" },
                { "2d03h: %A-1-B: x", NONE, "2d03h||%A-1-B||||x" },
                { "2d03h: x", NONE, NULL },
                { "2d03hx: %A", NONE, NULL },
                { "2d3: %A", NONE, NULL },
                /* what comes before the time */
                { "<13>1: 2: 3: 4: 5: 6: x", 13, "||||||6: x" },
                { "<13>h: 7: Nov 22 10:34:00: %A-1-B: x", 13, "Nov 22 10:34:00|h|%A-1-B||||x" },
                { "<13>h: 2d03h: %A-1-B: x", 13, "2d03h|h|%A-1-B||||x" },
                { "<13>h: *task: Nov 22 10:34:00: x", 13, "Nov 22 10:34:00|h|||||x" },
                { "<13>h: *x y", 13, "||h||||*x y" },
                { "<13>h:", 13, "||h||||" },
                { "<13>h:  ", 13, "||h||||" },
                { "<13>h: Nov 22 10:34:00 x", 13, "||h||||Nov 22 10:34:00 x" },
                { "<13>h x:Nov 22 10:34:00 UTC: t[1]: y", 13, "Nov 22 10:34:00 UTC|h|t|1|||y" },
                { "<13>h x:y", 13, "||||||h x:y" },
                { "<13>h x", 13, "||||||h x" },
                { "<13>:x", 13, "||||||:x" },
                { "<13>\xff: x", 13, "||||||\xff: x" },
                { "<13>x\xff: x", 13, "||||||x\xff: x" },
                /* hosts and tags */
                { "<13>Nov 22 10:34:00", 13, "Nov 22 10:34:00||||||" },
                { "<13>Nov 22 10:34:00 ", 13, "Nov 22 10:34:00||||||" },
                { "<13>Nov 22 10:34:00 h", 13, "Nov 22 10:34:00|h|||||" },
                { "<13>Nov 22 10:34:00 h: x", 13, "Nov 22 10:34:00||h||||x" },
                { "<13>Nov 22 10:34:00 h:", 13, "Nov 22 10:34:00||h||||" },
                { "<13>Nov 22 10:34:00 : x", 13, "Nov 22 10:34:00||||||x" },
                { "<13>Nov 22 10:34:00 ::: x", 13, "Nov 22 10:34:00||||||::: x" },
                { "<13>Nov 22 10:34:00 %A: %B: x", 13, "Nov 22 10:34:00||%A||||%B: x" },
                { "<13>Nov 22 10:34:00 a,b: x", 13, "Nov 22 10:34:00||a,b||||x" },
                { "<13>Nov 22 10:34:00 h\x01 x: y", 13, "Nov 22 10:34:00||||||h\x01 x: y" },
                { "<13>Nov 22 10:34:00 error x", 13, "Nov 22 10:34:00||||||error x" },
                { "<13>Nov 22 10:34:00 Message forwarded from h: x", 13,
                  "Nov 22 10:34:00|h|||||x" },
                { "<13>Nov 22 10:34:00 h t[1] x", 13, "Nov 22 10:34:00|h|t|1|||x" },
                { "<13>Nov 22 10:34:00 h t[1]x", 13, "Nov 22 10:34:00|h|||||t[1]x" },
                { "<13>Nov 22 10:34:00 h t[1", 13, "Nov 22 10:34:00|h|||||t[1" },
                { "<13>Nov 22 10:34:00 h t[]: x", 13, "Nov 22 10:34:00|h|||||t[]: x" },
                { "<13>Nov 22 10:34:00 h t[1 2]: x", 13, "Nov 22 10:34:00|h|||||t[1 2]: x" },
                { "<13>Nov 22 10:34:00 h http://x", 13, "Nov 22 10:34:00|h|||||http://x" },
                { "<13>Nov 22 10:34:00 h 12: x", 13, "Nov 22 10:34:00|h|||||12: x" },
                { "<13>Nov 22 10:34:00 h 12 x", 13, "Nov 22 10:34:00|h|||||12 x" },
                { "<13>Nov 22 10:34:00 h notice t: x", 13, "Nov 22 10:34:00|h|t||||x" },
                { "<13>t: x", 13, "||t||||x" },
                { "<13>t[1]", 13, "||t|1|||" },
                { "<13>{\"a\": 1}", 13, "||||||{\"a\": 1}" },
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                check_line(table[i].line, strlen(table[i].line), table[i].priority,
                           table[i].fields);
        check_line("<13>t\0: x", 8, 13, "||||||t");
}

/* Long words take linear time; the time that a run of them needs would be seen. */
static void test_long(void **state _unused_) {
        static const char *const begins[] = { "<13>",
                                              "<13>1 - ",
                                              "<13>1 - h a p m [a b=\"",
                                              "<13>Nov 22 10:34:00 ",
                                              "<13>Nov 22 10:34:00 h ",
                                              "<13>Nov 22 10:34:00." };
        static const char fills[] = "a1:[%,\\] ";
        const size_t size = 1024 * 1024;
        char *line = test_malloc(size);

        for (size_t i = 0; i < ELEMENTSOF(begins); i++)
                for (const char *fill = fills; *fill; fill++) {
                        SyslogHeader h;

                        memset(line, *fill, size);
                        memcpy(line, begins[i], strlen(begins[i]));
                        assert_true(syslog_header_parse(line, size, &h));
                        assert_int_equal(h.priority, 13);
                        assert_true(h.size <= size);
                }
        test_free(line);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_corpus),
                cmocka_unit_test(test_edges),
                cmocka_unit_test(test_long),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
