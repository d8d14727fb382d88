/* SPDX-License-Identifier: MIT */
/*
 *   no bus ──► connected, asks for the name ──► owns the name
 *
 * One timer drives it. sd-bus signals when the bus is gone.
 */

#include "daemon/control/control.h"

#include "core/bus_names.h"
#include "core/clock.h"
#include "core/macro.h"
#include "daemon/base/log.h"
#include "daemon/control/control_impl.h"
#include "daemon/control/control_manager.h"
#include "daemon/control/status.h"
#include "daemon/engine/engine.h"
#include "daemon/output/committer.h"
#include "daemon/output/output.h"
#include <errno.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#define RETRY_USEC USEC_PER_SEC
/* A bus answers within two milliseconds; one that does not must not delay READY=1. */
#define AWAIT_USEC (20 * USEC_PER_MSEC)

static void schedule_retry(Control *c, uint64_t usec) {
        /* Out of memory: the timer stays off for good. */
        if (sd_event_source_set_time_relative(c->timer, usec) < 0 ||
            sd_event_source_set_enabled(c->timer, SD_EVENT_ONESHOT) < 0)
                log_warning("cannot request the bus name %s again before the next start",
                            c->status->bus_name);
}

static void forget_bus(Control *c) {
        c->request = sd_bus_slot_unref(c->request);
        c->bus = sd_bus_close_unref(c->bus);
        control_senders_forget(&c->calls.senders);
        c->owns_name = c->lost = false;
}

static int on_name(sd_bus_message *answer, void *userdata, sd_bus_error *error _unused_) {
        Control *c = userdata;
        const sd_bus_error *e = sd_bus_message_get_error(answer);
        uint32_t result = 0;

        c->request = sd_bus_slot_unref(c->request);
        if (!e && sd_bus_message_read(answer, "u", &result) >= 0 && (result == 1 || result == 4)) {
                log_debug("acquired the bus name %s", c->status->bus_name);
                c->owns_name = true;
                c->refusal_logged = false;
                return 0;
        }

        if (!c->refusal_logged)
                log_warning("cannot acquire the bus name %s%s: %s", c->status->bus_name,
                            c->socket.accept ? "" : ", sockctl will not work",
                            e ? e->message : "another process owns it");
        c->refusal_logged = true;
        schedule_retry(c, RETRY_USEC);
        return 0;
}

/* The connection cannot be freed in its own callback. */
static int on_disconnected(sd_bus_message *m _unused_, void *userdata,
                           sd_bus_error *error _unused_) {
        Control *c = userdata;

        log_debug("disconnected from the bus");
        c->lost = true;
        schedule_retry(c, 0);
        return 0;
}

static int open_bus(Control *c) {
        int r = sd_bus_open_system_with_description(&c->bus, "sockd");

        if (r < 0)
                return r;

        r = sd_bus_set_exit_on_disconnect(c->bus, false);
        if (r >= 0)
                r = sd_bus_match_signal_async(c->bus, NULL, "org.freedesktop.DBus.Local", NULL,
                                              "org.freedesktop.DBus.Local", "Disconnected",
                                              on_disconnected, NULL, c);
        if (r >= 0)
                r = control_manager_add(c->bus, c);
        return r < 0 ? r : sd_bus_attach_event(c->bus, c->event, SD_EVENT_PRIORITY_NORMAL);
}

static void connect_or_ask(Control *c) {
        int r = 0;

        if (c->lost)
                forget_bus(c);
        if (!c->bus)
                r = open_bus(c);
        if (r >= 0 && !c->owns_name && !c->request)
                r = sd_bus_request_name_async(c->bus, &c->request, c->status->bus_name, 0, on_name,
                                              c);
        if (r < 0) {
                log_debug("no bus: %s", strerrordesc_np(-r));
                forget_bus(c);
                schedule_retry(c, RETRY_USEC);
        }
}

static int on_timer(sd_event_source *source _unused_, uint64_t usec _unused_, void *userdata) {
        connect_or_ask(userdata);
        return 0;
}

/* A line for each file that could not be reopened. NULL: none; "": out of memory. */
static char *describe_reopen_errors(const OutputList *outputs) {
        char *text = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);

        if (!f)
                return strdup("");

        for (size_t i = 0; i < outputs->n; i++) {
                const Output *o = outputs->items[i];
                int error = atomic_load(&o->reopen_errno);

                if (error > 0)
                        (void)fprintf(f, "%soutput %s: %s", ftell(f) > 0 ? "\n" : "", o->name,
                                      strerrordesc_np(error));
        }
        (void)fclose(f); /* a failure only shortens the text */
        if (text && !*text)
                free(TAKE_PTR(text));
        return text;
}

static int on_reopened(sd_event_source *source _unused_, int fd _unused_, uint32_t events _unused_,
                       void *userdata) {
        Control *c = userdata;
        const Engine *e = c->status->engine;
        uint64_t round = committer_take_maintained(e->committer);
        _cleanup_free_ char *text = NULL;

        if (c->reopens.n == 0)
                return 0;

        text = describe_reopen_errors(&e->outputs);
        control_wait_answer(&c->reopens, round, text ? BUS_ERROR_REOPEN_FAILED : NULL, text);
        return 0;
}

static int start_control(Control *c) {
        const Engine *e = c->status->engine;
        int r = control_calls_start(&c->calls, c->event, c->status);

        if (r >= 0)
                r = sd_event_add_io(c->event, &c->reopened, committer_maintained_fd(e->committer),
                                    EPOLLIN, on_reopened, c);
        if (r >= 0)
                r = sd_event_add_time_relative(c->event, &c->timer, CLOCK_MONOTONIC, RETRY_USEC, 0,
                                               on_timer, c);
        if (r < 0)
                return r;

        (void)sd_event_source_set_enabled(c->timer, SD_EVENT_OFF); /* cannot fail */
        control_socket_start(&c->socket, c->event, c);
        connect_or_ask(c);
        return 0;
}

int control_new(sd_event *event, const Status *status, const ControlActions *actions,
                void *userdata, Control **ret) {
        Control *c = calloc(1, sizeof(*c));
        int r;

        if (!c)
                return -ENOMEM;

        c->event = event;
        c->status = status;
        c->actions = actions;
        c->userdata = userdata;
        r = start_control(c);
        if (r < 0) {
                (void)control_free(c);
                return r;
        }

        *ret = c;
        return 0;
}

void control_await_name(Control *c) {
        uint64_t now = clock_monotonic(), end = now + AWAIT_USEC;

        for (; c->request && !c->status->stopping && now < end; now = clock_monotonic())
                if (sd_event_run(c->event, end - now) < 0)
                        return; /* the main loop gets the same error */
}

void control_answer_reload(Control *c, uint64_t number, const char *errors) {
        control_wait_answer(&c->reloads, number, errors ? BUS_ERROR_RELOAD_FAILED : NULL, errors);
}

void control_stop(Control *c) {
        control_wait_answer(&c->reloads, UINT64_MAX, BUS_ERROR_STOPPING, "stopping");
        control_wait_answer(&c->reopens, UINT64_MAX, BUS_ERROR_STOPPING, "stopping");
        control_calls_stop(&c->calls);
}

Control *control_free(Control *c) {
        if (!c)
                return NULL;

        control_stop(c);
        control_calls_done(&c->calls);
        control_socket_done(&c->socket);
        c->reopened = sd_event_source_disable_unref(c->reopened);
        c->timer = sd_event_source_disable_unref(c->timer);
        c->request = sd_bus_slot_unref(c->request);
        c->bus = sd_bus_flush_close_unref(c->bus);
        free(c);
        return NULL;
}
