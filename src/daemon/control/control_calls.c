/* SPDX-License-Identifier: MIT */
/*
 *   waiting ──► surveyed, if it needs that ──► current, step by step ──► sent
 */

#include "daemon/control/control_calls.h"

#include "core/bus_names.h"
#include "core/clock.h"
#include "core/macro.h"
#include "daemon/control/status.h"
#include "daemon/engine/engine.h"
#include "daemon/worker/workers.h"
#include <string.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

/* A worker that has not answered by then is blocked by an output. */
#define LATE_USEC (2 * USEC_PER_SEC)
/* By default a quarter of a second. */
#define TURN_ACCURACY_USEC 1

static Inquiry *inquiry_of(const ControlCalls *c) {
        return &c->status->engine->workers->inquiry;
}

static ControlQuery *query_of(ControlTurn *t) {
        return CONTAINER_OF(t, ControlQuery, turn);
}

/* Others' replies would make those of root wait in the same queue of sd-bus. */
static bool has_turn(const ControlLane *l, const ControlQuery *q) {
        return l->privileged || control_query_is_flushed(q);
}

static bool is_surveyed(const ControlCalls *c, const ControlLane *l, const ControlQuery *q) {
        const ControlSurvey *s = &l->survey;

        if (!control_query_needs_survey(q))
                return true;
        if (c->asking == l)
                return false;
        if (q->kind == CONTROL_DISCONNECT)
                return q->number == l->asker;
        return s->infos && q->number <= l->last && q->after == s->after && q->max == s->max;
}

/* Who had a turn when its survey began is answered, or the survey would be made again and again. */
static bool is_ready(const ControlCalls *c, const ControlLane *l, const ControlQuery *q) {
        return is_surveyed(c, l, q) && (has_turn(l, q) || q->number == l->asker);
}

static void go_on_at(ControlCalls *c, uint64_t usec) {
        if (usec >= c->due_usec)
                return;

        c->due_usec = usec;
        (void)sd_event_source_set_time(c->turn, usec); /* neither can fail */
        (void)sd_event_source_set_enabled(c->turn, SD_EVENT_ONESHOT);
}

static void go_on(ControlCalls *c, const ControlLane *l) {
        go_on_at(c, l->privileged ? 0 : c->resume_usec);
}

static void refuse(ControlLane *l, ControlQuery *q, const char *error, const char *text) {
        (void)sd_bus_reply_method_errorf(q->call, error, "%s", text);
        control_queue_remove(&l->waiting, &q->turn);
        (void)control_query_free(q);
}

static void forget_survey(ControlLane *l) {
        control_survey_done(&l->survey);
        l->asker = l->last = 0;
}

/* Returns whether all workers have answered. */
static bool end_inquiry(ControlCalls *c) {
        ControlLane *l = TAKE_PTR(c->asking);
        bool answered = inquiry_end(inquiry_of(c));

        c->late = sd_event_source_disable_unref(c->late);
        if (answered)
                control_survey_close(&l->survey);
        else
                forget_survey(l);
        go_on(c, &c->lanes[0]);
        return answered;
}

/* All that wait for a survey would wait for the same worker. */
static void refuse_unsurveyed(const ControlCalls *c, ControlLane *l) {
        ControlTurn *t = TAILQ_FIRST(&l->waiting.turns);

        while (t) {
                ControlQuery *q = query_of(t);

                t = TAILQ_NEXT(t, link);
                if (!is_surveyed(c, l, q))
                        refuse(l, q, BUS_ERROR_BUSY, "a worker is blocked by an output");
        }
}

/* The timer may have come first in this iteration, and another inquiry may be under way. */
static int on_answered(sd_event_source *source _unused_, int fd _unused_, uint32_t events _unused_,
                       void *userdata) {
        ControlCalls *c = userdata;

        if (inquiry_answered(inquiry_of(c)))
                (void)end_inquiry(c); /* all have answered */
        return 0;
}

static int on_late(sd_event_source *source _unused_, uint64_t usec _unused_, void *userdata) {
        ControlCalls *c = userdata;

        if (!end_inquiry(c)) {
                refuse_unsurveyed(c, &c->lanes[0]);
                refuse_unsurveyed(c, &c->lanes[1]);
        }
        return 0;
}

/* Without the timer the wait would be unbounded. */
static int start_survey(ControlCalls *c, ControlLane *l, const ControlQuery *q) {
        Workers *w = c->status->engine->workers;
        int r;

        forget_survey(l);
        r = control_query_init_survey(q, &l->survey);
        if (r >= 0)
                r = sd_event_add_time_relative(c->event, &c->late, CLOCK_MONOTONIC, LATE_USEC, 0,
                                               on_late, c);
        if (r < 0) {
                forget_survey(l);
                return r;
        }

        l->asker = q->number;
        l->last = c->n_made;
        c->asking = l;
        inquiry_start(&w->inquiry, &w->group, control_survey_ask, &l->survey);
        return 0;
}

/* No call is ready: the last survey has served the one that it was made for. */
static void survey_next(ControlCalls *c, ControlLane *l) {
        ControlTurn *t = TAILQ_FIRST(&l->waiting.turns);

        while (t && !c->asking) {
                ControlQuery *q = query_of(t);
                int r = 0;

                t = TAILQ_NEXT(t, link);
                if (has_turn(l, q) && !is_surveyed(c, l, q))
                        r = start_survey(c, l, q);
                if (r < 0)
                        refuse(l, q, SD_BUS_ERROR_NO_MEMORY, strerrordesc_np(-r));
        }
}

static ControlQuery *take_next(ControlCalls *c, ControlLane *l) {
        ControlTurn *t;

        TAILQ_FOREACH(t, &l->waiting.turns, link) {
                ControlQuery *q = query_of(t);

                if (is_ready(c, l, q)) {
                        control_queue_remove(&l->waiting, t);
                        return q;
                }
        }
        return NULL;
}

/* Returns whether there was something to do. */
static bool serve(ControlCalls *c, ControlLane *l) {
        if (!l->current)
                l->current = take_next(c, l);
        if (l->current) {
                if (control_query_answer(l->current, c->status, &l->survey))
                        l->current = control_query_free(l->current);
                return true;
        }
        survey_next(c, l);
        if (l->waiting.n == 0)
                forget_survey(l);
        return false;
}

static int on_turn(sd_event_source *source _unused_, uint64_t usec _unused_, void *userdata) {
        ControlCalls *c = userdata;
        ControlLane *first = &c->lanes[0], *second = &c->lanes[1];
        uint64_t begin = clock_monotonic(), end;

        c->due_usec = USEC_INFINITY;
        if (serve(c, first)) {
                go_on(c, first);
        } else if (begin < c->resume_usec) {
                go_on(c, second);
        } else if (serve(c, second)) {
                end = clock_monotonic();
                c->resume_usec = end + (end - begin);
                go_on(c, second);
        }
        return sd_event_source_set_enabled(c->other,
                                           second->waiting.n > 0 ? SD_EVENT_ON : SD_EVENT_OFF);
}

/* sd-bus does not tell when it has sent all, but that is an event. */
static int on_other(sd_event_source *source _unused_, void *userdata) {
        ControlCalls *c = userdata;
        ControlLane *l = &c->lanes[1];
        ControlTurn *t;

        TAILQ_FOREACH(t, &l->waiting.turns, link)
        if (has_turn(l, query_of(t)) && (!c->asking || is_surveyed(c, l, query_of(t)))) {
                go_on(c, l);
                break;
        }
        return 0;
}

int control_calls_add(ControlCalls *c, sd_bus_message *call, ControlKind kind) {
        ControlLane *l;
        ControlQuery *q;
        uid_t uid;
        int r = control_senders_uid(&c->senders, call, &uid);

        if (r >= 0)
                r = control_query_new(kind, call, &q);
        if (r < 0)
                return r;

        l = &c->lanes[control_senders_privileged(uid) ? 0 : 1];
        if (c->stopped && control_query_needs_survey(q))
                r = sd_bus_reply_method_errorf(call, BUS_ERROR_STOPPING, "stopping");
        else if (!control_queue_add(&l->waiting, &q->turn, uid))
                r = sd_bus_reply_method_errorf(call, SD_BUS_ERROR_LIMITS_EXCEEDED,
                                               "too many calls of this user wait already");
        else {
                q->number = ++c->n_made;
                go_on(c, l);
                return 1;
        }
        (void)control_query_free(q);
        return r;
}

int control_calls_start(ControlCalls *c, sd_event *event, const Status *status) {
        int r;

        *c = (ControlCalls){
                .event = event,
                .status = status,
                .lanes[0].privileged = true,
                .due_usec = USEC_INFINITY,
        };
        control_queue_init(&c->lanes[0].waiting);
        control_queue_init(&c->lanes[1].waiting);
        r = sd_event_add_io(event, &c->answered, inquiry_of(c)->answered.fd, EPOLLIN, on_answered,
                            c);
        if (r >= 0)
                r = sd_event_add_time(event, &c->turn, CLOCK_MONOTONIC, USEC_INFINITY,
                                      TURN_ACCURACY_USEC, on_turn, c);
        if (r >= 0)
                r = sd_event_add_post(event, &c->other, on_other, c);
        return r < 0 ? r : sd_event_source_set_enabled(c->other, SD_EVENT_OFF);
}

void control_calls_stop(ControlCalls *c) {
        c->stopped = true;
}

void control_calls_done(ControlCalls *c) {
        if (c->asking)
                (void)end_inquiry(c);
        for (ControlLane *l = c->lanes; l < c->lanes + ELEMENTSOF(c->lanes); l++) {
                while (!TAILQ_EMPTY(&l->waiting.turns))
                        refuse(l, query_of(TAILQ_FIRST(&l->waiting.turns)), BUS_ERROR_STOPPING,
                               "stopping");
                l->current = control_query_free(l->current);
                forget_survey(l);
        }
        c->other = sd_event_source_disable_unref(c->other);
        c->turn = sd_event_source_disable_unref(c->turn);
        c->answered = sd_event_source_disable_unref(c->answered);
}
