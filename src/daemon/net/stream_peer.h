/* SPDX-License-Identifier: MIT */
/* Who is at the other end of a stream: its address, and its row in the table of peers. */
#pragma once

#include "daemon/net/stream.h"

typedef struct Peer Peer;

/* For one that was made with PEER_PROXY. */
void stream_peer_set(Stream *s, const Address *peer);
/* Adds NEWS to the counters of its peer. */
void stream_peer_note(const Stream *s, Peer *news);
