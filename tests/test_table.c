/* SPDX-License-Identifier: MIT */
/* Rows as a table: widths, alignment, escaping, colours, and the cells that several tables use. */

#include "ctl/table.h"

#include "core/clock.h"
#include "ctl_print.h"
#include <stdlib.h>

static const Global plain, bare = { .no_legend = true };

static const Column columns[] = {
        { "NAME", TABLE_LEFT, "name", table_text },
        { "N", TABLE_RIGHT, "n", table_trouble },
        { "LAST", TABLE_LEFT, "last", table_text },
};

static const Rows rows = ROWS(ROW(TEXT("name", "ü"), NUMBER("n", 12345), TEXT("last", "x")),
                              ROW(TEXT("name", "longer\033"), TEXT("last", "")));

static void test_layout(void **state _unused_) {
        const Rows none = { 0 };

        assert_prints(table_print(columns, 3, &rows, &bare),
                      "ü           \033[1;33m12345\033[0m  x\n"
                      "longer\\x1b      0  \n");
        assert_prints(table_print(columns, 2, &none, &plain),
                      "\033[1mNAME\033[0m  \033[1mN\033[0m\n");
        assert_prints(table_print(columns, 2, &none, &bare), "");
        /* a title is wider than its cells, and nothing is padded behind the last column */
        assert_prints(table_print(&columns[2], 1, &rows, &plain), "\033[1mLAST\033[0m\nx\n\n");
}

static void test_cells(void **state _unused_) {
        const Row row = ROW(TEXT("text", "abc"), NUMBER("zero", 0), NUMBER("n", 65000000),
                            TEXTS("texts", "one", "two"), TEXT("peer_address", "::1"),
                            NUMBER("peer_port", 5), TEXT("local_address", "192.0.2.1"),
                            NUMBER("local_port", 65535), TEXT("named_name", "scale-7"),
                            TEXT("named_address", "::1"), NUMBER("named_port", 5),
                            TEXT("vm_address", "vsock:3"), NUMBER("vm_port", 4000000000),
                            TEXT("user_address", "uid:1000"), NUMBER("user_pid", 4711),
                            TEXT("ip_address", "2001:db8::1"));
        static const struct {
                TableMood (*format)(const Row *, const char *, char *);
                const char *key, *text;
                TableMood mood;
        } table[] = {
                { table_text, "text", "abc", TABLE_PLAIN },
                { table_text, "missing", "", TABLE_PLAIN },
                { table_number, "n", "65000000", TABLE_PLAIN },
                { table_trouble, "zero", "0", TABLE_PLAIN },
                { table_trouble, "n", "65000000", TABLE_WARNING },
                { table_bytes, "n", "61.9M", TABLE_PLAIN },
                { table_span, "n", "1min 5s", TABLE_PLAIN },
                { table_texts, "texts", "one, two", TABLE_PLAIN },
                { table_texts, "text", "", TABLE_PLAIN },
                { table_endpoint, "peer", "[::1]:5", TABLE_PLAIN },
                { table_endpoint, "named", "scale-7@[::1]:5", TABLE_PLAIN },
                { table_endpoint, "local", "192.0.2.1:65535", TABLE_PLAIN },
                { table_endpoint, "vm", "vsock:3:4000000000", TABLE_PLAIN },
                { table_endpoint, "user", "uid:1000/pid:4711", TABLE_PLAIN },
                { table_endpoint, "ip", "2001:db8::1", TABLE_PLAIN },
                { table_endpoint, "missing", "", TABLE_PLAIN },
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                char buf[TABLE_CELL_MAX] = "";

                assert_int_equal(table[i].format(&row, table[i].key, buf), table[i].mood);
                assert_string_equal(buf, table[i].text);
        }
}

static void test_ago(void **state _unused_) {
        const Row row = ROW(NUMBER("then", clock_realtime() - 7300 * USEC_PER_SEC));
        char buf[TABLE_CELL_MAX];

        assert_int_equal(table_ago(&row, "then", buf), TABLE_PLAIN);
        assert_string_equal(buf, "2h 1min ago");
}

/* What does not fit into a cell is cut there. */
static void test_long(void **state _unused_) {
        static char text[2 * TABLE_CELL_MAX];
        const Row row = ROW(TEXT("text", text), TEXTS("texts", text, text));
        char buf[TABLE_CELL_MAX];

        memset(text, 'x', sizeof(text) - 1);
        (void)table_text(&row, "text", buf);
        assert_int_equal(strlen(buf), TABLE_CELL_MAX - 1);
        (void)table_texts(&row, "texts", buf);
        assert_int_equal(strlen(buf), TABLE_CELL_MAX - 1);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_layout),
                cmocka_unit_test(test_cells),
                cmocka_unit_test(test_ago),
                cmocka_unit_test(test_long),
        };

        (void)setenv("SYSTEMD_COLORS", "1", 1);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
