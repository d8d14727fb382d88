/* SPDX-License-Identifier: MIT */
/* Which records are wanted: the journal evaluates matches, to be quicker; the rest is checked here. */
#pragma once

#include "core/prefix.h"
#include <stdbool.h>

typedef struct Instance Instance;
typedef struct LogEntry LogEntry;
typedef struct sd_journal sd_journal;

/* Of each kind. */
#define LOG_FILTER_MAX 32

typedef struct LogFilter {
        const char *ids[LOG_FILTER_MAX], *listeners[LOG_FILTER_MAX]; /* borrowed, as the next */
        const char *names[LOG_FILTER_MAX];                           /* of peers */
        Prefix peers[LOG_FILTER_MAX];
        size_t n_ids, n_listeners, n_names, n_peers;
        uint64_t since_usec, until_usec; /* of the record; 0 and UINT64_MAX: any */
} LogFilter;

/*
 * Adds matches for the records that may be wanted, and only from trusted writers: the service and, if
 * that has no name, root and the user who asks, who may run sockd without a service. Returns 0 or
 * negative errno.
 */
int log_filter_apply(const LogFilter *f, const Instance *instance, sd_journal *j);
/* Decides about an entry, wherever it was read from. */
bool log_filter_wants(const LogFilter *f, const LogEntry *e);
/* True if no entry after one that the journal received at USEC can be wanted. */
bool log_filter_is_past(const LogFilter *f, uint64_t usec);
