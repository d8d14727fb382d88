/* SPDX-License-Identifier: MIT */
/* What a stream has read becomes messages, which the intake takes. */
#pragma once

#include "daemon/net/stream.h"

/* Around messages that are added to the intake one by one. Returns as intake_end(). */
void stream_input_begin(Stream *s);
int stream_input_finish(Stream *s);

/* What cannot be taken in now becomes its backlog. It may be finishing then, or dead. */
void stream_input_add(Stream *s, const char *p, const char *end);
/* The partial message ends, if there is one. It may be finishing then. */
void stream_input_end(Stream *s, FrameEnd end);
