/* SPDX-License-Identifier: MIT */
/* Commits pass three levels in order: handed over (received), written, durable. */

#include "daemon/worker/worker_answer.h"

#include "core/clock.h"
#include "core/stats.h"
#include "daemon/intake/intake.h"
#include "daemon/net/datagram_reply.h"
#include "daemon/output/commit.h"
#include "daemon/output/committer.h"
#include "daemon/worker/worker.h"
#include "daemon/worker/workers.h"

static void send_receipts(Commit *c, Level level, int error) {
        CommitLevel *l = &c->levels[level];
        uint64_t latency_usec = c->urgent ? clock_monotonic() - c->urgent_usec : 0;

        for (size_t i = 0; i < l->n_runs; i++) {
                Run *run = &l->runs[i];

                if (run->addressee)
                        run->addressee->answer(run->addressee, run, error, latency_usec);
                run->addressee = NULL;
        }
        if (l->n_replies > 0)
                datagram_reply_send(l->replies, l->n_replies, error, latency_usec);
        l->n_replies = 0;
}

static void count_messages(const CommitLevel *l, int error) {
        for (size_t i = 0; i < l->n_runs; i++) {
                Stats *stats = l->runs[i].stats;

                counter_add(error > 0 ? &stats->failed : &stats->recorded, l->runs[i].count);
        }
}

/* Receipts of level "received" are sent at once, but the messages are counted when written. */
static void answer_level(Commit *c, Level level, int error) {
        if (level == LEVEL_WRITTEN)
                count_messages(&c->levels[LEVEL_RECEIVED], error);
        if (level > LEVEL_RECEIVED)
                count_messages(&c->levels[level], error);
        send_receipts(c, level, level > LEVEL_RECEIVED ? error : 0);
}

static void want_flush(Worker *w, const Intake *in, const Commit *c) {
        if (!in->flushes)
                return;
        if (c->urgent)
                w->flush_wanted = true;
        else
                committer_request(w->workers->committer,
                                  intake_wants_flush(in) ? COMMITTER_NOW : COMMITTER_SOON);
}

static void answer_commits(Worker *w, Intake *in) {
        Commit *c;

        for (Level level = 0; level < LEVEL_MAX_; level++)
                while (in->next[level] && (c = intake_pop(in, level))) {
                        answer_level(c, level,
                                     atomic_load_explicit(&c->error, memory_order_relaxed));
                        if (level == LEVEL_RECEIVED && commit_wants_flush(c))
                                want_flush(w, in, c);
                        if (level < LEVEL_DURABLE)
                                continue;
                        intake_recycle(in, c);
                        atomic_fetch_add_explicit(&w->loop.pulse.n_done, 1, memory_order_relaxed);
                }
}

void worker_answer(Worker *w) {
        const Intakes *all = &w->intakes;
        bool owes = false;

        for (unsigned i = 0; i < all->n; i++) {
                answer_commits(w, all->items[i]);
                owes = owes || all->items[i]->next[LEVEL_DURABLE];
        }
        atomic_store_explicit(&w->loop.pulse.owes, owes, memory_order_relaxed);
        if (!owes)
                w->flush_wanted = false;
}

static bool give_up(Intake *in, int error) {
        bool any = in->next[LEVEL_DURABLE];

        for (Commit *c = in->next[LEVEL_DURABLE]; c; c = c->next) {
                if (!commit_has_reached(c, LEVEL_WRITTEN))
                        answer_level(c, LEVEL_WRITTEN, error);
                answer_level(c, LEVEL_DURABLE, error);
        }
        intake_abandon(in);
        return any;
}

bool worker_answer_give_up(Worker *w, int error) {
        bool any = false;

        worker_answer(w);
        for (unsigned i = 0; i < w->intakes.n; i++)
                any = give_up(w->intakes.items[i], error) || any;
        return any;
}
