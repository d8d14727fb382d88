/* SPDX-License-Identifier: MIT */
/* The buffer of a worker for one output, and the head of its records. Owned by the intake. */
#pragma once

#include "core/record.h"
#include "daemon/output/output.h"
#include "daemon/output/output_journal.h"

typedef struct Commit Commit;
typedef struct OutputName OutputName;

typedef struct IntakeWriter {
        Output *output;
        Buffer *buffer;     /* NULL until needed */
        size_t from;        /* start of what was not handed over */
        uint64_t n_records; /* since then */
        size_t size_base;   /* bound of the next record without its message … */
        size_t per_byte;    /* … and per byte of that */
        bool fits;          /* there is room for the current message */
        bool closed;        /* "drop": no room before the next read */
        uint64_t n_dropped; /* not in the counters yet */
        OutputName *name;   /* where the output has many files: that of this one, and … */
        OutputName *next;   /* … of the next messages, if another; NULL: the same */
        RecordHead head;
} IntakeWriter;

void intake_writer_init(IntakeWriter *w, Output *o);
void intake_writer_done(IntakeWriter *w);
/* Gives its buffer back. */
void intake_writer_release(IntakeWriter *w);

void intake_writer_set_source(IntakeWriter *w, const RecordSource *source, const RecordTime *time);

/*
 * Where the output has many files: whether messages of SOURCE go to another one than those before. Those
 * are to be handed over then, before intake_writer_follow(), from where on they do.
 */
bool intake_writer_turns(IntakeWriter *w, const RecordSource *source, const RecordTime *time);
void intake_writer_follow(IntakeWriter *w);

/* Bounds of the size of a record: a quick one and a closer one. */
static inline size_t intake_writer_size_max(const IntakeWriter *w, const Message *m) {
        return w->size_base + w->per_byte * m->size;
}
size_t intake_writer_size(const IntakeWriter *w, const Id *id, const Message *m);

static inline bool intake_writer_has_room(const IntakeWriter *w, size_t size) {
        return w->buffer && w->buffer->capacity - w->buffer->size >= size;
}

/* Counts what was dropped; tries to find room again from now on. */
void intake_writer_reopen(IntakeWriter *w);

/* Writes the record, for which there is room. */
void intake_writer_write(IntakeWriter *w, const Id *id, const Message *m);

/* Replaces the buffer, which was handed over, with one from GET. False: out of buffers. */
bool intake_writer_renew(IntakeWriter *w, Buffer *(*get)(BufferPool *p, size_t size), size_t size);

/*
 * Hands over what was written since the last call; its result is reported to C unless that is NULL.
 * Returns as output_submit(); 0 for "drop" outputs.
 */
int intake_writer_submit(IntakeWriter *w, Commit *c);
