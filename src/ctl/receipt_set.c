/* SPDX-License-Identifier: MIT */
/* One group for each prefix, that is for each worker and start of sockd. */

#include "ctl/receipt_set.h"

#include "core/macro.h"
#include "ctl/id_parts.h"
#include <errno.h>
#include <string.h>

typedef struct Group {
        char prefix[ID_TEXT_MAX];
        size_t prefix_size;
        uint64_t *counters; /* in ascending order, after receipt_set_sort() */
        bool *found;        /* of each */
        size_t n, allocated;
        size_t next; /* the one behind that found last */
} Group;

struct ReceiptSet {
        Group **groups; /* by prefix */
        size_t n_groups;
        size_t last; /* the group used last */
        size_t n, n_found;
        uint64_t started_usec;
};

ReceiptSet *receipt_set_new(void) {
        ReceiptSet *s = calloc(1, sizeof(*s));

        if (s)
                s->started_usec = UINT64_MAX;
        return s;
}

static void free_group(Group *g) {
        free(g->counters);
        free(g->found);
        free(g);
}

ReceiptSet *receipt_set_free(ReceiptSet *s) {
        if (!s)
                return NULL;

        for (size_t i = 0; i < s->n_groups; i++)
                free_group(s->groups[i]);
        free(s->groups);
        free(s);
        return NULL;
}

static int compare(const Group *g, const IdParts *p) {
        if (g->prefix_size != p->prefix_size)
                return g->prefix_size < p->prefix_size ? -1 : 1;
        return memcmp(g->prefix, p->prefix, p->prefix_size);
}

/* Where the group is, or belongs; returns whether it is there. */
static bool find_group(const ReceiptSet *s, const IdParts *p, size_t *ret) {
        size_t low = 0, high = s->n_groups;

        if (s->last < s->n_groups && compare(s->groups[s->last], p) == 0) {
                *ret = s->last;
                return true;
        }
        while (low < high) {
                const size_t middle = low + (high - low) / 2;
                const int c = compare(s->groups[middle], p);

                if (c == 0) {
                        *ret = middle;
                        return true;
                }
                if (c < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        *ret = low;
        return false;
}

static int add_group(ReceiptSet *s, const IdParts *p, size_t at) {
        Group **bigger = reallocarray(s->groups, s->n_groups + 1, sizeof(Group *));
        Group *g;

        if (!bigger)
                return -ENOMEM;
        s->groups = bigger;
        g = calloc(1, sizeof(*g));
        if (!g)
                return -ENOMEM;

        memcpy(g->prefix, p->prefix, p->prefix_size);
        g->prefix_size = p->prefix_size;
        memmove(bigger + at + 1, bigger + at, (s->n_groups - at) * sizeof(Group *));
        bigger[at] = g;
        s->n_groups++;
        s->started_usec = MIN(s->started_usec, p->started_usec);
        return 0;
}

static int add_counter(Group *g, uint64_t counter) {
        if (g->n == g->allocated) {
                const size_t n = MAX(g->allocated + g->allocated / 2, (size_t)16);
                uint64_t *bigger = reallocarray(g->counters, n, sizeof(*bigger));

                if (!bigger)
                        return -ENOMEM;
                g->counters = bigger;
                g->allocated = n;
        }
        g->counters[g->n++] = counter;
        return 0;
}

int receipt_set_add(ReceiptSet *s, const char *id, size_t size) {
        IdParts parts;
        size_t at;
        int r = 0;

        if (size > ID_TEXT_MAX || !id_parts_split(id, size, &parts))
                return -EINVAL;

        if (!find_group(s, &parts, &at))
                r = add_group(s, &parts, at);
        if (r >= 0)
                r = add_counter(s->groups[at], parts.counter);
        if (r < 0)
                return r;
        s->last = at;
        s->n++;
        return 0;
}

static int by_number(const void *a, const void *b) {
        const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

        return x < y ? -1 : x > y;
}

int receipt_set_sort(ReceiptSet *s) {
        for (size_t i = 0; i < s->n_groups; i++) {
                Group *g = s->groups[i];
                bool sorted = true;

                for (size_t j = 1; j < g->n && sorted; j++)
                        sorted = g->counters[j - 1] <= g->counters[j];
                if (!sorted)
                        qsort(g->counters, g->n, sizeof(*g->counters), by_number);
                g->found = calloc(MAX(g->n, (size_t)1), sizeof(*g->found));
                if (!g->found)
                        return -ENOMEM;
        }
        return 0;
}

/* The first that is not below COUNTER. */
static size_t find_counter(const Group *g, uint64_t counter) {
        size_t low = 0, high = g->n;

        if (g->next < g->n && g->counters[g->next] < counter)
                low = g->next + 1;
        else if (g->next == 0 || g->counters[g->next - 1] < counter)
                return g->next;
        else
                high = g->next;

        while (low < high) {
                const size_t middle = low + (high - low) / 2;

                if (g->counters[middle] < counter)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

/* Mostly it is of the same group as the one before, and only the counter is to be read. */
static Group *find(ReceiptSet *s, const char *id, size_t size, uint64_t *ret_counter) {
        const Group *last = s->last < s->n_groups ? s->groups[s->last] : NULL;
        IdParts parts;
        size_t at;

        if (last && size > last->prefix_size && id[last->prefix_size] == '-' &&
            memcmp(id, last->prefix, last->prefix_size) == 0)
                return id_parts_counter(id + last->prefix_size + 1, size - last->prefix_size - 1,
                                        ret_counter)
                               ? s->groups[s->last]
                               : NULL;
        if (!id_parts_split(id, size, &parts) || !find_group(s, &parts, &at))
                return NULL;

        s->last = at;
        *ret_counter = parts.counter;
        return s->groups[at];
}

void receipt_set_find(ReceiptSet *s, const char *id, size_t size) {
        uint64_t counter;
        Group *g = find(s, id, size, &counter);

        if (!g)
                return;
        for (size_t i = find_counter(g, counter); i < g->n && g->counters[i] == counter; i++) {
                s->n_found += !g->found[i];
                g->found[i] = true;
                g->next = i + 1;
        }
}

size_t receipt_set_size(const ReceiptSet *s) {
        return s->n;
}

size_t receipt_set_missing(const ReceiptSet *s) {
        return s->n - s->n_found;
}

/* Digits of base 36. */
static void put_counter(Id *id, uint64_t counter) {
        static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
        char text[ID_TEXT_MAX];
        size_t n = 0;

        do {
                text[sizeof(text) - ++n] = digits[counter % 36];
                counter /= 36;
        } while (counter > 0);
        memcpy(id->text + id->size, text + sizeof(text) - n, n);
        id->size = (uint8_t)(id->size + n);
}

void receipt_set_each_missing(const ReceiptSet *s, void (*handler)(const Id *id)) {
        for (size_t i = 0; i < s->n_groups; i++) {
                const Group *g = s->groups[i];

                for (size_t j = 0; j < g->n; j++) {
                        Id id = { .size = (uint8_t)g->prefix_size };

                        if (g->found[j])
                                continue;
                        memcpy(id.text, g->prefix, g->prefix_size);
                        id.text[id.size++] = '-';
                        put_counter(&id, g->counters[j]);
                        handler(&id);
                }
        }
}

uint64_t receipt_set_started(const ReceiptSet *s) {
        return s->started_usec;
}
