/* SPDX-License-Identifier: MIT */
/*
 * Streams with TLS. Hands are shaken, and everything that a lane will send is encrypted, before the
 * clock starts: then the receiver is measured, not the generator.
 */

#include "bench/load.h"
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <unistd.h>

#define RECORD_MAX ((size_t)16 * 1024)

static _Noreturn void die(const char *what) {
        ERR_print_errors_fp(stderr);
        load_die(what);
}

/* Of a client that trusts anybody. */
static SSL *new_session(SSL_CTX *context, BIO *in, BIO *out) {
        SSL *ssl = SSL_new(context);

        if (!ssl || !in || !out)
                die("TLS");
        SSL_set_bio(ssl, in, out);
        SSL_set_connect_state(ssl);
        return ssl;
}

/* All messages of the lane, in records as full as whole messages make them, or of one each. */
static void seal_messages(const Load *l, const Lane *lane, SSL *ssl) {
        const size_t size = l->options.size;
        size_t n_max = l->options.tls == LOAD_TLS_FULL && size < RECORD_MAX ? RECORD_MAX / size : 1;

        numbered_make(l->message, size, lane->number, 0);
        l->message[size - 1] = '\n';
        for (uint64_t done = 0; done < lane->n_messages;) {
                size_t n = 0;

                for (; n < n_max && done < lane->n_messages; n++, done++) {
                        memcpy(l->scratch + n * size, l->message, size);
                        numbered_next(l->message);
                }
                if (SSL_write(ssl, l->scratch, (int)(n * size)) != (int)(n * size))
                        die("encrypt");
        }
}

static void seal(const Load *l, Lane *lane, SSL_CTX *context) {
        SSL *ssl = new_session(context, BIO_new_socket(lane->fd, BIO_NOCLOSE),
                               BIO_new_socket(lane->fd, BIO_NOCLOSE));
        BIO *out = BIO_new(BIO_s_mem());

        if (SSL_do_handshake(ssl) != 1 || !out)
                die("handshake");

        SSL_set0_wbio(ssl, out);
        seal_messages(l, lane, ssl);
        if (!l->stays_open)
                (void)SSL_shutdown(ssl);
        lane->n_sealed = BIO_ctrl_pending(out);
        lane->sealed = malloc(lane->n_sealed);
        if (!lane->sealed ||
            BIO_read(out, lane->sealed, (int)lane->n_sealed) != (int)lane->n_sealed)
                die("encrypt");
        SSL_free(ssl);
}

void load_tls_connect_all(Load *l) {
        SSL_CTX *context = SSL_CTX_new(TLS_client_method());

        if (!context)
                die("TLS");
        load_connect_all(l, SOCK_STREAM);
        for (unsigned i = 0; i < l->options.n_lanes; i++)
                seal(l, &l->lanes[i], context);
        SSL_CTX_free(context);
}

/* --- a storm of handshakes --- */

/* The first flight of a client: what it answers would cost the generator, not the server. */
static void make_hello(Load *l) {
        SSL_CTX *context = SSL_CTX_new(TLS_client_method());
        BIO *out = BIO_new(BIO_s_mem());
        SSL *ssl = new_session(context, BIO_new(BIO_s_mem()), out);
        int n;

        (void)SSL_do_handshake(ssl);
        n = BIO_read(out, l->scratch, LOAD_SCRATCH_SIZE);
        if (n <= 0)
                die("hello");
        l->n_hello = (size_t)n;
        SSL_free(ssl);
        SSL_CTX_free(context);
}

/* Returns whether the server has answered; the connection is then of no more use. */
static bool serve(Load *l, Lane *lane, uint32_t events) {
        char answer[16 * 1024];

        if (events & EPOLLOUT) {
                if (send(lane->fd, l->scratch, l->n_hello, MSG_NOSIGNAL) != (ssize_t)l->n_hello)
                        load_die("send");
                load_poll(l, EPOLL_CTL_MOD, lane, EPOLLIN);
                return false;
        }
        if (recv(lane->fd, answer, sizeof(answer), MSG_DONTWAIT) <= 0)
                l->n_errors++;
        l->n_receipts++;
        l->end_nsec = load_now();
        histogram_add(l->latency, l->end_nsec - lane->start_nsec);
        return true;
}

/* Not in TIME_WAIT: there are not enough ports. */
static void reset(const Lane *lane) {
        const struct linger now = { .l_onoff = 1 };

        (void)setsockopt(lane->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
        (void)close(lane->fd);
}

void load_storm(Load *l) {
        struct epoll_event events[64];
        int n;

        make_hello(l);
        load_begin(l);
        for (unsigned i = 0; i < l->options.n_lanes; i++)
                load_open(l, &l->lanes[i]);
        while (l->n_receipts < l->options.n_messages && (n = load_wait(l, events, 64)) > 0)
                for (int i = 0; i < n; i++) {
                        Lane *lane = events[i].data.ptr;

                        if (!serve(l, lane, events[i].events))
                                continue;
                        reset(lane);
                        lane->n_sent++;
                        load_open(l, lane);
                }
}
