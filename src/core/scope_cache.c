/* SPDX-License-Identifier: MIT */
/* A few names, of which the oldest is replaced. */

#include "core/scope_cache.h"

#include "core/macro.h"
#include <stdbool.h>
#include <string.h>

#define VALID_USEC USEC_PER_SEC

/* The kernel lets an interface have a name with quotes or control bytes in it. */
static bool is_plain_name(const char *name) {
        static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                    "0123456789._-@+";

        return name[strspn(name, plain)] == '\0';
}

/* The place of ID, or the one that is replaced. */
static ScopeName *find(ScopeCache *c, uint32_t id) {
        ScopeName *oldest = c->names;

        for (size_t i = 0; i < ELEMENTSOF(c->names); i++) {
                if (c->names[i].id == id)
                        return &c->names[i];
                if (c->names[i].until_usec < oldest->until_usec)
                        oldest = &c->names[i];
        }
        return oldest;
}

const char *scope_cache_name(ScopeCache *c, uint32_t id, uint64_t now_usec) {
        ScopeName *n = find(c, id);

        if (n->id == id && now_usec < n->until_usec)
                return n->text;

        *n = (ScopeName){ .id = id, .until_usec = now_usec + VALID_USEC };
        if (!if_indextoname(id, n->text) || !is_plain_name(n->text))
                n->text[0] = '\0';
        return n->text;
}
