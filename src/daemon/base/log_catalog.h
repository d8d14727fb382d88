/* SPDX-License-Identifier: MIT */
/* The events with an entry in the message catalog (systemd/sockd.catalog). IDs never change. */
#pragma once

typedef enum Event {
        EVENT_NONE, /* a line without an entry */
        EVENT_OUTPUT_FAILS,
        EVENT_OUTPUT_WORKS,
        EVENT_OUTPUT_DROPS,
        EVENT_OUTPUT_KEEPS_UP,
        EVENT_FILE_DAMAGED,
        EVENT_FILE_REPAIRED,
        EVENT_NOT_REOPENED,
        EVENT_FILE_TRUNCATED,
        EVENT_RELOADED,
        EVENT_NOT_RELOADED,
        EVENT_CONFIG_WARNING,
        EVENT_DATAGRAMS_LOST,
        EVENT_DATAGRAMS_KEPT,
        EVENT_PEER_REFUSED,
        EVENT_PEER_DENIED,
        EVENT_BAD_HEADER,
        EVENT_HANDSHAKE_FAILED,
        EVENT_CERTIFICATE_EXPIRES,
        EVENT_PARTIAL_REFUSED,
        EVENT_HOLDING_BACK,
        EVENT_HELD_BACK,
        EVENT_RECEIPTS_REFUSED,
        EVENT_RESET_UNREAD,
        EVENT_BAD_FRAME,
        EVENT_CUT_OFF,
        EVENT_FRAMING_MISMATCH,
        EVENT_CANNOT_ACCEPT,
        EVENT_CANNOT_LISTEN,
        EVENT_LISTENER_WAITS,
        EVENT_LISTENER_COMPLETE,
        EVENT_USERS_UNKNOWN,
        EVENT_DESCRIPTOR_REFUSED,
        EVENT_NOT_STORED,
        EVENT_STALLED,
        EVENT_MAX_,
} Event;

/* MESSAGE_ID, 32 hex digits; NULL for EVENT_NONE. */
const char *log_catalog_id(Event e);
/* The journal field that names the output or listener concerned; NULL: none, it concerns sockd. */
const char *log_catalog_field(Event e);
