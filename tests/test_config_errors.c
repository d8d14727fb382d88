/* SPDX-License-Identifier: MIT */
/* The config file: what is refused, and in which words. */
#include "config_file.h"

/* The text must be wrong, in exactly these lines. */
#define A64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
static void check_errors(const char *text, size_t size, const char *expected) {
        _cleanup_free_ char *errors = NULL;
        Config *c = NULL;

        write_file(text, size);
        if (load_file(CONF, &errors, &c) != -EBADMSG)
                fail_msg("taken: %s", text);
        assert_null(c);
        assert_string_equal(errors, expected);
}

static const struct {
        const char *text;
        const char *error; /* without the file, and on line 1 */
} wrong[] = {
        /* what libconfig or the scanner stops at */
        { "a = ;", "syntax error" },
        { "workers = 1; workers = 2;", "duplicate setting name" },
        { "name \"tcp\";", "syntax error" },
        { "a = 1, \"tcp\";", "syntax error" },
        { "a = ( { }, { } \"tcp\" );", "syntax error" },
        { "\"a\" = 1;", "syntax error" },
        { "name = \"tcp", "unterminated string" },
        { "/* */ /* x", "unterminated comment" },
        { "@include \"t.conf\"", "@include is not supported" },
        { TCP("name = \"a\\x00b\";"), "a string cannot contain \\x00" },

        /* keys and types */
        { TOP("worker = 1;"), "worker: unknown key, did you mean workers?" },
        { TOP("zebra = [ \"a\" /* b */ \"c\" , \"d\" ];"), "zebra: unknown key" },
        { TOP("zebra : ( \"a\", 1, # b\n \"c\");"), "zebra: unknown key" },
        { TOP("zebra = { a = ( 99999999999 ); };"), "zebra: unknown key" },
        { TOP("memory = 1;"), "memory: unknown key, did you mean limits.memory?" },
        { TCP("prot = 1;"), "listeners[0].prot: unknown key, did you mean port?" },
        { TCP("Port = 1;"), "listeners[0].Port: unknown key, did you mean port?" },
        { TCP("path = \"/a\";"), "listeners[0].path: only for protocol \"unix-stream\", "
                                 "\"unix-datagram\" or \"unix-seqpacket\"" },
        { TCP("when_full = \"wait\";"),
          "listeners[0].when_full: unknown key, did you mean outputs[].when_full?" },
        { TCP("limits = 1;"),
          "listeners[0].limits: unknown key here, limits belongs at the top level" },
        { LIMITS("message-size = 1;"),
          "limits.message-size: unknown key, did you mean message_size?" },
        { TCP("port = \"1\";"), "listeners[0].port: wrong type, must be an integer, not a string" },
        { TCP("port = 1.0;"), "listeners[0].port: wrong type, must be an integer, not a fraction" },
        { TCP("syslog = 1;"),
          "listeners[0].syslog: wrong type, must be true or false, not an integer" },
        { TCP("name = 1;"), "listeners[0].name: wrong type, must be a string, not an integer" },
        { TCP("framing = true;"),
          "listeners[0].framing: wrong type, must be a string, not a boolean" },
        { TCP("message_timeout = true;"),
          "listeners[0].message_timeout: wrong type, must be a number of seconds or a string such "
          "as \"10min\", not a boolean" },
        { LIMITS("memory = 1e8;"),
          "limits.memory: wrong type, must be an integer of bytes or a string such as \"64K\", not "
          "a fraction" },
        { LIMITS("connections = \"10K\";"),
          "limits.connections: wrong type, must be an integer, not a string" },
        { TOP("limits = ( );"), "limits: wrong type, must be a group, { ... }, not a list" },
        { "listeners = { }; " OUTPUT,
          "listeners: wrong type, must be a list of groups, ( { ... }, ... ), not a group" },
        { "listeners = ( 7 ); " OUTPUT, "listeners[0]: wrong type, must be a group, { ... }" },
        { LISTENER " outputs = [ 1 ];",
          "outputs: wrong type, must be a list of groups, ( { ... }, ... ), not an array" },

        { TCP("allow = \"10.0.0.0/8\";"),
          "listeners[0].allow: wrong type, must be a list of strings, "
          "[ \"...\", ... ], not a string" },
        { TCP("deny = ( \"10.0.0.1\", 7 );"),
          "listeners[0].deny[1]: wrong type, must be a string" },

        /* prefixes */
        { TCP("allow = [ \"::1\", \"10.0.0.0/33\" ];"),
          "listeners[0].allow[1]: must be an address or a prefix such as 192.0.2.0/24, not "
          "\"10.0.0.0/33\"" },
        { TCP("deny = [ \"10.0.0.7/8\" ];"), "listeners[0].deny[0]: \"10.0.0.7/8\" has bits beyond "
                                             "its length, the prefix is 10.0.0.0/8" },
        { TCP("deny = [ \"fe80::1%nothing\" ];"), "listeners[0].deny[0]: \"fe80::1%nothing\" names "
                                                  "an interface that does not exist" },
        { TCP("proxies = [ \"@x\" ];"),
          "listeners[0].proxies[0]: the path after \"@\" must be absolute" },
        { "listeners = ( { protocol = \"udp\"; proxies = [ \"::1\" ]; } ); " OUTPUT,
          "listeners[0].proxies: only for protocol \"tcp\"" },

        /* what must be there */
        { OUTPUT, "listeners: missing, at least one is required" },
        { LISTENER, "outputs: missing, at least one is required" },
        { "listeners = ( ); " OUTPUT, "listeners: must have 1 to 1024 entries, not 0" },
        { LISTENER "outputs = ( );", "outputs: must have 1 to 1024 entries, not 0" },
        { "listeners = ( { } ); " OUTPUT,
          "listeners[0].protocol: missing, must be \"tcp\", \"udp\", \"raw\", \"unix-stream\", "
          "\"unix-datagram\", \"unix-seqpacket\" or \"vsock\"" },
        { OUT("{ }"), "outputs[0].type: missing, must be \"journal\" or \"file\"" },
        { OUT("{ type = \"file\"; }"), "outputs[0].path: missing, required for a file output" },

        /* words and ranges */
        { "listeners = ( { protocol = \"TCP\"; } ); " OUTPUT,
          "listeners[0].protocol: must be \"tcp\", \"udp\", \"raw\", \"unix-stream\", "
          "\"unix-datagram\", \"unix-seqpacket\" or \"vsock\", not \"TCP\"" },
        { TCP("framing = \"crlf\";"),
          "listeners[0].framing: must be \"line\", \"nul\", "
          "\"octet-counted\", \"eof\", \"syslog\", \"delimiter\" or \"length\", not \"crlf\"" },
        { TCP("acknowledge = \"\";"),
          "listeners[0].acknowledge: must be \"received\", \"written\" or \"durable\", not \"\"" },
        { OUT("{ type = \"file\"; path = \"/a\"; format = \"journal\"; }"),
          "outputs[0].format: must be \"text\" or \"json\", not \"journal\"" },
        { OUT("{ type = \"journal\"; when_full = \"\\e[1m\"; }"),
          "outputs[0].when_full: must be \"wait\" or \"drop\", not \"\\e[1m\"" },
        { TOP("log_level = \"notice\";"),
          "log_level: must be \"error\", \"warning\", \"info\" or \"debug\", not \"notice\"" },
        { TOP("workers = 65;"), "workers: 65 is out of range, must be 0 to 64" },
        { TOP("workers = -1;"), "workers: -1 is out of range, must be 0 to 64" },
        { TCP("port = 65536;"), "listeners[0].port: 65536 is out of range, must be 0 to 65535" },
        { TCP("receive_buffer = 4095;"),
          "listeners[0].receive_buffer: 4095 is out of range, must be 4K to 1G" },
        { TCP("receive_buffer = 0;"),
          "listeners[0].receive_buffer: 0 is out of range, must be 4K to 1G" },
        { TCP("message_timeout = 3600.1;"),
          "listeners[0].message_timeout: 3600.1 is out of range, must be 0 to 1h" },
        { TCP("message_timeout = -0.1;"),
          "listeners[0].message_timeout: -0.1 is out of range, must be 0 to 1h" },
        { TCP("message_timeout = +1e999;"),
          "listeners[0].message_timeout: inf is out of range, must be 0 to 1h" },
        { LIMITS("idle_timeout = 864001;"),
          "limits.idle_timeout: 864001 is out of range, must be 0 to 10d" },
        { LIMITS("message_size = 0;"), "limits.message_size: 0 is out of range, must be 1 to 16M" },
        { LIMITS("message_size = 16777217;"),
          "limits.message_size: 16777217 is out of range, must be 1 to 16M" },
        { LIMITS("connections = 0;"),
          "limits.connections: 0 is out of range, must be 1 to 1000000" },
        { LIMITS("connections_per_peer = 1000001;"),
          "limits.connections_per_peer: 1000001 is out of range, must be 0 to 1000000" },
        { LIMITS("memory = 4194303;"), "limits.memory: 4194303 is out of range, must be 4M to 1T" },
        { LIMITS("memory = 1099511627777L;"),
          "limits.memory: 1099511627777 is out of range, must be 4M to 1T" },
        { LIMITS("memory = 4194304; message_size = 1048577;"),
          "limits.message_size: 1048577 is more than a quarter of limits.memory, which is 4M" },

        /* units */
        { LIMITS("memory = \"64MB\";"), "limits.memory: must be a size such as 65536, 64K or 1.5G "
                                        "(units: K M G T), not \"64MB\"" },
        { LIMITS("memory = \"\";"),
          "limits.memory: must be a size such as 65536, 64K or 1.5G (units: K M G T), not \"\"" },
        { LIMITS("memory = \"2T\";"), "limits.memory: \"2T\" is out of range, must be 4M to 1T" },
        { LIMITS("memory = \"99999999T\";"),
          "limits.memory: \"99999999T\" is out of range, must be 4M to 1T" },
        { LIMITS("idle_timeout = \"soon\";"),
          "limits.idle_timeout: must be a time such as 30, 500ms or 1h 30min (units: us ms s min h "
          "d w), not \"soon\"" },
        { LIMITS("idle_timeout = \"2w\";"),
          "limits.idle_timeout: \"2w\" is out of range, must be 0 to 10d" },
        { LIMITS("memory = 64M;"), "a value with a unit needs quotes: \"64M\"" },
        { LIMITS("idle_timeout = 0.5h;"), "a value with a unit needs quotes: \"0.5h\"" },

        /* integers that libconfig wraps */
        { LIMITS("memory = 8589934592;"),
          "limits.memory: 8589934592 does not fit into 32 bits, write 8589934592L" },
        { LIMITS("memory = 0x200000000;"),
          "limits.memory: 0x200000000 does not fit into 32 bits, write 0x200000000L" },
        { LIMITS("memory = 0x80000000;"),
          "limits.memory: 0x80000000 does not fit into 32 bits, write 0x80000000L" },
        { LIMITS("memory = 99999999999999999999L;"),
          "limits.memory: 99999999999999999999 is out of range, must be 4M to 1T" },
        { LIMITS("memory = 0x10000000004000000L;"),
          "limits.memory: 0x10000000004000000 is out of range, must be 4M to 1T" },
        { TCP("port = 4294976487;"),
          "listeners[0].port: 4294976487 is out of range, must be 0 to 4294967294" },
        { TCP("port = -4294958105;"),
          "listeners[0].port: -4294958105 is out of range, must be 0 to 4294967294" },
        { TCP("message_timeout = 4294967297;"),
          "listeners[0].message_timeout: 4294967297 is out of range, must be 0 to 1h" },
        { "/* 4294967297 */ listeners = ( { name = \"4294967297\\\"\"; " /* goes on */
          "protocol = \"tcp\"; message_timeout = 1.5e0; port = 4294967297 } ); " OUTPUT,
          "listeners[0].name: must be 1 to 32 of a-z, 0-9, _ and -, not \"4294967297\"\"\n" CONF
          ":1: listeners[0].port: 4294967297 is out of range, must be 0 to 4294967294" },

        /* listeners */
        { TCP("name = \"\";"),
          "listeners[0].name: must be 1 to 32 of a-z, 0-9, _ and -, not \"\"" },
        { TCP("name = \"A\";"),
          "listeners[0].name: must be 1 to 32 of a-z, 0-9, _ and -, not \"A\"" },
        { TCP("name = \"a23456789012345678901234567890123\";"),
          "listeners[0].name: must be 1 to 32 of a-z, 0-9, _ and -, not "
          "\"a23456789012345678901234567890123\"" },
        { TCP("name = \"a\\x1b[1m\\n\";"),
          "listeners[0].name: must be 1 to 32 of a-z, 0-9, _ and -, not \"a\\x1b[1m\\n\"" },
        { TCP("}, { protocol = \"tcp\";"), "listeners[1].name: missing, and its default "
                                           "\"tcp-9191\" is already the name of listeners[0]" },
        { TCP("name = \"a\"; }, { protocol = \"udp\"; name = \"a\";"),
          "listeners[1].name: \"a\" is already the name of listeners[0]" },
        { TCP("name = \"udp-5\"; }, { protocol = \"udp\"; port = 5;"),
          "listeners[1].name: missing, and its default \"udp-5\" is already the name of "
          "listeners[0]" },
        { TCP("address = \"localhost\";"), "listeners[0].address: must be a numeric IPv4 or IPv6 "
                                           "address or \"*\", not \"localhost\"" },
        { TCP("address = \"fe80::1%no such\";"),
          "listeners[0].address: must be a numeric IPv4 or IPv6 address or \"*\", not "
          "\"fe80::1%no such\"" },
        { TCP("address = \"239.1.1.1\";"), "listeners[0].address: \"239.1.1.1\" is a multicast "
                                           "group, only for protocol \"udp\"" },
        { UDP("address = \"ff02::114\";"), "listeners[0].address: a link-local group requires its "
                                           "interface, as in \"ff02::114%eth0\"" },
        { UDP("address = \"127.0.0.1\"; groups = [ \"239.1.1.1\" ];"),
          "listeners[0].address: must be \"*\" or one of groups" },
        { UDP("address = \"239.1.1.2\"; groups = [ \"239.1.1.1\" ];"),
          "listeners[0].address: must be \"*\" or one of groups" },
        { UDP("groups = [ \"239.1.1.1\" ];"),
          "listeners[0].address: must be \"*\" or one of groups" },
        { TCP("address = \"*\"; groups = [ \"239.1.1.1\" ];"),
          "listeners[0].groups: only for protocol \"udp\"" },
        { UDP("address = \"*\"; groups = [ \"239.1.1.1\", \"10.0.0.1\" ];"),
          "listeners[0].groups[1]: must be a multicast group such as \"239.1.1.1%eth0\", not "
          "\"10.0.0.1\"" },
        { UDP("address = \"*\"; groups = [ \"ff12::1\" ];"),
          "listeners[0].groups[0]: a link-local group requires its interface, as in "
          "\"ff12::1%eth0\"" },
        { UDP("address = \"*\"; groups = [ \"239.1.1.1\", \"239.1.1.1\" ];"),
          "listeners[0].groups[1]: \"239.1.1.1\" is already in the list" },
        { TCP("interface = \"a-name-too-long1\";"),
          "listeners[0].interface: must be the name of an interface, not \"a-name-too-long1\"" },
        { TCP("address = \"fe80::1%lo\"; interface = \"lo\";"),
          "listeners[0].interface: the address has one already" },
        { UDP("framing = \"line\";"),
          "listeners[0].framing: only for protocol \"tcp\", \"unix-stream\" or \"vsock\"" },
        { UDP("message_timeout = 1;"),
          "listeners[0].message_timeout: only for protocol \"tcp\", \"unix-stream\" or \"vsock\" "
          "with framing \"line\", \"nul\", \"syslog\" or \"delimiter\"" },
        { TCP("framing = \"eof\"; message_timeout = 1;"),
          "listeners[0].message_timeout: only for protocol \"tcp\", \"unix-stream\" or \"vsock\" "
          "with framing \"line\", \"nul\", "
          "\"syslog\" or \"delimiter\"" },
        { TCP("framing = \"octet-counted\"; message_timeout = 1;"),
          "listeners[0].message_timeout: only for protocol \"tcp\", \"unix-stream\" or \"vsock\" "
          "with framing \"line\", \"nul\", "
          "\"syslog\" or \"delimiter\"" },
        { TCP("acknowledge = \"durable\";"),
          "listeners[0].acknowledge: \"durable\" requires a file "
          "output with when_full \"wait\" and a path "
          "other than \"-\"" },

        /* outputs */
        { OUT("{ type = \"file\"; path = \"/a/%{host}.log\"; }"),
          "outputs[0].path: \"%{host}\" is none of %{listener}, %{peer} and %{date}" },
        { OUT("{ type = \"file\"; path = \"/a/%{peer\"; }"),
          "outputs[0].path: \"%{peer\" is none of %{listener}, %{peer} and %{date}" },
        { OUT("{ type = \"file\"; path = \"/a/" A64 A64 A64 A64 "%{peer}/b\"; }"),
          "outputs[0].path: has a name longer than 255 bytes" },
        { OUT("{ type = \"file\"; path = \"/a//./%{peer}\"; }, "
              "{ type = \"file\"; path = \"/./a/%{peer}\"; }"),
          "outputs[1].path: outputs[0] already writes to this file" },
        { OUT("{ type = \"file\"; path = \"/a\"; files_open = 2; }"),
          "outputs[0].files_open: only for a path with %{listener}, %{peer} or %{date}" },
        { OUT("{ type = \"file\"; path = \"/a/%{peer}\"; files_max = 0; }"),
          "outputs[0].files_max: 0 is out of range, must be 1 to 10000000" },
        { OUT("{ type = \"file\"; path = \"/a/%{peer}\"; }, "
              "{ type = \"file\"; path = \"/a/%{peer}\"; }"),
          "outputs[1].path: outputs[0] already writes to this file" },
        { OUT("{ type = \"file\"; path = \"/a/%{listener}\"; }, "
              "{ type = \"file\"; path = \"/a/./tcp-9191\"; }"),
          "outputs[1].path: outputs[0] already writes to one of its files" },
        { OUT("{ type = \"journal\"; name = \"A\"; }"),
          "outputs[0].name: must be 1 to 32 of a-z, 0-9, _ and -, not \"A\"" },
        { OUT("{ type = \"journal\"; name = \"a\"; }, "
              "{ type = \"file\"; path = \"/a\"; name = \"a\"; }"),
          "outputs[1].name: \"a\" is already the name of outputs[0]" },
        { OUT("{ type = \"journal\"; name = \"file-1\"; }, { type = \"file\"; path = \"/a\"; }"),
          "outputs[1].name: missing, and its default \"file-1\" is already the name of "
          "outputs[0]" },
        { TCP("outputs = [ ];"), "listeners[0].outputs: must name at least one output" },
        { TCP("outputs = [ \"journal\", \"b\" ];"),
          "listeners[0].outputs[1]: no output is named \"b\"" },
        { TCP("outputs = [ \"journal\", \"journal\" ];"),
          "listeners[0].outputs[1]: \"journal\" is there twice" },
        { TCP("outputs = [ \"journal\" ]; acknowledge = \"durable\";"),
          "listeners[0].acknowledge: \"durable\" requires a file output with when_full \"wait\" "
          "and a path other than \"-\" among its outputs" },
        { OUT("{ type = \"journal\"; path = \"/a\"; }"),
          "outputs[0].path: only for type \"file\"" },
        { OUT("{ type = \"journal\"; format = \"text\"; }"),
          "outputs[0].format: only for type \"file\"" },
        { OUT("{ type = \"journal\"; mode = \"0640\"; }"),
          "outputs[0].mode: only for type \"file\" with a path" },
        { OUT("{ type = \"file\"; path = \"-\"; group = \"0\"; }"),
          "outputs[0].group: only for type \"file\" with a path" },
        { OUT("{ type = \"file\"; path = \"/a\"; mode = \"4640\"; }"),
          "outputs[0].mode: must be octal such as \"0660\", not \"4640\"" },
        { OUT("{ type = \"file\"; path = \"/a\"; mode = \"0444\"; }"),
          "outputs[0].mode: must let the owner, sockd, read and write, not \"0444\"" },
        { OUT("{ type = \"file\"; path = \"/a\"; group = \"no such group\"; }"),
          "outputs[0].group: there is no group \"no such group\"" },
        { OUT("{ type = \"file\"; path = \"/a\"; group = \"4294967295\"; }"),
          "outputs[0].group: must be a name or a number, not \"4294967295\"" },
        { OUT("{ type = \"journal\"; }, { type = \"journal\"; }"),
          "outputs[1].type: outputs[0] is already the journal" },
        { OUT(FILE_OUTPUT ", { type = \"file\"; path = \"/./a\"; }"),
          "outputs[1].path: outputs[0] already writes to this file" },
        { OUT("{ type = \"file\"; path = \"-\"; }, { type = \"file\"; path = \"-\"; }"),
          "outputs[1].path: outputs[0] already writes to this file" },
        { OUT("{ type = \"file\"; path = \"a\"; }"),
          "outputs[0].path: must be absolute or \"-\", not \"a\"" },
        { OUT("{ type = \"file\"; path = \"\"; }"),
          "outputs[0].path: must be absolute or \"-\", not \"\"" },
        { OUT("{ type = \"file\"; path = \"/a/\"; }"),
          "outputs[0].path: \"/a/\" names a directory" },
};

static void test_wrong(void **state) {
        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(wrong); i++) {
                _cleanup_free_ char *expected = NULL;

                assert_true(asprintf(&expected, CONF ":1: %s\n", wrong[i].error) > 0);
                check_errors(wrong[i].text, strlen(wrong[i].text), expected);
        }
}

/*
 * All at once, in the order of the file, with their lines; one line and nothing more after a syntax
 * error.
 */
static void test_lines(void **state) {
        static const char text[] =
                "log_level = 3;\n"
                "outputs = (\n"
                "  { type = \"file\";\n"
                "    path = \"a\"; }, { type = \"journal\"; path = \"b\"; });\n"
                "listeners = (\n"
                "  {\n"
                "    acknowledge = \"best\"; name = \"?\"; port = 99999; prt = 1; },\n"
                "  { protocol = \"tcp\"; },\n"
                "  { protocol = \"tcp\"; deny = [ \"::1\", \"a\" ]; allow = [ \"b\" ]; });\n"
                "limit = { };\n";
        static const char broken[] = "log_level = 3;\n\nworkers = 99\noutputs = (;\n";

        (void)state;
        check_errors(text, strlen(text),
                     CONF
                     ":1: log_level: wrong type, must be a string, not an integer\n" CONF
                     ":4: outputs[0].path: must be absolute or \"-\", not \"a\"\n" CONF
                     ":4: outputs[1].path: only for type \"file\"\n" CONF
                     ":6: listeners[0].protocol: missing, must be \"tcp\", \"udp\", \"raw\", "
                     "\"unix-stream\", \"unix-datagram\", \"unix-seqpacket\" or \"vsock\"\n" CONF
                     ":7: listeners[0].acknowledge: must be \"received\", \"written\" or "
                     "\"durable\", not \"best\"\n" CONF
                     ":7: listeners[0].name: must be 1 to 32 of a-z, 0-9, _ and -, not \"?\"\n" CONF
                     ":7: listeners[0].port: 99999 is out of range, must be 0 to 65535\n" CONF
                     ":7: listeners[0].prt: unknown key, did you mean port?\n" CONF
                     ":9: listeners[2].name: missing, and its default \"tcp-9191\" is already the "
                     "name of listeners[1]\n" CONF
                     ":9: listeners[2].deny[1]: must be an address or a prefix such as "
                     "192.0.2.0/24, not \"a\"\n" CONF
                     ":9: listeners[2].allow[0]: must be an address or a prefix such as "
                     "192.0.2.0/24, not \"b\"\n" CONF
                     ":10: limit: unknown key, did you mean limits?\n");
        check_errors(broken, strlen(broken), CONF ":4: syntax error\n");
        check_errors("workers = 1;\n#\0\n", 16, CONF ":2: contains a NUL byte\n");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_wrong),
                cmocka_unit_test(test_lines),
        };

        return cmocka_run_group_tests(tests, enter_directory, leave_directory);
}
