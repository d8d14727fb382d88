/* SPDX-License-Identifier: MIT */
/*
 * Segments on their way to an output that is written by a thread of its own, and that thread.
 * Bounded by the pool the segments' buffers come from.
 */
#pragma once

#include "daemon/loop/pulse.h"
#include "daemon/output/output.h"

/* Starts the thread. Returns 0 or negative errno. */
int output_queue_new(Output *o, OutputQueue **ret);
/* Ends the thread (see output_queue_finish) and frees what is left. */
OutputQueue *output_queue_free(OutputQueue *q);

bool output_queue_is_idle(OutputQueue *q);
/* Liveness of its thread. */
const Pulse *output_queue_pulse(const OutputQueue *q);

/*
 * Readable once write() of the output is to wait for nobody but the kernel any more: for those that
 * have a reader, who may be slow.
 */
int output_queue_interrupt_fd(const OutputQueue *q);

/* Takes the segment. Returns 1 (queued), or -ENOMEM; the reference is dropped then. */
int output_queue_push(OutputQueue *q, const Segment *s);

/*
 * Waits until the queue is empty; at DEADLINE the thread is told to give up, what is left is
 * counted failed.
 */
void output_queue_finish(OutputQueue *q, uint64_t deadline_usec);
