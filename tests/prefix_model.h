/* SPDX-License-Identifier: MIT */
/*
 * Prefixes bit by bit and sets of them in a linear search: slowly. What prefix.c and prefix_set.c
 * say is compared with this.
 */
#pragma once

#include "core/prefix.h"
#include "core/prefix_set.h"
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>

static inline bool prefix_model_is_ip(const Address *a) {
        return a->family == AF_INET || a->family == AF_INET6;
}

/* What is no IP address has none. */
static inline unsigned prefix_model_bits(const Address *a) {
        if (!prefix_model_is_ip(a))
                return 0;
        return a->family == AF_INET ? 32 : 128;
}

static inline bool prefix_model_bit(const Address *a, unsigned bit) {
        const uint8_t *bytes = a->family == AF_INET ? (const uint8_t *)&a->v4 : a->v6.s6_addr;

        return bytes[bit / 8] & 0x80 >> bit % 8;
}

static inline void prefix_model_flip(Address *a, unsigned bit) {
        uint8_t *bytes = a->family == AF_INET ? (uint8_t *)&a->v4 : a->v6.s6_addr;

        bytes[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
}

/* Either the user or the group is to be the same. */
static inline bool prefix_model_has_process(const AddressProcess *p, const AddressProcess *a) {
        return (p->uid != ADDRESS_ID_UNKNOWN && p->uid == a->uid) ||
               (p->gid != ADDRESS_ID_UNKNOWN && p->gid == a->gid);
}

static inline bool prefix_model_has(const Prefix *p, const Address *a) {
        if (a->family != p->base.family)
                return false;
        if (a->family == AF_UNIX)
                return prefix_model_has_process(&p->base.process, &a->process);
        if (a->family == AF_VSOCK)
                return p->base.machine.cid == a->machine.cid;
        if (p->base.scope_id != 0 && p->base.scope_id != a->scope_id)
                return false;
        for (unsigned i = 0; i < p->bits; i++)
                if (prefix_model_bit(a, i) != prefix_model_bit(&p->base, i))
                        return false;
        return true;
}

/* Every address of B is one of A too, and they have the same scope or none. */
static inline bool prefix_model_contains(const Prefix *a, const Prefix *b) {
        return a->base.scope_id == b->base.scope_id && a->bits <= b->bits &&
               prefix_model_has(a, &b->base);
}

/* Of N prefixes, those that no other one contains; of equal ones, one. */
static inline size_t prefix_model_size(const Prefix *prefixes, size_t n) {
        size_t size = 0;

        for (size_t i = 0; i < n; i++) {
                bool contained = false;

                for (size_t j = 0; j < n && !contained; j++)
                        contained = i != j && prefix_model_contains(&prefixes[j], &prefixes[i]) &&
                                    (j < i || !prefix_model_contains(&prefixes[i], &prefixes[j]));
                size += !contained;
        }
        return size;
}

static inline void prefix_model_probe(const PrefixSet *set, const Prefix *prefixes, size_t n,
                                      const Address *a) {
        bool has = false;

        for (size_t i = 0; i < n; i++) {
                bool has_this = prefix_model_has(&prefixes[i], a);

                assert(prefix_has(&prefixes[i], a) == has_this);
                has |= has_this;
        }
        assert(prefix_set_has(set, a) == has);
}

/* Users, groups and machines that differ by one, and a user that is a group of the same number. */
static inline void prefix_model_check_local(const PrefixSet *set, const Prefix *prefixes, size_t n,
                                            const Address *base) {
        Address a = *base;

        for (uint32_t i = 0; i < 3 && a.family == AF_VSOCK; i++) {
                a.machine = (AddressMachine){ base->machine.cid + i - 1, i };
                prefix_model_probe(set, prefixes, n, &a);
        }
        for (uint32_t i = 0; i < 3 && a.family == AF_UNIX; i++) {
                const uint32_t uid = base->process.uid + i - 1, gid = base->process.gid + i - 1;

                a.process = (AddressProcess){ uid, gid, i };
                prefix_model_probe(set, prefixes, n, &a);
                a.process = (AddressProcess){ gid, uid, i };
                prefix_model_probe(set, prefixes, n, &a);
        }
}

/* Asks SET, which is made of PREFIXES, for addresses in them, at their ends and beside them. */
static inline void prefix_model_check(const PrefixSet *set, const Prefix *prefixes, size_t n) {
        assert(prefix_set_size(set) == prefix_model_size(prefixes, n));
        for (size_t i = 0; i < n; i++) {
                const Prefix *p = &prefixes[i];
                unsigned n_bits = prefix_model_bits(&p->base);
                const unsigned bits[] = { 0, p->bits - 1, p->bits, n_bits - 1 };
                Address a = p->base;

                prefix_model_probe(set, prefixes, n, &a);
                prefix_model_check_local(set, prefixes, n, &a);
                for (size_t k = 0; k < sizeof(bits) / sizeof(*bits); k++) {
                        if (bits[k] >= n_bits) /* 0 - 1 too */
                                continue;
                        prefix_model_flip(&a, bits[k]);
                        prefix_model_probe(set, prefixes, n, &a);
                        prefix_model_flip(&a, bits[k]);
                }
                for (a.scope_id = 0; a.family == AF_INET6 && a.scope_id < 3; a.scope_id++)
                        prefix_model_probe(set, prefixes, n, &a);
                a.scope_id = p->base.scope_id;
                for (unsigned bit = p->bits; bit < n_bits; bit++)
                        prefix_model_flip(&a, bit); /* all set: the last address */
                prefix_model_probe(set, prefixes, n, &a);
        }
}
