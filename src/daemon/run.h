/* SPDX-License-Identifier: MIT */
/* Receipts that wait for their messages to be stored: runs of a stream, single datagrams. */
#pragma once

#include "core/address.h"
#include "core/id.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct Datagram Datagram;
typedef struct Listener Listener;
typedef struct Stream Stream;

/* Messages of one read with consecutive ids. */
typedef struct Run {
        Stream *stream; /* counted in its n_runs; NULL: nobody is told */
        Listener *listener;
        Id first;
        uint32_t count;
        bool truncated; /* all of them, or none */
} Run;
