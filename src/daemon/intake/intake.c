/* SPDX-License-Identifier: MIT */
/* The hot path: everything here runs once per message or once per read. */

#include "daemon/intake/intake.h"

#include "core/macro.h"
#include "core/record_source.h"
#include "core/stats.h"
#include "daemon/intake/intake_writer.h"
#include "daemon/output/commit.h"
#include "daemon/output/output_list.h"
#include <errno.h>
#include <limits.h>
#include <string.h>

/* Commits added for reuse. */
#define SPARES_MAX 16

/* Ensures that there is a spare commit. False: out of memory. */
static bool ensure_spare(Intake *in, Mailbox *mailbox) {
        if (in->n_spares > 0)
                return true;

        in->spares = commit_new(mailbox, in->worker);
        if (in->spares)
                in->n_spares = 1;
        return in->spares;
}

static Commit *take_spare(Intake *in) {
        Commit *c = in->spares;

        in->spares = c->next;
        in->n_spares--;
        c->next = NULL;
        return c;
}

Intake *intake_new(Mailbox *mailbox, unsigned worker, const Id *first) {
        Intake *in = calloc(1, sizeof(*in));

        if (!in)
                return NULL;

        in->worker = worker;
        in->id = *first;
        in->end = &in->next[LEVEL_DURABLE];
        in->open = commit_new(mailbox, worker);
        return in->open && ensure_spare(in, mailbox) ? in : intake_free(in);
}

static void free_commits(Commit *c) {
        while (c) {
                Commit *next = c->next;

                (void)commit_free(c);
                c = next;
        }
}

static void free_writers(Intake *in) {
        for (size_t i = 0; i < in->n_writers; i++)
                intake_writer_done(&in->writers[i]);
        in->n_writers = 0;
        free(TAKE_PTR(in->writers));
}

IntakeWriter *intake_prepare_writers(size_t n_outputs) {
        return calloc(n_outputs, sizeof(IntakeWriter));
}

void intake_change_outputs(Intake *in, IntakeWriter *writers, const OutputList *outputs,
                           uint64_t memory) {
        free_writers(in);
        in->writers = writers;
        in->n_writers = outputs->n;
        in->flushes = in->turns = in->needs_fields = false;
        for (size_t i = 0; i < outputs->n; i++) {
                const Output *o = outputs->items[i];

                intake_writer_init(&in->writers[i], outputs->items[i]);
                in->flushes = in->flushes || (output_is_flushed(o) && !o->queued);
                in->turns = in->turns || o->is_many;
                in->needs_fields = in->needs_fields || o->format != FORMAT_TEXT;
        }
        in->memory_max = (size_t)MIN(memory, (uint64_t)SIZE_MAX);
        (void)intake_check_room(in); /* the caller checks in->full */
}

Intake *intake_free(Intake *in) {
        if (!in)
                return NULL;

        free_writers(in);
        free_commits(in->next[LEVEL_DURABLE]);
        free_commits(in->spares);
        (void)commit_free(in->open);
        free(in);
        return NULL;
}

void intake_set_time(Intake *in, uint64_t now_usec, uint64_t realtime_usec) {
        in->now_usec = now_usec;
        record_time_set(&in->time, realtime_usec);
}

static void make_urgent(Intake *in) {
        if (in->open->urgent)
                return;

        in->open->urgent = true;
        in->open->urgent_usec = in->now_usec;
}

static void add_run(Intake *in, const Run *run) {
        Run *added;

        if (!run->addressee && commit_merge_run(in->open, in->level, run))
                return;

        added = commit_add_run(in->open, in->level);
        if (!added) {
                counter_add(&run->stats->failed, run->count);
                in->end_error = -ENOMEM;
                return;
        }

        *added = *run;
        if (run->addressee) {
                run->addressee->n_pending++;
                make_urgent(in);
        }
}

/* The messages of the current run so far are complete; the next one starts a new run. */
static void close_run(Intake *in) {
        Run *run = &in->run;
        Stats *stats;

        if (run->count == 0)
                return;

        stats = run->stats;
        counter_add(&stats->received, run->count);
        counter_add(&stats->bytes, in->bytes);
        in->n_added += run->count;
        in->bytes_added += in->bytes;
        if (run->truncated)
                counter_add(&stats->truncated, run->count);

        add_run(in, run);
        run->count = 0;
        in->bytes = 0;
}

static bool has_memory(const Intake *in) {
        return in->memory + commit_memory(in->open) <= in->memory_max;
}

static void start_run(Intake *in, bool truncated) {
        if (!commit_reserve_run(in->open, in->level))
                intake_commit(in); /* an empty commit always has room */
        if (!has_memory(in))
                in->full = true;

        in->run.first = in->id;
        in->run.truncated = truncated;
}

void intake_begin(Intake *in, Level level, Stats *stats, const Receipt *receipt,
                  Addressee *addressee) {
        in->n_added = in->bytes_added = 0;
        in->end_error = 0;
        in->level = level;
        in->run = (Run){ .addressee = addressee, .stats = stats, .receipt = receipt };
}

/* Files first: a record in a file survives a crash, and waking another thread takes time. */
void intake_commit(Intake *in) {
        Commit *c = in->open;
        int error = 0;

        if (commit_is_empty(c) || !ensure_spare(in, c->mailbox))
                return;

        commit_expect(c, LEVEL_WRITTEN); /* held until all outputs have it */
        for (int queued = 0; queued <= 1; queued++)
                for (size_t i = 0; i < in->n_writers; i++) {
                        IntakeWriter *w = &in->writers[i];

                        if (w->n_records > 0 && w->output->queued == queued) {
                                int r = intake_writer_submit(w, c);

                                error = error < 0 ? error : MIN(r, 0);
                        }
                }

        *in->end = c;
        in->end = &c->next;
        in->memory += commit_memory(c);
        for (Level level = 0; level < LEVEL_MAX_; level++)
                if (!in->next[level])
                        in->next[level] = c;
        in->open = take_spare(in);
        if (!ensure_spare(in, c->mailbox))
                in->full = true;
        (void)commit_written(c, error);
}

/*
 * Where an output has many files, those of a commit are messages for one of them: what fails for one does
 * not fail the others.
 */
static void turn_writers(Intake *in, const RecordSource *source) {
        bool turns = false;

        for (size_t i = 0; i < in->n_writers; i++)
                turns = intake_writer_turns(&in->writers[i], source, &in->time) || turns;
        if (!turns)
                return;

        close_run(in);
        intake_commit(in);
        for (size_t i = 0; i < in->n_writers; i++) {
                IntakeWriter *w = &in->writers[i];

                if (w->next && w->n_records > 0) /* no memory for another commit */
                        (void)intake_writer_submit(w, in->open);
                intake_writer_follow(w);
        }
}

void intake_change_source(Intake *in, const RecordSource *source) {
        if (_unlikely_(in->turns))
                turn_writers(in, source);
        in->is_syslog = source->syslog;
        for (size_t i = 0; i < in->n_writers; i++)
                intake_writer_set_source(&in->writers[i], source, &in->time);
}

void intake_release_buffers(Intake *in) {
        if (!intake_is_idle(in))
                return;

        for (size_t i = 0; i < in->n_writers; i++)
                intake_writer_release(&in->writers[i]);
}

/* The buffer of a "wait" output is full: hands over its contents and gets another one. */
static bool make_room(Intake *in, IntakeWriter *w, size_t size) {
        close_run(in);
        if (in->n_spares > 0)
                intake_commit(in);

        if (w->n_records == 0) {
                if (intake_writer_renew(w, buffer_get, size))
                        return true;
                /* This message was accepted already: it still gets a buffer, others do not. */
                in->full = true;
                if (intake_writer_renew(w, buffer_get_urgent, size))
                        return true;
        }
        atomic_store(&in->open->error, ENOMEM);
        return false;
}

/* The same for a "drop" output: no receipt waits for it. */
static bool make_room_or_drop(IntakeWriter *w, size_t size) {
        if (w->n_records > 0)
                (void)intake_writer_submit(w, NULL);
        intake_writer_release(w);
        if (!buffer_pool_is_full(w->output->pool) && intake_writer_renew(w, buffer_get, size))
                return true;

        w->closed = true;
        w->n_dropped++;
        return false;
}

/* For a large message, takes the closer bound: the quick one may be four times too high. */
static bool find_room(Intake *in, IntakeWriter *w, const Message *m) {
        size_t size = intake_writer_size_max(w, m);

        if (w->closed) {
                w->n_dropped++;
                return false;
        }
        if (size > buffer_pool_size(w->output->pool)) {
                size = intake_writer_size(w, &in->id, m);
                if (intake_writer_has_room(w, size))
                        return true;
        }
        return output_is_waited_for(w->output) ? make_room(in, w, size)
                                               : make_room_or_drop(w, size);
}

void intake_add(Intake *in, const Message *m) {
        const bool truncated = m->true_size > m->size;

        if (_unlikely_(in->run.truncated != truncated) && in->run.count > 0)
                close_run(in);

        /* Room in all outputs first: that may hand over earlier messages, no part of this one. */
        for (size_t i = 0; i < in->n_writers; i++)
                in->writers[i].fits = _likely_(intake_writer_has_room(
                                              &in->writers[i],
                                              intake_writer_size_max(&in->writers[i], m))) ||
                                      find_room(in, &in->writers[i], m);
        if (_unlikely_(in->run.count == 0))
                start_run(in, truncated);
        for (size_t i = 0; i < in->n_writers; i++)
                if (_likely_(in->writers[i].fits))
                        intake_writer_write(&in->writers[i], &in->id, m);

        in->run.count++;
        in->bytes += m->true_size;
        id_next(&in->id);
}

Reply *intake_add_reply(Intake *in) {
        make_urgent(in);
        return commit_add_reply(in->open, in->level);
}

int intake_end(Intake *in) {
        close_run(in);
        for (size_t i = 0; i < in->n_writers; i++)
                if (in->writers[i].closed)
                        intake_writer_reopen(&in->writers[i]);
        return in->end_error;
}

/* A commit passes the levels in order, whatever its outputs have reported. */
Commit *intake_pop(Intake *in, Level level) {
        Commit *c = in->next[level];

        if (!c || !commit_has_reached(c, level) ||
            (level > LEVEL_RECEIVED && c == in->next[level - 1]))
                return NULL;

        in->next[level] = c->next;
        if (level == LEVEL_DURABLE) {
                if (!c->next)
                        in->end = &in->next[LEVEL_DURABLE];
                in->memory -= commit_memory(c);
        }
        return c;
}

void intake_abandon(Intake *in) {
        memset(in->next, 0, sizeof(in->next));
        in->end = &in->next[LEVEL_DURABLE];
}

FlushOpen intake_open(const Intake *in) {
        if (commit_is_empty(in->open))
                return FLUSH_OPEN_NOTHING;

        return in->open->urgent ? FLUSH_OPEN_AWAITED : FLUSH_OPEN_PATIENT;
}

bool intake_is_idle(const Intake *in) {
        return !in->next[LEVEL_DURABLE] && commit_is_empty(in->open);
}

void intake_recycle(Intake *in, Commit *c) {
        if (in->n_spares >= SPARES_MAX) {
                (void)commit_free(c);
                return;
        }

        commit_reset(c);
        c->next = in->spares;
        in->spares = c;
        in->n_spares++;
}

bool intake_check_room(Intake *in) {
        in->full = !ensure_spare(in, in->open->mailbox) || !has_memory(in);
        for (size_t i = 0; i < in->n_writers; i++)
                if (output_is_waited_for(in->writers[i].output) &&
                    buffer_pool_is_full(in->writers[i].output->pool))
                        in->full = true;
        return !in->full;
}

bool intake_outputs_fail(const Intake *in) {
        for (size_t i = 0; i < in->n_writers; i++)
                if (output_is_failing(in->writers[i].output))
                        return true;

        return false;
}
