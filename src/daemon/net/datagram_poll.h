/* SPDX-License-Identifier: MIT */
/*
 * Polling instead of wake-ups: when datagrams without receipts arrive fast, waking up for every few
 * of them costs more than handling them. Their socket is then polled at intervals that its receive
 * buffer outlasts many times over. This is the decision alone; datagrams.h acts on it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* The interval. */
#define DATAGRAM_POLL_USEC UINT64_C(1000)
/* Receive buffer that holds what arrives between two polls, even if one is late. */
#define DATAGRAM_POLL_BUFFER_MIN (1024 * 1024)

/* Of one socket. Initially all zero. */
typedef struct DatagramPoll {
        bool polled;
        unsigned n_window;    /* datagrams since … */
        uint64_t window_usec; /* … the window began */
} DatagramPoll;

/* N datagrams were received at NOW; MAY: polling is allowed. Returns the new value of p->polled. */
bool datagram_poll_note(DatagramPoll *p, unsigned n, uint64_t now_usec, bool may);
