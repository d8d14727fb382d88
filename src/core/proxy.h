/* SPDX-License-Identifier: MIT */
/*
 * The header of the PROXY protocol, versions 1 and 2 (haproxy, doc/proxy-protocol.txt): with it a
 * proxy begins a connection, to tell whose connection it forwards. Nothing here allocates.
 */
#pragma once

#include "core/address.h"
#include <stdbool.h>
#include <stddef.h>

/* Of a header of version 2, and our limit for what follows that. */
#define PROXY_FIXED_SIZE 16
#define PROXY_LENGTH_MAX 2048
#define PROXY_SIZE_MAX (PROXY_FIXED_SIZE + PROXY_LENGTH_MAX)

/* Limits of the texts below, without the NUL: escaped, a byte may take four. */
#define PROXY_ID_MAX (128 * 4)
#define PROXY_TLS_MAX 32
#define PROXY_NAME_MAX 128

typedef enum ProxyResult {
        PROXY_NEED_MORE, /* all bytes so far are the beginning of a header */
        PROXY_DONE,
        PROXY_NONE, /* what begins here is no header */
        PROXY_BAD,  /* it is one, and wrong */
} ProxyResult;

/*
 * The texts are empty where the proxy said nothing. Their bytes other than letters, digits and
 * ._:/@*+- are written \xHH.
 */
typedef struct ProxyHeader {
        size_t size;        /* DONE: how many bytes it has */
        const char *reason; /* BAD: what is wrong, for people */
        bool is_local;      /* forwards nothing: the addresses are those of the connection */
        Address source;     /* the client; not with is_local, as the rest */
        Address destination;
        char id[PROXY_ID_MAX + 1];   /* the proxy's name for the connection */
        char tls[PROXY_TLS_MAX + 1]; /* the version of TLS that the client speaks */
        char name[PROXY_NAME_MAX +
                  1]; /* of the client's certificate, which the proxy has verified */
} ProxyHeader;

/*
 * P, N: all bytes of the connection so far. At most PROXY_SIZE_MAX bytes are needed. However they
 * are cut, the result is the same.
 */
ProxyResult proxy_parse(const char *p, size_t n, ProxyHeader *ret);
