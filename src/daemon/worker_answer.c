/* SPDX-License-Identifier: MIT */
/* Each commit passes three stages in order: handed over, written, durable. */

#include "daemon/worker_answer.h"

#include "core/clock.h"
#include "core/stats.h"
#include "daemon/committer.h"
#include "daemon/datagram_reply.h"
#include "daemon/server.h"

/* So many wake-ups a flush may be put off. */
#define PUT_OFF_MAX 8

static void send_receipts(Commit *c, Level level, int error) {
        CommitLevel *l = &c->levels[level];
        uint64_t latency_usec = c->urgent ? clock_monotonic() - c->urgent_usec : 0;

        for (size_t i = 0; i < l->n_runs; i++) {
                Run *run = &l->runs[i];

                if (!run->addressee)
                        continue;
                run->addressee->answer(run->addressee, run, error, latency_usec);
                run->addressee = NULL;
        }
        if (l->n_replies > 0)
                datagram_reply_send(l->replies, l->n_replies, error, latency_usec);
        l->n_replies = 0;
}

static void account(const CommitLevel *l, int error) {
        for (size_t i = 0; i < l->n_runs; i++) {
                Stats *stats = l->runs[i].stats;

                counter_add(error > 0 ? &stats->failed : &stats->recorded, l->runs[i].count);
        }
}

/* Level "received" promises nothing about outputs; what becomes of the message is counted later. */
static void on_received(Worker *w, Commit *c) {
        send_receipts(c, LEVEL_RECEIVED, 0);
        if (!commit_wants_flush(c))
                return;
        if (c->urgent)
                w->flush_wanted = true;
        else
                committer_request(w->server->committer,
                                  intake_wants_flush(&w->intake) ? COMMITTER_NOW : COMMITTER_SOON);
}

static void on_written(Commit *c) {
        int error = atomic_load_explicit(&c->error, memory_order_relaxed);

        account(&c->levels[LEVEL_RECEIVED], error);
        account(&c->levels[LEVEL_WRITTEN], error);
        send_receipts(c, LEVEL_WRITTEN, error);
}

static void on_durable(Commit *c) {
        int error = atomic_load_explicit(&c->error, memory_order_relaxed);

        account(&c->levels[LEVEL_DURABLE], error);
        send_receipts(c, LEVEL_DURABLE, error);
}

void worker_answer(Worker *w) {
        Intake *in = &w->intake;
        Commit *c;

        while ((c = intake_take_received(in)))
                on_received(w, c);
        while ((c = intake_take_written(in)))
                on_written(c);
        while ((c = intake_take_durable(in))) {
                on_durable(c);
                intake_recycle(in, c);
                atomic_fetch_add_explicit(&w->pulse.n_done, 1, memory_order_relaxed);
        }
        atomic_store_explicit(&w->pulse.owes, in->first, memory_order_relaxed);
        if (!in->first)
                w->flush_wanted = false;
}

/*
 * A worker that serves datagrams must not stay away from their queue for as long as a flush may
 * take.
 */
void worker_answer_flush(Worker *w, bool has_input) {
        /* One flush for all who have sent by now: cheaper than a thread that flushes meanwhile. */
        if (has_input && !w->datagrams && committer_is_quick(w->server->committer) &&
            w->n_put_off++ < PUT_OFF_MAX)
                return;

        w->n_put_off = 0;
        w->flush_wanted = false;
        if (!has_input && !w->datagrams &&
            committer_flush_here(w->server->committer, w->server->outputs, w->server->n_outputs,
                                 w->intake.open->worker_bit))
                worker_answer(w);
        else
                committer_request(w->server->committer, COMMITTER_NOW);
}

bool worker_answer_give_up(Worker *w, int error) {
        Intake *in = &w->intake;
        bool any = in->first;

        worker_answer(w);
        for (Commit *c = in->first; c; c = c->next) {
                if (!commit_is_written(c)) {
                        account(&c->levels[LEVEL_RECEIVED], error);
                        account(&c->levels[LEVEL_WRITTEN], error);
                        send_receipts(c, LEVEL_WRITTEN, error);
                }
                account(&c->levels[LEVEL_DURABLE], error);
                send_receipts(c, LEVEL_DURABLE, error);
        }
        any = any && in->first;
        in->first = in->next_received = in->next_written = NULL;
        in->end = &in->first;
        return any;
}
