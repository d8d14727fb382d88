/* SPDX-License-Identifier: MIT */
/*
 * The queue of an output that has its own thread, and that thread, which writes, flushes and maintains the
 * output. Bounded by the buffer pool.
 */
#pragma once

#include "daemon/loop/doorbell.h"
#include "daemon/loop/pulse.h"
#include "daemon/output/output.h"

/* Starts the thread. Returns 0 or negative errno. */
int output_queue_new(Output *o, OutputQueue **ret);
/* Writes what is queued, ends the thread and frees the queue. */
OutputQueue *output_queue_free(OutputQueue *q);

bool output_queue_is_idle(OutputQueue *q);
/* Liveness of its thread. */
const Pulse *output_queue_pulse(const OutputQueue *q);

/* Readable once write() of the output must not wait for a reader any longer. */
int output_queue_interrupt_fd(const OutputQueue *q);

/* Takes the segment. Returns 1 (queued), or -ENOMEM with the reference dropped. */
int output_queue_push(OutputQueue *q, const Segment *s);

/*
 * Any thread: has the output flushed now, unless nothing waits for it; maintained, which is ROUND. BELL is
 * rung once that is over, until another is given; NULL: none.
 */
void output_queue_flush(OutputQueue *q);
void output_queue_maintain(OutputQueue *q, uint64_t round, Doorbell *bell);
/* Whether that is still to be done, or under way. */
bool output_queue_is_maintaining(OutputQueue *q);
/* The last round that is over. */
uint64_t output_queue_maintained(OutputQueue *q);

/* Waits until the queue is empty, and flushed. At DEADLINE the thread gives up: the rest is counted failed. */
void output_queue_finish(OutputQueue *q, uint64_t deadline_usec);
