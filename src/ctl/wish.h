/* SPDX-License-Identifier: MIT */
/* What the options of "sockctl send" say of where and how, and whether that goes together. */
#pragma once

#include "core/frame.h"
#include "core/names.h"
#include "core/protocol.h"
#include <stdbool.h>
#include <stdint.h>

#define WISH_NO_FRAME                                                                              \
        { .framing = FRAMING_MAX_, .length_order = BYTE_ORDER_MAX_ }

/* Borrowed texts; everything may be unset. */
typedef struct Wish {
        const char *host;     /* NULL = unset */
        const char *path;     /* of a Unix socket, or "@NAME"; NULL = unset */
        const char *listener; /* NULL = unset */
        uint32_t port;        /* 0 = unset */
        uint32_t cid;
        bool has_cid;         /* else that is unset */
        unsigned ip_protocol; /* 0 = unset */
        Protocol protocol;    /* PROTOCOL_MAX_ = unset */
        FrameSpec frame;      /* unset: as WISH_NO_FRAME */
        int family;           /* AF_UNSPEC = unset */
        bool no_reply;
        bool tls;
        const char *ca, *cert, *key, *tls_name, *fingerprint; /* of TLS; NULL = unset */
} Wish;

/* Which one is meant, as far as the options tell. */
Protocol wish_protocol(const Wish *w);
/* It tells where to send to, so nothing need be looked up. */
bool wish_has_place(const Wish *w);
/* The option that would, for people. */
const char *wish_place_option(Protocol p);
bool wish_has_frame(const Wish *w);
/* Returns 0, or -EINVAL after printing which option is of no use with this protocol. */
int wish_check(const Wish *w, Protocol p);
/* The same of the options for TLS, which is used or not. */
int wish_check_tls(const Wish *w, bool has_tls);
