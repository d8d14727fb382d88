/* SPDX-License-Identifier: MIT */
/* The config file: what is taken for what, what is printed again, and files that are none. */
#include "config/config.h"
#include "config/config_route.h"

#include "config/setting.h"
#include "config_file.h"
#include <sched.h>
#include <sys/stat.h>
#include <syslog.h>

/* The text must be right. */
static Config *load(const char *text) {
        _cleanup_free_ char *errors = NULL;
        Config *c = NULL;

        write_file(text, strlen(text));
        if (load_file(CONF, &errors, &c) < 0)
                fail_msg("%s: %s", text, errors);
        assert_string_equal(errors, "");
        return c;
}

static void test_defaults(void **state) {
        _cleanup_(config_freep) Config *c = load("listeners = ( { protocol = \"tcp\"; }, { "
                                                 "protocol = \"udp\"; port = 0; } );" OUTPUT);
        const ConfigListener *tcp = &c->listeners[0], *udp = &c->listeners[1];
        cpu_set_t cpus;

        (void)state;
        assert_string_equal(tcp->name, "tcp-9191");
        assert_string_equal(tcp->address, "127.0.0.1");
        assert_int_equal(tcp->port, 9191);
        assert_int_equal(tcp->framing, FRAMING_LINE);
        assert_int_equal(tcp->message_timeout_usec, 2000000);
        assert_int_equal(tcp->acknowledge, LEVEL_WRITTEN);
        assert_string_equal(tcp->reply, "ok %i %l\n");
        assert_int_equal(tcp->receive_buffer, 0);
        assert_string_equal(udp->name, "udp-0");
        assert_string_equal(udp->reply, "");
        assert_int_equal(udp->receive_buffer, 8 << 20);
        assert_false(tcp->receive_buffer_set || udp->receive_buffer_set);
        assert_int_equal(c->outputs[0].format, FORMAT_JOURNAL);
        assert_null(c->outputs[0].path);
        assert_int_equal(c->limits.message_size, 65536);
        assert_int_equal(c->limits.connections, 10000);
        assert_int_equal(c->limits.connections_per_peer, 0);
        assert_int_equal(c->limits.idle_timeout_usec, 0);
        assert_int_equal(c->limits.memory, 64 << 20);
        assert_int_equal(c->log_level, LOG_INFO);
        assert_int_equal(sched_getaffinity(0, sizeof(cpus), &cpus), 0);
        assert_int_equal(c->workers, MIN(MAX(CPU_COUNT(&cpus) / 2, 1), 16));
        assert_ptr_equal(config_find_listener(c, "udp-0"), udp);
        assert_null(config_find_listener(c, "udp"));
}

/* Names, by default too; listeners with the same outputs have the same route. */
static void test_routes(void **state) {
        _cleanup_(config_freep) Config *c = load(
                "listeners = ( { protocol = \"tcp\"; port = 1; outputs = ( \"b\", \"file-1\" ); }, "
                "{ protocol = \"tcp\"; port = 2; outputs = [ \"journal\" ]; }, "
                "{ protocol = \"tcp\"; port = 3; outputs = [ \"file-1\", \"b\" ]; } );"
                "outputs = ( { type = \"file\"; path = \"/a\"; }, { type = \"journal\"; }, "
                "{ type = \"file\"; path = \"/b\"; name = \"b\"; }, "
                "{ type = \"file\"; path = \"/c\"; } );");

        (void)state;
        assert_string_equal(c->outputs[1].name, "journal");
        assert_string_equal(c->outputs[3].name, "file-3");
        assert_ptr_equal(config_find_output(c, "file-1"), &c->outputs[0]);
        assert_null(config_find_output(c, "file-2"));

        assert_int_equal(c->listeners[0].route, 0);
        assert_int_equal(c->listeners[1].route, 1);
        assert_int_equal(c->listeners[2].route, 0);
        assert_int_equal(c->n_routes, 3);
        assert_int_equal(config_route_of_all(c), 2);
        assert_int_equal(c->routes[0].n, 2);
        assert_int_equal(c->routes[0].outputs[1], 2);
        assert_int_equal(c->routes[2].n, 4);
        assert_int_equal(c->outputs[0].n_senders, 2);
        assert_int_equal(c->outputs[3].n_senders, 0);

        assert_int_equal(c->listeners[0].acknowledge, LEVEL_DURABLE);
        assert_int_equal(c->listeners[1].acknowledge, LEVEL_WRITTEN);
        assert_int_equal(c->outputs[1].when_full, WHEN_FULL_WAIT); /* nobody else is there */
}

/* The level of receipts and what a slow output does follow from what outputs there are. */
static void test_outputs(void **state) {
        static const struct {
                const char *outputs;
                Level acknowledge;
                WhenFull when_full; /* of the first */
        } table[] = {
                { "{ type = \"journal\"; }", LEVEL_WRITTEN, WHEN_FULL_WAIT },
                { "{ type = \"journal\"; when_full = \"drop\"; }", LEVEL_WRITTEN, WHEN_FULL_DROP },
                { FILE_OUTPUT, LEVEL_DURABLE, WHEN_FULL_WAIT },
                { "{ type = \"journal\"; }, " FILE_OUTPUT, LEVEL_DURABLE, WHEN_FULL_DROP },
                { "{ type = \"journal\"; when_full = \"wait\"; }, " FILE_OUTPUT, LEVEL_DURABLE,
                  WHEN_FULL_WAIT },
                { "{ type = \"file\"; path = \"-\"; }", LEVEL_WRITTEN, WHEN_FULL_WAIT },
                { "{ type = \"file\"; path = \"-\"; }, " FILE_OUTPUT, LEVEL_DURABLE,
                  WHEN_FULL_WAIT },
                { "{ type = \"file\"; path = \"/a\"; when_full = \"drop\"; }", LEVEL_WRITTEN,
                  WHEN_FULL_DROP },
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(config_freep) Config *c = NULL;
                _cleanup_free_ char *text = NULL;

                assert_true(asprintf(&text, LISTENER "outputs = ( %s );", table[i].outputs) > 0);
                c = load(text);
                assert_int_equal(c->listeners[0].acknowledge, table[i].acknowledge);
                assert_int_equal(c->outputs[0].when_full, table[i].when_full);
                assert_int_equal(config_can_be_durable(c, NULL),
                                 table[i].acknowledge == LEVEL_DURABLE);
        }
}

static uint64_t value_of(const Config *c, SettingScope scope, const char *name) {
        const void *const structures[SETTING_SCOPE_MAX_] = { c, &c->limits, c->listeners,
                                                             c->outputs };
        const Setting *s = setting_find(scope, name);

        assert_non_null(s);
        return setting_load(s, structures[scope]);
}

static void test_values(void **state) {
        static const struct {
                const char *text;
                SettingScope scope;
                const char *name;
                uint64_t value;
        } table[] = {
                { LIMITS("memory = 1099511627776L;"), SETTING_LIMITS, "memory", 1ULL << 40 },
                { LIMITS("memory = 0x4000000000L;"), SETTING_LIMITS, "memory", 1ULL << 38 },
                { LIMITS("memory = 4194304; message_size = 1048576;"), SETTING_LIMITS, "memory",
                  4194304 },
                { LIMITS("message_size = 16777216LL;"), SETTING_LIMITS, "message_size", 16 << 20 },
                { LIMITS("idle_timeout = 864000;"), SETTING_LIMITS, "idle_timeout", 864000000000 },
                { LIMITS("idle_timeout = 0.25;"), SETTING_LIMITS, "idle_timeout", 250000 },
                { LIMITS("idle_timeout = 1e-9;"), SETTING_LIMITS, "idle_timeout", 1 },
                { LIMITS("idle_timeout = 5L;"), SETTING_LIMITS, "idle_timeout", 5000000 },
                { LIMITS("idle_timeout = \"1h 30min\";"), SETTING_LIMITS, "idle_timeout",
                  5400000000 },
                { LIMITS("idle_timeout = \"2.5\";"), SETTING_LIMITS, "idle_timeout", 2500000 },
                { LIMITS("idle_timeout = \"0\";"), SETTING_LIMITS, "idle_timeout", 0 },
                { LIMITS("memory = \"1.5G\";"), SETTING_LIMITS, "memory", 1610612736 },
                { LIMITS("message_size = \"64 K\";"), SETTING_LIMITS, "message_size", 65536 },
                { UDP("receive_buffer = \"8M\";"), SETTING_LISTENER, "receive_buffer", 8 << 20 },
                { LIMITS("connections = 1;"), SETTING_LIMITS, "connections", 1 },
                { TOP("workers = 64;"), SETTING_TOP, "workers", 64 },
                { TOP("log_level = \"error\";"), SETTING_TOP, "log_level", LOG_ERR },
                { TCP("port = 65535;"), SETTING_LISTENER, "port", 65535 },
                { TCP("port = 0;"), SETTING_LISTENER, "port", 0 },
                { TCP("framing = \"nul\"; message_timeout = 0;"), SETTING_LISTENER,
                  "message_timeout", 0 },
                { TCP("framing = \"octet-counted\";"), SETTING_LISTENER, "framing",
                  FRAMING_OCTET_COUNTED },
                { TCP("syslog = true;"), SETTING_LISTENER, "syslog", true },
                { UDP("syslog = false;"), SETTING_LISTENER, "syslog", false },
                { UDP(""), SETTING_LISTENER, "syslog", false },
                { TCP("address = \"*\";"), SETTING_LISTENER, "port", 9191 },
                { TCP("address = \"fe80::1%lo\";"), SETTING_LISTENER, "port", 9191 },
                { TCP("receive_buffer = 1073741824;"), SETTING_LISTENER, "receive_buffer",
                  1 << 30 },
                { UDP("acknowledge = \"received\"; reply = \"ok %%\";"), SETTING_LISTENER,
                  "acknowledge", LEVEL_RECEIVED },
                { OUT("{ type = \"file\"; path = \"/a\"; format = \"json\"; }"), SETTING_OUTPUT,
                  "format", FORMAT_JSON },
                { TOP("workers = 3; // no newline"), SETTING_TOP, "workers", 3 },
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(config_freep) Config *c = load(table[i].text);

                if (value_of(c, table[i].scope, table[i].name) != table[i].value)
                        fail_msg("%s", table[i].text);
        }
}

static char *print(const Config *c) {
        char *text = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);

        assert_non_null(f);
        assert_int_equal(config_print(c, f), 0);
        assert_int_equal(fclose(f), 0);
        return text;
}

static void test_print(void **state) {
        _cleanup_(config_freep) Config *c = load(
                "listeners = ( { protocol = \"tcp\"; name = \"a\"; reply = "
                "\"\\x01\\\"\\\\\\t\u00e9%i\\xff\\n\"; },"
                "{ protocol = \"udp\"; address = \"::1\"; receive_buffer = 4096; } );"
                "outputs = ( { type = \"file\"; path = \"/a\\n\\x5cb\"; mode = \"0664\"; group = "
                "\"7\"; }, { type = \"journal\"; } "
                ");"
                "limits = { memory = 8589934592L; idle_timeout = 0.000001; }; workers = 2;");
        _cleanup_free_ char *first = print(c);
        _cleanup_(config_freep) Config *again = load(first);
        _cleanup_free_ char *second = print(again);

        (void)state;
        assert_string_equal(first, second);
        assert_string_equal(again->listeners[0].reply, c->listeners[0].reply);
        assert_string_equal(again->outputs[0].path, "/a\n\\b");
        assert_int_equal(again->outputs[0].mode_bits, 0664);
        assert_int_equal(again->outputs[0].group_id, 7);
        assert_int_equal(again->limits.memory, 8589934592);
        assert_int_equal(again->limits.idle_timeout_usec, 1);
        assert_non_null(strstr(first, "reply = \"\\x01\\\"\\\\\\t\u00e9%i\\xff\\n\";"));
        assert_null(strstr(first, "#"));
}

/* One line for the file as a whole where there is no text to speak of. */
static void test_file(void **state) {
        static const struct {
                const char *path;
                int r;
                const char *errors;
        } table[] = {
                { "missing.conf", -ENOENT, "missing.conf: No such file or directory\n" },
                { ".", -EISDIR, ".: Is a directory\n" },
                { "\x1b[1m", -ENOENT, "\\x1b[1m: No such file or directory\n" },
                { "/dev/zero", -EFBIG, "/dev/zero: File too large\n" },
                { CONF, -EBADMSG, CONF ":1: the file is world-writable, chmod o-w it\n" },
        };

        (void)state;
        write_file(LISTENER OUTPUT, strlen(LISTENER OUTPUT));
        assert_int_equal(chmod(CONF, 0602), 0);
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_free_ char *errors = NULL;
                Config *c = NULL;

                assert_int_equal(load_file(table[i].path, &errors, &c), table[i].r);
                assert_string_equal(errors, table[i].errors);
        }
        assert_int_equal(unlink(CONF), 0);
}

/* N times UNIT between two texts must be refused, in one line of bounded length. */
static void check_repeated(const char *before, const char *unit, size_t n, const char *after) {
        size_t n_before = strlen(before), n_unit = strlen(unit), size = n_before + n * n_unit;
        _cleanup_free_ char *text = malloc(size + strlen(after) + 1);
        _cleanup_free_ char *errors = NULL;
        Config *c = NULL;

        assert_non_null(text);
        strcpy(text, before);
        for (size_t i = 0; i < n; i++)
                memcpy(text + n_before + i * n_unit, unit, n_unit);
        strcpy(text + size, after);
        write_file(text, strlen(text));
        assert_int_equal(load_file(CONF, &errors, &c), -EBADMSG);
        assert_ptr_equal(strchr(errors, '\n'), errors + strlen(errors) - 1);
        assert_true(strlen(errors) < 600);
}

static void test_hostile(void **state) {
        (void)state;
        check_repeated("listeners = ( { protocol = \"tcp\"; name = \"", "a", 1 << 20,
                       "\"; } ); " OUTPUT);
        check_repeated("listeners = ( { protocol = \"tcp\"; reply = \"", "%%", 1 << 20,
                       "\"; } ); " OUTPUT);
        check_repeated(LISTENER "outputs = ( { type = \"file\"; path = \"/", "\x01", 1 << 20,
                       "\"; } );");
        check_repeated(TOP(""), "x", 1 << 20, " = 1;");
        check_repeated("a = ", "(", 100000, ";");
        check_repeated("", "a = {", 100000, ";");
        check_repeated("", "a:1;", 100000, "");
        check_repeated(OUTPUT "listeners = ( ", "{ },", 1024, "{ } );");
        check_repeated(TOP("workers = "), "9", 1 << 20, ";");
}

static void test_listener_defaults(void **state) {
        ConfigListener l;

        (void)state;
        assert_int_equal(config_listener_defaults(PROTOCOL_UDP, 514, LEVEL_WRITTEN, &l), 0);
        assert_string_equal(l.name, "udp-514");
        assert_string_equal(l.reply, "");
        assert_int_equal(l.acknowledge, LEVEL_WRITTEN);
        assert_int_equal(l.receive_buffer, 8 << 20);
        config_listener_done(&l);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_defaults), cmocka_unit_test(test_routes),
                cmocka_unit_test(test_outputs),  cmocka_unit_test(test_values),
                cmocka_unit_test(test_print),    cmocka_unit_test(test_file),
                cmocka_unit_test(test_hostile),  cmocka_unit_test(test_listener_defaults),
        };

        return cmocka_run_group_tests(tests, enter_directory, leave_directory);
}
