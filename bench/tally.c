/* SPDX-License-Identifier: MIT */
/*
 * Counts the numbered messages (numbered.h) in a record file: each must stand at the end of one
 * line, whole, behind a space or alone, and nowhere else. Prints one line of JSON.
 *
 *   tally FILE SIZE LANES MESSAGES        SIZE without LF
 */

#include "bench/numbered.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct Tally {
        size_t size;
        unsigned n_lanes;
        uint64_t n_messages;
        char *pattern;        /* a whole message; what follows its numbers is the same in all */
        unsigned char **seen; /* a byte for each message of each lane */
        uint64_t *last;       /* of each lane: number of the last one, plus one */
        uint64_t n_lines;
        uint64_t n_unique;
        uint64_t n_duplicate;
        uint64_t n_bad;       /* merged, cut, or none of ours */
        uint64_t n_reordered; /* behind a later one of its lane */
} Tally;

static _Noreturn void die(const char *what) {
        fprintf(stderr, "tally: %s: %s\n", what, strerror(errno));
        exit(1);
}

static uint64_t number(const char *text) {
        char *end;
        uint64_t v = strtoull(text, &end, 10);

        if (*end || end == text) {
                errno = EINVAL;
                die(text);
        }
        return v;
}

/* Where the message of the line stands and which it is; false: not one whole message. */
static bool find(const Tally *t, const char *line, const char *end, uint64_t *lane, uint64_t *n) {
        const char *p = end - t->size;

        return (size_t)(end - line) >= t->size && (p == line || p[-1] == ' ') && *p == '#' &&
               !memchr(line, '#', (size_t)(p - line)) &&
               numbered_parse(p + 1, NUMBERED_LANE_DIGITS, lane) &&
               p[1 + NUMBERED_LANE_DIGITS] == '.' &&
               numbered_parse(p + 2 + NUMBERED_LANE_DIGITS, NUMBERED_DIGITS, n) &&
               memcmp(p + NUMBERED_HEAD, t->pattern + NUMBERED_HEAD, t->size - NUMBERED_HEAD) ==
                       0 &&
               *lane < t->n_lanes &&
               *n < numbered_share(t->n_messages, t->n_lanes, (unsigned)*lane);
}

static void count_line(Tally *t, const char *line, const char *end) {
        uint64_t lane, n;

        t->n_lines++;
        if (!find(t, line, end, &lane, &n)) {
                t->n_bad++;
                return;
        }
        if (t->seen[lane][n]++ > 0) {
                t->n_duplicate++;
                return;
        }
        t->n_unique++;
        t->n_reordered += n < t->last[lane];
        t->last[lane] = n + 1;
}

static void count_file(Tally *t, const char *path) {
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        const char *data, *p, *end;
        struct stat st;

        if (fd < 0 || fstat(fd, &st) < 0)
                die(path);
        if (st.st_size == 0)
                return;

        data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (data == MAP_FAILED)
                die(path);

        end = data + st.st_size;
        for (p = data; p < end;) {
                const char *lf = memchr(p, '\n', (size_t)(end - p));

                count_line(t, p, lf ? lf : end);
                p = lf ? lf + 1 : end;
        }
}

static void prepare(Tally *t) {
        t->pattern = malloc(t->size);
        t->seen = calloc(t->n_lanes, sizeof(*t->seen));
        t->last = calloc(t->n_lanes, sizeof(*t->last));
        if (!t->pattern || !t->seen || !t->last)
                die("start");

        numbered_make(t->pattern, t->size, 0, 0);
        for (unsigned i = 0; i < t->n_lanes; i++) {
                t->seen[i] = calloc(numbered_share(t->n_messages, t->n_lanes, i) + 1, 1);
                if (!t->seen[i])
                        die("start");
        }
}

int main(int argc, char **argv) {
        Tally t = { 0 };

        if (argc != 5) {
                fprintf(stderr, "usage: tally FILE SIZE LANES MESSAGES\n");
                return 2;
        }

        t.size = number(argv[2]);
        t.n_lanes = (unsigned)number(argv[3]);
        t.n_messages = number(argv[4]);
        if (t.size < NUMBERED_HEAD || t.size > NUMBERED_SIZE_MAX || t.n_lanes < 1 ||
            t.n_lanes > NUMBERED_LANES_MAX) {
                errno = ERANGE;
                die("arguments");
        }
        prepare(&t);
        count_file(&t, argv[1]);
        printf("{\"lines\": %llu, \"unique\": %llu, \"lost\": %llu, \"duplicate\": %llu, "
               "\"bad\": %llu, \"reordered\": %llu}\n",
               (unsigned long long)t.n_lines, (unsigned long long)t.n_unique,
               (unsigned long long)(t.n_messages - t.n_unique), (unsigned long long)t.n_duplicate,
               (unsigned long long)t.n_bad, (unsigned long long)t.n_reordered);
        return 0;
}
