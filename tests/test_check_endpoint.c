/* SPDX-License-Identifier: MIT */
/* Raw, Unix and vsock listeners in the config file: what is refused, and what is printed and read again. */
#include "config_file.h"

#define KIND(protocol, keys) "listeners = ( { protocol = \"" protocol "\"; " keys " } ); " OUTPUT
#define TWO(a, b) "listeners = ( { " a " }, { name = \"b\"; " b " } ); " OUTPUT
#define RAW(keys) "protocol = \"raw\"; ip_protocol = 253; " keys
#define X10 "xxxxxxxxxx"
#define X100 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10

static const struct {
        const char *text;
        const char *error; /* without the file, on line 1, and "listeners[0]."; NULL: none */
} table[] = {
        { KIND("unix-stream", ""), "path: missing, required for protocol \"unix-stream\"" },
        { KIND("unix-stream", "path = \"/run/a\";"), NULL },
        { KIND("unix-datagram", "path = \"@a\"; reply = \"ok %i\";"), NULL },
        { KIND("unix-stream", "path = \"a\";"),
          "path: must be absolute, or \"@\" and a name in the abstract namespace, not \"a\"" },
        { KIND("unix-stream", "path = \"@\";"),
          "path: must be absolute, or \"@\" and a name in the abstract namespace, not \"@\"" },
        { KIND("unix-stream", "path = \"/" X100 "123456\";"), NULL },
        { KIND("unix-stream", "path = \"/" X100 "1234567\";"),
          "path: has 108 bytes, must not have more than 107" },
        { KIND("unix-stream", "path = \"@" X100 "123456\";"), NULL },
        { KIND("unix-stream", "path = \"/a\"; mode = \"660\";"), NULL },
        { KIND("unix-stream", "path = \"/a\"; mode = \"0000\";"), NULL },
        { KIND("unix-stream", "path = \"/a\"; mode = \"66\";"),
          "mode: must be octal such as \"0660\", not \"66\"" },
        { KIND("unix-stream", "path = \"/a\"; mode = \"06600\";"),
          "mode: must be octal such as \"0660\", not \"06600\"" },
        { KIND("unix-stream", "path = \"/a\"; mode = \"4660\";"),
          "mode: must be octal such as \"0660\", not \"4660\"" },
        { KIND("unix-stream", "path = \"/a\"; mode = \"0680\";"),
          "mode: must be octal such as \"0660\", not \"0680\"" },
        { KIND("unix-stream", "path = \"/a\"; mode = \"rw-\";"),
          "mode: must be octal such as \"0660\", not \"rw-\"" },
        { KIND("unix-seqpacket", "path = \"@a\"; mode = \"0666\";"),
          "mode: only for protocol \"unix-stream\", \"unix-datagram\" or \"unix-seqpacket\" with "
          "the path of a file; use allow" },
        { KIND("unix-seqpacket", "path = \"/a\"; framing = \"line\";"),
          "framing: only for protocol \"tcp\", \"unix-stream\" or \"vsock\"" },
        { KIND("unix-stream", "path = \"/a\"; port = 1;"),
          "port: only for protocol \"tcp\", \"udp\" or \"vsock\"" },
        { KIND("unix-stream", "path = \"/a\"; address = \"*\";"),
          "address: only for protocol \"tcp\", \"udp\" or \"raw\"" },
        { KIND("unix-stream", "path = \"/a\"; proxies = [ \"uid:0\" ];"),
          "proxies: only for protocol \"tcp\"" },
        { KIND("unix-stream", "path = \"/a\"; receive_buffer = 65536;"),
          "receive_buffer: only for protocol \"tcp\", \"udp\" or \"raw\"" },
        { KIND("unix-stream", "path = \"/a\"; allow = [ \"uid:0\", \"gid:100\" ];"), NULL },
        { KIND("unix-stream", "path = \"/a\"; allow = [ \"192.0.2.7\" ];"),
          "allow[0]: must be a user or a group such as uid:1000 or gid:100 for protocol "
          "\"unix-stream\", not \"192.0.2.7\"" },
        { KIND("tcp", "deny = [ \"uid:0\" ];"),
          "deny[0]: must be an address or a prefix such as 192.0.2.0/24 for protocol \"tcp\", not "
          "\"uid:0\"" },

        { KIND("raw", ""), "ip_protocol: missing, required for protocol \"raw\"" },
        { KIND("raw", "ip_protocol = 6;"), "ip_protocol: is TCP: use protocol = \"tcp\"" },
        { KIND("raw", "ip_protocol = 17;"), "ip_protocol: is UDP: use protocol = \"udp\"" },
        { KIND("raw", "ip_protocol = 0;"), "ip_protocol: 0 is out of range, must be 1 to 254" },
        { KIND("raw", "ip_protocol = 255;"), "ip_protocol: 255 is out of range, must be 1 to 254" },
        { KIND("raw", "ip_protocol = 253; reply = \"x\";"), "reply: raw sockets send no receipts" },
        { KIND("raw", "ip_protocol = 253; icmp_types = [ 8 ];"),
          "icmp_types: only for ip_protocol 1 or 58" },
        { KIND("raw", "ip_protocol = 1; icmp_types = [ 0, 8, 255 ];"), NULL },
        { KIND("raw", "ip_protocol = 58; address = \"::\"; icmp_types = ( 128 );"), NULL },
        { KIND("raw", "ip_protocol = 253; packet = \"whole\";"), NULL },
        { KIND("raw", "ip_protocol = 253; packet = \"all\";"),
          "packet: must be \"payload\" or \"whole\", not \"all\"" },
        { KIND("raw", "ip_protocol = 253; packet = \"whole\"; address = \"::1\";"),
          "packet: \"whole\" is for IPv4 addresses only: of IPv6, the kernel hands over no "
          "header" },
        { KIND("raw", "ip_protocol = 253; packet = \"whole\"; address = \"*\";"),
          "packet: \"whole\" is for IPv4 addresses only: of IPv6, the kernel hands over no "
          "header" },
        { KIND("tcp", "ip_protocol = 253;"), "ip_protocol: only for protocol \"raw\"" },

        { KIND("vsock", "port = 4294967294L;"), NULL },
        { KIND("vsock", "cid = 2; allow = [ \"vsock:3\" ];"), NULL },
        { KIND("vsock", "allow = [ \"uid:3\" ];"),
          "allow[0]: must be a virtual machine such as vsock:3 for protocol \"vsock\", not "
          "\"uid:3\"" },
        { KIND("tcp", "port = 65536;"), "port: 65536 is out of range, must be 0 to 65535" },
        { KIND("tcp", "cid = 2;"), "cid: only for protocol \"vsock\"" },
};

/* Two listeners; the error is of the second. */
static const struct {
        const char *text, *error;
} pairs[] = {
        { TWO(RAW(""), RAW("")),
          "ip_protocol: listeners[0] gets the same packets: each would be recorded twice" },
        { TWO(RAW("address = \"*\";"), RAW("address = \"::1\";")),
          "ip_protocol: listeners[0] gets the same packets: each would be recorded twice" },
        { TWO(RAW("address = \"fe80::1%lo\";"), RAW("address = \"fe80::1%lo\";")),
          "ip_protocol: listeners[0] gets the same packets: each would be recorded twice" },
        { TWO(RAW("address = \"0.0.0.0\";"), RAW("")),
          "ip_protocol: listeners[0] gets the same packets: each would be recorded twice" },
        { TWO(RAW("interface = \"lo\";"), RAW("")),
          "ip_protocol: listeners[0] gets the same packets: each would be recorded twice" },
        { TWO(RAW("interface = \"lo\";"), RAW("interface = \"eth0\";")), NULL },
        { TWO(RAW("address = \"0.0.0.0\";"), RAW("address = \"::\";")), NULL },
        { TWO(RAW("address = \"192.0.2.1\";"), RAW("address = \"192.0.2.2\";")), NULL },
        { TWO(RAW(""), "protocol = \"raw\"; ip_protocol = 254;"), NULL },
        { TWO("protocol = \"unix-stream\"; path = \"/a\";",
              "protocol = \"unix-datagram\"; path = \"/a\";"),
          "path: is already that of listeners[0]" },
        { TWO("protocol = \"unix-stream\"; path = \"/a\";",
              "protocol = \"unix-stream\"; path = \"/b\";"),
          NULL },
};

static void check(const char *text, unsigned number, const char *error) {
        _cleanup_(config_freep) Config *c = NULL;
        _cleanup_free_ char *errors = NULL;
        char expected[512] = "";
        int r;

        if (error)
                (void)snprintf(expected, sizeof(expected), CONF ":1: listeners[%u].%s\n", number,
                               error);
        write_file(text, strlen(text));
        r = load_file(CONF, &errors, &c);
        assert_string_equal(errors, expected);
        assert_int_equal(r, error ? -EBADMSG : 0);
}

static void test_table(void **state _unused_) {
        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                check(table[i].text, 0, table[i].error);
        for (size_t i = 0; i < ELEMENTSOF(pairs); i++)
                check(pairs[i].text, 1, pairs[i].error);
}

static Config *load(const char *text) {
        _cleanup_free_ char *errors = NULL;
        Config *c = NULL;

        write_file(text, strlen(text));
        (void)load_file(CONF, &errors, &c);
        assert_string_equal(errors, "");
        return c;
}

static char *print(const Config *c) {
        char *text;
        size_t size;
        FILE *f = open_memstream(&text, &size);

        assert_non_null(f);
        assert_int_equal(config_print(c, f), 0);
        assert_int_equal(fclose(f), 0);
        return text;
}

/* What is printed is read again as the same. */
static void test_print(void **state _unused_) {
        _cleanup_(config_freep) Config *c = load(
                "listeners = ( { protocol = \"unix-stream\"; path = \"/a b\\n\"; mode = \"600\"; "
                "allow = "
                "[ \"uid:0\", \"gid:5\" ]; }, { protocol = \"unix-datagram\"; path = \"@a\"; }, "
                "{ protocol = \"unix-seqpacket\"; path = \"/c\"; reply = \"\"; }, "
                "{ protocol = \"raw\"; ip_protocol = 1; icmp_types = [ 0, 63, 64, 255 ]; }, "
                "{ protocol = \"raw\"; name = \"w\"; ip_protocol = 254; packet = \"whole\"; }, "
                "{ protocol = \"vsock\"; port = 4294967294L; }, "
                "{ protocol = \"vsock\"; name = \"v\"; cid = 3; port = 0; } ); " OUTPUT);
        _cleanup_free_ char *first = print(c);
        _cleanup_(config_freep) Config *again = load(first);
        _cleanup_free_ char *second = print(again);
        const ConfigListener *l = again->listeners;

        assert_string_equal(first, second);
        assert_string_equal(l[0].path, "/a b\n");
        assert_int_equal(config_listener_mode(&l[0]), 0600);
        assert_int_equal(l[0].allow.n, 2);
        assert_string_equal(l[0].name, "unix-stream");
        assert_string_equal(l[0].reply, "ok %i %l\n");
        assert_string_equal(l[1].path, "@a");
        assert_string_equal(l[1].reply, "");
        assert_string_equal(l[2].reply, "");
        assert_int_equal(config_listener_mode(&l[2]), 0660);
        for (unsigned i = 0; i <= UINT8_MAX; i++)
                assert_int_equal(config_octets_has(&l[3].icmp_types, (uint8_t)i),
                                 i == 0 || i == 63 || i == 64 || i == 255);
        assert_int_equal(l[3].ip_protocol, 1);
        assert_int_equal(l[3].packet, PACKET_PAYLOAD);
        assert_int_equal(l[4].packet, PACKET_WHOLE);
        assert_int_equal(l[5].port, 4294967294);
        assert_int_equal(l[5].cid, UINT32_MAX);
        assert_int_equal(l[6].cid, 3);
        assert_int_equal(l[6].port, 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_table),
                cmocka_unit_test(test_print),
        };

        return cmocka_run_group_tests(tests, enter_directory, leave_directory);
}
