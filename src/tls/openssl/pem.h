/* SPDX-License-Identifier: MIT */
/* Certificates and keys in files, with errors that say what to do. */
#pragma once

#include <openssl/x509.h>
#include <stdbool.h>
#include <stdio.h>

/* A file that a setting or an option names. */
typedef struct PemFile {
        const char *file;  /* a path, or "credential:NAME" */
        const char *place; /* begins each error */
        FILE *errors;
        bool of_daemon; /* which says as whom it runs */
} PemFile;

/* All certificates of the file, at least one; free with pem_free_certificates(). NULL: a line was written. */
STACK_OF(X509) * pem_load_certificates(const PemFile *f);
void pem_free_certificates(STACK_OF(X509) * list); /* NULL: nothing */
/* Likewise; a key that others may read is refused where it is the daemon's. */
EVP_PKEY *pem_load_key(const PemFile *f);
/* Adds its revocation lists to the store; returns false after a line. */
bool pem_load_crls(const PemFile *f, X509_STORE *store);

/* Writes "PLACE: ", the text and a newline. */
void pem_complain(const PemFile *f, const char *format, ...) __attribute__((format(printf, 2, 3)));
