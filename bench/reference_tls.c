/* SPDX-License-Identifier: MIT */
/* See reference_tls.h. */

#include "bench/reference_tls.h"
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* What a record that was begun before can add to what is read now. */
#define RECORD_MAX (17 * 1024)

struct Tls {
        SSL *ssl;
        int fd;
};

static SSL_CTX *context;
static BIO_METHOD *method;
static char *window;
static size_t window_size;
static const char *next;
static size_t n_left;

static _Noreturn void die(const char *what) {
        fprintf(stderr, "reference_tls: %s\n", what);
        ERR_print_errors_fp(stderr);
        exit(1);
}

static int take(BIO *bio, char *buf, int size) {
        size_t n = (size_t)size < n_left ? (size_t)size : n_left;

        BIO_clear_retry_flags(bio);
        if (n == 0) {
                BIO_set_retry_read(bio);
                return -1;
        }
        memcpy(buf, next, n);
        next += n;
        n_left -= n;
        return (int)n;
}

static int give(BIO *bio, const char *buf, int size) {
        const Tls *t = BIO_get_data(bio);

        return (int)send(t->fd, buf, (size_t)size, MSG_NOSIGNAL);
}

static long control(BIO *bio, int command, long number, void *pointer) {
        (void)bio, (void)number, (void)pointer;
        return command == BIO_CTRL_FLUSH;
}

void reference_tls_init(const char *certificate, const char *key) {
        context = SSL_CTX_new(TLS_server_method());
        method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "window");
        if (!context || !method || !BIO_meth_set_read(method, take) ||
            !BIO_meth_set_write(method, give) || !BIO_meth_set_ctrl(method, control))
                die("start");

        (void)SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
        (void)SSL_CTX_set_num_tickets(context, 0);
        (void)SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
        /* Idle connections have no buffers. */
        (void)SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
        if (SSL_CTX_use_certificate_chain_file(context, certificate) != 1 ||
            SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1)
                die(certificate);
}

Tls *reference_tls_new(int fd) {
        Tls *t = malloc(sizeof(*t));
        BIO *bio = BIO_new(method);

        if (!t || !bio)
                die("connection");
        *t = (Tls){ SSL_new(context), fd };
        if (!t->ssl)
                die("connection");
        BIO_set_init(bio, 1);
        BIO_set_data(bio, t);
        SSL_set_bio(t->ssl, bio, bio);
        SSL_set_accept_state(t->ssl);
        return t;
}

void reference_tls_free(Tls *t) {
        SSL_free(t->ssl);
        free(t);
}

/* 0: an end that was announced. */
static ssize_t read_records(Tls *t, char *buf, size_t size) {
        size_t done = 0, n;

        ERR_clear_error();
        while (done < size && SSL_read_ex(t->ssl, buf + done, size - done, &n) == 1)
                done += n;
        if (done > 0)
                return (ssize_t)done;
        if (SSL_get_shutdown(t->ssl) & SSL_RECEIVED_SHUTDOWN)
                return 0;
        errno = ERR_peek_error() == 0 ? EAGAIN : EPROTO;
        return -1;
}

ssize_t reference_tls_receive(Tls *t, char *buf, size_t size) {
        ssize_t n;

        if (!window) {
                window_size = size - RECORD_MAX;
                window = malloc(window_size);
                if (!window)
                        die("window");
        }
        n = recv(t->fd, window, window_size, MSG_DONTWAIT);
        if (n <= 0)
                return n;
        next = window;
        n_left = (size_t)n;
        return read_records(t, buf, size);
}
