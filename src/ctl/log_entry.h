/* SPDX-License-Identifier: MIT */
/* A journal entry, converted back to the record it was written from. */
#pragma once

#include "core/proxy.h"
#include "core/record.h"

typedef struct sd_journal sd_journal;

typedef struct LogEntry {
        char listener[33];
        char peer_text[ADDRESS_TEXT_MAX];
        Protocol protocol;
        Address peer, local;
        char security[129]; /* of a local process; "": unknown */
        bool has_packet;    /* of a raw socket; its options are here */
        RecordPacket packet;
        uint8_t options[RECORD_OPTIONS_MAX];
        bool has_via; /* the next four say something */
        Address via;
        char via_id[PROXY_ID_MAX + 1], via_tls[PROXY_TLS_MAX + 1], peer_name[PROXY_NAME_MAX + 1];
        Id id;
        uint64_t usec; /* when the message was received, CLOCK_REALTIME */
        RecordEnding ending;
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
