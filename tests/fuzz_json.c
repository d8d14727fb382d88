/* SPDX-License-Identifier: MIT */
/*
 * Any answer of the daemon's as JSON, on one line and indented: both are JSON, and read back they are
 * the same rows. The input is a list of fields: a byte for the type, then the key and the value.
 */

#include "ctl/json.h"

#include "core/escape.h"
#include "core/macro.h"
#include "fuzz.h"
#include "json_read.h"

#define ROWS_MAX 8
#define FIELDS_MAX 16
#define VALUES_MAX 4
#define TEXT_MAX 64
#define NEW_ROW 0x80

typedef struct Input {
        const uint8_t *p, *end;
} Input;

/* The rows, and everything that they borrow. */
typedef struct Answer {
        Rows rows;
        Row row[ROWS_MAX];
        Field fields[ROWS_MAX][FIELDS_MAX];
        const char *texts[ROWS_MAX][FIELDS_MAX][VALUES_MAX];
        uint64_t numbers[ROWS_MAX][FIELDS_MAX][VALUES_MAX];
        char *owned[ROWS_MAX * FIELDS_MAX * (VALUES_MAX + 1)];
        size_t n_owned;
} Answer;

static uint8_t take_byte(Input *in) {
        return in->p < in->end ? *in->p++ : 0;
}

/* A byte for the size, and the text. */
static const char *take_text(Input *in, Answer *a) {
        size_t size = take_byte(in) % TEXT_MAX;
        char *text;

        size = MIN(size, (size_t)(in->end - in->p));
        text = exact_text(in->p, size);
        in->p += size;
        a->owned[a->n_owned++] = text;
        return text;
}

static uint64_t take_number(Input *in) {
        uint64_t n = 0;

        for (unsigned i = take_byte(in) % 9; i > 0; i--)
                n = n << 8 | take_byte(in);
        return n;
}

static void take_field(Input *in, Answer *a, size_t i, size_t k, uint8_t kind) {
        Field *f = &a->fields[i][k];

        *f = (Field){ .type = (FieldType)(kind % (FIELD_NUMBERS + 1)) };
        f->key = take_text(in, a);
        switch (f->type) {
        case FIELD_TEXT:
                f->text = take_text(in, a);
                break;
        case FIELD_NUMBER:
                f->number = take_number(in);
                break;
        case FIELD_BOOL:
                f->yes = kind & 0x40;
                break;
        case FIELD_TEXTS:
                f->texts = a->texts[i][k];
                for (f->n = 0; f->n < kind / 8 % (VALUES_MAX + 1U); f->n++)
                        f->texts[f->n] = take_text(in, a);
                break;
        case FIELD_NUMBERS:
                f->numbers = a->numbers[i][k];
                for (f->n = 0; f->n < kind / 8 % (VALUES_MAX + 1U); f->n++)
                        a->numbers[i][k][f->n] = take_number(in);
                break;
        }
}

static void take_answer(Input *in, Answer *a) {
        a->rows.rows = a->row;
        while (in->p < in->end) {
                uint8_t kind = take_byte(in);
                Row *row = a->rows.n > 0 ? &a->row[a->rows.n - 1] : NULL;

                if (!row || kind & NEW_ROW || row->n == FIELDS_MAX) {
                        if (a->rows.n == ROWS_MAX)
                                return;
                        row = &a->row[a->rows.n++];
                        *row = (Row){ .fields = a->fields[a->rows.n - 1] };
                }
                take_field(in, a, a->rows.n - 1, row->n, kind);
                row->n++;
        }
}

/* An object with all that JSON may hold. */
static char *print(const Answer *a, JsonMode mode, size_t *ret_size) {
        FILE *real_stdout = stdout;
        Json j = { .mode = mode };
        char *text = NULL;

        stdout = open_memstream(&text, ret_size);
        assert(stdout);
        json_begin(&j, NULL, '{');
        if (a->rows.n > 0)
                json_fields(&j, &a->rows.rows[0]);
        json_rows(&j, "rows", &a->rows);
        json_end(&j, '}');
        (void)fclose(stdout);
        stdout = real_stdout;
        return text;
}

/* A text that is no UTF-8 is shown as none. */
static void check_text(JsonReader *j, const char *text) {
        size_t size = escape_is_utf8(text, strlen(text)) ? strlen(text) : 0;
        char back[ESCAPE_JSON_MAX(TEXT_MAX)];

        assert(json_read_string(j, back) == size);
        assert(memcmp(back, text, size) == 0);
}

static void check_list(JsonReader *j, const Field *f) {
        json_read_char(j, '[');
        for (size_t i = 0; i < f->n; i++) {
                if (i > 0)
                        json_read_char(j, ',');
                if (f->type == FIELD_TEXTS)
                        check_text(j, f->texts[i]);
                else
                        assert(json_read_number(j) == f->numbers[i]);
        }
        json_read_char(j, ']');
}

static void check_field(JsonReader *j, const Field *f) {
        check_text(j, f->key);
        json_read_char(j, ':');
        switch (f->type) {
        case FIELD_TEXT:
                check_text(j, f->text);
                break;
        case FIELD_NUMBER:
                assert(json_read_number(j) == f->number);
                break;
        case FIELD_BOOL:
                assert(json_read_bool(j) == f->yes);
                break;
        case FIELD_TEXTS:
        case FIELD_NUMBERS:
                check_list(j, f);
                break;
        }
}

static void check_fields(JsonReader *j, const Row *row) {
        for (size_t i = 0; i < row->n; i++) {
                if (i > 0)
                        json_read_char(j, ',');
                check_field(j, &row->fields[i]);
        }
}

static void check_mode(const Answer *a, JsonMode mode) {
        size_t size;
        char *text = print(a, mode, &size);
        JsonReader j = { text, text + size };

        assert(size > 0 && text[size - 1] == '\n');
        assert(mode == JSON_PRETTY || memchr(text, '\n', size) == text + size - 1);
        json_read_char(&j, '{');
        if (a->rows.n > 0) {
                check_fields(&j, &a->rows.rows[0]);
                json_read_char(&j, ',');
        }
        json_read_key(&j, "rows");
        json_read_char(&j, '[');
        for (size_t i = 0; i < a->rows.n; i++) {
                if (i > 0)
                        json_read_char(&j, ',');
                json_read_char(&j, '{');
                check_fields(&j, &a->rows.rows[i]);
                json_read_char(&j, '}');
        }
        json_read_char(&j, ']');
        json_read_char(&j, '}');
        json_read_space(&j);
        assert(j.p == j.end);
        free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        Input in = { data, data + size };
        Answer *a = calloc(1, sizeof(*a));

        assert(a);
        take_answer(&in, a);
        check_mode(a, JSON_SHORT);
        check_mode(a, JSON_PRETTY);
        while (a->n_owned > 0)
                free(a->owned[--a->n_owned]);
        free(a);
        return 0;
}
