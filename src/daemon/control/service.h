/* SPDX-License-Identifier: MIT */
/* Notifies the service manager: state, status line, watchdog (health.h). Main thread only. */
#pragma once

#include "daemon/control/health.h"
#include "daemon/control/status.h"

/* The error of a reload fits beside the counters. */
#define SERVICE_TEXT_MAX (2 * STATUS_TEXT_MAX)

typedef struct sd_event sd_event;
typedef struct sd_event_source sd_event_source;

typedef struct Service {
        const Status *status;   /* borrowed */
        sd_event_source *timer; /* for the log and the status line */
        sd_event_source *watchdog;
        uint64_t watchdog_usec;
        Health health;
        bool stalled;
        const char *unsent;          /* a state that could not be sent yet; NULL: none */
        char text[SERVICE_TEXT_MAX]; /* the last STATUS= */
} Service;

/* Starts notifying, and log_resend() each second. Returns 0 or negative errno. */
int service_start(Service *v, sd_event *event, const Status *status);
void service_done(Service *v);

void service_notify_ready(Service *v);
void service_notify_reloading(void);
void service_notify_stopping(Service *v);
