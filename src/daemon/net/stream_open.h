/* SPDX-License-Identifier: MIT */
/*
 * The beginning of a stream that a proxy forwards: its header, and then what the lists and the limits
 * say of the client. Until that is done, nothing is a message, and only a place is taken.
 */
#pragma once

#include "daemon/net/stream.h"

/*
 * Reads once. Returns true if the header is complete and the client may go on: then the stream reads, or
 * is securing, and *RET, *RET_SIZE is the input behind the header, valid until the next read.
 */
bool stream_open_read(Stream *s, const char **ret, size_t *ret_size);
/* The client is known and admitted: counts the stream, which goes on. Also for one without a proxy. */
void stream_open_admitted(Stream *s);
/* There was no header in time. */
void stream_open_time_out(Stream *s);
/* There is no memory for its part of a header. */
void stream_open_refuse(Stream *s);
/* Its listener may have new lists: returns whether they still allow it, and else counts that. */
bool stream_open_review(Stream *s);
