/* SPDX-License-Identifier: MIT */
/* Answers to datagrams, made so that they can neither amplify nor loop (CERT VU#417980). */
#pragma once

#include "core/frame.h"
#include "daemon/net/datagram.h"

/* Where a datagram came to. */
typedef struct DatagramOrigin {
        Address local;
        Address answer_from; /* one of our own addresses */
} DatagramOrigin;

/* Not to groups, to privileged or to our own ports, nor to something that is itself a receipt. */
bool datagram_reply_is_allowed(const Datagram *d, const Address *peer, const Message *m);
/* Remembers to answer the message ID, which was added last. SIZE: of the whole datagram. */
void datagram_reply_add(Datagram *d, const Address *peer, const DatagramOrigin *origin, size_t size,
                        bool truncated, const Id *id);

/*
 * Sends answers, all of which are stored, or for all of which ERROR (positive errno) says why not.
 * LATENCY_USEC: since their messages were taken in.
 */
void datagram_reply_send(const Reply *replies, size_t n, int error, uint64_t latency_usec);
