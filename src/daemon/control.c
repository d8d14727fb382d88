/* SPDX-License-Identifier: MIT */
/*
 *   no bus ──► connected, asks for the name ──► owns the name
 *
 * One timer takes it from each state to the next. That the bus is gone is noticed by the signal
 * that sd-bus makes of it.
 */

#include "daemon/control.h"

#include "core/bus_names.h"
#include "core/clock.h"
#include "core/macro.h"
#include "daemon/committer.h"
#include "daemon/control_manager.h"
#include "daemon/output.h"
#include "daemon/server.h"
#include <errno.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#define RETRY_USEC USEC_PER_SEC
/* A bus answers in one or two milliseconds; one that does not must not keep READY=1 back. */
#define AWAIT_USEC (20 * USEC_PER_MSEC)

static void try_again(Control *c, uint64_t usec) {
        /* Without memory for it the next event of any kind would still find the timer off. */
        if (sd_event_source_set_time_relative(c->timer, usec) < 0 ||
            sd_event_source_set_enabled(c->timer, SD_EVENT_ONESHOT) < 0)
                log_warning("cannot ask for the name " BUS_NAME " again before the next start");
}

static void forget_bus(Control *c) {
        c->request = sd_bus_slot_unref(c->request);
        c->bus = sd_bus_close_unref(c->bus);
        c->owns_name = c->lost = false;
}

static int on_name(sd_bus_message *answer, void *userdata, sd_bus_error *error _unused_) {
        Server *s = userdata;
        Control *c = &s->control;
        const sd_bus_error *e = sd_bus_message_get_error(answer);
        uint32_t result = 0;

        c->request = sd_bus_slot_unref(c->request);
        if (!e && sd_bus_message_read(answer, "u", &result) >= 0 && (result == 1 || result == 4)) {
                log_debug("the name on the bus is " BUS_NAME);
                c->owns_name = true;
                c->refusal_told = false;
                return 0;
        }

        if (!c->refusal_told)
                log_warning("cannot have the name " BUS_NAME
                            " on the bus, sockctl cannot ask anything: %s",
                            e ? e->message : "another process has it");
        c->refusal_told = true;
        try_again(c, RETRY_USEC);
        return 0;
}

/* The connection cannot be freed from here. */
static int on_disconnected(sd_bus_message *m _unused_, void *userdata,
                           sd_bus_error *error _unused_) {
        Server *s = userdata;

        log_debug("the bus is gone");
        s->control.lost = true;
        try_again(&s->control, 0);
        return 0;
}

static int open_bus(Server *s) {
        Control *c = &s->control;
        int r = sd_bus_open_system_with_description(&c->bus, "sockd");

        if (r < 0)
                return r;

        r = sd_bus_set_exit_on_disconnect(c->bus, false);
        if (r >= 0)
                r = sd_bus_match_signal_async(c->bus, NULL, "org.freedesktop.DBus.Local", NULL,
                                              "org.freedesktop.DBus.Local", "Disconnected",
                                              on_disconnected, NULL, s);
        if (r >= 0)
                r = sd_bus_add_object_vtable(c->bus, NULL, BUS_PATH, BUS_INTERFACE,
                                             control_manager_vtable, s);
        return r < 0 ? r : sd_bus_attach_event(c->bus, s->event, SD_EVENT_PRIORITY_NORMAL);
}

static void connect_or_ask(Server *s) {
        Control *c = &s->control;
        int r = 0;

        if (c->lost)
                forget_bus(c);
        if (!c->bus)
                r = open_bus(s);
        if (r >= 0 && !c->owns_name && !c->request)
                r = sd_bus_request_name_async(c->bus, &c->request, BUS_NAME, 0, on_name, s);
        if (r < 0) {
                log_debug("no bus: %s", strerrordesc_np(-r));
                forget_bus(c);
                try_again(c, RETRY_USEC);
        }
}

static int on_timer(sd_event_source *source _unused_, uint64_t usec _unused_, void *userdata) {
        connect_or_ask(userdata);
        return 0;
}

/* What is wrong with each file, a line each; NULL: nothing. "": out of memory. */
static char *describe_reopen_errors(const Server *s) {
        char *text = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);
        int error;

        if (!f)
                return strdup("");

        for (size_t i = 0; i < s->n_outputs; i++) {
                error = atomic_load(&s->outputs[i]->reopen_error);
                if (error > 0)
                        (void)fprintf(f, "%soutput %s: %s", ftell(f) > 0 ? "\n" : "",
                                      s->outputs[i]->name, strerrordesc_np(error));
        }
        (void)fclose(f); /* what it could not hold was not printed */
        if (text && !*text)
                free(TAKE_PTR(text));
        return text;
}

static int on_kept(sd_event_source *source _unused_, int fd _unused_, uint32_t events _unused_,
                   void *userdata) {
        Server *s = userdata;
        uint64_t turn = committer_take_kept(s->committer);
        _cleanup_free_ char *text = NULL;

        if (s->control.reopens.n == 0)
                return 0;

        text = describe_reopen_errors(s);
        control_wait_answer(&s->control.reopens, turn, text ? BUS_ERROR_REOPEN_FAILED : NULL, text);
        return 0;
}

int control_start(Server *s) {
        Control *c = &s->control;
        int r = control_streams_start(s);

        if (r >= 0)
                r = sd_event_add_io(s->event, &c->kept, committer_kept_fd(s->committer), EPOLLIN,
                                    on_kept, s);
        if (r >= 0)
                r = sd_event_add_time_relative(s->event, &c->timer, CLOCK_MONOTONIC, RETRY_USEC, 0,
                                               on_timer, s);
        if (r < 0)
                return r;

        (void)sd_event_source_set_enabled(c->timer, SD_EVENT_OFF); /* it exists */
        connect_or_ask(s);
        return 0;
}

void control_await_name(Server *s) {
        uint64_t now = clock_monotonic(), end = now + AWAIT_USEC;

        for (; s->control.request && !s->stopping && now < end; now = clock_monotonic())
                if (sd_event_run(s->event, end - now) < 0)
                        return; /* it will show again */
}

void control_stop(Server *s) {
        control_wait_answer(&s->control.reloads, UINT64_MAX, BUS_ERROR_STOPPING, "stopping");
        control_wait_answer(&s->control.reopens, UINT64_MAX, BUS_ERROR_STOPPING, "stopping");
}

void control_done(Server *s) {
        Control *c = &s->control;

        control_stop(s);
        control_streams_done(s);
        c->kept = sd_event_source_disable_unref(c->kept);
        c->timer = sd_event_source_disable_unref(c->timer);
        c->request = sd_bus_slot_unref(c->request);
        c->bus = sd_bus_flush_close_unref(c->bus);
}
