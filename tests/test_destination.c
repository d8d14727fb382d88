/* SPDX-License-Identifier: MIT */
/* Options and a configuration file become a destination; the directory is one of the test's own. */

#include "ctl/destination.h"

#include "ctl/print.h"
/* behind the above: cmocka has a print_error() too */
#include "config_file.h"
#include <sys/socket.h>

#define OUTPUTS "outputs = ( { type = \"journal\"; } );"
static const char config[] =
        "listeners = ("
        " { name = \"six\"; protocol = \"tcp\"; address = \"::\"; port = 1; framing = \"nul\"; },"
        " { name = \"four\"; protocol = \"tcp\"; address = \"192.0.2.1\"; port = 2;"
        "   reply = \"a\\nb\\n\"; },"
        " { name = \"silent\"; protocol = \"tcp\"; address = \"*\"; port = 3; reply = \"\"; },"
        " { name = \"bare\"; protocol = \"tcp\"; port = 4; reply = \"ok\"; },"
        " { name = \"any\"; protocol = \"tcp\"; port = 0; },"
        " { name = \"hl7\"; protocol = \"tcp\"; port = 6; framing = \"delimiter\";"
        "   start = \"\\x0b\"; delimiter = \"\\x1c\\r\"; },"
        " { name = \"udp\"; protocol = \"udp\"; port = 5; },"
        " { name = \"local\"; protocol = \"unix-stream\"; path = \"/run/x\"; framing = \"nul\"; },"
        " { name = \"bytes\"; protocol = \"unix-datagram\"; path = \"@x\"; },"
        " { name = \"packets\"; protocol = \"unix-seqpacket\"; path = \"/run/y\"; },"
        " { name = \"vm\"; protocol = \"vsock\"; port = 70000; },"
        " { name = \"guest\"; protocol = \"vsock\"; port = 8; cid = 3; },"
        " { name = \"ip\"; protocol = \"raw\"; ip_protocol = 253; address = \"::1\"; } );" OUTPUTS;

#define WISH_OVER(p, ...)                                                                          \
        { .protocol = (p), .frame = WISH_NO_FRAME, __VA_ARGS__ }
#define WISH(...)                                                                                  \
        { .protocol = PROTOCOL_MAX_, .frame = WISH_NO_FRAME, __VA_ARGS__ }

static void test_good(void **state _unused_) {
        static const struct {
                Wish wish;
                const char *text;
                Protocol protocol;
                Framing framing;
                bool wants_receipts;
                int receipt_lines;
        } table[] = {
                { WISH(), "[::1]:1", PROTOCOL_TCP, FRAMING_NUL, true, 1 },
                { WISH(.family = AF_INET), "192.0.2.1:2", PROTOCOL_TCP, FRAMING_LINE, true, 2 },
                { WISH(.listener = "silent"), "127.0.0.1:3", PROTOCOL_TCP, FRAMING_LINE, false, 0 },
                { WISH(.listener = "silent", .family = AF_INET6), "[::1]:3", PROTOCOL_TCP,
                  FRAMING_LINE, false, 0 },
                { WISH(.listener = "bare"), "127.0.0.1:4", PROTOCOL_TCP, FRAMING_LINE, true,
                  RECEIPT_LINES_NONE },
                { WISH(.listener = "any", .port = 9), "127.0.0.1:9", PROTOCOL_TCP, FRAMING_LINE,
                  true, 1 },
                { { .protocol = PROTOCOL_UDP, .frame = WISH_NO_FRAME },
                  "127.0.0.1:5",
                  PROTOCOL_UDP,
                  FRAMING_LINE,
                  false,
                  0 },
                { WISH(.no_reply = true), "[::1]:1", PROTOCOL_TCP, FRAMING_NUL, false, 1 },
                { { .protocol = PROTOCOL_MAX_,
                    .frame = { .framing = FRAMING_EOF, .length_order = BYTE_ORDER_MAX_ },
                    .listener = "four",
                    .host = "h" },
                  "h:2",
                  PROTOCOL_TCP,
                  FRAMING_EOF,
                  true,
                  2 },
                { WISH(.listener = "local"), "/run/x", PROTOCOL_UNIX_STREAM, FRAMING_NUL, true, 1 },
                { WISH(.listener = "local", .path = "z"), "z", PROTOCOL_UNIX_STREAM, FRAMING_NUL,
                  true, 1 },
                { WISH_OVER(PROTOCOL_UNIX_DATAGRAM), "@x", PROTOCOL_UNIX_DATAGRAM, FRAMING_LINE,
                  false, 0 },
                { WISH(.listener = "packets"), "/run/y", PROTOCOL_UNIX_SEQPACKET, FRAMING_LINE,
                  true, 1 },
                { WISH(.listener = "vm"), "vsock:1:70000", PROTOCOL_VSOCK, FRAMING_LINE, true, 1 },
                { WISH(.listener = "guest"), "vsock:3:8", PROTOCOL_VSOCK, FRAMING_LINE, true, 1 },
                { WISH(.listener = "guest", .has_cid = true, .cid = 0, .port = 9), "vsock:0:9",
                  PROTOCOL_VSOCK, FRAMING_LINE, true, 1 },
                { WISH_OVER(PROTOCOL_RAW), "::1 (IP protocol 253)", PROTOCOL_RAW, FRAMING_LINE,
                  false, 0 },
                { WISH(.listener = "ip", .host = "h"), "h (IP protocol 253)", PROTOCOL_RAW,
                  FRAMING_LINE, false, 0 },
                /* these leave nothing to be read from the file */
                { WISH(.path = "/run/x"), "/run/x", PROTOCOL_UNIX_STREAM, FRAMING_LINE, true,
                  RECEIPT_LINES_UNKNOWN },
                { WISH_OVER(PROTOCOL_RAW, .ip_protocol = 254), "127.0.0.1 (IP protocol 254)",
                  PROTOCOL_RAW, FRAMING_LINE, false, RECEIPT_LINES_UNKNOWN },
                { WISH_OVER(PROTOCOL_VSOCK, .has_cid = true, .cid = 2), "vsock:2:9191",
                  PROTOCOL_VSOCK, FRAMING_LINE, true, RECEIPT_LINES_UNKNOWN },
                { WISH(.host = "[::7]"), "[::7]:9191", PROTOCOL_TCP, FRAMING_LINE, true,
                  RECEIPT_LINES_UNKNOWN },
                { WISH(.port = 7, .family = AF_INET6), "[::1]:7", PROTOCOL_TCP, FRAMING_LINE, true,
                  RECEIPT_LINES_UNKNOWN },
        };

        write_file(config, strlen(config));
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(destination_done) Destination d = { 0 };

                print_message("%s\n", table[i].text);
                assert_int_equal(destination_find(&table[i].wish, CONF, &d), 0);
                assert_string_equal(d.text, table[i].text);
                assert_int_equal(d.protocol, table[i].protocol);
                assert_int_equal(d.frame.framing, table[i].framing);
                assert_int_equal(d.wants_receipts, table[i].wants_receipts);
                assert_int_equal(d.receipt_lines, table[i].receipt_lines);
        }
}

/* The listener's, as far as the options leave it open. */
static void test_frame(void **state _unused_) {
        static const Wish as_listener = WISH(.listener = "hl7"),
                          other_start = { .protocol = PROTOCOL_MAX_,
                                          .listener = "hl7",
                                          .frame = { .framing = FRAMING_MAX_,
                                                     .length_order = BYTE_ORDER_MAX_,
                                                     .start = ":",
                                                     .start_size = 1 } },
                          length = { .protocol = PROTOCOL_MAX_,
                                     .listener = "hl7",
                                     .frame = { .framing = FRAMING_LENGTH,
                                                .length_order = BYTE_ORDER_LITTLE } };
        Destination d;

        write_file(config, strlen(config));
        assert_int_equal(destination_find(&as_listener, CONF, &d), 0);
        assert_int_equal(d.frame.delimiter_size, 2);
        assert_memory_equal(d.frame.delimiter, "\x1c\r", 2);
        assert_int_equal(d.frame.start_size, 1);
        assert_memory_equal(d.frame.start, "\v", 1);
        destination_done(&d);

        assert_int_equal(destination_find(&other_start, CONF, &d), 0);
        assert_int_equal(d.frame.delimiter_size, 2);
        assert_int_equal(d.frame.start_size, 1);
        assert_int_equal(d.frame.start[0], ':');
        destination_done(&d);

        assert_int_equal(destination_find(&length, CONF, &d), 0);
        assert_int_equal(d.frame.framing, FRAMING_LENGTH);
        assert_int_equal(d.frame.length_size, 4);
        assert_int_equal(d.frame.length_order, BYTE_ORDER_LITTLE);
        assert_int_equal(d.frame.delimiter_size, 0);
        destination_done(&d);
}

static void check_error(const Wish *wish, const char *path, int expected, const char *text) {
        _cleanup_(destination_done) Destination d = { 0 };
        char error[PRINT_ERROR_MAX] = "";
        int r;

        print_errors_to(error);
        r = destination_find(wish, path, &d);
        print_errors_to(NULL);
        assert_int_equal(r, expected);
        assert_string_equal(error, text);
}

static void test_bad(void **state _unused_) {
        static const struct {
                Wish wish;
                const char *error;
        } table[] = {
                { WISH(.listener = "nope"), CONF ": no listener named \"nope\"" },
                { { .protocol = PROTOCOL_TCP, .frame = WISH_NO_FRAME, .listener = "udp" },
                  "listener \"udp\" uses udp" },
                { WISH(.listener = "any"),
                  "the kernel chooses the port of listener \"any\": use --port" },
                { { .protocol = PROTOCOL_MAX_,
                    .frame = { .framing = FRAMING_NUL, .length_order = BYTE_ORDER_MAX_ },
                    .listener = "udp" },
                  "--framing cannot be used with protocol udp, of which each packet is one "
                  "message" },
                { WISH_OVER(PROTOCOL_TCP, .path = "x"), "--unix cannot be used with protocol tcp" },
                { WISH_OVER(PROTOCOL_UDP, .ip_protocol = 1),
                  "--ip-protocol cannot be used with protocol udp" },
                { WISH(.listener = "four", .tls = true), "listener \"four\" has no tls" },
                { WISH(.path = "/run/x", .tls = true),
                  "--tls cannot be used with protocol unix-stream" },
                { WISH(.listener = "four", .ca = "x"), "--ca applies only to --tls" },
                { WISH(.host = "h", .fingerprint = "x"), "--fingerprint applies only to --tls" },
                { WISH(.host = "h", .tls = true, .cert = "x"), "--cert requires --key" },
                { WISH(.host = "h", .tls = true, .key = "x"), "--key requires --cert" },
                { WISH(.host = "h", .tls = true, .ca = "x", .fingerprint = "x"),
                  "--ca and --fingerprint cannot be combined" },
                { WISH(.path = "x", .host = "h"),
                  "--host cannot be used with protocol unix-stream" },
                { WISH(.listener = "vm", .family = AF_INET),
                  "-4 or -6 cannot be used with protocol vsock" },
                { WISH(.listener = "ip", .port = 1), "--port cannot be used with protocol raw" },
                { WISH(.listener = "ip", .family = AF_INET),
                  CONF ": no raw listener named ip has an IPv4 address" },
                { { .protocol = PROTOCOL_MAX_,
                    .frame = { .framing = FRAMING_MAX_,
                               .length_order = BYTE_ORDER_MAX_,
                               .delimiter_size = 1 } },
                  "--delimiter and --start apply only to --framing=delimiter" },
                { { .protocol = PROTOCOL_MAX_,
                    .frame = { .framing = FRAMING_MAX_,
                               .length_order = BYTE_ORDER_MAX_,
                               .length_size = 1 } },
                  "--length-size and --length-order apply only to --framing=length" },
                { { .protocol = PROTOCOL_MAX_,
                    .frame = { .framing = FRAMING_DELIMITER, .length_order = BYTE_ORDER_MAX_ } },
                  "--framing=delimiter requires --delimiter" },
                { { .protocol = PROTOCOL_MAX_,
                    .listener = "hl7",
                    .frame = { .framing = FRAMING_MAX_,
                               .length_order = BYTE_ORDER_MAX_,
                               .start = "\x1c\r",
                               .start_size = 2 } },
                  "--start contains the delimiter" },
        };

        write_file(config, strlen(config));
        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                check_error(&table[i].wish, CONF, -EINVAL, table[i].error);
}

/* A file that is of no use is a warning, unless a listener of it is wanted. */
static void test_no_file(void **state _unused_) {
        static const char tcp_only[] = "listeners = ( { protocol = \"tcp\"; } );" OUTPUTS;
        const Wish any = WISH(), named = WISH(.listener = "x"), udp = WISH_OVER(PROTOCOL_UDP),
                   raw = WISH_OVER(PROTOCOL_RAW), datagram = WISH_OVER(PROTOCOL_UNIX_DATAGRAM);

        check_error(&any, "none.conf", 0,
                    "warning: none.conf: No such file or directory, using 127.0.0.1 port 9191");
        check_error(&named, "none.conf", -EINVAL, "none.conf: No such file or directory");
        write_file(tcp_only, strlen(tcp_only));
        check_error(&raw, CONF, -EINVAL, CONF ": no raw listener, use --ip-protocol");
        check_error(&raw, "none.conf", -EINVAL,
                    "none.conf: No such file or directory, use --ip-protocol");
        check_error(&datagram, CONF, -EINVAL, CONF ": no unix-datagram listener, use --unix");
        check_error(&udp, CONF, 0, "warning: " CONF ": no udp listener, using 127.0.0.1 port 9191");
}

int main(void) {
        char directory[] = "/tmp/sockd-test-XXXXXX";
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_good),
                cmocka_unit_test(test_frame),
                cmocka_unit_test(test_bad),
                cmocka_unit_test(test_no_file),
        };
        int r;

        if (!mkdtemp(directory) || chdir(directory) < 0)
                return 1;
        r = cmocka_run_group_tests(tests, NULL, NULL);
        (void)unlink(CONF);
        (void)rmdir(directory);
        return r;
}
