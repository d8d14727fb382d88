/* SPDX-License-Identifier: MIT */
/*
 * The warnings and errors of the last minute, for "sockctl status". Those that journald or a
 * pipe could not accept, because it was full, wait here until it can, in order. Bounded: without room, new
 * ones are counted as lost. Thread-safe. Part of the log.
 */
#pragma once

#include "daemon/base/log_catalog.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_LINE_MAX 2048
#define LOG_SUBJECT_MAX 256
#define LOG_RECENT_MAX 32

typedef struct LogLine {
        uint64_t usec; /* CLOCK_REALTIME */
        int priority;
        Event event;
        size_t size;                   /* of the text, which is not terminated */
        char subject[LOG_SUBJECT_MAX]; /* "": none */
        char text[LOG_LINE_MAX];
} LogLine;

/* Returns false if there is no room now. DELAY_USEC: since the line was written; 0: just now. */
typedef bool LogSend(const LogLine *l, uint64_t delay_usec);

/* Sends what waits, then L; keeps it. */
void log_recent_add(const LogLine *l, LogSend *send);
/* Sends what waits. NOW_USEC: CLOCK_REALTIME. */
void log_recent_retry(uint64_t now_usec, LogSend *send);

/* Copies those of the last minute, the oldest first. Returns how many. */
size_t log_recent_copy(uint64_t now_usec, LogLine ret[static LOG_RECENT_MAX]);
/* Those that were neither sent nor kept, since the start. */
uint64_t log_recent_lost(void);
