/* SPDX-License-Identifier: MIT */
/* Records: the exact bytes of each format. */

#include "core/record.h"
#include "core/record_source.h"

#include "core/escape.h"
#include "core/macro.h"
#include "core/proxy.h"
#include "core/syslog_header.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka wants the above */
#include <cmocka.h>

#define USEC UINT64_C(1795343640123456) /* 2026-11-22T10:34:00.123456Z */

typedef struct Case {
        Format format;
        const char *message;
        size_t size;
        uint64_t true_size;
        RecordEnding ending;
        const char *expected;
} Case;

#define MESSAGE(s) (s), sizeof(s) - 1, sizeof(s) - 1, RECORD_WHOLE
#define TIMED_OUT(s) (s), sizeof(s) - 1, sizeof(s) - 1, RECORD_TIMED_OUT
#define CUT_OFF(s, n) (s), sizeof(s) - 1, (n), RECORD_CUT_OFF
#define CUT(s, n) (s), sizeof(s) - 1, (n), RECORD_WHOLE
#define TEXT_HEAD "2026-11-22T10:34:00.123456Z tcp 192.0.2.7:51234 "
#define JSON_SOURCE                                                                                \
        "{\"time\":\"2026-11-22T10:34:00.123456Z\",\"id\":\"abc-0\",\"listener\":\"tcp\","         \
        "\"protocol\":\"tcp\","                                                                    \
        "\"peer_address\":\"192.0.2.7\",\"peer_port\":51234,\"local_address\":\"198.51.100.1\","   \
        "\"local_port\":9191"
#define JSON_HEAD(size) JSON_SOURCE ",\"size\":" size

static const Case cases[] = {
        { FORMAT_TEXT, MESSAGE("hello world"), TEXT_HEAD "abc-0 hello world\n" },
        { FORMAT_TEXT, MESSAGE(""), TEXT_HEAD "abc-0 \n" },
        { FORMAT_TEXT, MESSAGE("a\nb\\c\x1b"), TEXT_HEAD "abc-0 a\\nb\\\\c\\x1b\n" },
        { FORMAT_TEXT, CUT("abcd", 9), TEXT_HEAD "abc-0 abcd\\[truncated 9 bytes]\n" },
        { FORMAT_TEXT, TIMED_OUT("ab"), TEXT_HEAD "abc-0 ab\n" },
        { FORMAT_TEXT, CUT_OFF("ab", 2), TEXT_HEAD "abc-0 ab\\[cut off]\n" },
        { FORMAT_TEXT, CUT_OFF("ab", 3), TEXT_HEAD "abc-0 ab\\[truncated 3 bytes]\\[cut off]\n" },
        { FORMAT_TEXT, MESSAGE("\\[cut off]"), TEXT_HEAD "abc-0 \\\\[cut off]\n" },
        { FORMAT_TEXT, MESSAGE("\\[truncated 9 bytes]"),
          TEXT_HEAD "abc-0 \\\\[truncated 9 bytes]\n" },
        { FORMAT_JSON, MESSAGE("hello"), JSON_HEAD("5") ",\"message\":\"hello\"}\n" },
        { FORMAT_JSON, MESSAGE(""), JSON_HEAD("0") ",\"message\":\"\"}\n" },
        { FORMAT_JSON, MESSAGE("\"\n\x7f"),
          JSON_HEAD("3") ",\"message\":\"\\\"\\u000a\\u007f\"}\n" },
        { FORMAT_JSON, MESSAGE("\xff\xfe"), JSON_HEAD("2") ",\"message_base64\":\"//4=\"}\n" },
        { FORMAT_JSON, CUT("ab", 3), JSON_HEAD("3") ",\"truncated\":true,\"message\":\"ab\"}\n" },
        { FORMAT_JSON, TIMED_OUT("ab"),
          JSON_SOURCE ",\"timed_out\":true,\"size\":2,\"message\":\"ab\"}\n" },
        { FORMAT_JSON, CUT_OFF("ab", 3),
          JSON_HEAD("3") ",\"truncated\":true,\"cut_off\":true,\"message\":\"ab\"}\n" },
};

static RecordSource make_source(char text[static ADDRESS_TEXT_MAX]) {
        RecordSource s = { .listener = "tcp", .protocol = PROTOCOL_TCP };

        assert_int_equal(address_parse("192.0.2.7", 51234, &s.peer), 0);
        assert_int_equal(address_parse("198.51.100.1", 9191, &s.local), 0);
        s.peer_text = text;
        s.peer_text_size = address_format(&s.peer, text);
        return s;
}

static size_t format(Format f, const Message *m, RecordEnding ending, char *dst, size_t size) {
        const Id id = { .size = 5, .first = 4, .text = "abc-0" };
        char text[ADDRESS_TEXT_MAX];
        RecordSource source = make_source(text);
        RecordTime time = { 0 };
        RecordHead head;
        size_t n;

        source.ending = ending;
        record_time_set(&time, USEC);
        record_head(&head, f, &source, &time);
        assert_true(record_size_base(&head) + record_size_per_byte(f, &head) * m->size <= size);
        n = record_write(f, &head, &id, m, dst);
        assert_true(n <= record_size_base(&head) + record_size_per_byte(f, &head) * m->size);
        assert_true(n <= record_size(f, &head, &id, m));
        assert_true(n <= record_size_limit(f, m->size));
        return n;
}

static void test_formats(void **state _unused_) {
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                const Case *c = &cases[i];
                Message m = { .data = c->message, .size = c->size, .true_size = c->true_size };
                char out[4096];
                size_t n = format(c->format, &m, c->ending, out, sizeof(out));

                assert_int_equal(n, strlen(c->expected));
                assert_memory_equal(out, c->expected, n);
        }
}

static void test_journal(void **state _unused_) {
        static const char expected[] =
                "PRIORITY=6\nSYSLOG_IDENTIFIER=sockd\nMESSAGE_ID=" RECORD_MESSAGE_ID
                "\nSOCKD_LISTENER=tcp\n"
                "SOCKD_PROTOCOL=tcp\nSOCKD_PEER_ADDRESS=192.0.2.7\nSOCKD_PEER_PORT=51234\n"
                "SOCKD_LOCAL_ADDRESS=198.51.100.1\nSOCKD_LOCAL_PORT=9191\nSOCKD_TIME_USEC="
                "1795343640123456\nSOCKD_TIMED_OUT=1\n"
                "MESSAGE=192.0.2.7:51234 a\\nb\\[truncated 7 "
                "bytes]\nSOCKD_ID=abc-0\nSOCKD_SIZE=7\nSOCKD_TRUNCATED=1\n"
                "SOCKD_MESSAGE\n\x03\0\0\0\0\0\0\0a\nb\n";
        Message m = { .data = "a\nb", .size = 3, .true_size = 7 };
        char out[4096];
        size_t n = format(FORMAT_JOURNAL, &m, true, out, sizeof(out));

        assert_int_equal(n, sizeof(expected) - 1);
        assert_memory_equal(out, expected, n);
}

static void check_head(Format f, const RecordSource *s, const char *expected) {
        RecordTime time = { 0 };
        RecordHead head;

        record_time_set(&time, USEC);
        record_head(&head, f, s, &time);
        head.text[head.size] = '\0';
        assert_non_null(strstr(head.text, expected));
        if (f != FORMAT_TEXT)
                assert_null(strstr(head.text, f == FORMAT_JSON ? "peer_port" : "PEER_PORT"));
}

/* Whoever is not known has no number. */
static void test_process(void **state _unused_) {
        RecordSource s = { .listener = "u",
                           .protocol = PROTOCOL_UNIX_DATAGRAM,
                           .peer = { .family = AF_UNIX, .process = { 1000, 100, 4711 } },
                           .local = { .family = AF_UNIX } };
        char text[ADDRESS_TEXT_MAX];

        s.peer_text = text;
        s.peer_text_size = address_format(&s.peer, text);
        check_head(FORMAT_TEXT, &s, "Z u uid:1000/pid:4711 ");
        check_head(FORMAT_JSON, &s,
                   "\"listener\":\"u\",\"protocol\":\"unix-datagram\",\"peer_address\":"
                   "\"uid:1000\",\"peer_uid\":1000,\"peer_gid\":100,\"peer_pid\":4711,\"size\":");
        check_head(FORMAT_JOURNAL, &s,
                   "\nSOCKD_PROTOCOL=unix-datagram\nSOCKD_PEER_ADDRESS=uid:1000\n"
                   "SOCKD_PEER_UID=1000\nSOCKD_PEER_GID=100\nSOCKD_PEER_PID=4711\n"
                   "SOCKD_TIME_USEC=");

        s.peer.process.uid = ADDRESS_ID_UNKNOWN;
        s.security = "user_u:role\\r";
        check_head(FORMAT_JSON, &s,
                   "\"peer_address\":\"uid:-\",\"peer_gid\":100,\"peer_pid\":4711,"
                   "\"peer_security\":\"user_u:role\\\\r\",\"size\":");
        s.peer.process.gid = ADDRESS_ID_UNKNOWN;
        s.peer.process.pid = 0;
        check_head(FORMAT_JSON, &s, "\"peer_address\":\"uid:-\",\"peer_pid\":0,\"peer_security");
        check_head(
                FORMAT_JOURNAL, &s,
                "\nSOCKD_PEER_ADDRESS=uid:-\nSOCKD_PEER_PID=0\nSOCKD_PEER_SECURITY=user_u:role\\r"
                "\n");
}

static void test_packet(void **state _unused_) {
        const uint8_t options[RECORD_OPTIONS_MAX] = { 0x94, 4, 0, 0xff };
        RecordPacket packet = { 253, 64, 0xb8, 4, options };
        RecordSource s = { .listener = "r", .protocol = PROTOCOL_RAW, .packet = &packet };
        char text[ADDRESS_TEXT_MAX];

        assert_int_equal(address_parse("192.0.2.7", 0, &s.peer), 0);
        assert_int_equal(address_parse("198.51.100.1", 0, &s.local), 0);
        s.peer_text = text;
        s.peer_text_size = address_format_host(&s.peer, text);
        check_head(FORMAT_TEXT, &s, "Z r 192.0.2.7 ");
        check_head(FORMAT_JSON, &s,
                   "\"protocol\":\"raw\",\"peer_address\":\"192.0.2.7\",\"local_address\":"
                   "\"198.51.100.1\",\"ip_protocol\":253,\"ttl\":64,\"tos\":184,\"ip_options\":"
                   "\"940400ff\",\"size\":");
        check_head(
                FORMAT_JOURNAL, &s,
                "\nSOCKD_PEER_ADDRESS=192.0.2.7\nSOCKD_LOCAL_ADDRESS=198.51.100.1\n"
                "SOCKD_IP_PROTOCOL=253\nSOCKD_TTL=64\nSOCKD_TOS=184\nSOCKD_IP_OPTIONS=940400ff\n");
        packet.options_size = 0;
        check_head(FORMAT_JSON, &s, "\"tos\":184,\"size\":");
        check_head(FORMAT_JOURNAL, &s, "SOCKD_TOS=184\nSOCKD_TIME_USEC=");
        packet.options_size = RECORD_OPTIONS_MAX;
        check_head(FORMAT_JSON, &s, "0000\",\"size\":");
}

static void test_machine(void **state _unused_) {
        RecordSource s = { .listener = "v",
                           .protocol = PROTOCOL_VSOCK,
                           .peer = { .family = AF_VSOCK, .machine = { 3, 100000 } },
                           .local = { .family = AF_VSOCK, .machine = { 2, 9191 } },
                           .peer_text = "vsock:3:100000",
                           .peer_text_size = strlen("vsock:3:100000") };
        RecordTime time = { 0 };
        RecordHead head;

        record_time_set(&time, USEC);
        record_head(&head, FORMAT_JSON, &s, &time);
        head.text[head.size] = '\0';
        assert_non_null(strstr(head.text, "\"peer_address\":\"vsock:3\",\"peer_port\":100000,"
                                          "\"local_address\":\"vsock:2\",\"local_port\":9191,"));
        record_head(&head, FORMAT_JOURNAL, &s, &time);
        head.text[head.size] = '\0';
        assert_non_null(strstr(head.text, "SOCKD_PEER_ADDRESS=vsock:3\nSOCKD_PEER_PORT=100000\n"
                                          "SOCKD_LOCAL_ADDRESS=vsock:2\nSOCKD_LOCAL_PORT=9191\n"));
}

static void test_time(void **state _unused_) {
        static const struct {
                uint64_t usec;
                const char *text;
        } times[] = {
                { 0, "1970-01-01T00:00:00.000000Z" },
                { 1, "1970-01-01T00:00:00.000001Z" },
                { UINT64_C(951782400999999), "2000-02-29T00:00:00.999999Z" },
                { UINT64_C(951782401000000), "2000-02-29T00:00:01.000000Z" },
                { USEC, "2026-11-22T10:34:00.123456Z" },
                { USEC - 1000000, "2026-11-22T10:33:59.123456Z" }, /* the clock was set back */
        };
        RecordTime t = { 0 };

        for (size_t i = 0; i < ELEMENTSOF(times); i++) {
                record_time_set(&t, times[i].usec);
                assert_memory_equal(t.text, times[i].text, RECORD_TIME_SIZE);
        }
}

/* Whatever the bytes: one line, nothing that a terminal would act on, and the way back. */
static void test_random_bytes(void **state _unused_) {
        unsigned seed = 1;

        for (unsigned round = 0; round < 20000; round++) {
                char in[200], out[4096], back[4096];
                size_t size = 0, n, start, back_size;
                Message m;

                while (size < sizeof(in) && rand_r(&seed) % 64 > 0)
                        in[size++] =
                                (char)(rand_r(&seed) % 3
                                               ? rand_r(&seed)
                                               : "\xc2\xa0\xe2\x80\xa8\\\n["[rand_r(&seed) % 8]);
                m = (Message){ .data = in, .size = size, .true_size = size };
                n = format(FORMAT_TEXT, &m, false, out, sizeof(out));
                start = strlen(TEXT_HEAD "abc-0 ");
                assert_int_equal(out[n - 1], '\n');
                assert_null(memchr(out, '\n', n - 1));
                for (size_t i = 0; i < n - 1; i++)
                        assert_false((unsigned char)out[i] < 0x20 || out[i] == 0x7f);
                assert_int_equal(escape_undo(back, out + start, n - 1 - start, &back_size), 0);
                assert_int_equal(back_size, size);
                assert_memory_equal(back, in, size);
        }
}

/* The fields of its header, next to what sockd says itself, and with what needs an escape. */
static void check_syslog(Format f, const char *message, const char *begin, const char *end) {
        const Message m = { .data = message,
                            .size = strlen(message),
                            .true_size = strlen(message) };
        const Id id = { .size = 5, .first = 4, .text = "abc-0" };
        SyslogHeader syslog;
        char text[ADDRESS_TEXT_MAX], out[4096];
        RecordSource source = make_source(text);
        RecordTime time = { 0 };
        RecordHead head;
        size_t n;

        (void)syslog_header_parse(m.data, m.size, &syslog);
        source.syslog = &syslog;
        record_time_set(&time, USEC);
        record_head(&head, f, &source, &time);
        n = record_write(f, &head, &id, &m, out);
        assert_true(n <= record_size(f, &head, &id, &m));
        assert_true(n <= record_size_base(&head) + record_size_per_byte(f, &head) * m.size);
        assert_memory_equal(out, begin, strlen(begin));
        if (!memmem(out, n, end, strlen(end)))
                fail_msg("%.*s", (int)n, out);
}

static void test_syslog(void **state _unused_) {
        static const char
                line[] = "<165>Nov 22 10:34:00 h t[1]: x",
                usual[] = "<38>1 2026-11-22T10:34:00Z h a p m - more text, for whole blocks",
                data[] = "<3>1 - (\"h\") - - - [a b=\"\n\"] x";

        check_syslog(FORMAT_TEXT, line, TEXT_HEAD, " abc-0 <165>Nov 22 10:34:00 h t[1]: x\n");
        check_syslog(FORMAT_JSON, line, JSON_SOURCE,
                     ",\"syslog_severity\":5,\"syslog_facility\":20,\"syslog_time\":"
                     "\"Nov 22 10:34:00\",\"syslog_host\":\"h\",\"syslog_identifier\":\"t\","
                     "\"syslog_pid\":\"1\",\"message\":\"<165>Nov 22");
        check_syslog(FORMAT_JSON, usual, JSON_SOURCE,
                     ",\"syslog_severity\":6,\"syslog_facility\":4,\"syslog_time\":"
                     "\"2026-11-22T10:34:00Z\",\"syslog_host\":\"h\",\"syslog_identifier\":\"a\","
                     "\"syslog_pid\":\"p\",\"syslog_msgid\":\"m\",\"message\":\"<38>1 2026-11-22"
                     "T10:34:00Z h a p m - more text, for whole blocks\"}\n");
        check_syslog(FORMAT_JSON, data, JSON_SOURCE,
                     ",\"syslog_severity\":3,\"syslog_facility\":0,\"syslog_host\":"
                     "\"(\\\"h\\\")\",\"syslog_data\":\"[a b=\\\"\\u000a\\\"]\",\"message\":");
        check_syslog(FORMAT_JSON, "none", JSON_SOURCE, ",\"message\":\"none\"}\n");
        check_syslog(FORMAT_JSON, "<7>1 - - - - - [a b=\"\xff\"] x", JSON_SOURCE,
                     ",\"syslog_severity\":7,\"syslog_facility\":0,\"message_base64\":\"");
        check_syslog(FORMAT_JOURNAL, line, "SOCKD_SYSLOG=1\nMESSAGE_ID=",
                     "\nPRIORITY=5\nSYSLOG_FACILITY=20\nSOCKD_SYSLOG_TIME=Nov 22 10:34:00\n"
                     "SOCKD_SYSLOG_HOST=h\nSYSLOG_IDENTIFIER=t\nSYSLOG_PID=1\nSOCKD_MESSAGE\n");
        check_syslog(FORMAT_JOURNAL, data, "SOCKD_SYSLOG=1\n",
                     "\nPRIORITY=3\nSYSLOG_FACILITY=0\nSOCKD_SYSLOG_HOST=(\"h\")\n"
                     "SYSLOG_IDENTIFIER=sockd\nSOCKD_SYSLOG_DATA\n\x09");
        check_syslog(FORMAT_JOURNAL, "none", "SOCKD_SYSLOG=1\n",
                     "\nPRIORITY=6\nSYSLOG_IDENTIFIER=sockd\nSOCKD_MESSAGE\n");
}

/* Behind a proxy: what it said follows the local port, and the longest texts fit. */
static void test_via(void **state _unused_) {
        static const char expected_json[] = ",\"local_port\":9191,\"peer_name\":\"scale\\\\x207\","
                                            "\"via_address\":\"10.0.0.5\",\"via_port\":7,"
                                            "\"via_id\":\"a\",\"via_tls\":\"TLSv1.3\",\"size\":";
        static const char expected_journal[] =
                "\nSOCKD_LOCAL_PORT=9191\nSOCKD_PEER_NAME=scale\\x207\nSOCKD_VIA_ADDRESS=10.0.0.5\n"
                "SOCKD_VIA_PORT=7\nSOCKD_VIA_ID=a\nSOCKD_VIA_TLS=TLSv1.3\nSOCKD_TIME_USEC=";
        char longest[PROXY_ID_MAX + 1] = { 0 };
        char text[ADDRESS_TEXT_MAX];
        RecordVia via = { .id = "a", .tls = "TLSv1.3", .name = "scale\\x207" };
        RecordSource s = make_source(text);
        RecordTime time = { 0 };
        RecordHead h;

        record_time_set(&time, USEC);
        assert_int_equal(address_parse("10.0.0.5", 7, &via.address), 0);
        s.via = &via;
        record_head(&h, FORMAT_JSON, &s, &time);
        assert_non_null(memmem(h.text, h.size, expected_json, sizeof(expected_json) - 1));
        record_head(&h, FORMAT_JOURNAL, &s, &time);
        assert_non_null(memmem(h.text, h.size, expected_journal, sizeof(expected_journal) - 1));
        record_head(&h, FORMAT_TEXT, &s, &time);
        assert_int_equal(h.size, strlen(TEXT_HEAD));

        memset(longest, '\\', PROXY_ID_MAX);
        via.id = longest;
        via.name = longest + PROXY_ID_MAX - PROXY_NAME_MAX;
        via.tls = longest + PROXY_ID_MAX - PROXY_TLS_MAX;
        for (Format f = 0; f < FORMAT_MAX_; f++)
                record_head(&h, f, &s, &time); /* asserts that there is room */
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_via),     cmocka_unit_test(test_formats),
                cmocka_unit_test(test_journal), cmocka_unit_test(test_time),
                cmocka_unit_test(test_process), cmocka_unit_test(test_packet),
                cmocka_unit_test(test_machine), cmocka_unit_test(test_random_bytes),
                cmocka_unit_test(test_syslog),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
