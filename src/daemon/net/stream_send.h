/* SPDX-License-Identifier: MIT */
/* Receipts on their way into the socket of a stream. */
#pragma once

#include "daemon/net/stream.h"

/*
 * Addressee.answer of a stream: the receipts go behind those that wait already. What the peer does not
 * read is remembered as a position, not as text.
 */
void stream_send_answer(Addressee *a, const Run *run, int error, uint64_t latency_usec);

/* The socket takes more. */
void stream_send_unsent(Stream *s);
