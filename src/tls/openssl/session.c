/* SPDX-License-Identifier: MIT */
/* What is rare, a failure or the names of a certificate, is allocated when it is there. */

#include "tls/openssl/session.h"

#include "core/escape.h"
#include "core/macro.h"
#include "tls/openssl/context.h"
#include "tls/openssl/text.h"
#include "tls/openssl/window.h"
#include <assert.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdarg.h>
#include <string.h>

/* The first bytes of what is no TLS that are shown. */
#define SHOWN_MAX 8
/* Bytes of a client until both have agreed, beside its certificates: OpenSSL keeps up to 128 KiB. */
#define HELLO_MAX ((size_t)16 * 1024)
/* The type of a record with a handshake, RFC 8446 section 5.1. */
#define TYPE_HANDSHAKE 0x16
/* New keys cost much more than the record that asks for them. Others ask once in millions of records. */
#define KEY_UPDATES_MAX 32

struct TlsSession {
        TlsContext *context;
        SSL *ssl;
        BIO *bio; /* of SSL */
        TlsPeer peer;
        char *name, *fingerprint, *why; /* owned; NULL: none */
        TlsState state;
        TlsFailure failure;
        unsigned n_key_updates; /* of this step */
        bool began;             /* bytes have arrived */
        size_t n_greeted;       /* bytes of the handshake */
};

TlsSession *session_of(const SSL *ssl) {
        return SSL_get_app_data(ssl);
}

const TlsContext *session_context(const TlsSession *s) {
        return s->context;
}

/* A client expects that name in the certificate, and sends it unless it is an address (RFC 6066). */
static bool expect_server(SSL *ssl, const TlsContext *c) {
        X509_VERIFY_PARAM *param = SSL_get0_param(ssl);

        if (X509_VERIFY_PARAM_set1_ip_asc(param, c->server_name) == 1)
                return true;
        ERR_clear_error();
        return X509_VERIFY_PARAM_set1_host(param, c->server_name, 0) == 1 &&
               SSL_set_tlsext_host_name(ssl, c->server_name) == 1;
}

/* It cannot fail; but without more input, the library gives control back. */
static void on_message(int is_sent, int version _unused_, int type, const void *p, size_t n,
                       SSL *ssl, void *arg _unused_) {
        TlsSession *s = session_of(ssl);
        Window *w;

        if (is_sent || type != SSL3_RT_HANDSHAKE || n == 0 ||
            *(const unsigned char *)p != SSL3_MT_KEY_UPDATE ||
            ++s->n_key_updates <= KEY_UPDATES_MAX)
                return;

        w = BIO_get_data(s->bio);
        w->in_size = 0;
}

TlsSession *session_new(TlsContext *c) {
        TlsSession *s = calloc(1, sizeof(*s));

        if (!s)
                return NULL;

        ERR_clear_error();
        s->context = context_ref(c);
        s->peer = (TlsPeer){ "", "", "", "" };
        s->ssl = SSL_new(c->ssl);
        s->bio = s->ssl ? BIO_new(c->method) : NULL;
        if (!s->bio)
                return session_free(s);

        SSL_set_bio(s->ssl, s->bio, s->bio);
        (void)SSL_set_app_data(s->ssl, s);
        SSL_set_msg_callback(s->ssl, on_message);
        if (c->is_server)
                SSL_set_accept_state(s->ssl);
        else {
                SSL_set_connect_state(s->ssl);
                if (!expect_server(s->ssl, c))
                        return session_free(s);
        }
        return s;
}

TlsSession *session_free(TlsSession *s) {
        if (!s)
                return NULL;

        SSL_free(s->ssl);
        ERR_clear_error();
        (void)context_unref(s->context);
        free(s->name);
        free(s->fingerprint);
        free(s->why);
        free(s);
        return NULL;
}

/* --- failing --- */

_printf_(2, 0) static void set_why(TlsSession *s, const char *format, va_list args) {
        if (s->why)
                return;
        if (vasprintf(&s->why, format, args) < 0)
                s->why = NULL;
}

void session_refuse(TlsSession *s, const char *format, ...) {
        va_list args;

        va_start(args, format);
        set_why(s, format, args);
        va_end(args);
        s->failure = TLS_FAILURE_CERTIFICATE;
}

_printf_(3, 4) static void fail(TlsSession *s, TlsFailure failure, const char *format, ...) {
        va_list args;

        va_start(args, format);
        set_why(s, format, args);
        va_end(args);
        if (s->failure == TLS_FAILURE_NONE)
                s->failure = failure;
}

/* It refuses what we have shown, or has another reason: RFC 8446 section 6.2. */
static void fail_alert(TlsSession *s, int alert) {
        const char *text = alert == SSL_AD_UNKNOWN_CA ? "unknown ca"
                                                      : SSL_alert_desc_string_long(alert);

        switch (alert) {
        case SSL_AD_BAD_CERTIFICATE:
        case SSL_AD_UNSUPPORTED_CERTIFICATE:
        case SSL_AD_CERTIFICATE_EXPIRED:
        case SSL_AD_CERTIFICATE_UNKNOWN:
        case SSL_AD_UNKNOWN_CA:
                fail(s, TLS_FAILURE_REFUSED, "does not trust our certificate (alert %s)", text);
                break;
        case SSL_AD_CERTIFICATE_REQUIRED: /* OpenSSL has no text for it */
                fail(s, TLS_FAILURE_REFUSED, "wants a certificate (alert certificate required)");
                break;
        default:
                fail(s, TLS_FAILURE_REFUSED, "ended it (alert %s)", text);
        }
}

static void fail_version(TlsSession *s) {
        const int version = s->context->is_server ? SSL_client_version(s->ssl)
                                                  : SSL_version(s->ssl);

        fail(s, TLS_FAILURE_VERSION, "offers %s, min_version is %s", text_version(version),
             s->context->min_version);
}

/* What SSL_get_error(3) calls an error, by the reason in the queue. */
static void fail_reason(TlsSession *s, int reason) {
        if (reason >= SSL_AD_REASON_OFFSET) {
                fail_alert(s, reason - SSL_AD_REASON_OFFSET);
                return;
        }
        switch (reason) {
        case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
                fail(s, TLS_FAILURE_CERTIFICATE, "sent no certificate");
                break;
        case SSL_R_CERTIFICATE_VERIFY_FAILED:
                fail(s, TLS_FAILURE_CERTIFICATE, "its certificate is not good");
                break;
        case SSL_R_UNSUPPORTED_PROTOCOL:
        case SSL_R_VERSION_TOO_LOW:
        case SSL_R_UNKNOWN_PROTOCOL:
                fail_version(s);
                break;
        case SSL_R_NO_SHARED_CIPHER:
        case SSL_R_NO_SUITABLE_KEY_SHARE:
        case SSL_R_NO_SUITABLE_GROUPS:
        case SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS:
        case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
                fail(s, TLS_FAILURE_VERSION, "has no cipher in common with us");
                break;
        case SSL_R_EXCESSIVE_MESSAGE_SIZE:
                fail(s, TLS_FAILURE_CERTIFICATE, "sent certificates of more than %ld KiB",
                     SSL_get_max_cert_list(s->ssl) / 1024);
                break;
        case SSL_R_WRONG_VERSION_NUMBER:
                if (s->state == TLS_GREETING)
                        fail(s, TLS_FAILURE_NOT_TLS, "sent no TLS");
                else
                        fail(s, TLS_FAILURE_PROTOCOL, "sent what is no TLS after the handshake");
                break;
        default:
                fail(s, TLS_FAILURE_PROTOCOL, "broke the TLS protocol (reason %d)", reason);
        }
}

static TlsState on_error(TlsSession *s, int result) {
        if (s->n_key_updates > KEY_UPDATES_MAX) {
                fail(s, TLS_FAILURE_PROTOCOL, "changes its keys too often");
                return TLS_FAILED;
        }
        switch (SSL_get_error(s->ssl, result)) {
        case SSL_ERROR_WANT_READ:
                return s->state;
        case SSL_ERROR_ZERO_RETURN:
                return TLS_ENDED;
        default:
                fail_reason(s, ERR_GET_REASON(ERR_peek_error()));
                return TLS_FAILED;
        }
}

/* The most common mistake deserves the most useful line. */
static bool begin(TlsSession *s, const Window *w) {
        char text[ESCAPE_TEXT_MAX(SHOWN_MAX)];
        int n;

        if (s->began || w->in_size == 0)
                return true;

        s->began = true;
        if ((unsigned char)w->in[0] == TYPE_HANDSHAKE || !s->context->is_server)
                return true;

        n = (int)escape_text(text, w->in, MIN(w->in_size, (size_t)SHOWN_MAX));
        fail(s, TLS_FAILURE_NOT_TLS, "sent no TLS (its first bytes are \"%.*s\")", n, text);
        return false;
}

/* --- the steps --- */

static TlsState shake_hands(TlsSession *s) {
        int r = SSL_do_handshake(s->ssl);

        if (r != 1)
                return on_error(s, r);

        s->peer.version = SSL_get_version(s->ssl);
        s->peer.cipher = SSL_get_cipher_name(s->ssl);
        return TLS_OPEN;
}

/* It would be held, and limits.memory counts less. */
static bool greets_too_long(TlsSession *s, size_t size) {
        size_t max = HELLO_MAX;

        if (!s->context->is_server)
                return false;
        if (SSL_get_verify_mode(s->ssl) != SSL_VERIFY_NONE)
                max += (size_t)SSL_get_max_cert_list(s->ssl);

        s->n_greeted += size;
        if (s->n_greeted <= max)
                return false;
        fail(s, TLS_FAILURE_PROTOCOL, "sent more than %zu KiB in its handshake", max / 1024);
        return true;
}

static TlsState read_all(TlsSession *s, TlsStep *step) {
        for (;;) {
                size_t room = step->plain_max - step->plain_size;
                int n = SSL_read(s->ssl, step->plain + step->plain_size,
                                 (int)MIN(room, (size_t)INT32_MAX));

                if (n <= 0)
                        return on_error(s, n);
                step->plain_size += (size_t)n;
                assert(step->plain_size < step->plain_max);
        }
}

TlsState session_receive(TlsSession *s, TlsStep *step) {
        Window w = { step->in, step->in_size, step->out, 0, TLS_OUT_MAX };

        step->plain_size = 0;
        s->n_key_updates = 0;
        ERR_clear_error();
        window_set(s->bio, &w);
        if (!begin(s, &w))
                s->state = TLS_FAILED;
        if (s->state == TLS_GREETING)
                s->state = shake_hands(s);
        if (s->state == TLS_GREETING && greets_too_long(s, step->in_size))
                s->state = TLS_FAILED;
        if (s->state == TLS_OPEN)
                s->state = read_all(s, step);
        step->out_size = w.out_size;
        ERR_clear_error();
        return s->state;
}

ssize_t session_send(TlsSession *s, const char *plain, size_t size, char *out, size_t out_max) {
        Window w = { NULL, 0, out, 0, out_max };
        int n;

        ERR_clear_error();
        window_set(s->bio, &w);
        n = SSL_write(s->ssl, plain, (int)size);
        ERR_clear_error();
        if (n == (int)size)
                return (ssize_t)w.out_size;
        /* Nothing else can happen to it while it is open. */
        return s->state == TLS_OPEN ? -ENOMEM : -EPROTO;
}

size_t session_end(TlsSession *s, char *out, size_t out_max) {
        Window w = { NULL, 0, out, 0, out_max };

        if (s->state == TLS_FAILED || s->state == TLS_GREETING)
                return 0;

        ERR_clear_error();
        window_set(s->bio, &w);
        (void)SSL_shutdown(s->ssl); /* that it was not answered yet is no error */
        ERR_clear_error();
        return w.out_size;
}

bool session_holds_part(const TlsSession *s) {
        return SSL_has_pending(s->ssl) == 1;
}

const TlsPeer *session_peer(const TlsSession *s) {
        return &s->peer;
}

const char *session_why(const TlsSession *s) {
        return s->why ? s->why : "out of memory";
}

TlsFailure session_failure(const TlsSession *s) {
        return s->failure;
}

/* --- its certificate --- */

const char *session_set_certificate(TlsSession *s, const X509 *cert) {
        static const char digits[] = "0123456789abcdef";
        unsigned char digest[EVP_MAX_MD_SIZE];
        unsigned n;

        if (!s->fingerprint)
                s->fingerprint = malloc(TLS_PEER_FINGERPRINT_MAX + 1);
        if (!s->fingerprint || X509_digest(cert, EVP_sha256(), digest, &n) != 1)
                return NULL;

        assert(2 * n == TLS_PEER_FINGERPRINT_MAX);
        for (size_t i = 0; i < n; i++) {
                s->fingerprint[2 * i] = digits[digest[i] >> 4];
                s->fingerprint[2 * i + 1] = digits[digest[i] & 15];
        }
        s->fingerprint[2 * n] = '\0';
        return s->peer.fingerprint = s->fingerprint;
}

bool session_set_name(TlsSession *s, const char *name) {
        free(s->name);
        s->name = strdup(name);
        s->peer.name = s->name ? s->name : "";
        return s->name;
}
