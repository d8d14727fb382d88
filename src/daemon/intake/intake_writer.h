/* SPDX-License-Identifier: MIT */
/*
 * What one worker has for one output: the buffer it fills and the head of the records to come.
 * Owned by the intake.
 */
#pragma once

#include "core/record.h"
#include "daemon/output/output.h"
#include "daemon/output/output_journal.h"

typedef struct Commit Commit;

typedef struct IntakeWriter {
        Output *output;
        Buffer *buffer;     /* NULL until needed */
        size_t from;        /* what lies before was handed over */
        uint64_t n_records; /* since then */
        size_t size_base;   /* of the next record at most, without the message … */
        size_t per_byte;    /* … and for each byte of it */
        bool fits;          /* the message at hand has room */
        bool closed;        /* "drop": there will be no room before the next read */
        uint64_t n_dropped; /* not counted yet */
        RecordHead head;
} IntakeWriter;

void intake_writer_init(IntakeWriter *w, Output *o);
void intake_writer_done(IntakeWriter *w);

void intake_writer_set_source(IntakeWriter *w, const RecordSource *source, const RecordTime *time);

/* Bounds of the next record: a quick one, a closer one. */
static inline size_t intake_writer_size_max(const IntakeWriter *w, const Message *m) {
        return w->size_base + w->per_byte * m->size;
}
size_t intake_writer_size(const IntakeWriter *w, const Id *id, const Message *m);

static inline bool intake_writer_has_room(const IntakeWriter *w, size_t size) {
        return w->buffer && w->buffer->capacity - w->buffer->size >= size;
}

/* Counts what was dropped, and looks for room again from now on. */
void intake_writer_reopen(IntakeWriter *w);

/* There is room. */
void intake_writer_write(IntakeWriter *w, const Id *id, const Message *m);

/*
 * Another buffer, from GET; what is in the one before was handed over. False: there is none.
 */
bool intake_writer_renew(IntakeWriter *w, Buffer *(*get)(BufferPool *p, size_t size), size_t size);

/*
 * Hands over what was written since the last call; the result is reported to C unless it is NULL.
 * Returns as output_submit(); 0 for an output that no receipt waits for.
 */
int intake_writer_submit(IntakeWriter *w, Commit *c);
