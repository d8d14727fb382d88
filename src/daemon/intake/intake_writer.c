/* SPDX-License-Identifier: MIT */
/* Records are appended to the buffer; what was handed over is never touched again. */

#include "daemon/intake/intake_writer.h"

#include "core/macro.h"
#include "core/path_template.h"
#include "core/stats.h"
#include "daemon/output/commit.h"
#include "daemon/output/output_name.h"
#include "daemon/output/segment_list.h"
#include <errno.h>
#include <limits.h>
#include <string.h>

void intake_writer_init(IntakeWriter *w, Output *o) {
        *w = (IntakeWriter){ .output = o };
}

void intake_writer_release(IntakeWriter *w) {
        w->buffer = buffer_unref(w->buffer);
}

void intake_writer_done(IntakeWriter *w) {
        intake_writer_release(w);
        w->name = output_name_unref(w->name);
        w->next = output_name_unref(w->next);
}

bool intake_writer_turns(IntakeWriter *w, const RecordSource *source, const RecordTime *time) {
        char path[PATH_MAX];

        if (!w->output->is_many)
                return false;
        if (path_template_expand(w->output->name, source, time, path, sizeof(path)) == 0)
                path[0] = '\0';
        if (w->name && strcmp(w->name->path, path) == 0)
                return false;

        w->next = output_name_new(path, path[0] ? 0 : -ENAMETOOLONG);
        return true;
}

void intake_writer_follow(IntakeWriter *w) {
        if (!w->next)
                return;

        (void)output_name_unref(w->name);
        w->name = TAKE_PTR(w->next);
}

void intake_writer_set_source(IntakeWriter *w, const RecordSource *source, const RecordTime *time) {
        record_head(&w->head, w->output->format, source, time);
        w->size_base = record_size_base(&w->head) + OUTPUT_JOURNAL_PREFIX;
        w->per_byte = record_size_per_byte(w->output->format, &w->head);
}

size_t intake_writer_size(const IntakeWriter *w, const Id *id, const Message *m) {
        return record_size(w->output->format, &w->head, id, m) + OUTPUT_JOURNAL_PREFIX;
}

void intake_writer_write(IntakeWriter *w, const Id *id, const Message *m) {
        char *p = w->buffer->data + w->buffer->size;
        size_t prefix = 0, n;

        if (w->output->format == FORMAT_JOURNAL)
                prefix = OUTPUT_JOURNAL_PREFIX;
        n = record_write(w->output->format, &w->head, id, m, p + prefix);
        if (prefix > 0)
                memcpy(p, &(uint32_t){ (uint32_t)n }, OUTPUT_JOURNAL_PREFIX);
        w->buffer->size += prefix + n;
        w->n_records++;
}

void intake_writer_reopen(IntakeWriter *w) {
        counter_add(&w->output->stats.dropped, w->n_dropped);
        w->n_dropped = 0;
        w->closed = false;
}

bool intake_writer_renew(IntakeWriter *w, Buffer *(*get)(BufferPool *p, size_t size), size_t size) {
        w->buffer = buffer_unref(w->buffer);
        w->buffer = get(w->output->pool, size);
        w->from = 0;
        return w->buffer;
}

int intake_writer_submit(IntakeWriter *w, Commit *c) {
        Segment s = {
                .buffer = buffer_ref(w->buffer),
                .from = w->from,
                .to = w->buffer->size,
                .n_records = w->n_records,
                .name = output_name_ref(w->name),
        };
        int r;

        if (output_is_waited_for(w->output)) {
                s.commit = c;
                s.flush = output_is_flushed(w->output) && commit_wants_flush(c);
                if (w->output->queued)
                        commit_expect(c, LEVEL_WRITTEN);
        }
        r = output_submit(w->output, &s);
        if (r < 0 && s.commit && w->output->queued)
                (void)commit_written(c, r); /* the worker checks the commit next */

        /* Reused from the start once nobody else refers to it. */
        if (buffer_is_sole(w->buffer))
                w->buffer->size = 0;
        w->from = w->buffer->size;
        w->n_records = 0;
        return s.commit ? r : 0;
}
