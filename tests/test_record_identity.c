/* SPDX-License-Identifier: MIT */
/* Records of streams with TLS, and of those behind a proxy: who it says the peer is. */

#include "core/macro.h"
#include "core/proxy.h"
#include "core/record.h"
#include "core/record_source.h"
#include "unit.h"
#include <stdio.h>
#include <string.h>

#define USEC UINT64_C(1795343640123456) /* 2026-11-22T10:34:00.123456Z */
#define FINGERPRINT "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static RecordSource make_source(char text[static ADDRESS_TEXT_MAX]) {
        RecordSource s = { .listener = "tls", .protocol = PROTOCOL_TCP };

        assert_int_equal(address_parse("192.0.2.7", 51234, &s.peer), 0);
        assert_int_equal(address_parse("198.51.100.1", 9191, &s.local), 0);
        s.peer_text = text;
        s.peer_text_size = address_format(&s.peer, text);
        return s;
}

static void check_identity(const RecordSource *s, const char *json, const char *journal) {
        RecordTime time = { 0 };
        RecordHead h;

        record_time_set(&time, USEC);
        record_head(&h, FORMAT_JSON, s, &time);
        if (!memmem(h.text, h.size, json, strlen(json)))
                fail_msg("%.*s", (int)h.size, h.text);
        record_head(&h, FORMAT_JOURNAL, s, &time);
        if (!memmem(h.text, h.size, journal, strlen(journal)))
                fail_msg("%.*s", (int)h.size, h.text);
}

/* A name and a fingerprint are those of one certificate: with its own, a proxy's name is none. */
static void test_identity(void **state _unused_) {
        TlsPeer tls = { .version = "TLSv1.3", .cipher = "C", .name = "", .fingerprint = "" };
        RecordVia via = { .id = "", .tls = "", .name = "other" };
        char text[ADDRESS_TEXT_MAX];
        RecordSource s = make_source(text);

        s.tls = &tls;
        assert_int_equal(address_parse("10.0.0.5", 7, &via.address), 0);
        check_identity(&s, ",\"local_port\":9191,\"tls\":\"TLSv1.3\",\"size\":",
                       "\nSOCKD_LOCAL_PORT=9191\nSOCKD_TLS=TLSv1.3\nSOCKD_TIME_USEC=");
        s.via = &via;
        check_identity(&s,
                       ",\"peer_name\":\"other\",\"tls\":\"TLSv1.3\",\"via_address\":\"10.0.0.5\",",
                       "\nSOCKD_PEER_NAME=other\nSOCKD_TLS=TLSv1.3\nSOCKD_VIA_ADDRESS=10.0.0.5\n");
        tls.fingerprint = FINGERPRINT;
        check_identity(&s,
                       ",\"local_port\":9191,\"peer_fingerprint\":\"" FINGERPRINT
                       "\",\"tls\":\"TLSv1.3\",\"via_address\"",
                       "\nSOCKD_LOCAL_PORT=9191\nSOCKD_PEER_FINGERPRINT=" FINGERPRINT
                       "\nSOCKD_TLS=TLSv1.3\nSOCKD_VIA_ADDRESS=");
        tls.name = "a\\x20b@c";
        check_identity(&s,
                       ",\"local_port\":9191,\"peer_name\":\"a\\\\x20b@c\",\"peer_fingerprint\":"
                       "\"" FINGERPRINT "\",\"tls\":\"TLSv1.3\",\"via_address\"",
                       "\nSOCKD_LOCAL_PORT=9191\nSOCKD_PEER_NAME=a\\x20b@c\n"
                       "SOCKD_PEER_FINGERPRINT=" FINGERPRINT
                       "\nSOCKD_TLS=TLSv1.3\nSOCKD_VIA_ADDRESS=10.0.0.5\n");
}

/* As much as can be known of a stream, in the longest words: there is room for it. */
static void test_longest(void **state _unused_) {
        char name[TLS_PEER_NAME_MAX + 1] = { 0 }, version[TLS_PEER_VERSION_MAX + 1] = { 0 };
        char id[PROXY_ID_MAX + 1] = { 0 }, peer_text[RECORD_PEER_TEXT_MAX];
        const char *const host = "[fe80:1111:2222:3333:4444:5555:6666:7777%4294967295]:65535";
        TlsPeer tls = { .version = version, .name = name, .fingerprint = FINGERPRINT };
        RecordVia via = { .id = id, .tls = id + PROXY_ID_MAX - PROXY_TLS_MAX, .name = name };
        RecordSource s = {
                .listener = "name_with-every_kind-of-byte0123",
                .protocol = PROTOCOL_TCP,
                .tls = &tls,
                .via = &via,
                .ending = RECORD_TIMED_OUT,
        };
        RecordTime time = { 0 };
        RecordHead h;

        memset(name, '\\', TLS_PEER_NAME_MAX);
        memset(version, 'v', TLS_PEER_VERSION_MAX);
        memset(id, '\\', PROXY_ID_MAX);
        assert_int_equal(
                address_parse("fe80:1111:2222:3333:4444:5555:6666:7777%4294967295", 65535, &s.peer),
                0);
        s.local = via.address = s.peer;
        s.peer_text = peer_text;
        s.peer_text_size = (size_t)snprintf(peer_text, sizeof(peer_text), "%s@%s", name, host);
        record_time_set(&time, USEC);
        for (Format f = 0; f < FORMAT_MAX_; f++) {
                record_head(&h, f, &s, &time); /* asserts that there is room */
                assert_int_equal(h.size, strnlen(h.text, h.size));
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_identity),
                cmocka_unit_test(test_longest),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
