/* SPDX-License-Identifier: MIT */
/* The certificate of a listener: loaded with its settings, looked at while it serves. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef struct Config Config;
typedef struct ConfigListener ConfigListener;
typedef struct Listener Listener;
typedef struct TlsCertificate TlsCertificate;
typedef struct TlsContext TlsContext;

/*
 * Loads what "tls" names; any thread. *RET is NULL without tls. Returns 0 or negative errno; problems
 * are printed to ERRORS, one per line, what may trouble clients is logged as a warning.
 */
int listener_tls_new(const ConfigListener *config, FILE *errors, TlsContext **ret);
/* The same for all listeners, which keeps nothing and prints warnings, too. */
int listener_tls_check(const Config *config, FILE *errors);
TlsContext *listener_tls_unref(TlsContext *c);

/* Bytes of memory that each of its connections is counted with; 0: without tls. */
size_t listener_tls_size(const ConfigListener *config);
/* Warns if limits.memory holds fewer connections than limits.connections. */
void listener_tls_check_memory(const Config *config);

/* NULL: without tls. */
const TlsCertificate *listener_tls_certificate(const Listener *l);
/* Warns once a day if the certificate ends within 14 days. Returns whether there is one. */
bool listener_tls_look(Listener *l);
