/* SPDX-License-Identifier: MIT */
/* Names in certificates, patterns for them, and fingerprints, as people write them. */
#pragma once

#include "core/tls_peer.h"
#include <stdbool.h>
#include <stddef.h>

#define TLS_NAME_PATTERN_MAX 256

/*
 * Writes a name of a certificate with other bytes than letters, digits and "._:/@*+-" as \xHH, so that
 * it can stand in front of an address. Returns 0; -EINVAL: it is empty, has a NUL, or is too long.
 */
int tls_name_escape(const char *name, size_t n, char buf[static TLS_PEER_NAME_MAX + 1]);

/* What is wrong with a pattern: "*." may stand for one label in front (RFC 9525 section 6.3). NULL: nothing. */
const char *tls_name_pattern_error(const char *pattern);
/* Whether NAME, as tls_name_escape() writes it, is one of the pattern. Host names have no case. */
bool tls_name_matches(const char *pattern, const char *name);

/*
 * Reads "sha256:" and 64 hexadecimal digits, in pairs with or without colons. Returns 0 and lower-case
 * digits, or -EINVAL.
 */
int tls_name_parse_fingerprint(const char *text, char ret[static TLS_PEER_FINGERPRINT_MAX + 1]);
