/* SPDX-License-Identifier: MIT */
/* Rules of where a listener is bound that is not at an address. */
#pragma once

#include <stddef.h>

typedef struct Check Check;
typedef struct ConfigListener ConfigListener;

/* The keys path, mode, port, ip_protocol, packet and icmp_types of a listener. */
void check_endpoint(const Check *check, const ConfigListener *l);
/* Listener number I and those before it: no packet may be recorded twice. */
void check_endpoint_overlap(const Check *check, size_t i);
