/* SPDX-License-Identifier: MIT */
/* What a stream has read becomes messages, which the intake takes. */
#pragma once

#include "daemon/net/stream.h"

/* What cannot be taken in now becomes its backlog. It may be finishing then, or dead. */
void stream_input_add(Stream *s, const char *p, const char *end);
/* The partial message ends, if there is one. It may be finishing then. */
void stream_input_end(Stream *s, FrameEnd end);
