/* SPDX-License-Identifier: MIT */
/* Fields of a type that this version does not know are left out. */

#include "ctl/rows.h"

#include "core/macro.h"
#include <errno.h>
#include <string.h>
#include <systemd/sd-bus.h>

static void row_done(Row *row) {
        for (size_t i = 0; i < row->n; i++)
                if (row->fields[i].type == FIELD_TEXTS)
                        free(row->fields[i].texts);
        free(row->fields);
}

void rows_done(Rows *rows) {
        for (size_t i = 0; i < rows->n; i++)
                row_done(&rows->rows[i]);
        free(rows->rows);
        for (size_t i = 0; i < rows->n_answers; i++)
                (void)sd_bus_message_unref(rows->answers[i]);
        free(rows->answers);
        *rows = (Rows){ 0 };
}

static int keep_answer(Rows *rows, sd_bus_message *answer) {
        sd_bus_message **answers = reallocarray(rows->answers, rows->n_answers + 1,
                                                sizeof(sd_bus_message *));

        if (!answers)
                return -ENOMEM;

        rows->answers = answers;
        rows->answers[rows->n_answers++] = sd_bus_message_ref(answer);
        return 0;
}

static int read_number(sd_bus_message *m, char type, Field *f) {
        uint8_t y;
        uint16_t q;
        uint32_t u;
        int r;

        f->type = FIELD_NUMBER;
        switch (type) {
        case 'y':
                r = sd_bus_message_read_basic(m, type, &y);
                f->number = r < 0 ? 0 : y;
                return r;
        case 'q':
                r = sd_bus_message_read_basic(m, type, &q);
                f->number = r < 0 ? 0 : q;
                return r;
        case 'u':
                r = sd_bus_message_read_basic(m, type, &u);
                f->number = r < 0 ? 0 : u;
                return r;
        default:
                return sd_bus_message_read_basic(m, type, &f->number);
        }
}

static int read_texts(sd_bus_message *m, Field *f) {
        const char *text;
        int r = sd_bus_message_enter_container(m, 'a', "s");

        f->type = FIELD_TEXTS;
        f->texts = NULL;
        while (r >= 0 && (r = sd_bus_message_read(m, "s", &text)) > 0) {
                const char **texts = reallocarray(f->texts, f->n + 1, sizeof(*texts));

                if (!texts)
                        return -ENOMEM;
                f->texts = texts;
                f->texts[f->n++] = text;
        }
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int read_array(sd_bus_message *m, const char *types, Field *f) {
        const void *numbers;
        size_t size;
        int r;

        if (strcmp(types, "as") == 0)
                return read_texts(m, f);
        if (strcmp(types, "at") != 0)
                return sd_bus_message_skip(m, types);

        r = sd_bus_message_read_array(m, 't', &numbers, &size);
        if (r < 0)
                return r;

        f->type = FIELD_NUMBERS;
        f->numbers = numbers;
        f->n = size / sizeof(*f->numbers);
        return 1;
}

/* Returns 1 when F is filled, 0 when the value is of no known type. */
static int read_value(sd_bus_message *m, const char *types, Field *f) {
        int yes, r;

        switch (types[0]) {
        case 's':
                f->type = FIELD_TEXT;
                return sd_bus_message_read_basic(m, 's', &f->text);
        case 'b':
                f->type = FIELD_BOOL;
                r = sd_bus_message_read_basic(m, 'b', &yes);
                f->yes = r >= 0 && yes;
                return r;
        case 'y':
        case 'q':
        case 'u':
        case 't':
                return read_number(m, types[0], f);
        case 'a':
                return read_array(m, types, f);
        default:
                return sd_bus_message_skip(m, types);
        }
}

static bool is_known(const char *types) {
        return strchr("sbyqut", types[0]) || strcmp(types, "as") == 0 || strcmp(types, "at") == 0;
}

static int read_field(sd_bus_message *m, Row *row) {
        Field *fields = reallocarray(row->fields, row->n + 1, sizeof(*fields)), *f;
        const char *types;
        int r;

        if (!fields)
                return -ENOMEM;

        row->fields = fields;
        f = &row->fields[row->n];
        *f = (Field){ 0 };
        r = sd_bus_message_read(m, "s", &f->key);
        if (r >= 0)
                r = sd_bus_message_peek_type(m, NULL, &types);
        if (r >= 0)
                r = sd_bus_message_enter_container(m, 'v', types);
        if (r < 0)
                return r;

        row->n += is_known(types);
        r = read_value(m, types, f);
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int read_row(Rows *rows, sd_bus_message *m) {
        Row *array = reallocarray(rows->rows, rows->n + 1, sizeof(*array)), *row;
        int r;

        if (!array)
                return -ENOMEM;

        rows->rows = array;
        row = &rows->rows[rows->n++];
        *row = (Row){ 0 };
        r = sd_bus_message_enter_container(m, 'a', "{sv}");
        while (r >= 0 && (r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
                r = read_field(m, row);
                if (r >= 0)
                        r = sd_bus_message_exit_container(m);
        }
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

int rows_add_one(Rows *rows, sd_bus_message *answer) {
        int r = keep_answer(rows, answer);

        return r < 0 ? r : read_row(rows, answer);
}

int rows_add(Rows *rows, sd_bus_message *answer) {
        int r = keep_answer(rows, answer);

        if (r >= 0)
                r = sd_bus_message_enter_container(answer, 'a', "a{sv}");
        while (r >= 0 && (r = sd_bus_message_at_end(answer, false)) == 0)
                r = read_row(rows, answer);
        return r < 0 ? r : sd_bus_message_exit_container(answer);
}

const Field *rows_field(const Row *row, const char *key) {
        for (size_t i = 0; i < row->n; i++)
                if (strcmp(row->fields[i].key, key) == 0)
                        return &row->fields[i];
        return NULL;
}

const char *rows_text(const Row *row, const char *key) {
        const Field *f = rows_field(row, key);

        return f && f->type == FIELD_TEXT ? f->text : "";
}

uint64_t rows_number(const Row *row, const char *key) {
        const Field *f = rows_field(row, key);

        return f && f->type == FIELD_NUMBER ? f->number : 0;
}
