/* SPDX-License-Identifier: MIT */
/* A ring of ids, chained by what they hash to; the oldest makes room. */

#include "ctl/log_shown.h"

#include <string.h>

#define NONE UINT32_MAX

typedef struct Place {
        uint32_t next; /* in the chain, or NONE */
        uint32_t chain;
        uint8_t size; /* 0: free */
        char text[ID_TEXT_MAX];
} Place;

struct LogShown {
        uint32_t chains[LOG_SHOWN_MAX]; /* the newest of each, or NONE */
        Place places[LOG_SHOWN_MAX];
        uint32_t oldest;
};

LogShown *log_shown_new(void) {
        LogShown *r = calloc(1, sizeof(*r));

        if (r)
                memset(r->chains, 0xff, sizeof(r->chains));
        return r;
}

LogShown *log_shown_free(LogShown *r) {
        free(r);
        return NULL;
}

/* FNV-1a. Whoever could choose ids would only slow down who looks at them. */
static uint32_t hash(const Id *id) {
        uint64_t h = UINT64_C(14695981039346656037);

        for (size_t i = 0; i < id->size; i++)
                h = (h ^ (uint8_t)id->text[i]) * UINT64_C(1099511628211);
        return (uint32_t)(h ^ h >> 32) % LOG_SHOWN_MAX;
}

static void forget(LogShown *r, uint32_t place) {
        uint32_t *p = &r->chains[r->places[place].chain];

        while (*p != place)
                p = &r->places[*p].next;
        *p = r->places[place].next;
}

bool log_shown_add(LogShown *r, const Id *id) {
        const uint32_t chain = hash(id);
        Place *p;

        for (uint32_t i = r->chains[chain]; i != NONE; i = r->places[i].next)
                if (r->places[i].size == id->size &&
                    memcmp(r->places[i].text, id->text, id->size) == 0)
                        return false;

        p = &r->places[r->oldest];
        if (p->size > 0)
                forget(r, r->oldest);
        *p = (Place){ .next = r->chains[chain], .chain = chain, .size = id->size };
        memcpy(p->text, id->text, id->size);
        r->chains[chain] = r->oldest;
        r->oldest = (r->oldest + 1) % LOG_SHOWN_MAX;
        return true;
}
