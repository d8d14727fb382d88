/* SPDX-License-Identifier: MIT */
/* sd_notify(3), sd_watchdog_enabled(3). Without a service manager only the log is looked after. */

#include "daemon/control/service.h"

#include "config/config.h"
#include "core/clock.h"
#include "core/macro.h"
#include "daemon/base/log.h"
#include "daemon/engine/engine.h"
#include "daemon/net/admission.h"
#include "daemon/net/listener_set.h"
#include "daemon/output/output.h"
#include "daemon/systemd/notify.h"
#include "daemon/worker/workers.h"
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>

#define STATUS_USEC USEC_PER_SEC
/* Notifications per watchdog interval; the share of it that counts as a stall. */
#define FEEDINGS 4
#define STALL_SHARE 2

static void describe_trouble(const Status *s, FILE *f) {
        const ListenerSet *listeners = s->engine->listeners;
        const OutputList *outputs = &s->engine->outputs;

        for (size_t i = 0; i < listeners->n_listeners; i++) {
                const Listener *l = listeners->listeners[i];

                if (*l->waits)
                        (void)fprintf(f, "; listener %s waits for %s", l->config->name, l->waits);
        }
        for (size_t i = 0; i < outputs->n; i++) {
                const Output *o = outputs->items[i];
                int error = atomic_load(&o->write_errno);

                if (error > 0)
                        (void)fprintf(f, "; output %s: %s", o->name, strerrordesc_np(error));
        }
        if (*s->reload_error)
                (void)fprintf(f, "; last reload failed: %s", s->reload_error);
}

/* Text that does not fit is truncated; printing cannot fail otherwise. */
static void describe(const Status *s, char ret[static SERVICE_TEXT_MAX]) {
        const Engine *e = s->engine;
        const StatsAccount a = listener_set_totals(e->listeners);
        FILE *f = fmemopen(ret, SERVICE_TEXT_MAX, "w");

        *ret = '\0';
        if (!f)
                return;

        if (s->stopping)
                (void)fputs("stopping; ", f);
        (void)fprintf(f,
                      "%zu listeners, %" PRIu64 " connections; messages: %" PRIu64
                      " received, %" PRIu64 " recorded, %" PRIu64 " refused, %" PRIu64
                      " failed, %" PRIu64 " waiting",
                      e->listeners->n_listeners, admission_streams(e->workers->admission),
                      a.received, a.recorded, a.refused, a.failed, a.waiting);
        if (a.kernel_drops > 0)
                (void)fprintf(f, ", %" PRIu64 " lost in the kernel", a.kernel_drops);
        describe_trouble(s, f);
        (void)fclose(f);
        ret[SERVICE_TEXT_MAX - 1] = '\0';
}

/* systemd interprets backslashes as escapes. */
static void double_backslashes(const char *src, char *dst, size_t size) {
        size_t n = 0;

        for (; *src && n + 2 < size; src++) {
                if (*src == '\\')
                        dst[n++] = '\\';
                dst[n++] = *src;
        }
        dst[n] = '\0';
}

/* What cannot be sent now is sent with the next status. */
static void send_state(Service *v, const char *state) {
        char status[2 * SERVICE_TEXT_MAX], text[sizeof(status) + 64];

        v->unsent = state;
        double_backslashes(v->text, status, sizeof(status));
        (void)snprintf(text, sizeof(text), "%s%sSTATUS=%s", state ? state : "", state ? "\n" : "",
                       status);
        if (notify_send(text, -EBADF) >= 0)
                v->unsent = NULL;
        else
                *v->text = '\0';
}

static void update_status(Service *v) {
        char text[SERVICE_TEXT_MAX];

        describe(v->status, text);
        if (v->unsent || strcmp(text, v->text) != 0) {
                (void)stpcpy(v->text, text);
                send_state(v, v->unsent);
        }
}

static int on_status(sd_event_source *source, uint64_t usec _unused_, void *userdata) {
        log_resend();
        if (notify_is_wanted())
                update_status(userdata);
        return sd_event_source_set_time_relative(source, STATUS_USEC);
}

static int on_watchdog(sd_event_source *source, uint64_t usec _unused_, void *userdata) {
        Service *v = userdata;
        uint64_t now = clock_monotonic();
        const char *stuck = v->status->stopping ? NULL
                                                : health_check(&v->health, v->status->engine, now,
                                                               v->watchdog_usec / STALL_SHARE);

        if (!stuck)
                (void)notify_send("WATCHDOG=1", -EBADF); /* another one follows soon */
        else if (!v->stalled)
                (void)log_event(EVENT_STALLED, NULL, LOG_ERR, 0,
                                "%s, no longer notifying the watchdog", stuck);
        v->stalled = stuck;
        return sd_event_source_set_time_relative(source, v->watchdog_usec / FEEDINGS);
}

static int add_timer(Service *v, sd_event *event, uint64_t usec, sd_event_time_handler_t handler,
                     sd_event_source **ret) {
        int r = sd_event_add_time_relative(event, ret, CLOCK_MONOTONIC, usec, 0, handler, v);

        return r < 0 ? r : sd_event_source_set_enabled(*ret, SD_EVENT_ON);
}

int service_start(Service *v, sd_event *event, const Status *status) {
        int r = add_timer(v, event, STATUS_USEC, on_status, &v->timer);

        v->status = status;
        if (r >= 0 && sd_watchdog_enabled(false, &v->watchdog_usec) > 0)
                r = add_timer(v, event, v->watchdog_usec / FEEDINGS, on_watchdog, &v->watchdog);
        return r;
}

void service_done(Service *v) {
        v->timer = sd_event_source_disable_unref(v->timer);
        v->watchdog = sd_event_source_disable_unref(v->watchdog);
        health_done(&v->health);
}

void service_notify_ready(Service *v) {
        describe(v->status, v->text);
        send_state(v, "READY=1");
}

void service_notify_reloading(void) {
        char text[64];

        (void)snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%" PRIu64,
                       clock_monotonic());
        (void)notify_send(text, -EBADF); /* READY=1 follows, and is what counts */
}

void service_notify_stopping(Service *v) {
        describe(v->status, v->text);
        send_state(v, "STOPPING=1");
}
