/* SPDX-License-Identifier: MIT */
/* See text.h. */

#include "tls/openssl/text.h"

#include "core/macro.h"
#include <openssl/x509.h>
#include <string.h>
#include <time.h>

void text_name(const X509_NAME *name, char buf[static TEXT_NAME_MAX]) {
        BIO *bio = BIO_new(BIO_s_mem());
        int n = -1;

        if (bio && X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253) >= 0)
                n = BIO_read(bio, buf, TEXT_NAME_MAX - 1);
        buf[MAX(n, 0)] = '\0';
        BIO_free(bio);
}

void text_date(const ASN1_TIME *time, char buf[static TEXT_DATE_MAX]) {
        struct tm tm;

        if (ASN1_TIME_to_tm(time, &tm) != 1 ||
            strftime(buf, TEXT_DATE_MAX, "%Y-%m-%d %H:%M UTC", &tm) == 0)
                (void)snprintf(buf, TEXT_DATE_MAX, "an unreadable date");
}

uint64_t text_date_usec(const ASN1_TIME *time) {
        struct tm tm;
        time_t seconds;

        if (ASN1_TIME_to_tm(time, &tm) != 1)
                return 0;

        seconds = timegm(&tm);
        return seconds > 0 ? (uint64_t)seconds * USEC_PER_SEC : 0;
}

const char *text_version(int version) {
        switch (version) {
        case SSL3_VERSION:
                return "SSL 3.0";
        case TLS1_VERSION:
                return "TLS 1.0";
        case TLS1_1_VERSION:
                return "TLS 1.1";
        case TLS1_2_VERSION:
                return "TLS 1.2";
        case TLS1_3_VERSION:
                return "TLS 1.3";
        }
        return "an unknown version of TLS";
}

void text_key(EVP_PKEY *key, char buf[static TEXT_NAME_MAX]) {
        const char *kind = key ? EVP_PKEY_get0_type_name(key) : NULL;

        (void)snprintf(buf, TEXT_NAME_MAX, "%.32s %d", kind ? kind : "a key of",
                       key ? EVP_PKEY_get_bits(key) : 0);
}
