/* SPDX-License-Identifier: MIT */
/*
 * Looks from time to time at what listeners wait for (listener_look.h), and has their sockets
 * opened again where an interface has come, gone or changed. Owned by the server.
 */
#pragma once

typedef struct Engine Engine;
typedef struct Reload Reload;
typedef struct sd_event sd_event;
typedef struct sd_event_source sd_event_source;

typedef struct Watch {
        sd_event_source *timer;
        Engine *engine; /* borrowed, as the next */
        Reload *reload;
} Watch;

/* Returns 0 or negative errno. */
int watch_start(Watch *w, sd_event *event, Engine *engine, Reload *reload);
void watch_done(Watch *w);
/* Looks now: the listeners have changed. */
void watch_look(Watch *w);
