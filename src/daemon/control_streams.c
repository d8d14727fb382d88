/* SPDX-License-Identifier: MIT */
/* A query is made from a call, answered by every worker, and becomes the answer to the call. */

#include "daemon/control_streams.h"

#include "core/bus_names.h"
#include "core/macro.h"
#include "daemon/control_dict.h"
#include "daemon/control_query.h"
#include "daemon/log.h"
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

/* Who asked may be gone: then the answer is lost. */
static void answer_first(ControlStreams *c) {
        if (c->first->ids)
                log_info("closing %zu streams, as " BUS_NAME " was told to", c->first->n_found);
        (void)control_query_reply(c->first);
        dismiss_first(c);
}

static void refuse_all(ControlStreams *c, const char *error, const char *text) {
        while (c->first) {
                (void)sd_bus_reply_method_errorf(c->first->call, error, "%s", text);
                dismiss_first(c);
        }
}

/* Ends the one under way. Returns whether it is answered. */
static bool end(Server *s) {
        s->control.streams.late = sd_event_source_disable_unref(s->control.streams.late);
        return inquiry_end(&s->inquiry);
}

/* One turn of the loop may find both this and the timer: that may have ended it, and begun the next. */
static int on_answered(sd_event_source *source _unused_, int fd _unused_, uint32_t events _unused_,
                       void *userdata) {
        Server *s = userdata;

        if (inquiry_answered(&s->inquiry)) {
                (void)end(s); /* it is */
                answer_first(&s->control.streams);
                start_next(s);
        }
        return 0;
}

/* Those behind it would wait for the same worker. */
static int on_late(sd_event_source *source _unused_, uint64_t usec _unused_, void *userdata) {
        Server *s = userdata;

        if (end(s))
                answer_first(&s->control.streams);
        else
                refuse_all(&s->control.streams, BUS_ERROR_BUSY, "an output holds a worker up");
        start_next(s);
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

static int refuse(const Server *s, sd_bus_message *call, unsigned max) {
        if (s->stopping)
                return sd_bus_reply_method_errorf(call, BUS_ERROR_STOPPING, "stopping");
        if (s->control.streams.n >= max)
                return sd_bus_reply_method_errorf(call, SD_BUS_ERROR_LIMITS_EXCEEDED,
                                                  "too many calls of this kind wait already");
        return 0;
}

int control_streams_list(Server *s, sd_bus_message *call) {
        ControlQuery *q = NULL;
        int r = refuse(s, call, CONTROL_LISTS_MAX);

        if (r == 0)
                r = control_query_new_list(call, &q);
        return r < 0 || !q ? r : enqueue(s, q);
}

int control_streams_disconnect(Server *s, sd_bus_message *call) {
        ControlQuery *q = NULL;
        int r = refuse(s, call, CONTROL_STREAMS_MAX);

        if (r == 0)
                r = control_query_new_disconnect(call, &q);
        return r < 0 || !q ? r : enqueue(s, q);
}

int control_streams_start(Server *s) {
        ControlStreams *c = &s->control.streams;

        c->end = &c->first;
        return sd_event_add_io(s->event, &c->answered, s->inquiry.answered.fd, EPOLLIN, on_answered,
                               s);
}

void control_streams_done(Server *s) {
        ControlStreams *c = &s->control.streams;

        if (c->first)
                (void)end(s);
        refuse_all(c, BUS_ERROR_STOPPING, "stopping");
        c->answered = sd_event_source_disable_unref(c->answered);
}
