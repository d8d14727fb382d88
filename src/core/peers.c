/* SPDX-License-Identifier: MIT */
/* Sets of a few places each, as in a processor's cache: finding and replacing look at one set. */

#include "core/peers.h"

#include "core/counter.h"
#include "core/macro.h"
#include "core/siphash.h"
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <string.h>

/* Top talkers stay as long as no more of them than this fall into one set. */
#define WAYS 8
#define SETS (PEERS_MAX / WAYS)
/* In a line of an earlier version. */
#define NUMBERS_EARLIER 6
/* What is added later does not overflow. */
#define NUMBER_MAX INT64_MAX

struct Peers {
        pthread_mutex_t mutex;
        SiphashSeed seed;
        Counter n_forgotten;
        Peer *last;            /* news come in bursts of one address; NULL: none so far */
        Peer sets[SETS][WAYS]; /* last_seen_usec 0: the place is empty */
};

Peers *peers_new(void) {
        Peers *p = calloc(1, sizeof(*p)); /* pages come into being when they are used */

        if (!p)
                return NULL;
        if (siphash_seed(&p->seed) < 0) {
                free(p);
                return NULL;
        }
        (void)pthread_mutex_init(&p->mutex, NULL); /* cannot fail without attributes */
        return p;
}

Peers *peers_free(Peers *p) {
        if (!p)
                return NULL;

        (void)pthread_mutex_destroy(&p->mutex); /* its users have ended */
        free(p);
        return NULL;
}

static Address without_port(const Address *a) {
        Address key;

        /* All bytes of it are hashed, also what of the union an IPv4 address leaves. */
        memset(&key, 0, sizeof(key));
        if (a->family == AF_INET)
                memcpy(&key.v4, &a->v4, sizeof(a->v4));
        else if (a->family == AF_UNIX)
                key.process = (AddressProcess){ a->process.uid, ADDRESS_ID_UNKNOWN, 0 };
        else if (a->family == AF_VSOCK)
                key.machine.cid = a->machine.cid;
        else
                memcpy(&key.v6, &a->v6, sizeof(a->v6));
        key.scope_id = a->scope_id;
        key.family = a->family;
        return key;
}

static bool sent_less(const Peer *a, const Peer *b) {
        if (a->received != b->received)
                return a->received < b->received;
        return a->last_seen_usec < b->last_seen_usec;
}

static bool is_of(const Peer *e, const Address *key) {
        /* NOLINTNEXTLINE(bugprone-suspicious-memory-comparison): without_port() sets all bytes */
        return memcmp(&e->address, key, sizeof(*key)) == 0;
}

/* The place of KEY: its own, an empty one, or that of who has sent least. */
static Peer *find(Peers *p, const Address *key) {
        Peer *set = p->sets[siphash(&p->seed, key, sizeof(*key)) % SETS], *least = set;

        for (size_t i = 0; i < WAYS; i++) {
                if (set[i].last_seen_usec == 0 || is_of(&set[i], key))
                        return &set[i];
                if (sent_less(&set[i], least))
                        least = &set[i];
        }
        counter_add(&p->n_forgotten, 1);
        least->last_seen_usec = 0;
        return least;
}

static void add(Peer *sum, const Peer *news) {
        sum->received += news->received;
        sum->bytes += news->bytes;
        sum->refused += news->refused;
        sum->denied += news->denied;
        sum->connections_accepted += news->connections_accepted;
        sum->held_back_usec += news->held_back_usec;
}

void peers_note(Peers *p, const Peer *news) {
        const Address key = without_port(&news->address);
        Peer *e;

        (void)pthread_mutex_lock(&p->mutex);
        e = p->last && is_of(p->last, &key) ? p->last : find(p, &key);
        p->last = e;
        if (e->last_seen_usec == 0)
                *e = (Peer){ .address = key, .first_seen_usec = news->last_seen_usec };
        add(e, news);
        e->last_seen_usec = news->last_seen_usec;
        (void)pthread_mutex_unlock(&p->mutex);
}

uint64_t peers_forgotten(const Peers *p) {
        return counter_read(&p->n_forgotten);
}

size_t peers_copy(Peers *p, Peer *ret) {
        size_t n = 0;

        (void)pthread_mutex_lock(&p->mutex);
        for (size_t i = 0; i < SETS; i++)
                for (size_t j = 0; j < WAYS && p->sets[i][j].last_seen_usec != 0; j++)
                        ret[n++] = p->sets[i][j];
        (void)pthread_mutex_unlock(&p->mutex);
        return n;
}

static int compare_addresses(const void *a, const void *b) {
        /* NOLINTNEXTLINE(bugprone-suspicious-memory-comparison): without_port() sets all bytes */
        return memcmp(&((const Peer *)a)->address, &((const Peer *)b)->address, sizeof(Address));
}

static int compare_figures(const void *a, const void *b) {
        return sent_less(a, b) ? 1 : sent_less(b, a) ? -1 : compare_addresses(a, b);
}

size_t peers_merge(Peer *array, size_t n) {
        size_t last = 0;

        if (n == 0)
                return 0;

        qsort(array, n, sizeof(*array), compare_addresses);
        for (size_t i = 1; i < n; i++) {
                Peer *sum = &array[last];

                if (compare_addresses(sum, &array[i]) != 0) {
                        array[++last] = array[i];
                        continue;
                }
                add(sum, &array[i]);
                sum->first_seen_usec = MIN(sum->first_seen_usec, array[i].first_seen_usec);
                sum->last_seen_usec = MAX(sum->last_seen_usec, array[i].last_seen_usec);
        }
        qsort(array, last + 1, sizeof(*array), compare_figures);
        return last + 1;
}

void peers_format(const Peer *e, char buf[static PEERS_LINE_MAX]) {
        size_t size = address_format_host(&e->address, buf);

        (void)snprintf(buf + size, PEERS_LINE_MAX - size,
                       " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64
                       " %" PRIu64 " %" PRIu64,
                       e->received, e->bytes, e->refused, e->connections_accepted,
                       e->first_seen_usec, e->last_seen_usec, e->denied, e->held_back_usec);
}

static int parse_host(const char *line, size_t size, Address *ret) {
        char host[ADDRESS_TEXT_MAX];
        Address a;
        int r;

        if (size >= sizeof(host))
                return -EINVAL;

        memcpy(host, line, size);
        host[size] = '\0';
        r = address_parse_peer(host, 0, &a);
        if (r >= 0)
                *ret = without_port(&a);
        return r;
}

int peers_parse(const char *line, Peer *ret) {
        const size_t size = strcspn(line, " ");
        Peer e = { .received = 0 };
        uint64_t *const numbers[] = { &e.received,        &e.bytes,
                                      &e.refused,         &e.connections_accepted,
                                      &e.first_seen_usec, &e.last_seen_usec,
                                      &e.denied,          &e.held_back_usec };
        int r = parse_host(line, size, &e.address);

        if (r < 0)
                return r;

        line += size;
        for (size_t i = 0; i < ELEMENTSOF(numbers); i++) {
                char *end;

                if (!*line && i == NUMBERS_EARLIER)
                        break;
                if (line[0] != ' ' || line[1] < '0' || line[1] > '9')
                        return -EINVAL;
                *numbers[i] = MIN(strtoull(line + 1, &end, 10), (unsigned long long)NUMBER_MAX);
                line = end;
        }
        if (*line)
                return -EINVAL;

        *ret = e;
        return 0;
}
