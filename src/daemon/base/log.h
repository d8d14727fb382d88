/* SPDX-License-Identifier: MIT */
/*
 * sockd's own diagnostics, one line each: to the journal when standard error is the journal
 * ($JOURNAL_STREAM, systemd.exec(5)), otherwise to standard error. Logging waits neither for
 * journald nor for the reader of a pipe: what cannot be accepted at once is dropped, or from a
 * warning on, kept for log_resend().
 * Messages of clients do not pass here. Thread-safe.
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
/* Sets the level for good: log_set_level() has no effect from now on. */
void log_force_level(int priority);
/* Sets the level even if it was forced, until the next call of this or of log_set_level(). */
void log_change_level(int priority);
int log_level(void);

/*
 * SUBJECT: the listener or output concerned, or NULL. ERROR: 0, or a negative errno whose text is
 * appended after a colon. Returns ERROR.
 */
int log_event(Event event, const char *subject, int priority, int error, const char *format, ...)
        _printf_(5, 6);

/* Sends the warnings and errors that could not be accepted. To be called from time to time. */
void log_resend(void);

/* Each line of TEXT that is not empty. */
void log_lines(Event event, int priority, const char *text);

#define log_full(priority, error, ...) log_event(EVENT_NONE, NULL, (priority), (error), __VA_ARGS__)
#define log_error_errno(error, ...) log_full(LOG_ERR, (error), __VA_ARGS__)
#define log_warning_errno(error, ...) log_full(LOG_WARNING, (error), __VA_ARGS__)
#define log_error(...) log_full(LOG_ERR, 0, __VA_ARGS__)
#define log_warning(...) log_full(LOG_WARNING, 0, __VA_ARGS__)
#define log_info(...) log_full(LOG_INFO, 0, __VA_ARGS__)
/* Hot paths log debug lines: the arguments are evaluated only at that level. */
#define log_debug(...)                                                                             \
        do {                                                                                       \
                if (_unlikely_(log_level() >= LOG_DEBUG))                                          \
                        (void)log_full(LOG_DEBUG, 0, __VA_ARGS__);                                 \
        } while (0)

/* Limits one kind of event to one line per 10 s. All zero at first. */
typedef struct LogRate {
        _Atomic uint64_t next_usec;
        atomic_uint n_suppressed;
} LogRate;

/* What a peer can cause at will; tells how many were suppressed since the last. */
void log_event_limited(LogRate *r, uint64_t now_usec, Event event, const char *subject,
                       int priority, int error, const char *format, ...) _printf_(7, 8);
