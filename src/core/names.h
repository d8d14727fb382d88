/* SPDX-License-Identifier: MIT */
/* Enumerations that users see, each with its one spelling in config files, records and receipts. */
#pragma once

#include <stddef.h>
#include <string.h>

#define SOCKD_PORT_DEFAULT 9191
#define SOCKD_ADDRESS_DEFAULT "127.0.0.1"
#define SOCKD_MODE_DEFAULT "0660"
#define SOCKD_FILE_MODE_DEFAULT "0640"

typedef enum Framing {
        FRAMING_LINE,          /* LF ends a message, one CR before it is dropped */
        FRAMING_NUL,           /* NUL ends a message */
        FRAMING_OCTET_COUNTED, /* RFC 6587 section 3.4.1 */
        FRAMING_EOF,           /* the whole connection is one message */
        FRAMING_SYSLOG,        /* RFC 6587: each message is counted, or a line */
        FRAMING_DELIMITER,     /* bytes of the listener's own end a message, and may begin it */
        FRAMING_LENGTH,        /* a binary number says how long a message is */
        FRAMING_MAX_,
} Framing;

typedef enum ByteOrder {
        BYTE_ORDER_BIG,
        BYTE_ORDER_LITTLE,
        BYTE_ORDER_MAX_,
} ByteOrder;

/* In ascending order of strength. */
typedef enum Level {
        LEVEL_RECEIVED,
        LEVEL_WRITTEN,
        LEVEL_DURABLE,
        LEVEL_MAX_,
} Level;

typedef enum OutputType {
        OUTPUT_JOURNAL,
        OUTPUT_FILE,
        OUTPUT_TYPE_MAX_,
} OutputType;

typedef enum Format {
        FORMAT_TEXT,
        FORMAT_JSON,
        FORMAT_JOURNAL, /* the journal's own; not a spelling of the config file */
        FORMAT_MAX_,
} Format;

typedef enum WhenFull {
        WHEN_FULL_WAIT,
        WHEN_FULL_DROP,
        WHEN_FULL_MAX_,
} WhenFull;

static inline const char *framing_text(Framing f) {
        static const char *const table[FRAMING_MAX_] = { "line",  "nul",    "octet-counted",
                                                         "eof",   "syslog", "delimiter",
                                                         "length" };
        return table[f];
}

static inline const char *byte_order_text(ByteOrder o) {
        static const char *const table[BYTE_ORDER_MAX_] = { "big", "little" };
        return table[o];
}

static inline const char *level_text(Level l) {
        static const char *const table[LEVEL_MAX_] = { "received", "written", "durable" };
        return table[l];
}

static inline const char *output_type_text(OutputType t) {
        static const char *const table[OUTPUT_TYPE_MAX_] = { "journal", "file" };
        return table[t];
}

static inline const char *format_text(Format f) {
        static const char *const table[FORMAT_MAX_] = { "text", "json", "journal" };
        return table[f];
}

static inline const char *when_full_text(WhenFull w) {
        static const char *const table[WHEN_FULL_MAX_] = { "wait", "drop" };
        return table[w];
}
