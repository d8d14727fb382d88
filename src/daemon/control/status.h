/* SPDX-License-Identifier: MIT */
/*
 * The state of the server, for the bus (control_report.h) and the service manager (service.h).
 * Owned and changed by the server. Main thread only.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define STATUS_TEXT_MAX 512

typedef struct Engine Engine;

typedef struct Status {
        const Engine *engine;               /* borrowed */
        const char *config_path;            /* borrowed */
        const char *bus_name;               /* borrowed */
        uint64_t start_usec;                /* CLOCK_REALTIME */
        bool stopping, reloading;           /* under way */
        char reload_error[STATUS_TEXT_MAX]; /* of the last reload, one line; "": none */
} Status;
