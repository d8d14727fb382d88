/* SPDX-License-Identifier: MIT */
/*
 * sockd's own diagnostics: to the journal when standard error is the journal ($JOURNAL_STREAM,
 * systemd.exec(5)), else to standard error, one line each. A line that the journal cannot take at
 * once is dropped: logging never waits for journald. Messages of clients do not pass here. Thread-
 * safe.
 */
#pragma once

#include "core/macro.h"
#include "daemon/base/log_catalog.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <syslog.h>

void log_init(void);
void log_set_level(int priority);
/* From now on this level, whatever log_set_level() is told. */
void log_force_level(int priority);
/* From now on this level, until log_set_level() changes it; a forced one can be changed only this way. */
void log_change_level(int priority);
int log_level(void);

/*
 * ERROR: 0, or a negative errno whose text is appended after a colon. Returns ERROR, for "return
 * log_full(…)".
 */
int log_full(int priority, int error, const char *format, ...) _printf_(3, 4);
/* The same for an event of the catalog. SUBJECT: the listener or output it happened to, or NULL. */
int log_event(Event event, const char *subject, int priority, int error, const char *format, ...)
        _printf_(5, 6);

#define log_error_errno(error, ...) log_full(LOG_ERR, (error), __VA_ARGS__)
#define log_warning_errno(error, ...) log_full(LOG_WARNING, (error), __VA_ARGS__)
#define log_error(...) log_full(LOG_ERR, 0, __VA_ARGS__)
#define log_warning(...) log_full(LOG_WARNING, 0, __VA_ARGS__)
#define log_info(...) log_full(LOG_INFO, 0, __VA_ARGS__)
/* Debug lines are on hot paths: their arguments are evaluated only at that level. */
#define log_debug(...)                                                                             \
        do {                                                                                       \
                if (_unlikely_(log_level() >= LOG_DEBUG))                                          \
                        (void)log_full(LOG_DEBUG, 0, __VA_ARGS__);                                 \
        } while (0)

/* Limits one kind of event to one line per interval. */
typedef struct LogRate {
        _Atomic uint64_t next_usec;
        atomic_uint n_suppressed;
} LogRate;

/*
 * True when a line may be written now (CLOCK_MONOTONIC, one each 10 s); *ret_suppressed: how many
 * were not since the last.
 */
bool log_rate_allows(LogRate *r, uint64_t now_usec, unsigned *ret_suppressed);
/* A warning about what a peer can cause at will, at that rate; it says how many were suppressed. */
void log_event_limited(LogRate *r, uint64_t now_usec, Event event, const char *subject, int error,
                       const char *format, ...) _printf_(6, 7);
