/* SPDX-License-Identifier: MIT */
/* Receipts for datagrams, which can neither amplify nor loop (CERT VU#417980). */
#pragma once

#include "daemon/net/datagram.h"

/* Where a datagram was sent to. */
typedef struct DatagramOrigin {
        Address local;
        Address answer_from; /* a unicast address of ours */
} DatagramOrigin;

/*
 * Not to groups, privileged ports or our own ports, nor to what is itself a receipt. DATA, SIZE: the
 * whole datagram, whatever of it limits.message_size keeps.
 */
bool datagram_reply_is_allowed(const Datagram *d, const Address *peer, const char *data,
                               size_t size);
/* Adds the pending receipt of message ID, which was added last. SIZE: of the whole datagram. */
void datagram_reply_add(Datagram *d, const Address *peer, const DatagramOrigin *origin, size_t size,
                        bool truncated, const Id *id);

/* Sends receipts; ERROR (positive errno): the messages failed. LATENCY_USEC: since they arrived. */
void datagram_reply_send(const Reply *replies, size_t n, int error, uint64_t latency_usec);
