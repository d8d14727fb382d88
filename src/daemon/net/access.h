/* SPDX-License-Identifier: MIT */
/*
 * The access lists of a listener: who may connect or send datagrams to it. Immutable, so any thread
 * may ask.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

typedef struct Access Access;
typedef struct Address Address;
typedef struct Config Config;
typedef struct ConfigListener ConfigListener;

typedef enum AccessVerdict {
        ACCESS_ALLOWED,
        ACCESS_DENIED,      /* in deny */
        ACCESS_NOT_ALLOWED, /* not in allow, which is not empty */
        ACCESS_NO_PROXY,    /* not in proxies */
} AccessVerdict;

/*
 * Reads the files that the lists name. *RET is NULL if all lists are empty: everything is allowed.
 * Returns 0 or negative errno; problems are printed to ERRORS, one per line.
 */
int access_new(const ConfigListener *config, FILE *errors, Access **ret);
Access *access_free(Access *a);
/* The same for all listeners, which keeps nothing. */
int access_check(const Config *config, FILE *errors);

/* The next two take NULL, too. Whether connections begin with the header of a proxy. */
bool access_has_proxies(const Access *a);
/* Decides on the address of a connection: with proxies, it must be one of them. */
AccessVerdict access_decide_peer(const Access *a, const Address *peer);
/* Decides on the sender of messages. */
AccessVerdict access_decide(const Access *a, const Address *sender);
/* Such as "is in deny". */
const char *access_text(AccessVerdict v);
