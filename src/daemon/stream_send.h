/* SPDX-License-Identifier: MIT */
/* Receipts on their way into the socket of a stream, and those the peer does not take yet. */
#pragma once

#include "daemon/stream.h"

/*
 * Addressee.answer of a stream: the receipts go behind those that wait already. What the peer does not
 * take is remembered as a position, not as text.
 */
void stream_send_answer(Addressee *a, const Run *run, int error, uint64_t latency_usec);

/*
 * A receipt cannot be sent, ERROR (negative errno) says why. The peer is gone: what it had sent
 * before may still be in the socket's queue. Or there is no memory, or no more
 * of limits.memory: a peer that is there must not wait for receipts that nobody remembers, so the
 * stream ends.
 */
void stream_send_give_up(Stream *s, int error);

/* The socket takes more. Returns 0, or negative errno when the stream is broken. */
int stream_send_unsent(Stream *s);
void stream_send_forget(Stream *s);
