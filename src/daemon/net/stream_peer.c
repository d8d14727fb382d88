/* SPDX-License-Identifier: MIT */
/* The address is text once, because each record has it. */

#include "daemon/net/stream_peer.h"

#include "core/peers.h"
#include "daemon/net/streams.h"
#include <string.h>

void stream_peer_set(Stream *s, const Address *peer) {
        char text[ADDRESS_TEXT_MAX];

        s->peer = *peer;
        s->peer_text_size = (uint8_t)address_format(peer, text);
        memcpy(s->peer_text, text, s->peer_text_size);
}

void stream_peer_note(const Stream *s, Peer *news) {
        news->address = s->peer;
        news->last_seen_usec = s->streams->loop->realtime_usec;
        peers_note(s->streams->peers, news);
}
