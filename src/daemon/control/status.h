/* SPDX-License-Identifier: MIT */
/*
 * What may be told of the running server: to the bus (control_report.h), to the service manager
 * (service.h). Owned by the server, who alone changes it. Main thread only.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define STATUS_TEXT_MAX 512

typedef struct Engine Engine;

typedef struct Status {
        const Engine *engine;               /* borrowed */
        const char *config_path;            /* borrowed */
        uint64_t start_usec;                /* CLOCK_REALTIME */
        bool stopping, reloading;           /* that is under way */
        char reload_error[STATUS_TEXT_MAX]; /* of the last reload, one line; "": none */
} Status;
