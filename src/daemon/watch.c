/* SPDX-License-Identifier: MIT */
/* Without a listener that depends on anything, there is no timer. */

#include "daemon/watch.h"

#include "core/macro.h"
#include "daemon/engine/engine.h"
#include "daemon/net/listener_look.h"
#include "daemon/reload.h"
#include <systemd/sd-event.h>

#define SOON_USEC USEC_PER_SEC
#define LATER_USEC (2 * USEC_PER_SEC)

static void look_again_in(Watch *w, uint64_t usec) {
        /* It fails only if the event loop is at its end. */
        (void)sd_event_source_set_time_relative(w->timer, usec);
        (void)sd_event_source_set_enabled(w->timer, SD_EVENT_ONESHOT);
}

/* Not while a reload plans what becomes of the listeners. */
void watch_look(Watch *w) {
        if (!w->timer)
                return;
        if (reload_is_under_way(w->reload)) {
                look_again_in(w, SOON_USEC);
                return;
        }

        switch (listener_look(w->engine->listeners)) {
        case LISTENER_LOOK_NEVER:
                (void)sd_event_source_set_enabled(w->timer, SD_EVENT_OFF);
                break;
        case LISTENER_LOOK_LATER:
                look_again_in(w, LATER_USEC);
                break;
        case LISTENER_LOOK_SOON:
                look_again_in(w, SOON_USEC);
                break;
        case LISTENER_LOOK_REOPEN:
                look_again_in(w, SOON_USEC); /* should it fail */
                reload_listeners(w->reload);
                break;
        }
}

static int on_time(sd_event_source *source _unused_, uint64_t usec _unused_, void *userdata) {
        watch_look(userdata);
        return 0;
}

int watch_start(Watch *w, sd_event *event, Engine *engine, Reload *reload) {
        int r;

        w->engine = engine;
        w->reload = reload;
        r = sd_event_add_time_relative(event, &w->timer, CLOCK_MONOTONIC, 0, 0, on_time, w);
        if (r >= 0)
                watch_look(w);
        return r;
}

void watch_done(Watch *w) {
        w->timer = sd_event_source_disable_unref(w->timer);
}
