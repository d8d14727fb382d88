/* SPDX-License-Identifier: MIT */
/* Where and how messages are sent: the options, completed from the configuration file. */
#pragma once

#include "core/frame.h"
#include "core/macro.h"
#include "core/names.h"
#include "core/protocol.h"
#include "ctl/wish.h"
#include <stdbool.h>
#include <stdint.h>

/* Lines per receipt, which are known if the template is; otherwise one of these. */
typedef enum ReceiptLines {
        RECEIPT_LINES_NONE = 0,     /* no LF at the end: only silence or EOF ends it */
        RECEIPT_LINES_UNKNOWN = -1, /* an LF ends it, if there is one */
} ReceiptLines;

typedef struct TlsContext TlsContext;
typedef struct TlsOps TlsOps;

typedef struct Destination {
        char *host;           /* or NULL, as the next */
        char *path;           /* of a Unix socket, or "@NAME" */
        char *text;           /* where that is, for people */
        uint32_t port;        /* if the protocol has ports */
        uint32_t cid;         /* of a vsock */
        unsigned ip_protocol; /* of a raw socket */
        Protocol protocol;
        FrameSpec frame;   /* of a stream */
        const TlsOps *tls; /* NULL: not encrypted */
        TlsContext *tls_context;
        int family;
        bool wants_receipts;
        bool is_sockd;     /* known from the configuration file … */
        char *reply;       /* … as is the template of receipts, unless of another host; or NULL */
        int receipt_lines; /* a number of lines, or ReceiptLines */
} Destination;

/*
 * Reads CONFIG_PATH only if the options leave something open. Returns 0, after a warning also when
 * the file is unusable but not needed; -EINVAL after printing why the options cannot be satisfied;
 * -ENOMEM. destination_done() frees *RET.
 */
int destination_find(const Wish *wish, const char *config_path, Destination *ret);
void destination_done(Destination *d);
