/* SPDX-License-Identifier: MIT */
/*
 * The edge of the record layer: a server gets what a client has sent, in parts, with bytes changed,
 * left out or put in. Whatever it hears is a beginning of what was said, and whoever changes anything
 * is not heard any further. Without a client, it gets the bytes as they are.
 */

#include "config/config_tls.h"
#include "core/macro.h"
#include "tls/openssl/session.h"
#include <assert.h>
#include <openssl/pem.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SAID "first\nsecond\nthird\n"
#define WIRE_MAX (4 * TLS_OUT_MAX)

extern const TlsOps object_tls;

static TlsContext *server, *client;

typedef struct Wire {
        char bytes[WIRE_MAX];
        size_t n;
} Wire;

/* --- a server and a client that knows it --- */

static void write_file(int fd, X509 *certificate, EVP_PKEY *key) {
        FILE *f = fdopen(fd, "w");

        if (!f || PEM_write_X509(f, certificate) != 1 ||
            PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL) != 1 || fflush(f) != 0)
                abort();
}

/* In memory only. */
static int make_certificate(void) {
        EVP_PKEY *key = EVP_EC_gen("P-256");
        X509 *certificate = X509_new();
        X509_NAME *name = certificate ? X509_get_subject_name(certificate) : NULL;
        int fd = memfd_create("pem", MFD_CLOEXEC);

        if (!key || !name || fd < 0 || fchmod(fd, 0600) < 0 ||
            X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"x", -1, -1,
                                       0) != 1 ||
            X509_set_issuer_name(certificate, name) != 1 ||
            X509_set_pubkey(certificate, key) != 1 ||
            !X509_gmtime_adj(X509_getm_notBefore(certificate), 0) ||
            !X509_gmtime_adj(X509_getm_notAfter(certificate), 3600) ||
            X509_sign(certificate, key, EVP_sha256()) == 0)
                abort();
        write_file(fd, certificate, key);
        X509_free(certificate);
        EVP_PKEY_free(key);
        return fd;
}

static void make_contexts(void) {
        char path[32], place[] = "test";
        const TlsClient wanted = { .ca = path, .name = "x" };
        ConfigTls config = {
                .is_set = true,
                .files = { [CONFIG_TLS_CERTIFICATE] = path, [CONFIG_TLS_KEY] = path },
                .places = { [CONFIG_TLS_CERTIFICATE] = place, [CONFIG_TLS_KEY] = place },
        };

        (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", make_certificate());
        server = object_tls.server_new(&config, stderr, stderr);
        client = object_tls.client_new(&wanted, stderr);
        if (!server || !client)
                abort();
}

/* --- what they say to each other --- */

/* Gives it the N bytes at P; what it says is added to OUT, what it hears to HEARD. */
static TlsState step(TlsSession *s, const char *p, size_t n, Wire *out, Wire *heard) {
        static char plain[WIRE_MAX + TLS_RECORD_MAX], answer[TLS_OUT_MAX];
        TlsStep step = { p, n, plain, sizeof(plain), 0, answer, 0 };
        TlsState state = session_receive(s, &step);

        assert(step.out_size <= TLS_OUT_MAX);
        assert((state == TLS_FAILED) == (session_failure(s) != TLS_FAILURE_NONE));
        if (state == TLS_FAILED)
                assert(*session_why(s));
        if (out && out->n + step.out_size <= WIRE_MAX) {
                memcpy(out->bytes + out->n, answer, step.out_size);
                out->n += step.out_size;
        }
        if (heard) {
                assert(heard->n + step.plain_size <= WIRE_MAX);
                memcpy(heard->bytes + heard->n, plain, step.plain_size);
                heard->n += step.plain_size;
        }
        return state;
}

/* Changes WIRE as DATA says: a place of two bytes, what to do, and a byte. Returns whether it did. */
static bool change(Wire *wire, const uint8_t **data, size_t *size) {
        bool changed = false;

        while (*size >= 4 && wire->n > 0) {
                const uint8_t *d = *data;
                size_t at = (size_t)(d[0] | d[1] << 8) % wire->n;

                *data += 4;
                *size -= 4;
                switch (d[2] % 4) {
                case 0:
                        return changed;
                case 1: /* cut */
                        changed |= at < wire->n;
                        wire->n = at;
                        break;
                case 2:
                        changed |= d[3] != 0;
                        wire->bytes[at] = (char)(wire->bytes[at] ^ (char)d[3]);
                        break;
                default:
                        if (wire->n == WIRE_MAX)
                                break;
                        changed = true;
                        memmove(wire->bytes + at + 1, wire->bytes + at, wire->n - at);
                        wire->bytes[at] = (char)d[3];
                        wire->n++;
                }
        }
        return changed;
}

/* In parts of at most STEP bytes. */
static TlsState say(TlsSession *to, const Wire *wire, size_t part, Wire *out, Wire *heard) {
        TlsState state = TLS_GREETING;

        for (size_t i = 0; i < wire->n; i += part)
                state = step(to, wire->bytes + i, MIN(part, wire->n - i), out, heard);
        return state;
}

static void run_raw(const uint8_t *data, size_t size) {
        TlsSession *s = session_new(server);
        static Wire heard;

        heard.n = 0;
        if (!s)
                abort();
        (void)step(s, (const char *)data, size, NULL, &heard);
        assert(heard.n == 0);
        (void)session_free(s);
}

static void run_both(size_t part, const uint8_t *data, size_t size) {
        static Wire there, back, heard;
        TlsSession *a = session_new(client), *b = session_new(server);
        TlsState state = TLS_GREETING;
        bool changed = false;
        char out[256];
        ssize_t n;

        if (!a || !b)
                abort();
        heard.n = back.n = 0;
        for (unsigned i = 0; i < 3 && state == TLS_GREETING; i++) {
                there.n = 0;
                (void)step(a, back.bytes, back.n, &there, NULL);
                back.n = 0;
                changed |= change(&there, &data, &size);
                if (there.n > 0)
                        state = say(b, &there, part, &back, &heard);
        }
        there.n = 0;
        for (const char *p = SAID; state == TLS_OPEN && *p; p += 3) {
                n = session_send(a, p, MIN(strlen(p), (size_t)3), out, sizeof(out));
                if (n < 0)
                        break;
                memcpy(there.bytes + there.n, out, (size_t)n);
                there.n += (size_t)n;
                if (strlen(p) < 3)
                        break;
        }
        there.n += session_end(a, there.bytes + there.n, 64);
        if (there.n > 0 && state == TLS_OPEN) {
                changed |= change(&there, &data, &size);
                state = say(b, &there, part, NULL, &heard);
        }
        assert(heard.n <= strlen(SAID) && memcmp(heard.bytes, SAID, heard.n) == 0);
        if (state == TLS_ENDED)
                assert(heard.n == strlen(SAID));
        if (!changed)
                assert(state == TLS_ENDED);
        (void)session_free(a);
        (void)session_free(b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        if (!server)
                make_contexts();
        if (size == 0)
                return 0;
        if (data[0] == 0)
                run_raw(data + 1, size - 1);
        else
                run_both(data[0], data + 1, size - 1);
        return 0;
}
