/* SPDX-License-Identifier: MIT */
/* A record, read back from an entry of the journal or from a line of a file. */
#pragma once

#include "core/proxy.h"
#include "core/record.h"
#include "core/record_source.h"

typedef struct sd_journal sd_journal;

/* Of names, and of what a proxy tells; other bytes are written \xHH (proxy.h). */
#define LOG_ENTRY_PLAIN_BYTES                                                                      \
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:/@*+-\\"

typedef struct LogEntry {
        Format format;    /* what it was read from */
        const char *line; /* of a file, without its line feed, borrowed as MESSAGE is */
        size_t line_size;
        char listener[33];
        char peer_text[RECORD_PEER_TEXT_MAX];
        char peer_name[TLS_PEER_NAME_MAX + 1]; /* also that a proxy tells; "": none */
        /* Not known from text, as everything up to VIA_TLS but the peer; from JSON, not all. */
        Protocol protocol;
        Address peer, local;
        char security[129]; /* of a local process; "": unknown */
        bool has_packet;    /* of a raw socket; its options are here */
        RecordPacket packet;
        uint8_t options[RECORD_OPTIONS_MAX];
        char peer_fingerprint[TLS_PEER_FINGERPRINT_MAX + 1], tls[TLS_PEER_VERSION_MAX + 1];
        bool has_via; /* the next three say something */
        Address via;
        char via_id[PROXY_ID_MAX + 1], via_tls[PROXY_TLS_MAX + 1];
        Id id;
        uint64_t usec; /* when the message was received, CLOCK_REALTIME */
        RecordEnding ending;
        bool is_syslog;  /* the listener had syslog = true */
        Message message; /* borrowed from what it was read from until that reads on */
} LogEntry;

/*
 * Reads the current entry. Returns 1; 0 when its fields are not what sockd writes; or negative errno.
 */
int log_entry_read(sd_journal *j, LogEntry *ret);

/*
 * The record in FORMAT_TEXT or FORMAT_JSON, with its line feed; *BUF grows, and is freed by the
 * caller. A JSON record made from text lacks what text does not have. Returns 0 or -ENOMEM.
 */
int log_entry_format(const LogEntry *e, Format format, char **buf, size_t *buf_size,
                     size_t *ret_size);
