/* SPDX-License-Identifier: MIT */
/* The PROXY protocol: every rule, every corrupted byte, and that cutting the input changes nothing. */

#include "core/proxy.h"

#include <arpa/inet.h>
#include <string.h>

#include "unit.h"

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"
#define V4 "\x21\x11"
#define V6 "\x21\x21"
#define ADDRESSES_V4 "\xc0\x00\x02\x07\xc6\x33\x64\x01\xc8\x2f\x01\xbb"
#define BYTES(s) (s), sizeof(s) - 1

typedef struct Case {
        const char *bytes;
        size_t size;
        ProxyResult result;
        const char *source, *destination; /* NULL: is local, with DONE */
        const char *reason;
} Case;

static const Case cases[] = {
        /* version 1: the examples of the specification */
        { BYTES("PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n"), PROXY_DONE,
          "192.168.0.1:56324", "192.168.0.11:443", NULL },
        { BYTES("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n"), PROXY_DONE,
          "255.255.255.255:65535", "255.255.255.255:65535", NULL },
        { BYTES("PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
                "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n"),
          PROXY_DONE, "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535",
          "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535", NULL },
        { BYTES("PROXY UNKNOWN\r\n"), PROXY_DONE, NULL, NULL, NULL },
        { BYTES("PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
                "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n"),
          PROXY_DONE, NULL, NULL, NULL },
        { BYTES("PROXY UNKNOWN  \0 x\r\n"), PROXY_DONE, NULL, NULL, NULL },
        { BYTES("PROXY TCP6 2001:db8::1 ::1 0 1\r\n"), PROXY_DONE, "[2001:db8::1]:0", "[::1]:1",
          NULL },
        { BYTES("PROXY TCP6 ::ffff:192.0.2.7 ::FFFF:198.51.100.1 1 2\r\n"), PROXY_DONE,
          "192.0.2.7:1", "198.51.100.1:2", NULL },
        /* what follows is none of its business */
        { BYTES("PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n\nPROXY x\r\n"), PROXY_DONE, "1.2.3.4:1",
          "5.6.7.8:2", NULL },
        { BYTES("PROXY TCP4 01.2.3.4 5.6.7.8 1 2\r\n"), PROXY_BAD, NULL, NULL, "invalid address" },
        { BYTES("PROXY TCP4 1.2.3 5.6.7.8 1 2\r\n"), PROXY_BAD, NULL, NULL, "invalid address" },
        { BYTES("PROXY TCP4 1.2.3.4  5.6.7.8 1 2\r\n"), PROXY_BAD, NULL, NULL, "invalid address" },
        { BYTES("PROXY TCP4 1.2.3.4 5.6.7.8\0 1 2\r\n"), PROXY_BAD, NULL, NULL, "invalid address" },
        { BYTES("PROXY TCP4 ::1 ::1 1 2\r\n"), PROXY_BAD, NULL, NULL, "invalid address" },
        { BYTES("PROXY TCP6 1.2.3.4 5.6.7.8 1 2\r\n"), PROXY_BAD, NULL, NULL, "invalid address" },
        { BYTES("PROXY TCP6 fe80::1%lo ::1 1 2\r\n"), PROXY_BAD, NULL, NULL, "invalid address" },
        { BYTES("PROXY TCP4\r\n"), PROXY_BAD, NULL, NULL, "invalid address" },
        { BYTES("PROXY TCP4 1.2.3.4 5.6.7.8 1\r\n"), PROXY_BAD, NULL, NULL, "invalid port" },
        { BYTES("PROXY TCP4 1.2.3.4 5.6.7.8 01 2\r\n"), PROXY_BAD, NULL, NULL, "invalid port" },
        { BYTES("PROXY TCP4 1.2.3.4 5.6.7.8 1 65536\r\n"), PROXY_BAD, NULL, NULL, "invalid port" },
        { BYTES("PROXY TCP4 1.2.3.4 5.6.7.8 1 123456\r\n"), PROXY_BAD, NULL, NULL, "invalid port" },
        { BYTES("PROXY TCP4 1.2.3.4 5.6.7.8 +1 2\r\n"), PROXY_BAD, NULL, NULL, "invalid port" },
        { BYTES("PROXY TCP4 1.2.3.4 5.6.7.8 1 2 \r\n"), PROXY_BAD, NULL, NULL,
          "more than two ports" },
        { BYTES("PROXY TCP4 1.2.3.4 5.6.7.8 1 2 3\r\n"), PROXY_BAD, NULL, NULL,
          "more than two ports" },
        { BYTES("PROXY UDP4 1.2.3.4 5.6.7.8 1 2\r\n"), PROXY_BAD, NULL, NULL, "unknown protocol" },
        { BYTES("PROXY tcp4 1.2.3.4 5.6.7.8 1 2\r\n"), PROXY_BAD, NULL, NULL, "unknown protocol" },
        { BYTES("PROXY UNKNOWNS\r\n"), PROXY_BAD, NULL, NULL, "unknown protocol" },
        { BYTES("PROXY \r\n"), PROXY_BAD, NULL, NULL, "unknown protocol" },
        { BYTES("PROXY TCP4 1.2.3.4 5.6.7.8 1 2\n"), PROXY_BAD, NULL, NULL, "LF without CR" },
        { BYTES("PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\r\n"), PROXY_BAD, NULL, NULL, "CR without LF" },
        /* 107 bytes, and one more */
        { BYTES("PROXY UNKNOWN ----------------------------------------------------------------"
                "---------------------------\r\n"),
          PROXY_DONE, NULL, NULL, NULL },
        { BYTES("PROXY UNKNOWN ----------------------------------------------------------------"
                "----------------------------\r\n"),
          PROXY_BAD, NULL, NULL, "longer than 107 bytes" },
        /* neither */
        { BYTES("hello\n"), PROXY_NONE, NULL, NULL, NULL },
        { BYTES("PROXY\tTCP4"), PROXY_NONE, NULL, NULL, NULL },
        { BYTES("\r\n\r\nGET"), PROXY_NONE, NULL, NULL, NULL },
        { BYTES(""), PROXY_NEED_MORE, NULL, NULL, NULL },
        { BYTES("PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r"), PROXY_NEED_MORE, NULL, NULL, NULL },
        /* version 2 */
        { BYTES(SIGNATURE "\x20\x00\x00\x00"), PROXY_DONE, NULL, NULL, NULL },
        { BYTES(SIGNATURE "\x20\x11\x00\x03xyz"), PROXY_DONE, NULL, NULL, NULL },
        { BYTES(SIGNATURE "\x21\x00\x00\x00"), PROXY_DONE, NULL, NULL, NULL },
        { BYTES(SIGNATURE "\x21\x12\x00\x02xx"), PROXY_DONE, NULL, NULL, NULL },
        { BYTES(SIGNATURE "\x21\x31\x00\x02xx"), PROXY_DONE, NULL, NULL, NULL },
        { BYTES(SIGNATURE V4 "\x00\x0c" ADDRESSES_V4 "hello"), PROXY_DONE, "192.0.2.7:51247",
          "198.51.100.1:443", NULL },
        { BYTES(SIGNATURE V6 "\x00\x24"
                             "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"
                             "\0\0\0\0\0\0\0\0\0\0\xff\xff\xc6\x33\x64\x01\x00\x01\x00\x02"),
          PROXY_DONE, "[2001:db8::1]:1", "198.51.100.1:2", NULL },
        { BYTES(SIGNATURE V4 "\x00\x0f" ADDRESSES_V4 "\x04\x00\x00"), PROXY_DONE, "192.0.2.7:51247",
          "198.51.100.1:443", NULL },
        { BYTES(SIGNATURE V4 "\x00\x0b" ADDRESSES_V4), PROXY_BAD, NULL, NULL,
          "too short for its addresses" },
        { BYTES(SIGNATURE V6 "\x00\x0c" ADDRESSES_V4), PROXY_BAD, NULL, NULL,
          "too short for its addresses" },
        { BYTES(SIGNATURE V4 "\x00\x0d" ADDRESSES_V4 "\x04"), PROXY_BAD, NULL, NULL,
          "fields do not fill it" },
        { BYTES(SIGNATURE V4 "\x00\x0f" ADDRESSES_V4 "\x04\x00\x01"), PROXY_BAD, NULL, NULL,
          "fields do not fill it" },
        { BYTES(SIGNATURE V4 "\x00\x10" ADDRESSES_V4 "\x03\x00\x01x"), PROXY_BAD, NULL, NULL,
          "checksum of wrong size" },
        { BYTES(SIGNATURE V4 "\x00\x13" ADDRESSES_V4 "\x03\x00\x04\0\0\0\0"), PROXY_BAD, NULL, NULL,
          "wrong checksum" },
        { BYTES(SIGNATURE V4 "\x00\x13" ADDRESSES_V4 "\x20\x00\x04\0\0\0\0"), PROXY_BAD, NULL, NULL,
          "TLS field too short" },
        { BYTES(SIGNATURE V4 "\x00\x15" ADDRESSES_V4 "\x20\x00\x06\x07\0\0\0\0x"), PROXY_BAD, NULL,
          NULL, "fields of TLS do not fill it" },
        { BYTES(SIGNATURE "\x31\x11\x00\x0c"), PROXY_BAD, NULL, NULL, "unknown version" },
        { BYTES(SIGNATURE "\x22\x11\x00\x0c"), PROXY_BAD, NULL, NULL, "unknown command" },
        { BYTES(SIGNATURE "\x21\x41\x00\x0c"), PROXY_BAD, NULL, NULL,
          "unknown address family or protocol" },
        { BYTES(SIGNATURE "\x21\x13\x00\x0c"), PROXY_BAD, NULL, NULL,
          "unknown address family or protocol" },
        { BYTES(SIGNATURE V4 "\x08\x01"), PROXY_BAD, NULL, NULL, "longer than 2048 bytes" },
        { BYTES(SIGNATURE V4 "\x08\x00"), PROXY_NEED_MORE, NULL, NULL, NULL },
};

static void assert_address(const Address *a, const char *text) {
        char found[ADDRESS_TEXT_MAX];

        (void)address_format(a, found);
        assert_string_equal(found, text);
}

static void test_cases(void **state _unused_) {
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                const Case *c = &cases[i];
                ProxyHeader h;

                assert_int_equal(proxy_parse(c->bytes, c->size, &h), c->result);
                assert_int_equal(h.reason != NULL, c->result == PROXY_BAD);
                if (c->reason)
                        assert_string_equal(h.reason, c->reason);
                if (c->result != PROXY_DONE)
                        continue;
                assert_true(h.size <= c->size);
                assert_int_equal(h.is_local, !c->source);
                if (c->source) {
                        assert_address(&h.source, c->source);
                        assert_address(&h.destination, c->destination);
                }
        }
}

/* The first result other than NEED_MORE is that of the whole. */
static void test_cut_anywhere(void **state _unused_) {
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                const Case *c = &cases[i];
                ProxyResult r = PROXY_NEED_MORE;
                ProxyHeader whole, h;

                (void)proxy_parse(c->bytes, c->size, &whole);
                for (size_t n = 0; n <= c->size && r == PROXY_NEED_MORE; n++) {
                        char *copy = test_malloc(n + 1); /* of its size, for the sanitizers */

                        memcpy(copy, c->bytes, n);
                        r = proxy_parse(copy, n, &h);
                        if (r == PROXY_DONE)
                                assert_int_equal(h.size, n);
                        test_free(copy);
                }
                assert_int_equal(r, c->result);
                assert_memory_equal(&h, &whole, sizeof(h));
        }
}

/* Nothing but a result: whatever one byte is, each of its 255 other values. */
static void test_corrupted(void **state _unused_) {
        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                for (size_t at = 0; at < cases[i].size; at++)
                        for (int flip = 1; flip < 256; flip++) {
                                char copy[256];
                                ProxyHeader h;
                                ProxyResult r;

                                memcpy(copy, cases[i].bytes, cases[i].size);
                                copy[at] = (char)(copy[at] ^ flip);
                                r = proxy_parse(copy, cases[i].size, &h);
                                assert_true(r <= PROXY_BAD);
                                assert_true(h.size <= cases[i].size);
                        }
}

/* --- fields --- */

typedef struct Built {
        char bytes[PROXY_SIZE_MAX];
        size_t size;
} Built;

static void set_length(Built *b) {
        uint16_t length = htons((uint16_t)(b->size - PROXY_FIXED_SIZE));

        memcpy(b->bytes + PROXY_FIXED_SIZE - sizeof(length), &length, sizeof(length));
}

static Built begin(void) {
        Built b = { .bytes = SIGNATURE V4 "\0\0" ADDRESSES_V4, .size = PROXY_FIXED_SIZE + 12 };

        set_length(&b);
        return b;
}

static void add(Built *b, uint8_t type, const char *value, size_t n) {
        const char head[] = { (char)type, (char)(n >> 8), (char)n };

        memcpy(b->bytes + b->size, head, sizeof(head));
        memcpy(b->bytes + b->size + sizeof(head), value, n);
        b->size += sizeof(head) + n;
        set_length(b);
}

static ProxyResult parse(const Built *b, ProxyHeader *h) {
        return proxy_parse(b->bytes, b->size, h);
}

static void test_unique_id(void **state _unused_) {
        char longest[129] = { 0 };
        Built b = begin();
        ProxyHeader h;

        add(&b, 0x05, BYTES("a-Z0._:/@*+-"));
        assert_int_equal(parse(&b, &h), PROXY_DONE);
        assert_string_equal(h.id, "a-Z0._:/@*+-");

        b = begin();
        add(&b, 0x05, BYTES("\0\n\"\\\xff "));
        assert_int_equal(parse(&b, &h), PROXY_DONE);
        assert_string_equal(h.id, "\\x00\\x0a\\x22\\x5c\\xff\\x20");

        b = begin();
        add(&b, 0x05, "", 0);
        assert_int_equal(parse(&b, &h), PROXY_DONE);
        assert_string_equal(h.id, "");

        b = begin();
        add(&b, 0x05, longest, 128);
        assert_int_equal(parse(&b, &h), PROXY_DONE);
        assert_int_equal(strlen(h.id), PROXY_ID_MAX);

        b = begin();
        add(&b, 0x05, longest, 129);
        assert_int_equal(parse(&b, &h), PROXY_BAD);
        assert_string_equal(h.reason, "unique ID longer than 128 bytes");
}

#define TLS_VERSION "\x21\x00\x07TLSv1.3"
#define TLS_NAME "\x22\x00\x07scale 7"

static void test_tls(void **state _unused_) {
        static const struct {
                const char *bytes;
                size_t size;
                const char *tls, *name;
        } table[] = {
                { BYTES("\x01\0\0\0\0" TLS_VERSION), "TLSv1.3", "" },
                { BYTES("\x03\0\0\0\0" TLS_VERSION TLS_NAME), "TLSv1.3", "scale\\x207" },
                { BYTES("\x05\0\0\0\0" TLS_NAME), "", "scale\\x207" },
                /* not verified; no certificate, which haproxy calls verified; no TLS */
                { BYTES("\x07\0\0\0\x01" TLS_VERSION TLS_NAME), "TLSv1.3", "" },
                { BYTES("\x01\0\0\0\0" TLS_VERSION TLS_NAME), "TLSv1.3", "" },
                { BYTES("\x02\0\0\0\0" TLS_VERSION TLS_NAME), "", "scale\\x207" },
                { BYTES("\x01\0\0\0\0"), "", "" },
                /* a cipher is skipped */
                { BYTES("\x01\0\0\0\0\x23\x00\x01x" TLS_VERSION), "TLSv1.3", "" },
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                Built b = begin();
                ProxyHeader h;

                add(&b, 0x20, table[i].bytes, table[i].size);
                assert_int_equal(parse(&b, &h), PROXY_DONE);
                assert_string_equal(h.tls, table[i].tls);
                assert_string_equal(h.name, table[i].name);
        }
}

static void test_tls_too_long(void **state _unused_) {
        char field[256] = "\x03\0\0\0\0";
        Built b = begin();
        ProxyHeader h;

        memcpy(field + 5, "\x22\x00\x81", 3);
        memset(field + 8, 'a', 129);
        add(&b, 0x20, field, 8 + 129);
        assert_int_equal(parse(&b, &h), PROXY_BAD);
        assert_string_equal(h.reason, "certificate name too long");

        b = begin();
        memcpy(field + 5, "\x21\x00\x09", 3);
        memset(field + 8, '\n', 9);
        add(&b, 0x20, field, 8 + 9);
        assert_int_equal(parse(&b, &h), PROXY_BAD);
        assert_string_equal(h.reason, "TLS version too long");
}

/* The checksum is that of another implementation. */
static void test_checksum(void **state _unused_) {
        Built b = begin();
        const size_t type = b.size;
        ProxyHeader h;

        add(&b, 0x03, BYTES("\x5f\x4a\x6c\xa9"));
        assert_int_equal(parse(&b, &h), PROXY_DONE);
        for (size_t i = PROXY_FIXED_SIZE; i < b.size; i++) {
                if (i == type)
                        continue; /* else it is no checksum */
                b.bytes[i] ^= 1;
                assert_int_equal(parse(&b, &h), PROXY_BAD);
                b.bytes[i] ^= 1;
        }
}

/* The largest one, and that nothing behind it is needed. */
static void test_largest(void **state _unused_) {
        char value[1024] = { 0 };
        Built b = begin();
        ProxyHeader h;

        add(&b, 0xe0, value, sizeof(value));
        add(&b, 0x04, value, PROXY_SIZE_MAX - b.size - 3);
        assert_int_equal(b.size, PROXY_SIZE_MAX);
        assert_int_equal(proxy_parse(b.bytes, b.size - 1, &h), PROXY_NEED_MORE);
        assert_int_equal(parse(&b, &h), PROXY_DONE);
        assert_int_equal(h.size, PROXY_SIZE_MAX);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_cases),     cmocka_unit_test(test_cut_anywhere),
                cmocka_unit_test(test_corrupted), cmocka_unit_test(test_unique_id),
                cmocka_unit_test(test_tls),       cmocka_unit_test(test_tls_too_long),
                cmocka_unit_test(test_checksum),  cmocka_unit_test(test_largest),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
