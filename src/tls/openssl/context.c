/* SPDX-License-Identifier: MIT */
/* What OpenSSL would do otherwise is said in one place, prepare(). */

#include "tls/openssl/context.h"

#include "config/config_tls.h"
#include "core/macro.h"
#include "core/tls_name.h"
#include "tls/openssl/pem.h"
#include "tls/openssl/text.h"
#include "tls/openssl/window.h"
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>

/* Of RFC 9662 section 4; what it forbids is not among them. */
#define CIPHERS_1_2 "ECDHE+AESGCM:ECDHE+CHACHA20"
/* Others cost a server many times more than the client that asks for them. The first is of OpenSSL 3.5. */
#define GROUPS "X25519:P-256:P-384:P-521"
#define GROUPS_NEW "X25519MLKEM768:" GROUPS
/* Bytes of certificates that the other side may send: each connection may hold as many. */
#define PEER_CHAIN_MAX (32 * 1024)
/* Bytes of ours, and of the names of roots: they are sent in one step, see TLS_OUT_MAX. */
#define OWN_CHAIN_MAX (48 * 1024)

DEFINE_CLEANUP(STACK_OF(X509) *, pem_free_certificates)
DEFINE_CLEANUP(EVP_PKEY *, EVP_PKEY_free)

TlsContext *context_ref(TlsContext *c) {
        atomic_fetch_add_explicit(&c->n_refs, 1, memory_order_relaxed);
        return c;
}

TlsContext *context_unref(TlsContext *c) {
        if (!c || atomic_fetch_sub(&c->n_refs, 1) > 1)
                return NULL;

        SSL_CTX_free(c->ssl);
        BIO_meth_free(c->method);
        for (size_t i = 0; i < c->peers.n_names; i++)
                free(c->peers.names[i]);
        free(c->peers.names);
        free(c->peers.fingerprints);
        free(c->server_name);
        free(c->subject);
        free(c);
        return NULL;
}

DEFINE_CLEANUP(TlsContext *, context_unref)

const TlsCertificate *context_certificate(const TlsContext *c) {
        return &c->certificate;
}

static bool set_groups(TlsContext *c) {
        bool done = !c->is_server || SSL_CTX_set1_groups_list(c->ssl, GROUPS_NEW) == 1 ||
                    SSL_CTX_set1_groups_list(c->ssl, GROUPS) == 1;

        ERR_clear_error();
        return done;
}

/*
 * No resumption: a certificate would not be looked at again. No renegotiation, compression, early
 * data. Everything else is the library's, or of its configuration of the system.
 */
static bool prepare(TlsContext *c, TlsVersion min_version) {
        const int version = min_version == TLS_VERSION_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION;

        c->min_version = config_tls_version_text(min_version);
        c->method = window_method_new();
        c->ssl = SSL_CTX_new(c->is_server ? TLS_server_method() : TLS_client_method());
        if (!c->method || !c->ssl)
                return false;

        (void)SSL_CTX_set_options(c->ssl, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION |
                                                  SSL_OP_NO_COMPRESSION |
                                                  SSL_OP_CIPHER_SERVER_PREFERENCE);
        (void)SSL_CTX_set_session_cache_mode(c->ssl, SSL_SESS_CACHE_OFF);
        (void)SSL_CTX_set_mode(c->ssl, SSL_MODE_RELEASE_BUFFERS);
        SSL_CTX_set_max_cert_list(c->ssl, PEER_CHAIN_MAX);
        return set_groups(c) && SSL_CTX_set_num_tickets(c->ssl, 0) == 1 &&
               SSL_CTX_set_min_proto_version(c->ssl, version) == 1 &&
               SSL_CTX_set_cipher_list(c->ssl, CIPHERS_1_2) == 1;
}

static TlsContext *new_context(bool is_server, TlsVersion min_version) {
        _cleanup_(context_unrefp) TlsContext *c = calloc(1, sizeof(*c));

        if (!c)
                return NULL;

        ERR_clear_error();
        c->n_refs = 1;
        c->is_server = is_server;
        return prepare(c, min_version) ? TAKE_PTR(c) : NULL;
}

/* --- our certificate --- */

static void complain_of_certificate(const PemFile *f, X509 *cert) {
        char key[TEXT_NAME_MAX];

        text_key(X509_get0_pubkey(cert), key);
        pem_complain(f, "the certificate is too weak for this system (%s)", key);
        ERR_clear_error();
}

static bool check_order(const PemFile *f, STACK_OF(X509) * chain) {
        size_t size = 0;

        for (int i = 0; i < sk_X509_num(chain); i++) {
                X509 *cert = sk_X509_value(chain, i);

                size += (size_t)MAX(i2d_X509(cert, NULL), 0);
                if (i > 0 && X509_check_issued(cert, sk_X509_value(chain, i - 1)) != X509_V_OK) {
                        pem_complain(f, "the certificates of %s are in the wrong order", f->file);
                        return false;
                }
        }
        if (size > OWN_CHAIN_MAX)
                pem_complain(f, "the certificates of %s have more than %d KiB", f->file,
                             OWN_CHAIN_MAX / 1024);
        return size <= OWN_CHAIN_MAX;
}

/* Takes references. Returns false after a line. */
static bool use_certificates(TlsContext *c, const PemFile *f, STACK_OF(X509) * chain) {
        X509 *leaf = sk_X509_value(chain, 0);
        char subject[TEXT_NAME_MAX];

        text_name(X509_get_subject_name(leaf), subject);
        c->subject = strdup(subject);
        c->certificate.subject = c->subject ? c->subject : "";
        c->certificate.expires_usec = text_date_usec(X509_get0_notAfter(leaf));
        if (!check_order(f, chain))
                return false;
        if (SSL_CTX_use_certificate(c->ssl, leaf) != 1) {
                complain_of_certificate(f, leaf);
                return false;
        }
        for (int i = 1; i < sk_X509_num(chain); i++)
                if (SSL_CTX_add1_chain_cert(c->ssl, sk_X509_value(chain, i)) != 1) {
                        complain_of_certificate(f, sk_X509_value(chain, i));
                        return false;
                }
        return true;
}

static bool use_key(TlsContext *c, const PemFile *f, X509 *leaf) {
        _cleanup_(EVP_PKEY_freep) EVP_PKEY *key = pem_load_key(f);
        bool fits;

        if (!key)
                return false;

        fits = X509_check_private_key(leaf, key) == 1 && SSL_CTX_use_PrivateKey(c->ssl, key) == 1;
        ERR_clear_error();
        if (!fits)
                pem_complain(f, "the key does not belong to the certificate %s", c->subject);
        return fits;
}

/* What clients may complain of. */
static void warn(const TlsContext *c, const PemFile *f, STACK_OF(X509) * chain,
                 STACK_OF(X509) * roots, FILE *warnings) {
        X509 *leaf = sk_X509_value(chain, 0);
        char text[TEXT_NAME_MAX];
        bool is_issued = X509_check_issued(leaf, leaf) == X509_V_OK || sk_X509_num(chain) > 1;

        for (int i = 0; roots && i < sk_X509_num(roots); i++)
                is_issued |= X509_check_issued(sk_X509_value(roots, i), leaf) == X509_V_OK;
        if (!is_issued) {
                text_name(X509_get_issuer_name(leaf), text);
                (void)fprintf(warnings,
                              "%s: %s has no intermediate certificate: its issuer %s is neither in "
                              "the file nor self-signed; clients may not trust it\n",
                              f->place, f->file, text);
        }
        if (X509_cmp_current_time(X509_get0_notBefore(leaf)) > 0) {
                text_date(X509_get0_notBefore(leaf), text);
                (void)fprintf(warnings, "%s: the certificate %s is not valid before %s\n", f->place,
                              c->subject, text);
        }
        if (X509_cmp_current_time(X509_get0_notAfter(leaf)) < 0) {
                text_date(X509_get0_notAfter(leaf), text);
                (void)fprintf(warnings, "%s: the certificate %s expired on %s\n", f->place,
                              c->subject, text);
        }
}

/* Loads both. ROOTS: of clients, or NULL. */
static bool use_own(TlsContext *c, const PemFile *certificate, const PemFile *key,
                    STACK_OF(X509) * roots, FILE *warnings) {
        _cleanup_(pem_free_certificatesp)
                STACK_OF(X509) *chain = pem_load_certificates(certificate);

        if (!chain || !use_certificates(c, certificate, chain) ||
            !use_key(c, key, sk_X509_value(chain, 0)))
                return false;

        if (warnings)
                warn(c, certificate, chain, roots, warnings);
        return true;
}

/* --- those of the other side --- */

static bool use_roots(TlsContext *c, STACK_OF(X509) * roots) {
        X509_STORE *store = SSL_CTX_get_cert_store(c->ssl);
        size_t size = 0;

        c->peers.has_ca = true;
        for (int i = 0; i < sk_X509_num(roots); i++) {
                X509 *root = sk_X509_value(roots, i);

                size += (size_t)MAX(i2d_X509_NAME(X509_get_subject_name(root), NULL), 0);
                if (X509_STORE_add_cert(store, root) != 1 ||
                    (c->is_server && SSL_CTX_add_client_CA(c->ssl, root) != 1))
                        return false;
        }
        if (size > OWN_CHAIN_MAX) /* all would be sent to each client */
                SSL_CTX_set_client_CA_list(c->ssl, sk_X509_NAME_new_null());
        return true;
}

static int copy_names(const ConfigStrings *from, ContextPeers *p) {
        p->names = calloc(from->n + 1, sizeof(*p->names));
        if (!p->names)
                return -ENOMEM;

        for (size_t i = 0; i < from->n; i++) {
                p->names[i] = strdup(from->items[i]);
                if (!p->names[i])
                        return -ENOMEM;
                p->n_names++;
        }
        return 0;
}

static int copy_fingerprints(const ConfigStrings *from, ContextPeers *p) {
        p->fingerprints = calloc(from->n + 1, sizeof(*p->fingerprints));
        if (!p->fingerprints)
                return -ENOMEM;

        for (size_t i = 0; i < from->n; i++)
                if (tls_name_parse_fingerprint(from->items[i],
                                               p->fingerprints[p->n_fingerprints]) == 0)
                        p->n_fingerprints++;
        return 0;
}

static void set_verification(TlsContext *c, TlsClients clients) {
        static const int modes[TLS_CLIENTS_MAX_] = {
                [TLS_CLIENTS_NONE] = SSL_VERIFY_NONE,
                [TLS_CLIENTS_REQUEST] = SSL_VERIFY_PEER,
                [TLS_CLIENTS_REQUIRE] = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
        };

        SSL_CTX_set_verify(c->ssl, modes[clients], NULL);
}

/* --- a server --- */

static PemFile file_of(const ConfigTls *config, ConfigTlsFile i, FILE *errors) {
        return (PemFile){ config->files[i], config->places[i], errors, true };
}

static bool use_clients(TlsContext *c, const ConfigTls *config, STACK_OF(X509) * roots,
                        FILE *errors) {
        const PemFile crl = file_of(config, CONFIG_TLS_CRL, errors);
        X509_STORE *store = SSL_CTX_get_cert_store(c->ssl);

        set_verification(c, config->clients);
        if (roots && !use_roots(c, roots))
                return false;
        if (crl.file) {
                if (!pem_load_crls(&crl, store))
                        return false;
                (void)X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK);
        }
        return copy_names(&config->names, &c->peers) >= 0 &&
               copy_fingerprints(&config->fingerprints, &c->peers) >= 0;
}

TlsContext *context_server_new(const ConfigTls *config, FILE *errors, FILE *warnings) {
        _cleanup_(context_unrefp) TlsContext *c = new_context(true, config->min_version);
        const PemFile certificate = file_of(config, CONFIG_TLS_CERTIFICATE, errors),
                      key = file_of(config, CONFIG_TLS_KEY, errors),
                      ca = file_of(config, CONFIG_TLS_CA, errors);
        _cleanup_(pem_free_certificatesp) STACK_OF(X509) *roots = NULL;

        if (!c) {
                pem_complain(&certificate, "OpenSSL cannot be used");
                return NULL;
        }
        if (ca.file) {
                roots = pem_load_certificates(&ca);
                if (!roots)
                        return NULL;
        }
        if (!use_own(c, &certificate, &key, roots, warnings) ||
            !use_clients(c, config, roots, errors))
                return NULL;
        return TAKE_PTR(c);
}

/* --- a client --- */

static bool trust(TlsContext *c, const TlsClient *client, FILE *errors) {
        const PemFile ca = { client->ca, "--ca", errors, false };
        ConfigStrings fingerprint = { (char *[]){ (char *)client->fingerprint }, 1 };
        _cleanup_(pem_free_certificatesp) STACK_OF(X509) *roots = NULL;

        SSL_CTX_set_verify(c->ssl, SSL_VERIFY_PEER, NULL);
        if (client->fingerprint)
                return copy_fingerprints(&fingerprint, &c->peers) >= 0;
        if (!client->ca)
                return SSL_CTX_set_default_verify_paths(c->ssl) == 1;

        roots = pem_load_certificates(&ca);
        return roots && use_roots(c, roots);
}

TlsContext *context_client_new(const TlsClient *client, FILE *errors) {
        _cleanup_(context_unrefp) TlsContext *c = new_context(false, TLS_VERSION_1_2);
        const PemFile certificate = { client->certificate, "--cert", errors, false },
                      key = { client->key, "--key", errors, false };

        if (!c || !(c->server_name = strdup(client->name))) {
                (void)fputs("OpenSSL cannot be used\n", errors);
                return NULL;
        }
        if (!trust(c, client, errors) ||
            (client->certificate && !use_own(c, &certificate, &key, NULL, NULL)))
                return NULL;
        return TAKE_PTR(c);
}
