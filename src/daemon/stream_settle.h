/* SPDX-License-Identifier: MIT */
/* What follows from the state of a stream: its next state, poll interest and timer. */
#pragma once

#include "daemon/stream.h"

/* After anything happened to it. Nothing else changes interest and timer. */
void stream_settle(Stream *s);
void stream_settle_on_timer(Timer *t);
