/* SPDX-License-Identifier: MIT */
/*
 * The dictionaries that sockd returns, org.sockd1(5); tables, JSON and metrics are all made from them.
 * Texts are borrowed from the answers, which the rows keep.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct sd_bus_message sd_bus_message;

typedef enum FieldType {
        FIELD_TEXT,
        FIELD_NUMBER,
        FIELD_BOOL,
        FIELD_TEXTS,
        FIELD_NUMBERS,
} FieldType;

typedef struct Field {
        const char *key;
        FieldType type;
        size_t n; /* of texts, numbers */
        union {
                const char *text;
                uint64_t number;
                bool yes;
                const char **texts; /* owned */
                const uint64_t *numbers;
        };
} Field;

typedef struct Row {
        Field *fields; /* in the order of the answer */
        size_t n;
} Row;

typedef struct Rows {
        Row *rows;
        size_t n;
        sd_bus_message **answers; /* references */
        size_t n_answers;
} Rows;

/* Append one dictionary (a{sv}), or all of an array of them (aa{sv}). Return 0 or negative errno. */
int rows_add_one(Rows *rows, sd_bus_message *answer);
int rows_add(Rows *rows, sd_bus_message *answer);
void rows_done(Rows *rows);

/* Returns NULL if there is none. */
const Field *rows_field(const Row *row, const char *key);
/* Return "" or 0 if the field is missing or of another type. */
const char *rows_text(const Row *row, const char *key);
uint64_t rows_number(const Row *row, const char *key);
