/* SPDX-License-Identifier: MIT */
/* A query is made from a call, answered by every worker, and becomes the answer to the call. */

#include "daemon/control_streams.h"

#include "core/bus_names.h"
#include "core/macro.h"
#include "daemon/control_dict.h"
#include "daemon/control_query.h"
#include "daemon/server.h"
#include <errno.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

/* A worker that does not come by then is held up by an output. */
#define LATE_USEC (2 * USEC_PER_SEC)

static void start_next(Server *s);

static void dismiss_first(ControlStreams *c) {
        ControlQuery *q = c->first;

        c->first = q->next;
        if (!c->first)
                c->end = &c->first;
        c->n--;
        (void)control_query_free(q);
}

/* Ends the one under way. Who asked may be gone: then the answer is lost. */
static void finish(Server *s) {
        ControlStreams *c = &s->control.streams;
        bool answered = inquiry_end(&s->inquiry);

        c->late = sd_event_source_disable_unref(c->late);
        if (s->stopping)
                (void)sd_bus_reply_method_errorf(c->first->call, BUS_ERROR_STOPPING, "stopping");
        else if (answered)
                (void)control_query_reply(c->first);
        else
                (void)sd_bus_reply_method_errorf(c->first->call, BUS_ERROR_BUSY,
                                                 "an output holds a worker up");
        dismiss_first(c);
}

static int on_answered(sd_event_source *source _unused_, int fd _unused_, uint32_t events _unused_,
                       void *userdata) {
        finish(userdata);
        start_next(userdata);
        return 0;
}

static int on_late(sd_event_source *source _unused_, uint64_t usec _unused_, void *userdata) {
        finish(userdata);
        start_next(userdata);
        return 0;
}

/* Without a timer there would be no end to waiting for a worker. */
static void start_next(Server *s) {
        ControlStreams *c = &s->control.streams;

        while (c->first) {
                int r = sd_event_add_time_relative(s->event, &c->late, CLOCK_MONOTONIC, LATE_USEC,
                                                   0, on_late, s);

                if (r >= 0) {
                        inquiry_start(&s->inquiry, &s->group, control_query_ask, c->first);
                        return;
                }
                (void)sd_bus_reply_method_errno(c->first->call, r, NULL);
                dismiss_first(c);
        }
}

/* Takes the query. Returns what a method handler returns. */
static int enqueue(Server *s, ControlQuery *q) {
        ControlStreams *c = &s->control.streams;

        *c->end = q;
        c->end = &q->next;
        if (c->n++ == 0)
                start_next(s);
        return 1;
}

static int refuse(const Server *s, sd_bus_message *call) {
        if (s->stopping)
                return sd_bus_reply_method_errorf(call, BUS_ERROR_STOPPING, "stopping");
        if (s->control.streams.n >= CONTROL_STREAMS_MAX)
                return sd_bus_reply_method_errorf(call, SD_BUS_ERROR_LIMITS_EXCEEDED,
                                                  "too many calls of this kind wait already");
        return 0;
}

int control_streams_list(Server *s, sd_bus_message *call) {
        ControlQuery *q = NULL;
        int r = refuse(s, call);

        if (r == 0)
                r = control_query_new_list(call, &q);
        return r < 0 || !q ? r : enqueue(s, q);
}

int control_streams_disconnect(Server *s, sd_bus_message *call) {
        ControlQuery *q = NULL;
        int r = refuse(s, call);

        if (r == 0)
                r = control_query_new_disconnect(call, &q);
        if (r < 0 || !q)
                return r;

        log_info("closing %zu streams, as org.sockd1 was told to", q->n_ids);
        return enqueue(s, q);
}

int control_streams_start(Server *s) {
        ControlStreams *c = &s->control.streams;

        c->end = &c->first;
        return sd_event_add_io(s->event, &c->answered, s->inquiry.event_fd, EPOLLIN, on_answered,
                               s);
}

void control_streams_done(Server *s) {
        ControlStreams *c = &s->control.streams;

        while (c->first)
                finish(s);
        c->answered = sd_event_source_disable_unref(c->answered);
}
