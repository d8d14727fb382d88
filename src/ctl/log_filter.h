/* SPDX-License-Identifier: MIT */
/* Which records are wanted: what the journal can find by itself, and what has to be looked at. */
#pragma once

#include "core/prefix.h"
#include "ctl/log_entry.h"

/* Of each kind. */
#define LOG_FILTER_MAX 32

typedef struct LogFilter {
        const char *ids[LOG_FILTER_MAX], *listeners[LOG_FILTER_MAX]; /* borrowed */
        Prefix peers[LOG_FILTER_MAX];
        size_t n_ids, n_listeners, n_peers;
        uint64_t since_usec, until_usec; /* of the record; 0 and UINT64_MAX: any */
} LogFilter;

/*
 * Tells the journal to show only records of sockd that may be wanted, and that nobody else can have
 * written: of the service, of root, or of who asks. Returns 0 or negative errno.
 */
int log_filter_apply(const LogFilter *f, sd_journal *j);
/* For an entry that the journal shows. */
bool log_filter_wants(const LogFilter *f, const LogEntry *e);
/* The journal need not be asked for later entries than this one, which it got at USEC. */
bool log_filter_is_past(const LogFilter *f, uint64_t usec);
