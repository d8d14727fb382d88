/* SPDX-License-Identifier: MIT */
/* Errors of standard output are left to print_flush(). */

#include "ctl/json.h"

#include "core/escape.h"
#include "core/macro.h"
#include "ctl/print.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define INDENT 8

static void new_line(const Json *j) {
        if (j->mode == JSON_PRETTY)
                printf("\n%*s", (int)(INDENT * j->depth), "");
}

static void print_string(const char *text) {
        size_t size = strlen(text);
        _cleanup_free_ char *escaped = malloc(ESCAPE_JSON_MAX(size) + 1);

        if (!escaped) {
                print_lost();
                return;
        }
        size = escape_is_utf8(text, size) ? escape_json(escaped, text, size) : 0;
        printf("\"%.*s\"", (int)size, escaped);
}

static void begin_value(Json *j, const char *key) {
        if (j->any)
                putchar(',');
        if (j->depth > 0)
                new_line(j);
        j->any = true;
        if (!key)
                return;

        print_string(key);
        fputs(j->mode == JSON_PRETTY ? ": " : ":", stdout);
}

void json_begin(Json *j, const char *key, char bracket) {
        begin_value(j, key);
        putchar(bracket);
        j->depth++;
        j->any = false;
}

void json_end(Json *j, char bracket) {
        j->depth--;
        if (j->any)
                new_line(j);
        putchar(bracket);
        j->any = true;
        if (j->depth == 0)
                putchar('\n');
}

static void print_list(const Field *f) {
        putchar('[');
        for (size_t i = 0; i < f->n; i++) {
                if (i > 0)
                        putchar(',');
                if (f->type == FIELD_TEXTS)
                        print_string(f->texts[i]);
                else
                        printf("%" PRIu64, f->numbers[i]);
        }
        putchar(']');
}

void json_fields(Json *j, const Row *row) {
        for (size_t i = 0; i < row->n; i++) {
                const Field *f = &row->fields[i];

                begin_value(j, f->key);
                switch (f->type) {
                case FIELD_TEXT:
                        print_string(f->text);
                        break;
                case FIELD_NUMBER:
                        printf("%" PRIu64, f->number);
                        break;
                case FIELD_BOOL:
                        fputs(f->yes ? "true" : "false", stdout);
                        break;
                case FIELD_TEXTS:
                case FIELD_NUMBERS:
                        print_list(f);
                        break;
                }
        }
}

void json_rows(Json *j, const char *key, const Rows *rows) {
        json_begin(j, key, '[');
        for (size_t i = 0; i < rows->n; i++) {
                json_begin(j, NULL, '{');
                json_fields(j, &rows->rows[i]);
                json_end(j, '}');
        }
        json_end(j, ']');
}
