/* SPDX-License-Identifier: MIT */
/* All cells are made first, because the widths of the columns come from them. */

#include "ctl/table.h"

#include "core/escape.h"
#include "core/macro.h"
#include "ctl/format.h"
#include "ctl/print.h"
#include "ctl/style.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

typedef struct Cell {
        char *text; /* owned; escaped; NULL: out of memory */
        size_t width;
        TableMood mood;
} Cell;

/* Columns on a terminal, nearly: one for each character. */
static size_t measure(const char *text) {
        size_t n = 0;

        for (; *text; text++)
                n += ((unsigned char)*text & 0xc0) != 0x80;
        return n;
}

static void fill(Cell *cell, const Column *column, const Row *row) {
        char text[TABLE_CELL_MAX] = "";

        cell->mood = column->format(row, column->key, text);
        cell->text = malloc(ESCAPE_TEXT_MAX(strlen(text)) + 1);
        if (!cell->text)
                return;

        cell->text[escape_terminal(cell->text, text, strlen(text))] = '\0';
        cell->width = measure(cell->text);
}

static const char *mood_style(TableMood mood) {
        switch (mood) {
        case TABLE_PLAIN:
                return "";
        case TABLE_GOOD:
                return style_green();
        case TABLE_BAD:
                return style_red();
        case TABLE_WARNING:
                return style_yellow();
        }
        return "";
}

/* Nothing is padded behind the last column. */
static void print_cell(const char *text, size_t width, const char *style, const Column *column,
                       size_t column_width, bool last) {
        int pad = (int)(column_width - width);
        const char *reset = *style ? style_reset() : "";

        if (column->align == TABLE_RIGHT)
                printf("%*s%s%s%s", pad, "", style, text, reset);
        else
                printf("%s%s%s%*s", style, text, reset, last ? 0 : pad, "");
        fputs(last ? "\n" : "  ", stdout);
}

static void print_cells(const Column *columns, size_t n_columns, const Cell *cells, size_t n_rows,
                        const Global *global) {
        _cleanup_free_ size_t *widths = calloc(n_columns, sizeof(*widths));

        if (!widths) {
                print_lost();
                return;
        }
        for (size_t c = 0; c < n_columns; c++) {
                widths[c] = global->no_legend ? 0 : strlen(columns[c].title);
                for (size_t r = 0; r < n_rows; r++)
                        widths[c] = MAX(widths[c], cells[r * n_columns + c].width);
        }
        if (!global->no_legend)
                for (size_t c = 0; c < n_columns; c++)
                        print_cell(columns[c].title, strlen(columns[c].title), style_bold(),
                                   &columns[c], widths[c], c + 1 == n_columns);
        for (size_t i = 0; i < n_rows * n_columns; i++) {
                size_t c = i % n_columns;

                if (!cells[i].text)
                        print_lost();
                print_cell(cells[i].text ? cells[i].text : "", cells[i].width,
                           mood_style(cells[i].mood), &columns[c], widths[c], c + 1 == n_columns);
        }
}

void table_print(const Column *columns, size_t n_columns, const Rows *rows, const Global *global) {
        _cleanup_free_ Cell *cells = calloc(rows->n * n_columns + 1, sizeof(*cells));

        if (!cells) {
                print_lost();
                return;
        }
        for (size_t r = 0; r < rows->n; r++)
                for (size_t c = 0; c < n_columns; c++)
                        fill(&cells[r * n_columns + c], &columns[c], &rows->rows[r]);
        print_cells(columns, n_columns, cells, rows->n, global);
        for (size_t i = 0; i < rows->n * n_columns; i++)
                free(cells[i].text);
}

TableMood table_text(const Row *row, const char *key, char buf[static TABLE_CELL_MAX]) {
        (void)snprintf(buf, TABLE_CELL_MAX, "%s", rows_text(row, key));
        return TABLE_PLAIN;
}

TableMood table_number(const Row *row, const char *key, char buf[static TABLE_CELL_MAX]) {
        (void)snprintf(buf, TABLE_CELL_MAX, "%" PRIu64, rows_number(row, key));
        return TABLE_PLAIN;
}

TableMood table_trouble(const Row *row, const char *key, char buf[static TABLE_CELL_MAX]) {
        (void)table_number(row, key, buf);
        return rows_number(row, key) > 0 ? TABLE_WARNING : TABLE_PLAIN;
}

TableMood table_bytes(const Row *row, const char *key, char buf[static TABLE_CELL_MAX]) {
        format_bytes(rows_number(row, key), buf);
        return TABLE_PLAIN;
}

TableMood table_span(const Row *row, const char *key, char buf[static TABLE_CELL_MAX]) {
        format_span(rows_number(row, key), buf);
        return TABLE_PLAIN;
}

TableMood table_ago(const Row *row, const char *key, char buf[static TABLE_CELL_MAX]) {
        format_ago(rows_number(row, key), buf);
        return TABLE_PLAIN;
}

TableMood table_texts(const Row *row, const char *key, char buf[static TABLE_CELL_MAX]) {
        const Field *f = rows_field(row, key);
        size_t size = 0;

        for (size_t i = 0; f && f->type == FIELD_TEXTS && i < f->n && size < TABLE_CELL_MAX; i++)
                size += (size_t)snprintf(buf + size, TABLE_CELL_MAX - size, "%s%s",
                                         i > 0 ? ", " : "", f->texts[i]);
        return TABLE_PLAIN;
}

TableMood table_endpoint(const Row *row, const char *key, char buf[static TABLE_CELL_MAX]) {
        char name_key[32], address_key[32], port_key[32], pid_key[32], more[32] = "";
        const char *name, *address;
        bool brackets;

        (void)snprintf(name_key, sizeof(name_key), "%s_name", key);
        (void)snprintf(address_key, sizeof(address_key), "%s_address", key);
        (void)snprintf(port_key, sizeof(port_key), "%s_port", key);
        (void)snprintf(pid_key, sizeof(pid_key), "%s_pid", key);
        if (rows_field(row, port_key))
                (void)snprintf(more, sizeof(more), ":%" PRIu64, rows_number(row, port_key));
        else if (rows_field(row, pid_key))
                (void)snprintf(more, sizeof(more), "/pid:%" PRIu64, rows_number(row, pid_key));
        name = rows_text(row, name_key);
        address = rows_text(row, address_key);
        /* of IPv6, which has several colons; "vsock:3" has one */
        brackets = *more == ':' && strchr(address, ':') != strrchr(address, ':');
        (void)snprintf(buf, TABLE_CELL_MAX, "%s%s%s%s%s%s", name, *name ? "@" : "",
                       brackets ? "[" : "", address, brackets ? "]" : "", more);
        return TABLE_PLAIN;
}
