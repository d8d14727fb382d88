/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as an IPv4 packet, in memory of just its size: what is read of it is what a slow reading
 * of RFC 791 says. The first three bytes choose what the listener records, and a type that it wants.
 */

#include "daemon/net/datagram_packet.h"

#include "config/config.h"
#include "core/macro.h"
#include "daemon/net/datagram.h"
#include "daemon/net/listener.h"
#include "daemon/net/listener_socket.h"
#include "fuzz.h"
#include <arpa/inet.h>

#define CHOICES 3
#define WHOLE 1
#define FILTERED 2

typedef struct Model {
        DatagramVerdict verdict;
        size_t begin; /* of what follows the header */
} Model;

/* The header is 4-byte words, of which the low half of the first byte tells the number, at least 5. */
static Model read_slowly(const uint8_t *packet, size_t size, const ConfigOctets *types) {
        Model m = { DATAGRAM_BAD, 0 };

        if (size < 20)
                return m;
        for (unsigned i = 0; i < packet[0] % 16; i++)
                m.begin += 4;
        if (m.begin < 20 || m.begin > size)
                return m;

        m.verdict = DATAGRAM_GOOD;
        if (config_octets_is_empty(types))
                return m;
        if (m.begin == size || !config_octets_has(types, packet[m.begin]))
                m.verdict = DATAGRAM_UNWANTED;
        return m;
}

static void check_source(const DatagramSource *s, const uint8_t *packet, size_t header_size) {
        assert(s->packet.ip_protocol == 253 && s->peer.port == 0);
        assert(s->packet.tos == packet[1] && s->packet.ttl == packet[8]);
        assert(s->packet.options_size == header_size - 20);
        for (size_t i = 20; i < header_size; i++)
                assert(s->options[i - 20] == packet[i]);
        assert(memcmp(&s->local.v4, packet + 16, 4) == 0);
}

static void check_packet(const uint8_t *choices, const uint8_t *packet, size_t size) {
        ConfigListener config = { .packet = choices[0] & WHOLE ? PACKET_WHOLE : PACKET_PAYLOAD };
        Listener listener = { .config = &config };
        ListenerSocket socket = { .listener = &listener, .at.ip_protocol = 253 };
        Datagram datagram = { .origin = &socket };
        DatagramSource s;
        Message m = { (const char *)packet, size, size };
        struct msghdr mh = { 0 };
        DatagramVerdict v;
        Model model;

        memset(&s, 0, sizeof(s));
        s.peer = s.local = (Address){ .family = AF_INET,
                                      .v4.s_addr = htonl(INADDR_LOOPBACK),
                                      .port = 253 };
        if (choices[0] & FILTERED) {
                config_octets_add(&config.icmp_types, choices[1]);
                config_octets_add(&config.icmp_types, choices[2]);
        }
        model = read_slowly(packet, size, &config.icmp_types);
        v = datagram_packet_read(&datagram, &mh, &s, &m);
        assert(v == model.verdict);
        if (v == DATAGRAM_BAD)
                return;

        check_source(&s, packet, model.begin);
        if (config.packet == PACKET_WHOLE)
                model.begin = 0;
        assert(m.data == (const char *)packet + model.begin);
        assert(m.size == size - model.begin && m.true_size == m.size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        char *packet;

        if (size < CHOICES)
                return 0;

        packet = exactly(size - CHOICES);
        memcpy(packet, data + CHOICES, size - CHOICES);
        check_packet(data, (const uint8_t *)packet, size - CHOICES);
        free(packet);
        return 0;
}
