/* SPDX-License-Identifier: MIT */
/* A range of addresses: 192.0.2.0/24, 2001:db8::/32, or one address alone. */
#pragma once

#include "core/address.h"

typedef struct Prefix {
        Address base;
        unsigned bits; /* of the address that count; a scope counts only when base has one */
} Prefix;

/*
 * Returns 0; -EINVAL for what is none, also when bits beyond the length are set; -ENODEV as
 * address_parse(). IPv4-mapped addresses are IPv4 here too.
 */
int prefix_parse(const char *text, Prefix *ret);
/* All bits count. */
bool prefix_is_address(const Prefix *p);
bool prefix_has(const Prefix *p, const Address *a);
