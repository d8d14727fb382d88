/* SPDX-License-Identifier: MIT */
/* IP packets as the kernel hands them over, and as it never would. */

#include "daemon/net/datagram_packet.h"

#include "config/config.h"
#include "daemon/net/datagram.h"
#include "daemon/net/listener.h"
#include "daemon/net/listener_socket.h"
#include "unit.h"
#include <arpa/inet.h>
#include <netinet/ip.h>
#include <string.h>

typedef struct Fixture {
        ConfigListener config;
        Listener listener;
        ListenerSocket socket;
        Datagram datagram;
        DatagramSource source;
        Message message;
        struct msghdr mh;
} Fixture;

static void set_up(Fixture *f, const char *peer, const void *data, size_t size) {
        memset(f, 0, sizeof(*f));
        f->listener.config = &f->config;
        f->socket.listener = &f->listener;
        f->socket.at.ip_protocol = 253;
        f->datagram.origin = &f->socket;
        f->message = (Message){ data, size, size };
        assert_int_equal(address_parse(peer, 253, &f->source.peer), 0);
        f->source.local = f->source.peer;
}

static DatagramVerdict read_packet(Fixture *f) {
        return datagram_packet_read(&f->datagram, &f->mh, &f->source, &f->message);
}

/* A header of IHL words, then a payload. */
static size_t make_packet(uint8_t buf[static 128], unsigned ihl, const char *payload) {
        struct iphdr h = {
                .version = 4, .ihl = ihl & 15, .tos = 0xb8, .ttl = 3, .daddr = htonl(0xc6336401)
        };

        for (size_t i = 0; i < 128; i++)
                buf[i] = (uint8_t)i;
        memcpy(buf, &h, sizeof(h));
        memcpy(buf + 4 * (size_t)ihl, payload, strlen(payload));
        return 4 * (size_t)ihl + strlen(payload);
}

static void test_payload(void **state _unused_) {
        uint8_t buf[128];
        Fixture f;

        for (unsigned ihl = 5; ihl <= 15; ihl++) {
                set_up(&f, "192.0.2.7", buf, make_packet(buf, ihl, "hello"));
                assert_int_equal(read_packet(&f), DATAGRAM_GOOD);
                assert_int_equal(f.message.size, 5);
                assert_int_equal(f.message.true_size, 5);
                assert_memory_equal(f.message.data, "hello", 5);
                assert_int_equal(f.source.packet.ip_protocol, 253);
                assert_int_equal(f.source.packet.ttl, 3);
                assert_int_equal(f.source.packet.tos, 0xb8);
                assert_int_equal(f.source.packet.options_size, 4 * (ihl - 5));
                assert_memory_equal(f.source.options, buf + 20, 4 * (size_t)(ihl - 5));
                assert_int_equal(f.source.local.v4.s_addr, htonl(0xc6336401));
                assert_int_equal(f.source.peer.port, 0);
        }
}

static void test_whole(void **state _unused_) {
        uint8_t buf[128];
        size_t size = make_packet(buf, 6, "hello");
        Fixture f;

        set_up(&f, "192.0.2.7", buf, size);
        f.config.packet = PACKET_WHOLE;
        assert_int_equal(read_packet(&f), DATAGRAM_GOOD);
        assert_int_equal(f.message.size, size);
        assert_ptr_equal(f.message.data, buf);
        assert_int_equal(f.source.packet.options_size, 4);
}

/* Shorter than a header, or than it says that its header is; each in memory of just its size. */
static void test_short(void **state _unused_) {
        for (unsigned ihl = 0; ihl <= 15; ihl++)
                for (size_t size = 0; size <= 64; size++) {
                        uint8_t buf[128], *copy = malloc(size + 1);
                        const bool good = ihl >= 5 && size >= 4 * (size_t)ihl;
                        Fixture f;

                        assert_non_null(copy);
                        (void)make_packet(buf, ihl, "");
                        buf[0] = (uint8_t)(0x40 | ihl);
                        memcpy(copy + 1, buf, size);
                        set_up(&f, "192.0.2.7", copy + 1, size);
                        assert_int_equal(read_packet(&f), good ? DATAGRAM_GOOD : DATAGRAM_BAD);
                        if (good)
                                assert_int_equal(f.message.size, size - 4 * (size_t)ihl);
                        free(copy);
                }
}

static void test_icmp_types(void **state _unused_) {
        uint8_t buf[128];
        Fixture f;

        for (unsigned type = 0; type <= UINT8_MAX; type++) {
                const char payload[] = { (char)(type | 1), '\0' };

                set_up(&f, "192.0.2.7", buf, make_packet(buf, 5, payload));
                config_octets_add(&f.config.icmp_types, 9);
                config_octets_add(&f.config.icmp_types, 201);
                assert_int_equal(read_packet(&f), (type | 1) == 9 || (type | 1) == 201
                                                          ? DATAGRAM_GOOD
                                                          : DATAGRAM_UNWANTED);
                set_up(&f, "2001:db8::1", payload, 1);
                config_octets_add(&f.config.icmp_types, 9);
                assert_int_equal(read_packet(&f),
                                 (type | 1) == 9 ? DATAGRAM_GOOD : DATAGRAM_UNWANTED);
        }
        /* Nothing has no type. */
        set_up(&f, "192.0.2.7", buf, make_packet(buf, 5, ""));
        config_octets_add(&f.config.icmp_types, 0);
        assert_int_equal(read_packet(&f), DATAGRAM_UNWANTED);
}

static void *add_control(struct msghdr *mh, int level, int type, size_t size) {
        struct cmsghdr *c = (struct cmsghdr *)((char *)mh->msg_control + mh->msg_controllen);

        c->cmsg_level = level;
        c->cmsg_type = type;
        c->cmsg_len = CMSG_LEN(size);
        mh->msg_controllen += CMSG_SPACE(size);
        return CMSG_DATA(c);
}

/* IPv6: the message is all of it, and control messages say the rest; others are passed over. */
static void test_v6(void **state _unused_) {
        _Alignas(struct cmsghdr) char control[256] = { 0 };
        struct in6_pktinfo info = { .ipi6_ifindex = 1 };
        int hops = 7, class = 0xb8;
        Fixture f;

        set_up(&f, "2001:db8::1", "hello", 5);
        f.mh.msg_control = control;
        memset(add_control(&f.mh, SOL_SOCKET, SCM_TIMESTAMP, 16), 0xff, 16);
        memcpy(add_control(&f.mh, IPPROTO_IPV6, IPV6_HOPLIMIT, sizeof(hops)), &hops, sizeof(hops));
        memcpy(add_control(&f.mh, IPPROTO_IPV6, IPV6_TCLASS, sizeof(class)), &class, sizeof(class));
        assert_int_equal(inet_pton(AF_INET6, "fe80::9", &info.ipi6_addr), 1);
        memcpy(add_control(&f.mh, IPPROTO_IPV6, IPV6_PKTINFO, sizeof(info)), &info, sizeof(info));
        assert_int_equal(read_packet(&f), DATAGRAM_GOOD);
        assert_int_equal(f.source.packet.ttl, 7);
        assert_int_equal(f.source.packet.tos, 0xb8);
        assert_int_equal(f.source.local.scope_id, 1);
        assert_memory_equal(&f.source.local.v6, &info.ipi6_addr, sizeof(info.ipi6_addr));
        assert_int_equal(f.message.size, 5);

        /* Any length is good: there is no header. */
        set_up(&f, "2001:db8::1", "", 0);
        assert_int_equal(read_packet(&f), DATAGRAM_GOOD);
        assert_int_equal(f.source.packet.ttl, 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_payload), cmocka_unit_test(test_whole),
                cmocka_unit_test(test_short),   cmocka_unit_test(test_icmp_types),
                cmocka_unit_test(test_v6),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
