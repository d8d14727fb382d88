/* SPDX-License-Identifier: MIT */
/* The memory of partial messages and of partial headers: charged, and the oldest one known. */
#pragma once

#include "daemon/net/stream.h"

/* It had BEFORE bytes of such memory, and has NOW: moves the stream to the matching list. */
void stream_partial_change(Stream *s, size_t before, size_t now);
