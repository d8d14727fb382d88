/* SPDX-License-Identifier: MIT */
/*
 * What the core and the access lists do when an allocation fails, or the kernel gives no random
 * bytes: each call fails as documented, once for each of its allocations, and works again after
 * that. The linker leads the calls of our own objects here (--wrap, see unit.am). A build with
 * AddressSanitizer tells what leaks.
 */

#include "config/config.h"
#include "config/prefix_list.h"
#include "core/address.h"
#include "core/buffer.h"
#include "core/frame.h"
#include "core/limit.h"
#include "core/peers.h"
#include "core/prefix.h"
#include "core/prefix_set.h"
#include "core/rate_table.h"
#include "core/receipt.h"
#include "core/turns.h"
#include "daemon/net/access.h"
#include "tests/unit.h"
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* Calls until the one that fails; it fails once. */
static size_t calls_left = SIZE_MAX;
static bool has_failed;

/* For each call that may fail in STATEMENT: runs it, that call fails. Ends when none is left. */
#define FOR_EACH_FAILURE(statement)                                                                \
        for (size_t i_ = 0; fail_at(i_), (statement), end_failing(); i_++)

static void fail_at(size_t n) {
        calls_left = n;
        has_failed = false;
}

static bool end_failing(void) {
        calls_left = SIZE_MAX;
        return has_failed;
}

static bool fails(void) {
        if (calls_left == SIZE_MAX || calls_left-- > 0)
                return false;

        calls_left = SIZE_MAX;
        has_failed = true;
        errno = ENOMEM;
        return true;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__real_reallocarray(void *p, size_t n, size_t size);
ssize_t __real_getrandom(void *buf, size_t size, unsigned flags);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
void *__wrap_reallocarray(void *p, size_t n, size_t size);
ssize_t __wrap_getrandom(void *buf, size_t size, unsigned flags);

void *__wrap_malloc(size_t size) {
        return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size) {
        return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size) {
        return fails() ? NULL : __real_realloc(p, size);
}

void *__wrap_reallocarray(void *p, size_t n, size_t size) {
        return fails() ? NULL : __real_reallocarray(p, n, size);
}

ssize_t __wrap_getrandom(void *buf, size_t size, unsigned flags) {
        return fails() ? -1 : __real_getrandom(buf, size, flags);
}

static AddressKey make_key(uint32_t i) {
        Address a = { .family = AF_INET, .v4.s_addr = htonl(i) };

        return address_key(&a);
}

/* Those that only say NULL. */
static void test_new(void **state _unused_) {
        LimitTable *limits;
        Peers *peers;
        PrefixSet *prefixes;
        RateTable *rates;
        Turns *turns;

        FOR_EACH_FAILURE(limits = limit_table_new()) {
                assert_null(limits);
        }
        assert_non_null(limits);
        assert_null(limit_table_free(limits));
        FOR_EACH_FAILURE(peers = peers_new()) {
                assert_null(peers);
        }
        assert_non_null(peers);
        assert_null(peers_free(peers));
        FOR_EACH_FAILURE(prefixes = prefix_set_new()) {
                assert_null(prefixes);
        }
        assert_non_null(prefixes);
        assert_null(prefix_set_free(prefixes));
        FOR_EACH_FAILURE(rates = rate_table_new()) {
                assert_null(rates);
        }
        assert_non_null(rates);
        assert_null(rate_table_free(rates));
        FOR_EACH_FAILURE(turns = turns_new()) {
                assert_null(turns);
        }
        assert_non_null(turns);
        assert_null(turns_free(turns));
        assert_null(turns_free(NULL));
}

/* What was charged to the pool for a buffer that did not come is taken back. */
static void test_buffer(void **state _unused_) {
        BufferPool *p;
        Buffer *b;

        FOR_EACH_FAILURE(p = buffer_pool_new(100, 250)) {
                assert_null(p);
        }
        assert_non_null(p);
        FOR_EACH_FAILURE(b = buffer_get(p, 10)) {
                assert_null(b);
                assert_int_equal(errno, ENOMEM);
                assert_int_equal(buffer_pool_used(p), 0);
        }
        assert_non_null(b);
        assert_null(buffer_unref(b));
        assert_int_equal(buffer_pool_used(p), 0);
        assert_null(buffer_pool_free(p));
}

/* 400 bytes: more than is allocated for the first few. */
#define TEN "0123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
#define MUCH HUNDRED HUNDRED HUNDRED HUNDRED

static FrameResult feed(Frame *f, const char *text) {
        const char *p = text;
        Message m;

        return frame_next(f, 1000, &p, text + strlen(text), &m);
}

/* What must be kept of a message, because the rest is still to come or came in two parts. */
static void test_frame(void **state _unused_) {
        static const struct {
                Framing framing;
                const char *before, *text;
                FrameResult result;
        } table[] = {
                { FRAMING_LINE, "", "half", FRAME_MORE },
                { FRAMING_LINE, "half", MUCH, FRAME_MORE },
                { FRAMING_LINE, "half", MUCH "\n", FRAME_MESSAGE },
                { FRAMING_NUL, "", "half", FRAME_MORE },
                { FRAMING_NUL, "half", MUCH, FRAME_MORE },
                { FRAMING_OCTET_COUNTED, "", "9 half", FRAME_MORE },
                { FRAMING_OCTET_COUNTED, "9 ", "half", FRAME_MORE },
                { FRAMING_OCTET_COUNTED, "404 half", MUCH, FRAME_MESSAGE },
                { FRAMING_EOF, "", "half", FRAME_MORE },
                { FRAMING_SYSLOG, "", "<1>half", FRAME_MORE },
                { FRAMING_SYSLOG, "", "12", FRAME_MORE },
                { FRAMING_DELIMITER, "", "half", FRAME_MORE },
                { FRAMING_DELIMITER, "half", MUCH ";", FRAME_MESSAGE },
                { FRAMING_LENGTH, "", "\x09half", FRAME_MORE },
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                const FrameSpec spec = {
                        .framing = (uint8_t)table[i].framing,
                        .delimiter = ";",
                        .delimiter_size = 1,
                        .length_size = 1,
                };
                size_t n_failed = 0;
                FrameResult r;
                Frame f;

                frame_init(&f, &spec);
                (void)feed(&f, table[i].before);
                FOR_EACH_FAILURE(r = feed(&f, table[i].text)) {
                        assert_int_equal(r, FRAME_NO_MEMORY);
                        n_failed++;
                        frame_reset(&f);
                        frame_init(&f, &spec);
                        (void)feed(&f, table[i].before);
                }
                assert_int_equal(r, table[i].result);
                assert_true(n_failed > 0);
                frame_reset(&f);
        }
}

/* The table keeps what it had. */
static void test_limit(void **state _unused_) {
        LimitTable *t = limit_table_new();
        size_t n_failed = 0;

        for (uint32_t i = 0; i < 1000; i++) {
                AddressKey key = make_key(i);
                int r;

                FOR_EACH_FAILURE(r = limit_table_take(t, &key, 1)) {
                        assert_int_equal(r, -ENOMEM);
                        assert_int_equal(limit_table_size(t), i);
                        n_failed++;
                }
                assert_int_equal(r, 1);
        }
        assert_true(n_failed > 0);
        assert_int_equal(limit_table_size(t), 1000);
        for (uint32_t i = 0; i < 1000; i++) {
                AddressKey key = make_key(i);

                limit_table_give(t, &key);
        }
        assert_int_equal(limit_table_size(t), 0);
        assert_null(limit_table_free(t));
}

/* The set keeps what it had. */
static void test_prefix_set(void **state _unused_) {
        PrefixSet *s = prefix_set_new();
        size_t n_failed = 0;
        Address a;

        for (uint32_t i = 0; i < 1000; i++) {
                char text[32];
                Prefix p;
                int r;

                (void)snprintf(text, sizeof(text), "10.0.%u.%u", i / 256, i % 256);
                assert_int_equal(prefix_parse(text, &p), 0);
                FOR_EACH_FAILURE(r = prefix_set_add(s, &p)) {
                        assert_int_equal(r, -ENOMEM);
                        assert_int_equal(prefix_set_size(s), i);
                        n_failed++;
                }
                assert_int_equal(r, 0);
        }
        assert_true(n_failed > 0);
        prefix_set_seal(s);
        assert_int_equal(prefix_set_size(s), 1000);
        assert_int_equal(address_parse("10.0.3.231", 1, &a), 0);
        assert_true(prefix_set_has(s, &a));
        assert_null(prefix_set_free(s));
}

static void test_receipt(void **state _unused_) {
        Receipt *receipt;
        int r;

        FOR_EACH_FAILURE(r = receipt_new("ok %i\n", LEVEL_WRITTEN, &receipt)) {
                assert_int_equal(r, -ENOMEM);
        }
        assert_int_equal(r, 0);
        assert_null(receipt_free(receipt));
}

/* Owners for whom there is no memory share one turn, and all are served. */
static void test_turns(void **state _unused_) {
        const Address peers[] = {
                { .family = AF_INET, .v4.s_addr = htonl(0x0a000001) },
                { .family = AF_INET, .v4.s_addr = htonl(0x0a000002) },
                { .family = AF_INET, .v4.s_addr = htonl(0x0a000003) },
        };
        Turns *all = turns_new();
        Turn t[4] = { 0 };

        turns_add(all, &peers[0], &t[0]);
        fail_at(0);
        turns_add(all, &peers[1], &t[1]);
        assert_true(end_failing());
        fail_at(0);
        turns_add(all, &peers[2], &t[2]);
        assert_true(end_failing());
        turns_add(all, &peers[0], &t[3]);
        assert_int_equal(turns_count(all), 4);
        assert_ptr_equal(turns_next(all), &t[0]);
        assert_ptr_equal(turns_next(all), &t[1]);
        assert_ptr_equal(turns_next(all), &t[3]);
        assert_ptr_equal(turns_next(all), &t[2]);
        assert_null(turns_next(all));
        assert_null(turns_free(all));
}

static void test_access(void **state _unused_) {
        static char *allowed[] = { (char *)"192.0.2.0/24" }, *denied[] = { (char *)"192.0.2.7" };
        const ConfigListener config = { .allow = { allowed, 1 }, .deny = { denied, 1 } };
        const Address inside = { .family = AF_INET, .v4.s_addr = htonl(0xc0000201) };
        FILE *errors = fopen("/dev/null", "we");
        Access *a;
        int r;

        assert_non_null(errors);
        FOR_EACH_FAILURE(r = access_new(&config, errors, &a)) {
                assert_int_equal(r, -ENOMEM);
        }
        assert_int_equal(r, 0);
        assert_int_equal(access_decide(a, &inside), ACCESS_ALLOWED);
        assert_null(access_free(a));
        assert_int_equal(fclose(errors), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_new),        cmocka_unit_test(test_buffer),
                cmocka_unit_test(test_frame),      cmocka_unit_test(test_limit),
                cmocka_unit_test(test_prefix_set), cmocka_unit_test(test_receipt),
                cmocka_unit_test(test_turns),      cmocka_unit_test(test_access),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
