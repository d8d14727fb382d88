/* SPDX-License-Identifier: MIT */
/*
 * Where a message goes and how it travels: what the options say, completed from the configuration
 * file.
 */
#pragma once

#include "core/macro.h"
#include "core/names.h"
#include <stdbool.h>
#include <stdint.h>

/* What the options say. Borrowed texts; everything may be unset. */
typedef struct Wish {
        const char *host;     /* NULL = unset */
        const char *listener; /* NULL = unset */
        uint16_t port;        /* 0 = unset */
        Protocol protocol;    /* PROTOCOL_MAX_ = unset */
        Framing framing;      /* FRAMING_MAX_ = unset */
        int family;           /* AF_UNSPEC = unset */
        bool no_reply;
} Wish;

/* How many lines each receipt has is known where its template is. */
typedef enum ReceiptLines {
        RECEIPT_LINES_NONE = 0,     /* it does not end in LF: only silence or EOF ends it */
        RECEIPT_LINES_UNKNOWN = -1, /* any LF ends it, but there may be none */
} ReceiptLines;

typedef struct Destination {
        char *host;
        char *text; /* HOST:PORT, for people */
        uint16_t port;
        Protocol protocol;
        Framing framing; /* of a stream */
        int family;
        bool wants_receipts;
        int receipt_lines; /* a number of lines, or ReceiptLines */
} Destination;

/*
 * Reads CONFIG_PATH only if WISH leaves something to be read there. Returns 0, also when the file
 * was of no use, after a warning; -EINVAL when the wish cannot be fulfilled, after a line that says
 * why; -ENOMEM.
 */
int destination_find(const Wish *wish, const char *config_path, Destination *ret);
void destination_done(Destination *d);
