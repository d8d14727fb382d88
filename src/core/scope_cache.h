/* SPDX-License-Identifier: MIT */
/*
 * The names of interfaces, each asked of the kernel at most once a second: that takes three system
 * calls, and every peer with a link-local address is printed with one. A new name of an interface
 * is seen after that second. Not locked.
 */
#pragma once

#include <net/if.h>
#include <stdint.h>

#define SCOPE_CACHE_MAX 16

typedef struct ScopeName {
        uint64_t until_usec;
        uint32_t id; /* 0: none */
        char text[IF_NAMESIZE];
} ScopeName;

/* All zero at first. */
typedef struct ScopeCache {
        ScopeName names[SCOPE_CACHE_MAX];
} ScopeCache;

/*
 * The name of interface ID, which is not 0, at NOW_USEC of clock_monotonic(). "": it has none, or
 * one that is better not printed. Borrowed until the next call.
 */
const char *scope_cache_name(ScopeCache *c, uint32_t id, uint64_t now_usec);
