/* SPDX-License-Identifier: MIT */
/* Calls are queued as queries, and answered after each worker has been asked. */

#include "daemon/control/control_streams.h"

#include "core/bus_names.h"
#include "core/macro.h"
#include "daemon/base/log.h"
#include "daemon/control/control_query.h"
#include "daemon/worker/workers.h"
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

/* A worker that has not answered by then is blocked by an output. */
#define LATE_USEC (2 * USEC_PER_SEC)

static void start_next(ControlStreams *c);

static void remove_first(ControlStreams *c) {
        ControlQuery *q = c->first;

        c->first = q->next;
        if (!c->first)
                c->end = &c->first;
        c->n--;
        (void)control_query_free(q);
}

static void answer_first(ControlStreams *c) {
        if (c->first->survey.ids)
                log_info("closing %zu connections, as requested", c->first->survey.n_found);
        control_query_reply(c->first);
        remove_first(c);
}

static void refuse_all(ControlStreams *c, const char *error, const char *text) {
        while (c->first) {
                (void)sd_bus_reply_method_errorf(c->first->call, error, "%s", text);
                remove_first(c);
        }
}

/* Ends the current inquiry. Returns whether all workers have answered. */
static bool end_inquiry(ControlStreams *c) {
        c->late = sd_event_source_disable_unref(c->late);
        return inquiry_end(&c->workers->inquiry);
}

/* The timer may have come first in this iteration, and may have started the next inquiry. */
static int on_answered(sd_event_source *source _unused_, int fd _unused_, uint32_t events _unused_,
                       void *userdata) {
        ControlStreams *c = userdata;

        if (inquiry_answered(&c->workers->inquiry)) {
                (void)end_inquiry(c); /* all have answered */
                answer_first(c);
                start_next(c);
        }
        return 0;
}

/* The other queued calls would wait for the same worker. */
static int on_late(sd_event_source *source _unused_, uint64_t usec _unused_, void *userdata) {
        ControlStreams *c = userdata;

        if (end_inquiry(c))
                answer_first(c);
        else
                refuse_all(c, BUS_ERROR_BUSY, "a worker is blocked by an output");
        start_next(c);
        return 0;
}

/* Without the timer the wait would be unbounded. */
static void start_next(ControlStreams *c) {
        while (c->first) {
                int r = sd_event_add_time_relative(c->event, &c->late, CLOCK_MONOTONIC, LATE_USEC,
                                                   0, on_late, c);

                if (r >= 0) {
                        inquiry_start(&c->workers->inquiry, &c->workers->group, control_survey_ask,
                                      &c->first->survey);
                        return;
                }
                (void)sd_bus_reply_method_errno(c->first->call, r, NULL);
                remove_first(c);
        }
}

static int refuse(const ControlStreams *c, sd_bus_message *call, unsigned max) {
        if (c->stopped)
                return sd_bus_reply_method_errorf(call, BUS_ERROR_STOPPING, "stopping");
        if (c->n >= max)
                return sd_bus_reply_method_errorf(call, SD_BUS_ERROR_LIMITS_EXCEEDED,
                                                  "too many calls of this kind wait already");
        return 0;
}

/* MAKE: one of control_query_new_*(). Returns as a method handler does. */
static int enqueue(ControlStreams *c, sd_bus_message *call, unsigned max,
                   int (*make)(sd_bus_message *call, ControlQuery **ret)) {
        ControlQuery *q = NULL;
        int r = refuse(c, call, max);

        if (r == 0)
                r = make(call, &q);
        if (!q)
                return r;

        *c->end = q;
        c->end = &q->next;
        if (c->n++ == 0)
                start_next(c);
        return 1;
}

int control_streams_list(ControlStreams *c, sd_bus_message *call) {
        return enqueue(c, call, CONTROL_LISTS_MAX, control_query_new_list);
}

int control_streams_disconnect(ControlStreams *c, sd_bus_message *call) {
        return enqueue(c, call, CONTROL_STREAMS_MAX, control_query_new_disconnect);
}

int control_streams_start(ControlStreams *c, sd_event *event, Workers *workers) {
        *c = (ControlStreams){ .event = event, .workers = workers };
        c->end = &c->first;
        return sd_event_add_io(event, &c->answered, workers->inquiry.answered.fd, EPOLLIN,
                               on_answered, c);
}

void control_streams_stop(ControlStreams *c) {
        c->stopped = true;
}

void control_streams_done(ControlStreams *c) {
        if (c->first)
                (void)end_inquiry(c);
        refuse_all(c, BUS_ERROR_STOPPING, "stopping");
        c->answered = sd_event_source_disable_unref(c->answered);
}
