/* SPDX-License-Identifier: MIT */
/* The protocol of a listener, the state and the buffers of an output, as their lists show them. */

#include "ctl/columns.h"

#include "core/clock.h"
#include "ctl_print.h"

static const Column *find(const char *title) {
        for (size_t i = 0; i < COLUMNS_OUTPUT; i++)
                if (strcmp(columns_output[i].title, title) == 0)
                        return &columns_output[i];
        for (size_t i = 0; i < COLUMNS_LISTENER; i++)
                if (strcmp(columns_listener[i].title, title) == 0)
                        return &columns_listener[i];
        fail_msg("no column %s", title);
        return NULL;
}

static void check(const char *title, const Row *row, const char *text, TableMood mood) {
        const Column *c = find(title);
        char buf[TABLE_CELL_MAX];

        assert_int_equal(c->format(row, c->key, buf), mood);
        assert_string_equal(buf, text);
}

static void test_state(void **state _unused_) {
        const Row works = ROW(TEXT("state", "works"), TEXT("error", ""));
        const Row fails = ROW(TEXT("state", "fails"), TEXT("error", "no space"));

        check("STATE", &works, "works", TABLE_GOOD);
        check("STATE", &fails, "fails: no space", TABLE_BAD);
}

static void test_protocol(void **state _unused_) {
        const Row tcp = ROW(TEXT("protocol", "tcp"));
        const Row raw = ROW(TEXT("protocol", "raw"), NUMBER("ip_protocol", 253));

        check("PROTOCOL", &tcp, "tcp", TABLE_PLAIN);
        check("PROTOCOL", &raw, "raw 253", TABLE_PLAIN);
}

/* For so long that no clock of a test machine matters; else the end of a certificate shows its mood. */
static void test_certificate(void **state _unused_) {
        const uint64_t now = clock_realtime(), day = UINT64_C(86400) * USEC_PER_SEC;
        const Row good = ROW(TEXT("protocol", "tcp"), TEXT("tls", "1.2"),
                             NUMBER("certificate_expires_usec", now + 400 * day));
        const Row soon = ROW(TEXT("protocol", "tcp"), TEXT("tls", "1.3"),
                             NUMBER("certificate_expires_usec", now + 14 * day - 1));
        const Row ended = ROW(TEXT("protocol", "tcp"), TEXT("tls", "1.3"),
                              NUMBER("certificate_expires_usec", 1));
        const Row plain = ROW(TEXT("protocol", "tcp"), TEXT("tls", ""),
                              NUMBER("certificate_expires_usec", 0));
        const Column *c = find("PROTOCOL");
        char buf[TABLE_CELL_MAX];

        check("PROTOCOL", &good, "tcp TLS", TABLE_PLAIN);
        check("PROTOCOL", &plain, "tcp", TABLE_PLAIN);
        assert_int_equal(c->format(&soon, c->key, buf), TABLE_WARNING);
        assert_string_equal(buf, "tcp TLS, certificate expires in 13d 23h");
        assert_int_equal(c->format(&ended, c->key, buf), TABLE_BAD);
        assert_memory_equal(buf, "tcp TLS, certificate expired ", 29);
        assert_int_equal(columns_certificate(&plain, buf), TABLE_PLAIN);
        assert_string_equal(buf, "");
}

static void test_buffer(void **state _unused_) {
        static const struct {
                uint64_t used, max;
                const char *text;
                TableMood mood;
        } table[] = {
                { 0, 0, "0% of 0B", TABLE_PLAIN },
                { 0, 64 << 20, "0% of 64.0M", TABLE_PLAIN },
                { 899, 1000, "89% of 1000B", TABLE_PLAIN },
                { 900, 1000, "90% of 1000B", TABLE_WARNING },
                { 1100, 1000, "110% of 1000B", TABLE_WARNING },
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                const Row row = ROW(NUMBER("buffer_bytes", table[i].used),
                                    NUMBER("buffer_max_bytes", table[i].max));

                check("BUFFER", &row, table[i].text, table[i].mood);
        }
}

/* Every key is one that sockd tells; what is not there is 0 or empty, so nobody would notice. */
static void test_keys(void **state _unused_) {
        static const char listener_keys[] =
                " listener addresses connections received recorded refused "
                "failed waiting kernel_drops protocol ";
        static const char output_keys[] =
                " output state recorded dropped failed buffer_bytes format name ";

        for (size_t i = 0; i < COLUMNS_LISTENER; i++) {
                char key[64];

                (void)snprintf(key, sizeof(key), " %s ", columns_listener[i].key);
                assert_non_null(strstr(listener_keys, key));
                assert_non_null(columns_listener[i].format);
        }
        for (size_t i = 0; i < COLUMNS_OUTPUT; i++) {
                char key[64];

                (void)snprintf(key, sizeof(key), " %s ", columns_output[i].key);
                assert_non_null(strstr(output_keys, key));
                assert_non_null(columns_output[i].format);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_state),       cmocka_unit_test(test_protocol),
                cmocka_unit_test(test_certificate), cmocka_unit_test(test_buffer),
                cmocka_unit_test(test_keys),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
