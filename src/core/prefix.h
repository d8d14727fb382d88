/* SPDX-License-Identifier: MIT */
/*
 * A range of addresses: 192.0.2.0/24, 2001:db8::/32, or one address alone. Of local processes, those
 * of a user, uid:1000, or of a group, gid:100; a virtual machine, vsock:3.
 */
#pragma once

#include "core/address.h"

typedef struct Prefix {
        Address base;  /* AF_UNIX: either user or group is known */
        unsigned bits; /* how many leading bits count; the scope counts only if base has one */
} Prefix;

/*
 * Returns 0; 1 when TEXT has bits set beyond the length, which are cleared in *RET; -EINVAL for what
 * is no prefix, such as one that has a scope but fewer than the ten bits of fe80::/10; -ENODEV as
 * address_parse(). IPv4-mapped addresses become IPv4 here too.
 */
int prefix_parse(const char *text, Prefix *ret);
/* True for a single address: all bits count. */
bool prefix_is_address(const Prefix *p);
bool prefix_has(const Prefix *p, const Address *a);
