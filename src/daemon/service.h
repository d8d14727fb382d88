/* SPDX-License-Identifier: MIT */
/*
 * What the service manager is told (sd_notify(3)): state, a line of live numbers, and that the
 * server is alive (health.h). Part of the Server, main thread only.
 */
#pragma once

#include "daemon/health.h"
#include <stdbool.h>

#define SERVICE_TEXT_MAX 512

typedef struct Server Server;
typedef struct sd_event_source sd_event_source;

typedef struct Service {
        sd_event_source *timer; /* for the numbers; NULL: nobody wants them */
        sd_event_source *watchdog;
        uint64_t watchdog_usec;
        Health health;
        bool stalled;
        const char *untold;          /* a change of state that could not be told yet; NULL: none */
        char text[SERVICE_TEXT_MAX]; /* STATUS= as it was told last */
        char reload_error[SERVICE_TEXT_MAX]; /* of the last reload; "": none */
} Service;

/* Begins to tell. Returns 0 or negative errno. */
int service_start(Server *s);
void service_done(Service *v);

void service_notify_ready(Server *s);
void service_notify_reloading(void);
void service_notify_stopping(Server *s);
/* The first line of what is wrong, NULL: nothing is. To be seen until the next reload. */
void service_set_reload_error(Service *v, const char *error);
