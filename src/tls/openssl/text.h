/* SPDX-License-Identifier: MIT */
/* What OpenSSL knows, in words for people. */
#pragma once

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>

#define TEXT_NAME_MAX 128
#define TEXT_DATE_MAX 32

/* "CN=scale-7.plant.example,O=…", cut; bytes that are not ASCII are escaped (RFC 2253). */
void text_name(const X509_NAME *name, char buf[static TEXT_NAME_MAX]);
/* "2026-11-28 10:00 UTC" */
void text_date(const ASN1_TIME *time, char buf[static TEXT_DATE_MAX]);
/* CLOCK_REALTIME; 0 if it cannot be told. */
uint64_t text_date_usec(const ASN1_TIME *time);
/* "TLS 1.0" */
const char *text_version(int version);
/* "RSA 1024" */
void text_key(EVP_PKEY *key, char buf[static TEXT_NAME_MAX]);
