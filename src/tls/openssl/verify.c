/* SPDX-License-Identifier: MIT */
/* A fingerprint is good by itself; else the chain must be, and then the name. */

#include "tls/openssl/verify.h"

#include "core/macro.h"
#include "core/tls_name.h"
#include "tls/openssl/context.h"
#include "tls/openssl/session.h"
#include "tls/openssl/text.h"
#include <openssl/x509v3.h>
#include <string.h>

/* --- what is wrong with it --- */

static void refuse_date(TlsSession *s, const X509_STORE_CTX *store, bool is_over) {
        const X509 *cert = X509_STORE_CTX_get_current_cert(store);
        const bool is_own = X509_STORE_CTX_get_error_depth(store) == 0;
        char date[TEXT_DATE_MAX], name[TEXT_NAME_MAX];

        text_date(is_over ? X509_get0_notAfter(cert) : X509_get0_notBefore(cert), date);
        text_name(X509_get_subject_name(cert), name);
        session_refuse(s, "%s%s %s %s", is_own ? "its certificate" : "the certificate above it, ",
                       is_own ? "" : name, is_over ? "expired on" : "is not valid before", date);
}

static void refuse_chain(TlsSession *s, X509_STORE_CTX *store) {
        const bool has_ca = session_context(s)->peers.has_ca;
        const X509 *cert = X509_STORE_CTX_get_current_cert(store);
        char issuer[TEXT_NAME_MAX];

        text_name(X509_get_issuer_name(cert ? cert : X509_STORE_CTX_get0_cert(store)), issuer);
        session_refuse(s, "its certificate is not signed by %s (issuer %s)",
                       has_ca ? "ca" : "an authority that this system trusts", issuer);
}

/* X509_STORE_CTX_get_error(3) */
static void refuse(TlsSession *s, X509_STORE_CTX *store) {
        const TlsContext *c = session_context(s);

        switch (X509_STORE_CTX_get_error(store)) {
        case X509_V_ERR_CERT_HAS_EXPIRED:
                refuse_date(s, store, true);
                break;
        case X509_V_ERR_CERT_NOT_YET_VALID:
                refuse_date(s, store, false);
                break;
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        case X509_V_ERR_CERT_SIGNATURE_FAILURE:
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        case X509_V_ERR_CERT_UNTRUSTED:
                refuse_chain(s, store);
                break;
        case X509_V_ERR_CERT_REVOKED:
                session_refuse(s, "its certificate is revoked (crl)");
                break;
        case X509_V_ERR_UNABLE_TO_GET_CRL:
                session_refuse(s, "crl has no list of the issuer of its certificate");
                break;
        case X509_V_ERR_CRL_HAS_EXPIRED:
                session_refuse(s, "the list in crl has expired");
                break;
        case X509_V_ERR_INVALID_PURPOSE:
                session_refuse(s, "its certificate is not for %s",
                               c->is_server ? "clients" : "servers");
                break;
        case X509_V_ERR_EE_KEY_TOO_SMALL:
        case X509_V_ERR_CA_KEY_TOO_SMALL:
        case X509_V_ERR_CA_MD_TOO_WEAK:
                session_refuse(s, "its certificate is too weak for this system");
                break;
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
                session_refuse(s, "its certificate is not for \"%.128s\"", c->server_name);
                break;
        default:
                session_refuse(s, "its certificate cannot be verified (error %d)",
                               X509_STORE_CTX_get_error(store));
        }
}

/* --- who it is --- */

typedef struct Names {
        const ContextPeers *peers;
        char first[TLS_PEER_NAME_MAX + 1], good[TLS_PEER_NAME_MAX + 1]; /* "": none */
        bool bad; /* one is too long, or has a NUL */
} Names;

static void look_at_name(Names *n, const ASN1_STRING *text) {
        char name[TLS_PEER_NAME_MAX + 1];

        if (tls_name_escape((const char *)ASN1_STRING_get0_data(text),
                            (size_t)ASN1_STRING_length(text), name) < 0) {
                n->bad = true;
                return;
        }
        if (!*n->first)
                memcpy(n->first, name, sizeof(name));
        for (size_t i = 0; i < n->peers->n_names && !*n->good; i++)
                if (tls_name_matches(n->peers->names[i], name))
                        memcpy(n->good, name, sizeof(name));
}

/* GEN_URI, GEN_DNS */
static void look_at_alternatives(Names *n, const GENERAL_NAMES *names, int type) {
        for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
                const GENERAL_NAME *one = sk_GENERAL_NAME_value(names, i);

                if (one->type == type)
                        look_at_name(n, one->d.ia5); /* both have one */
        }
}

/* What an alternative name says counts, and the subject only where there is none. */
static void look_at_names(Names *n, const X509 *cert) {
        GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
        const X509_NAME *subject = X509_get_subject_name(cert);
        int i = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);

        if (names) {
                look_at_alternatives(n, names, GEN_URI);
                look_at_alternatives(n, names, GEN_DNS);
                GENERAL_NAMES_free(names);
        }
        if (!*n->first && !n->bad && i >= 0)
                look_at_name(n, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, i)));
}

/* --- */

static bool has_fingerprint(const ContextPeers *p, const char *fingerprint) {
        for (size_t i = 0; i < p->n_fingerprints; i++)
                if (strcmp(p->fingerprints[i], fingerprint) == 0)
                        return true;
        return false;
}

static int fail(X509_STORE_CTX *store, int error) {
        X509_STORE_CTX_set_error(store, error);
        return 0;
}

/* Of a client whose chain is good, or who is known by its fingerprint. Returns as verify_peer(). */
static int accept_name(TlsSession *s, X509_STORE_CTX *store, const Names *n, bool is_known) {
        const ContextPeers *p = n->peers;

        if (n->bad) {
                session_refuse(s,
                               "its certificate has a name that is longer than %d bytes, or no "
                               "text",
                               TLS_PEER_NAME_MAX);
                return fail(store, X509_V_ERR_APPLICATION_VERIFICATION);
        }
        if (!is_known && p->n_names > 0 && !*n->good) {
                session_refuse(s, "its certificate name \"%s\" is not in names", n->first);
                return fail(store, X509_V_ERR_APPLICATION_VERIFICATION);
        }
        if (!is_known && p->n_names == 0 && p->n_fingerprints > 0) {
                session_refuse(s, "its certificate is not in fingerprints, sha256:%s",
                               session_peer(s)->fingerprint);
                return fail(store, X509_V_ERR_APPLICATION_VERIFICATION);
        }
        return session_set_name(s, *n->good ? n->good : n->first)
                       ? 1
                       : fail(store, X509_V_ERR_OUT_OF_MEM);
}

/* A certificate that is known by its fingerprint needs no chain; but it may have expired. */
static int check_known(TlsSession *s, X509_STORE_CTX *store, X509 *cert) {
        X509_STORE_CTX_set_current_cert(store, cert);
        X509_STORE_CTX_set_error_depth(store, 0);
        if (X509_cmp_current_time(X509_get0_notAfter(cert)) < 0) {
                (void)fail(store, X509_V_ERR_CERT_HAS_EXPIRED);
                refuse_date(s, store, true);
                return 0;
        }
        if (X509_cmp_current_time(X509_get0_notBefore(cert)) > 0) {
                (void)fail(store, X509_V_ERR_CERT_NOT_YET_VALID);
                refuse_date(s, store, false);
                return 0;
        }
        X509_STORE_CTX_set_error(store, X509_V_OK);
        return 1;
}

static int judge(X509_STORE_CTX *store) {
        SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
        TlsSession *s = session_of(ssl);
        const TlsContext *c = session_context(s);
        X509 *cert = X509_STORE_CTX_get0_cert(store);
        const char *fingerprint = session_set_certificate(s, cert);
        Names names = { .peers = &c->peers };
        bool is_known;

        if (!fingerprint)
                return fail(store, X509_V_ERR_OUT_OF_MEM);

        is_known = has_fingerprint(&c->peers, fingerprint);
        if (!c->is_server && is_known)
                return 1;
        if (!is_known && !c->peers.has_ca && c->peers.n_fingerprints > 0) {
                session_refuse(s, "its certificate %s, sha256:%s",
                               c->is_server ? "is not in fingerprints" : "has another fingerprint",
                               fingerprint);
                return fail(store, X509_V_ERR_APPLICATION_VERIFICATION);
        }
        if (is_known ? check_known(s, store, cert) <= 0 : X509_verify_cert(store) <= 0) {
                refuse(s, store);
                return 0;
        }
        if (!c->is_server)
                return 1;

        look_at_names(&names, cert);
        return accept_name(s, store, &names, is_known);
}

/*
 * The library would keep all certificates that were sent as long as the stream: parsed, they take ten
 * times as much. The first one is the other side's own.
 */
static void forget_others(X509_STORE_CTX *store) {
        STACK_OF(X509) *sent = X509_STORE_CTX_get0_untrusted(store);

        while (sk_X509_num(sent) > 1)
                X509_free(sk_X509_pop(sent));
}

int verify_peer(X509_STORE_CTX *store, void *unused _unused_) {
        int r = judge(store);

        forget_others(store);
        return r;
}
