/* SPDX-License-Identifier: MIT */
/* Which lines are records, and what they say; fuzz_record.c compares them with what was written. */

#include "ctl/log_line.h"

#include "unit.h"
#include <string.h>

#define TIME "2026-11-22T10:34:00.123456Z"
#define USEC UINT64_C(1795343640123456)
#define HEAD TIME " tcp 127.0.0.1:51234 a-0 "
#define JSON_ENDS                                                                                  \
        "\"listener\":\"tcp\",\"protocol\":\"tcp\",\"peer_address\":\"127.0.0.1\","                \
        "\"peer_port\":51234,"
#define JSON_HEAD "{\"time\":\"" TIME "\",\"id\":\"a-0\"," JSON_ENDS

static char message[4096];
static LogEntry e;

static bool parse(const char *line) {
        return log_line_parse(line, strlen(line), message, &e);
}

static void test_times(void **state _unused_) {
        static const struct {
                const char *text;
                uint64_t usec;
        } good[] = {
                { "1970-01-01T00:00:00.000000Z", 0 },
                { "1970-01-01T00:00:00.000001Z", 1 },
                { TIME, USEC },
                { "2024-02-29T12:00:00.000000Z", UINT64_C(1709208000000000) },
                { "2000-02-29T00:00:00.000000Z", UINT64_C(951782400000000) },
                { "2100-03-01T00:00:00.000000Z", UINT64_C(4107542400000000) },
                { "9999-12-31T23:59:59.999999Z", UINT64_C(253402300799999999) },
        };
        static const char *const bad[] = {
                "2026-02-29T00:00:00.000000Z", "2100-02-29T00:00:00.000000Z",
                "2026-00-01T00:00:00.000000Z", "2026-13-01T00:00:00.000000Z",
                "2026-01-00T00:00:00.000000Z", "2026-01-32T00:00:00.000000Z",
                "2026-01-01T24:00:00.000000Z", "2026-01-01T00:60:00.000000Z",
                "2026-01-01T00:00:60.000000Z", "1969-12-31T00:00:00.000000Z",
                "2026-01-01 00:00:00.000000Z", "2026/01-01T00:00:00.000000Z",
                "2026-01/01T00:00:00.000000Z", "2026-01-01T00.00:00.000000Z",
                "2026-01-01T00:00.00.000000Z", "2026-01-01T00:00:00,000000Z",
                "2026-01-01T00:00:00.000000z", "x026-01-01T00:00:00.000000Z",
                "2026-01-01T00:00:00.00000 Z", "2026-01-01T00:00:00.0000000",
        };
        uint64_t usec;

        for (size_t i = 0; i < ELEMENTSOF(good); i++) {
                assert_true(log_line_parse_time(good[i].text, RECORD_TIME_SIZE, &usec));
                assert_int_equal(usec, good[i].usec);
        }
        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                assert_false(log_line_parse_time(bad[i], RECORD_TIME_SIZE, &usec));
        assert_false(log_line_parse_time(TIME, RECORD_TIME_SIZE - 1, &usec));
}

static void test_text(void **state _unused_) {
        static const char *const bad[] = {
                "",
                "hello",
                TIME,
                TIME " ",
                TIME " tcp",
                TIME " tcp 127.0.0.1:51234",
                TIME " tcp 127.0.0.1:51234 a-0", /* no message: not even an empty one */
                TIME "  127.0.0.1:51234 a-0 x",
                TIME " TCP 127.0.0.1:51234 a-0 x",
                TIME " a234567890123456789012345678901234 127.0.0.1:51234 a-0 x",
                TIME " tcp  a-0 x",
                TIME " tcp \xc3\xbc a-0 x",
                TIME " tcp localhost:1 a-0 x",
                TIME " tcp 127.0.0.1:65536 a-0 x",
                TIME " tcp 127.0.0.1:99999999999 a-0 x",
                TIME " tcp 127.0.0.1: a-0 x",
                TIME " tcp [::1] a-0 x",
                TIME " tcp [::1:5 a-0 x",
                TIME " tcp [ a-0 x",
                TIME " tcp 1:2:3 a-0 x",
                TIME " tcp uid:1000 a-0 x",
                TIME " tcp uid:x/pid:1 a-0 x",
                TIME " tcp uid:1/pid:x a-0 x",
                TIME " tcp vsock:3 a-0 x",
                TIME " tcp vsock:x:3 a-0 x",
                TIME " tcp 127.0.0.1:51234  x",
                TIME " tcp 127.0.0.1:51234 A-0 x",
                TIME " tcp 127.0.0.1:51234 a23456789012345678901234567 x",
                TIME " tcp 1234567890123456789012345678901234567890123456789012345678901234567890"
                     "1234567890:1 a-0 x",
                HEAD "\\x41",
                HEAD "\x1b",
                HEAD "\\",
                HEAD "x\\[truncated 070 bytes]",
                HEAD "x\\[truncated 18446744073709551616 bytes]",
                HEAD "x\\[truncated 1 bytes]", /* no message becomes longer by cutting */
        };

        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                assert_false(parse(bad[i]));

        assert_true(parse(HEAD "hello \\\\ \\n"));
        assert_int_equal(e.format, FORMAT_TEXT);
        assert_int_equal(e.usec, USEC);
        assert_string_equal(e.listener, "tcp");
        assert_string_equal(e.peer_text, "127.0.0.1:51234");
        assert_int_equal(e.peer.family, AF_INET);
        assert_int_equal(e.peer.port, 51234);
        assert_int_equal(e.protocol, PROTOCOL_MAX_);
        assert_int_equal(e.message.size, 9);
        assert_memory_equal(e.message.data, "hello \\ \n", 9);
        assert_true(parse(HEAD ""));
        assert_int_equal(e.message.size, 0);
}

static void test_peers(void **state _unused_) {
        assert_true(parse(TIME " tcp - a-0 x"));
        assert_int_equal(e.peer.family, AF_UNSPEC);
        assert_true(parse(TIME " tcp [fe80::1%nowhere]:5 a-0 x"));
        assert_int_equal(e.peer.family, AF_INET6);
        assert_int_equal(e.peer.port, 5);
        assert_string_equal(e.peer_text, "[fe80::1%nowhere]:5");
        assert_true(parse(TIME " ip 2001:db8::1 a-0 x") && e.has_packet);
        assert_true(parse(TIME " ip 192.0.2.7 a-0 x") && e.has_packet);
        assert_true(parse(TIME " local uid:1000/pid:4711 a-0 x") && !e.has_packet);
        assert_int_equal(e.peer.process.uid, 1000);
        assert_int_equal(e.peer.process.gid, ADDRESS_ID_UNKNOWN);
        assert_int_equal(e.peer.process.pid, 4711);
        assert_true(parse(TIME " vm vsock:3:4000000000 a-0 x"));
        assert_int_equal(e.peer.machine.port, 4000000000);
}

/* A name has no "%", so an "@" behind one belongs to the address. */
static void test_names(void **state _unused_) {
        static const struct {
                const char *text, *name;
        } table[] = {
                { "scale-7@192.0.2.7:5", "scale-7" },
                { "scale@plant:7@192.0.2.7:5", "scale@plant:7" },
                { "urn:a/b\\x20c@[2001:db8::1]:5", "urn:a/b\\x20c" },
                { "a@[fe80::1%b@c]:5", "a" },
                { "[fe80::1%b@c]:5", "" },
                { "fe80::1%b@c", "" },
        };
        static const char *const bad[] = {
                "@192.0.2.7:5", "a@", "a@192.0.2.7@b", "a b@192.0.2.7:5", "a%@192.0.2.7:5", "a@@b",
        };
        char line[512], name[TLS_PEER_NAME_MAX + 2] = { 0 };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                (void)snprintf(line, sizeof(line), TIME " tcp %s a-0 x", table[i].text);
                assert_true(parse(line));
                assert_string_equal(e.peer_text, table[i].text);
                assert_string_equal(e.peer_name, table[i].name);
                assert_true(e.peer.family == AF_INET || e.peer.family == AF_INET6);
        }
        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                (void)snprintf(line, sizeof(line), TIME " tcp %s a-0 x", bad[i]);
                assert_false(parse(line));
        }

        memset(name, 'n', TLS_PEER_NAME_MAX);
        (void)snprintf(line, sizeof(line), TIME " tcp %s@192.0.2.7:5 a-0 x", name);
        assert_true(parse(line));
        assert_string_equal(e.peer_name, name);
        (void)snprintf(line, sizeof(line), TIME " tcp %sn@192.0.2.7:5 a-0 x", name);
        assert_false(parse(line));
}

/* A name that only a proxy tells is no part of what text calls the peer. */
static void test_names_of_json(void **state _unused_) {
        const char *const end = "\"size\":1,\"message\":\"x\"}";
        char line[512];

        (void)snprintf(line, sizeof(line), "%s\"peer_name\":\"a\\\\x20b\",%s", JSON_HEAD, end);
        assert_true(parse(line));
        assert_string_equal(e.peer_name, "a\\x20b");
        assert_string_equal(e.peer_text, "127.0.0.1:51234");
        (void)snprintf(line, sizeof(line),
                       "%s\"peer_name\":\"a\\\\x20b\",\"peer_fingerprint\":\"00\",%s", JSON_HEAD,
                       end);
        assert_true(parse(line));
        assert_string_equal(e.peer_text, "a\\x20b@127.0.0.1:51234");
        (void)snprintf(line, sizeof(line), "%s\"peer_fingerprint\":\"00\",%s", JSON_HEAD, end);
        assert_true(parse(line));
        assert_string_equal(e.peer_name, "");
        assert_string_equal(e.peer_text, "127.0.0.1:51234");
        (void)snprintf(line, sizeof(line), "%s\"peer_name\":\"a b\",%s", JSON_HEAD, end);
        assert_false(parse(line));
        assert_false(parse("{\"time\":\"" TIME
                           "\",\"id\":\"a-0\",\"listener\":\"tcp\",\"protocol\":"
                           "\"tcp\",\"peer_address\":\"a@127.0.0.1\",\"peer_port\":5,\"size\":1,"
                           "\"message\":\"x\"}"));
}

static void test_marks(void **state _unused_) {
        static const struct {
                const char *text;
                size_t size;
                uint64_t true_size;
                RecordEnding ending;
        } table[] = {
                { "x\\[truncated 70000 bytes]", 1, 70000, RECORD_WHOLE },
                { "x\\[truncated 70000 bytes]\\[cut off]", 1, 70000, RECORD_CUT_OFF },
                { "x\\[cut off]", 1, 1, RECORD_CUT_OFF },
                { "\\[cut off]", 0, 0, RECORD_CUT_OFF },
                { "x\\\\\\[cut off]", 2, 2, RECORD_CUT_OFF },
                { "x\\\\[cut off]", 11, 11, RECORD_WHOLE },
                { "x\\\\[truncated 70000 bytes]", 25, 25, RECORD_WHOLE },
                { "[truncated 70000 bytes]", 23, 23, RECORD_WHOLE },
                { " bytes]", 7, 7, RECORD_WHOLE },
        };
        char line[256];

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                (void)snprintf(line, sizeof(line), "%s%s", HEAD, table[i].text);
                assert_true(parse(line));
                assert_int_equal(e.message.size, table[i].size);
                assert_int_equal(e.message.true_size, table[i].true_size);
                assert_int_equal(e.ending, table[i].ending);
        }
}

static void test_json(void **state _unused_) {
        static const char *const bad[] = {
                "{",
                "{}",
                JSON_HEAD "\"size\":1}",
                JSON_HEAD "\"message\":\"x\"}",
                JSON_HEAD "\"size\":0,\"message\":\"x\"}",
                JSON_HEAD "\"size\":1,\"message\":\"x\"",
                JSON_HEAD "\"size\":1,\"message\":\"x\"}}",
                JSON_HEAD "\"size\":1,\"message\":1}",
                JSON_HEAD "\"size\":\"1\",\"message\":\"x\"}",
                JSON_HEAD "\"size\":1,\"message_base64\":\"x\"}",
                JSON_HEAD "\"size\":1,\"message_base64\":\"!!!!\"}",
                JSON_HEAD "\"size\":1,\"message_base64\":7}",
                JSON_HEAD "\"size\":1,\"message\":\"x\",\"id\":\"b-1\"}",
                JSON_HEAD "\"size\":1,\"message\":\"x\",\"peer_port\":70000}",
                JSON_HEAD "\"size\":1,\"message\":\"x\",\"protocol\":\"sctp\"}",
                JSON_HEAD "\"size\":1,\"message\":\"x\",\"protocol\":6}",
                JSON_HEAD "\"size\":1,\"message\":\"x\",\"peer_address\":\"a\\u0000b\"}",
                JSON_HEAD "\"size\":1,\"message\":\"x\",\"peer_address\":\"localhost\"}",
                JSON_HEAD "\"size\":1,\"message\":\"x\",\"peer_address\":6}",
                JSON_HEAD "\"size\":1,\"message\":\"x\",\"peer_address\":\"123456789012345678901234"
                          "567890123456789012345678901234567890123456789012345678901234567890\"}",
                JSON_HEAD "\"size\":1,\"message\":\"x\",\"other\":\"\x7f\"}", /* for a terminal */
                "{\"id\":\"a-0\",\"time\":\"" TIME "\"," JSON_ENDS "\"size\":1,\"message\":\"x\"}",
                "{\"time\":\"yesterday\",\"id\":\"a-0\"," JSON_ENDS "\"size\":1,\"message\":\"x\"}",
                "{\"time\":\"" TIME "\",\"id\":\"A\"," JSON_ENDS "\"size\":1,\"message\":\"x\"}",
                "{\"time\":\"" TIME "\",\"id\":7," JSON_ENDS "\"size\":1,\"message\":\"x\"}",
                JSON_HEAD "\"size\":1,\"message\":\"x\",\"listener\":\"A\"}",
        };

        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                assert_false(parse(bad[i]));

        assert_true(parse(JSON_HEAD "\"syslog_data\":{\"a\":[1]},\"timed_out\":true,\"size\":9,"
                                    "\"truncated\":true,\"message_base64\":\"/+8=\"}"));
        assert_int_equal(e.format, FORMAT_JSON);
        assert_int_equal(e.usec, USEC);
        assert_int_equal(e.protocol, PROTOCOL_TCP);
        assert_string_equal(e.peer_text, "127.0.0.1:51234");
        assert_int_equal(e.ending, RECORD_TIMED_OUT);
        assert_int_equal(e.message.true_size, 9);
        assert_int_equal(e.message.size, 2);
        assert_memory_equal(e.message.data, "\xff\xef", 2);
        assert_true(parse(JSON_HEAD "\"timed_out\":false,\"cut_off\":true,\"size\":6,"
                                    "\"message\":\"\\u00e4\\ud83d\\ude00\"}"));
        assert_int_equal(e.ending, RECORD_CUT_OFF);
        assert_memory_equal(e.message.data, "\xc3\xa4\xf0\x9f\x98\x80", 6);
        assert_true(parse(JSON_HEAD "\"cut_off\":false,\"size\":3,\"message_base64\":\"abc+\"}"));
        assert_int_equal(e.ending, RECORD_WHOLE);
}

static void test_quick_looks(void **state _unused_) {
        static const char *const lines[] = { HEAD "x", JSON_HEAD "\"size\":1,\"message\":\"x\"}" };
        static const char *const bad[] = {
                "",
                "x",
                "{",
                TIME,
                TIME " a b c",
                JSON_HEAD,
                "{\"time\":\"" TIME "\",\"id\":\"a-0}",
                "{\"time\":\"" TIME "\",\"no\":\"a-0\"}",
        };
        const char *id;
        size_t size;
        uint64_t usec;

        for (size_t i = 0; i < ELEMENTSOF(lines); i++) {
                assert_true(log_line_time(lines[i], strlen(lines[i]), &usec));
                assert_int_equal(usec, USEC);
                assert_true(log_line_id(lines[i], strlen(lines[i]), &id, &size));
                assert_int_equal(size, 3);
                assert_memory_equal(id, "a-0", 3);
        }
        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                assert_false(log_line_id(bad[i], strlen(bad[i]), &id, &size));
        assert_false(log_line_time("", 0, &usec));
        assert_false(log_line_time(TIME, RECORD_TIME_SIZE, &usec));
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_times), cmocka_unit_test(test_text),
                cmocka_unit_test(test_peers), cmocka_unit_test(test_marks),
                cmocka_unit_test(test_json),  cmocka_unit_test(test_quick_looks),
                cmocka_unit_test(test_names), cmocka_unit_test(test_names_of_json),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
