/* SPDX-License-Identifier: MIT */
/*
 * An entry in the journal's native protocol, taken apart strictly; sd_journal_get_data() of this
 * program reads it in place of a journal. One entry at a time.
 */
#pragma once

#include "fuzz.h"
#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <systemd/sd-journal.h>

#define JOURNAL_FIELDS_MAX 32

typedef struct JournalField {
        char *text; /* NAME=VALUE */
        size_t size;
        size_t name_size;
} JournalField;

static JournalField journal_fields[JOURNAL_FIELDS_MAX];
static size_t n_journal_fields;

static void journal_fields_done(void) {
        while (n_journal_fields > 0)
                free(journal_fields[--n_journal_fields].text);
}

static const JournalField *journal_field(const char *name, size_t name_size) {
        for (size_t i = 0; i < n_journal_fields; i++)
                if (journal_fields[i].name_size == name_size &&
                    memcmp(journal_fields[i].text, name, name_size) == 0)
                        return &journal_fields[i];
        return NULL;
}

static void journal_add(const char *name, size_t name_size, const char *value, size_t value_size) {
        JournalField *f = &journal_fields[n_journal_fields];

        assert(n_journal_fields < JOURNAL_FIELDS_MAX);
        assert(name_size > 0 && *name >= 'A' && *name <= 'Z');
        for (size_t i = 0; i < name_size; i++)
                assert(name[i] == '_' || (name[i] >= '0' && name[i] <= '9') ||
                       (name[i] >= 'A' && name[i] <= 'Z'));
        assert(!journal_field(name, name_size));

        f->name_size = name_size;
        f->size = name_size + 1 + value_size;
        f->text = exactly(f->size);
        memcpy(f->text, name, name_size);
        f->text[name_size] = '=';
        memcpy(f->text + name_size + 1, value, value_size);
        n_journal_fields++;
}

/* Returns how much of the entry the first field is: NAME=VALUE LF, or NAME LF SIZE VALUE LF. */
static size_t journal_take(const char *p, size_t n) {
        const char *lf = memchr(p, '\n', n), *equals;
        uint64_t size;

        assert(lf);
        equals = memchr(p, '=', (size_t)(lf - p));
        if (equals) {
                journal_add(p, (size_t)(equals - p), equals + 1, (size_t)(lf - equals) - 1);
                return (size_t)(lf - p) + 1;
        }

        n -= (size_t)(lf - p) + 1;
        assert(n > sizeof(size));
        memcpy(&size, lf + 1, sizeof(size));
        size = le64toh(size);
        assert(size < n - sizeof(size) && lf[1 + sizeof(size) + size] == '\n');
        journal_add(p, (size_t)(lf - p), lf + 1 + sizeof(size), (size_t)size);
        return (size_t)(lf - p) + 1 + sizeof(size) + (size_t)size + 1;
}

static void journal_read(const char *entry, size_t size) {
        for (size_t done = 0; done < size;)
                done += journal_take(entry + done, size - done);
}

int sd_journal_get_data(sd_journal *j, const char *field, const void **data, size_t *ret_size) {
        const JournalField *f = journal_field(field, strlen(field));

        (void)j;
        if (!f)
                return -ENOENT;

        *data = f->text;
        *ret_size = f->size;
        return 0;
}
