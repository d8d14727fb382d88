/* SPDX-License-Identifier: MIT */
/* Receipts for datagrams, which can neither amplify nor loop (CERT VU#417980). */
#pragma once

#include "daemon/net/datagram.h"

typedef struct DatagramSource DatagramSource;

/*
 * Not to groups, privileged ports or our own ports, nor to what is itself a receipt. DATA, SIZE: the
 * whole datagram, whatever of it limits.message_size keeps. Counts who cannot be reached.
 */
bool datagram_reply_is_allowed(const Datagram *d, const DatagramSource *from, const char *data,
                               size_t size);
/* Adds the pending receipt of message ID, which was added last. SIZE: of the whole datagram. */
void datagram_reply_add(Datagram *d, const DatagramSource *from, size_t size, bool truncated,
                        const Id *id);

/* Before D is freed. */
void datagram_reply_forget_name(Datagram *d);

/* Sends receipts; ERROR (positive errno): the messages failed. LATENCY_USEC: since they arrived. */
void datagram_reply_send(const Reply *replies, size_t n, int error, uint64_t latency_usec);
