/* SPDX-License-Identifier: MIT */
/* Each look at the middle reads one record, or a few if it does not tell. */

#include "ctl/log_seek.h"

#include "ctl/id_parts.h"
#include "ctl/log_files.h"
#include "ctl/log_line.h"
#include <errno.h>
#include <string.h>

#define CLOSE_ENOUGH (128U << 10)
/* Around the place that was found: records of other workers, written earlier or later. */
#define AROUND (2U << 20)
/* How far to look for a record of the same worker. */
#define SAME_WORKER (1U << 20)

typedef enum Side {
        SIDE_BEFORE, /* what is looked for comes later in the file */
        SIDE_AFTER,
        SIDE_UNKNOWN,
} Side;

static int get_size(const LogFile *f, uint64_t *ret) {
        struct stat st;
        int r = log_file_stat(f, &st);

        if (r >= 0)
                *ret = (uint64_t)st.st_size;
        return r;
}

/* The time of the next record. Returns 1, 0 when there is none, negative errno. */
static int look_next(LogFile *f, uint64_t *ret) {
        const char *line;
        size_t size;
        int r;

        while ((r = log_file_next(f, &line, &size)) > 0)
                if (log_line_time(line, size, ret))
                        return 1;
        return r;
}

int log_seek_time(LogFile *f, uint64_t usec) {
        const uint64_t wanted = usec - MIN(usec, LOG_FILES_DISORDER_USEC);
        uint64_t low = 0, high;
        int r = get_size(f, &high);

        while (r >= 0 && high - low > CLOSE_ENOUGH) {
                const uint64_t middle = low + (high - low) / 2;
                uint64_t found;

                log_file_seek(f, middle);
                r = look_next(f, &found);
                if (r > 0 && found < wanted)
                        low = middle;
                else
                        high = middle;
        }
        if (r >= 0)
                log_file_seek(f, low);
        return MIN(r, 0);
}

int log_seek_last(LogFile *f, uint64_t *ret) {
        uint64_t size, usec;
        int r = get_size(f, &size);
        bool any = false;

        if (r < 0)
                return r;

        log_file_seek(f, size - MIN(size, CLOSE_ENOUGH));
        while ((r = look_next(f, &usec)) > 0) {
                *ret = any ? MAX(*ret, usec) : usec;
                any = true;
        }
        return r < 0 ? r : any;
}

/* Where the record with this id is, seen from another one. */
static Side compare_ids(const IdParts *wanted, const char *id, size_t size) {
        IdParts seen;

        if (!id_parts_split(id, size, &seen))
                return SIDE_UNKNOWN;
        if (seen.started_usec != wanted->started_usec)
                return seen.started_usec < wanted->started_usec ? SIDE_BEFORE : SIDE_AFTER;
        if (seen.prefix_size != wanted->prefix_size ||
            memcmp(seen.prefix, wanted->prefix, seen.prefix_size) != 0)
                return SIDE_UNKNOWN; /* another worker */
        return seen.counter < wanted->counter ? SIDE_BEFORE : SIDE_AFTER;
}

/* Where it is, seen from OFFSET: what the first record says that can tell. */
static int look_id(LogFile *f, uint64_t offset, const IdParts *wanted, Side *ret) {
        const char *line, *id;
        size_t size, id_size;
        int r = 0;

        *ret = SIDE_UNKNOWN;
        log_file_seek(f, offset);
        while (*ret == SIDE_UNKNOWN && (r = log_file_next(f, &line, &size)) > 0) {
                if (log_line_id(line, size, &id, &id_size))
                        *ret = compare_ids(wanted, id, id_size);
                if (log_file_offset(f) > offset + SAME_WORKER)
                        return 0;
        }
        if (*ret == SIDE_UNKNOWN && r == 0)
                *ret = SIDE_AFTER; /* nothing of it follows */
        return *ret == SIDE_UNKNOWN ? r : 0;
}

/* From FROM on, up to UNTIL. */
static int scan(LogFile *f, const Id *wanted, uint64_t from, uint64_t until, const char **ret,
                size_t *ret_size) {
        const char *id;
        size_t id_size;
        int r;

        log_file_seek(f, from);
        while ((r = log_file_next(f, ret, ret_size)) > 0) {
                if (log_line_id(*ret, *ret_size, &id, &id_size) && id_size == wanted->size &&
                    memcmp(id, wanted->text, id_size) == 0)
                        return 1;
                if (log_file_offset(f) > until)
                        return 0;
        }
        return r;
}

int log_seek_id(LogFile *f, const Id *id, const char **ret, size_t *ret_size) {
        uint64_t low = 0, high;
        IdParts wanted;
        int r = get_size(f, &high);

        if (r < 0 || !id_parts_split(id->text, id->size, &wanted))
                return MIN(r, 0);

        while (high - low > CLOSE_ENOUGH) {
                const uint64_t middle = low + (high - low) / 2;
                Side side;

                r = look_id(f, middle, &wanted, &side);
                if (r < 0 || side == SIDE_UNKNOWN)
                        return r;
                if (side == SIDE_BEFORE)
                        low = middle;
                else
                        high = middle;
        }
        return scan(f, id, low - MIN(low, AROUND), high + AROUND, ret, ret_size);
}
