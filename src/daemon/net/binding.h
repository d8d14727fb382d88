/* SPDX-License-Identifier: MIT */
/* Where the sockets of a listener are bound. Interfaces come and go, so it is asked each time. */
#pragma once

#include "core/endpoint.h"
#include <net/if.h>

typedef struct ConfigListener ConfigListener;

typedef struct Binding {
        Endpoint at;              /* family AF_UNSPEC: all addresses of both */
        char device[IF_NAMESIZE]; /* the only interface; "": any */
        uint32_t index;           /* its number; 0: any, or it does not exist */
} Binding;

/* Returns 0, or -ENODEV if the interface does not exist, with *RET complete apart from that. */
int binding_get(const ConfigListener *c, Binding *ret);
