/* SPDX-License-Identifier: MIT */
/* Each file is read once, and only until nothing is missing any more. */

#include "ctl/log_receipts.h"

#include "core/macro.h"
#include "ctl/log_entry.h"
#include "ctl/log_file.h"
#include "ctl/log_line.h"
#include "ctl/log_source.h"
#include "ctl/print.h"
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define COUNT_TEXT_MAX 32

typedef struct Counts {
        uint64_t errors, others;
} Counts;

/* "ok ID LEVEL"; what follows the id is not looked at. */
static int take_line(ReceiptSet *set, const char *line, size_t size, Counts *counts) {
        const char *id = line + 3, *space;
        int r = -EINVAL;

        if (size > 3 && memcmp(line, "ok ", 3) == 0) {
                space = memchr(id, ' ', size - 3);
                r = receipt_set_add(set, id, space ? (size_t)(space - id) : size - 3);
        }
        if (r != -EINVAL)
                return r;
        if (size > 6 && memcmp(line, "error ", 6) == 0)
                counts->errors++;
        else
                counts->others++;
        return 0;
}

static int read_all(ReceiptSet *set, FILE *f, Counts *counts) {
        _cleanup_free_ char *line = NULL;
        size_t allocated = 0;
        ssize_t n;
        int r = 0;

        while (r >= 0 && (errno = 0, n = getline(&line, &allocated, f)) >= 0) {
                if (n > 0 && line[n - 1] == '\n')
                        n--;
                r = take_line(set, line, (size_t)n, counts);
        }
        if (r >= 0 && ferror(f))
                r = errno > 0 ? -errno : -EIO;
        return r < 0 ? r : receipt_set_sort(set);
}

static void print_counts(const char *path, const ReceiptSet *set, const Counts *counts) {
        if (counts->errors > 0)
                print_error("%s: %" PRIu64 " lines say that a message was not stored", path,
                            counts->errors);
        if (counts->others > 0)
                print_error("%s: %" PRIu64 " lines are no receipts with an id", path,
                            counts->others);
        if (receipt_set_size(set) == 0)
                print_error("%s: no receipts", path);
}

static int read_file(ReceiptSet *set, const char *path, Counts *counts) {
        _cleanup_fclose_ FILE *f = fopen(path, "re");

        return f ? read_all(set, f, counts) : -errno;
}

int log_receipts_read(const char *path, ReceiptSet *set) {
        const bool is_input = strcmp(path, "-") == 0;
        Counts counts = { 0 };
        int r = is_input ? read_all(set, stdin, &counts) : read_file(set, path, &counts);

        if (is_input)
                path = "standard input";
        if (r < 0) {
                print_error("cannot read %s: %s", path, strerrordesc_np(-r));
                return r;
        }
        print_counts(path, set, &counts);
        return 0;
}

static int find_in_file(ReceiptSet *set, const LogPath *p) {
        _cleanup_(log_file_freep) LogFile *f = NULL;
        const char *line, *id;
        size_t size, id_size;
        int r = log_file_open(p->path, &f);

        if (r == -ENOENT) /* it has just been rotated away */
                return 0;
        if (r < 0)
                return r == -ESRCH ? r : log_files_complain(p->path, r);

        while ((r = log_file_next(f, &line, &size)) > 0)
                if (log_line_id(line, size, &id, &id_size))
                        receipt_set_find(set, id, id_size);
        return r;
}

/* Files that should be too old come last: the clock may have been set back since sockd was started. */
int log_receipts_find_in_files(ReceiptSet *set, const LogFiles *files) {
        const uint64_t started = receipt_set_started(set);
        int r = 0;

        for (int late = 1; late >= 0; late--)
                for (size_t i = 0; i < files->n && r >= 0 && receipt_set_missing(set) > 0; i++)
                        if (log_files_may_reach(&files->paths[i], started) == late)
                                r = find_in_file(set, &files->paths[i]);
        return r;
}

int log_receipts_find_in_source(ReceiptSet *set, LogSource *source) {
        const LogEntry *e;
        int r = 0;

        while (receipt_set_missing(set) > 0 && (r = log_source_next(source, &e)) > 0)
                receipt_set_find(set, e->id.text, e->id.size);
        return MIN(r, 0);
}

static void print_missing(const Id *id) {
        printf("%.*s\n", (int)id->size, id->text);
}

/* "1,000,000". */
static void format_count(uint64_t n, char buf[static COUNT_TEXT_MAX]) {
        char digits[COUNT_TEXT_MAX], *p = buf;
        int size = snprintf(digits, sizeof(digits), "%" PRIu64, n);

        for (int i = 0; i < size; i++) {
                if (i > 0 && (size - i) % 3 == 0)
                        *p++ = ',';
                *p++ = digits[i];
        }
        *p = '\0';
}

void log_receipts_print(const ReceiptSet *set) {
        char all[COUNT_TEXT_MAX], recorded[COUNT_TEXT_MAX], missing[COUNT_TEXT_MAX];

        receipt_set_each_missing(set, print_missing);
        format_count(receipt_set_size(set), all);
        format_count(receipt_set_size(set) - receipt_set_missing(set), recorded);
        format_count(receipt_set_missing(set), missing);
        printf("%s receipts, %s recorded, %s missing\n", all, recorded, missing);
}
