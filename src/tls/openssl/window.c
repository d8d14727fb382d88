/* SPDX-License-Identifier: MIT */
/* See window.h. */

#include "tls/openssl/window.h"

#include "core/macro.h"
#include <string.h>

void window_set(BIO *bio, Window *w) {
        BIO_set_data(bio, w);
}

static int window_read(BIO *bio, char *buf, int size) {
        Window *w = BIO_get_data(bio);
        size_t n = MIN(w->in_size, (size_t)size);

        BIO_clear_retry_flags(bio);
        if (n == 0) {
                BIO_set_retry_read(bio);
                return -1;
        }
        memcpy(buf, w->in, n);
        w->in += n;
        w->in_size -= n;
        return (int)n;
}

/* Without room, the connection fails: the other side has caused more answers than it may. */
static int window_write(BIO *bio, const char *buf, int size) {
        Window *w = BIO_get_data(bio);

        BIO_clear_retry_flags(bio);
        if ((size_t)size > w->out_max - w->out_size)
                return -1;

        memcpy(w->out + w->out_size, buf, (size_t)size);
        w->out_size += (size_t)size;
        return size;
}

static long window_control(BIO *bio _unused_, int command, long number _unused_,
                           void *data _unused_) {
        return command == BIO_CTRL_FLUSH; /* the rest is unknown to it */
}

static int window_create(BIO *bio) {
        BIO_set_init(bio, 1);
        return 1;
}

BIO_METHOD *window_method_new(void) {
        BIO_METHOD *m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "window");

        if (!m)
                return NULL;

        (void)BIO_meth_set_read(m, window_read); /* these cannot fail */
        (void)BIO_meth_set_write(m, window_write);
        (void)BIO_meth_set_ctrl(m, window_control);
        (void)BIO_meth_set_create(m, window_create);
        return m;
}
