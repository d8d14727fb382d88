/* SPDX-License-Identifier: MIT */
/*
 * A BIO over the bytes of a step: OpenSSL reads from one shared window and writes to another, and no
 * connection has buffers of its own between two steps (BIO_meth_new(3)).
 */
#pragma once

#include "tls/tls.h"
#include <openssl/bio.h>

typedef struct Window {
        const char *in;
        size_t in_size;
        char *out;
        size_t out_size, out_max;
} Window;

BIO_METHOD *window_method_new(void); /* free with BIO_meth_free(); NULL: out of memory */
/* The window that the BIO reads and writes; borrowed, until the next call. */
void window_set(BIO *bio, Window *w);
