/* SPDX-License-Identifier: MIT */
/* Holds streams back that exceed limits.message_rate_per_peer: they are not read for a while. */
#pragma once

#include "daemon/net/stream.h"
#include <stddef.h>

/* How many bytes of messages S may read now. 0: it is held back from now on. */
size_t stream_pace_read_size(Stream *s);
/* S has read N messages. */
void stream_pace_note(Stream *s, uint64_t n);
/* S is read again, if it was held back. */
void stream_pace_resume(Stream *s);

/* For the timer of Streams, which runs while streams are held back. */
void stream_pace_on_timer(Timer *t);
