/* SPDX-License-Identifier: MIT */
/* Sending receipts to streams. */
#pragma once

#include "daemon/net/stream.h"

/* Addressee.answer of a stream. What the peer does not read is kept as positions, not as text. */
void stream_send_answer(Addressee *a, const Run *run, int error, uint64_t latency_usec);

/* For a new stream, and when receipts begin to wait: its receive buffer does not grow for now. */
void stream_send_begin(Stream *s);
/* The socket accepts more. */
void stream_send_unsent(Stream *s);
/* The peer has had time to take receipts: if it took none, it gets no more. */
void stream_send_look(Stream *s);
