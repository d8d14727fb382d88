/* SPDX-License-Identifier: MIT */
/* The queue of a socket in the kernel: what it holds, and what it has dropped. */
#pragma once

#include "daemon/net/datagram.h"

/* What was dropped before is not counted. */
void datagram_queue_begin(Datagram *d);
/* Its receive buffer may have changed. */
void datagram_queue_look(Datagram *d);
/* Bytes of memory, more than those of the datagrams; UINT64_MAX: unknown. */
uint64_t datagram_queue_size(const Datagram *d);
/* Counts what the kernel has dropped so far. */
void datagram_queue_note_drops(Datagram *d);
/* Schedules that for all sockets of the worker, in a second. */
void datagram_queue_expect_drops(Datagrams *all);
