/* SPDX-License-Identifier: MIT */
/* Rows as a table for people. All texts are escaped. */
#pragma once

#include "ctl/options.h"
#include "ctl/rows.h"

#define TABLE_CELL_MAX 4096

typedef enum TableAlign {
        TABLE_LEFT,
        TABLE_RIGHT,
} TableAlign;

/* The colour of a cell. */
typedef enum TableMood {
        TABLE_PLAIN,
        TABLE_GOOD,
        TABLE_BAD,
        TABLE_WARNING,
} TableMood;

typedef struct Column {
        const char *title;
        TableAlign align;
        const char *key;
        /* Prints the cell into BUF. */
        TableMood (*format)(const Row *row, const char *key, char buf[static TABLE_CELL_MAX]);
} Column;

void table_print(const Column *columns, size_t n_columns, const Rows *rows, const Global *global);

/* Cells of several tables. */
TableMood table_text(const Row *row, const char *key, char buf[static TABLE_CELL_MAX]);
TableMood table_number(const Row *row, const char *key, char buf[static TABLE_CELL_MAX]);
/* A count of problems: highlighted unless 0. */
TableMood table_trouble(const Row *row, const char *key, char buf[static TABLE_CELL_MAX]);
TableMood table_bytes(const Row *row, const char *key, char buf[static TABLE_CELL_MAX]);
TableMood table_span(const Row *row, const char *key, char buf[static TABLE_CELL_MAX]);
TableMood table_ago(const Row *row, const char *key, char buf[static TABLE_CELL_MAX]);
/* All texts of a list, with commas. */
TableMood table_texts(const Row *row, const char *key, char buf[static TABLE_CELL_MAX]);
/*
 * KEY is "peer" or "local": KEY_address as one with those of KEY_name, KEY_port and KEY_pid that there
 * are.
 */
TableMood table_endpoint(const Row *row, const char *key, char buf[static TABLE_CELL_MAX]);
