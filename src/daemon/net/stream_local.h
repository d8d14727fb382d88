/* SPDX-License-Identifier: MIT */
/* What connections of Unix sockets have beside bytes: a security context, descriptors, packets. */
#pragma once

#include "daemon/net/stream.h"
#include <sys/types.h>

/* Once it is known who is there. Without memory the context stays unknown. */
void stream_local_begin(Stream *s);

/*
 * recv(2) into the buffer of the streams. What else was passed along is closed by the kernel, and
 * counted here.
 */
ssize_t stream_local_receive(Stream *s, size_t size);

/* What reading packets has met. */
typedef enum StreamPackets {
        STREAM_PACKETS_MORE, /* there may be more now, or later */
        STREAM_PACKETS_END,
        STREAM_PACKETS_ERROR, /* errno says which */
} StreamPackets;

/* Reads some packets, each of which is a message. */
StreamPackets stream_local_read_packets(Stream *s);
/* Whether the peer has closed its side and nothing is queued. */
bool stream_local_is_at_end(const Stream *s);
