/* SPDX-License-Identifier: MIT */
/* A journal entry, converted back to the record it was written from. */
#pragma once

#include "core/record.h"

typedef struct sd_journal sd_journal;

typedef struct LogEntry {
        char listener[33];
        char peer_text[ADDRESS_TEXT_MAX];
        Protocol protocol;
        Address peer, local;
        Id id;
        uint64_t usec; /* when the message was received, CLOCK_REALTIME */
        bool timed_out;
        Message message; /* borrowed from the journal until the next call on it */
} LogEntry;

/*
 * Reads the current entry. Returns 1; 0 when its fields are not what sockd writes; or negative errno.
 */
int log_entry_read(sd_journal *j, LogEntry *ret);

/*
 * The record in FORMAT_TEXT or FORMAT_JSON, with its line feed; *BUF grows, and is freed by the
 * caller. Returns 0 or -ENOMEM.
 */
int log_entry_format(const LogEntry *e, Format format, char **buf, size_t *buf_size,
                     size_t *ret_size);
