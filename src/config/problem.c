/* SPDX-License-Identifier: MIT */
/* The errors of one config file; see problem.h. */
#include "config/problem.h"

#include <stdarg.h>
#include <string.h>

#include "core/escape.h"

void problem_done(ProblemList *list) {
        for (size_t i = 0; i < list->n; i++)
                free(list->items[i].text);
        free(list->items);
        *list = (ProblemList){ 0 };
}

static int make_room(ProblemList *list) {
        size_t n = MAX(list->n_allocated * 2, (size_t)8);
        Problem *items;

        if (list->n < list->n_allocated)
                return 0;

        items = reallocarray(list->items, n, sizeof(*items));
        if (!items)
                return -1;

        list->items = items;
        list->n_allocated = n;
        return 0;
}

void problem_add(ProblemList *list, const ProblemPlace *place, const char *format, ...) {
        _cleanup_free_ char *what = NULL;
        char *text = NULL;
        va_list args;
        int r;

        va_start(args, format);
        r = vasprintf(&what, format, args);
        va_end(args);
        if (r < 0)
                what = NULL; /* undefined after a failure */

        if (what)
                r = asprintf(&text, "%s%s%s", place->key, *place->key ? ": " : "", what);
        if (r < 0 || make_room(list) < 0) {
                if (r >= 0)
                        free(text);
                list->out_of_memory = true;
                return;
        }

        list->items[list->n] = (Problem){
                .line = place->line,
                .order = place->order,
                .number = list->n,
                .text = text,
        };
        list->n++;
}

static int compare(const void *a, const void *b) {
        const Problem *x = a, *y = b;

        if (x->line != y->line)
                return x->line < y->line ? -1 : 1;
        if (x->order != y->order)
                return x->order < y->order ? -1 : 1;
        return x->number < y->number ? -1 : 1;
}

static void print_escaped(const char *text, FILE *f) {
        char buf[ESCAPE_TEXT_MAX(256)];
        size_t n = strlen(text);

        /* In pieces that end between two characters. */
        while (n > 0) {
                size_t piece = MIN(n, sizeof(buf) / 4);

                for (int back = 0; back < 3 && piece < n && (text[piece] & 0xC0) == 0x80; back++)
                        piece--;
                (void)fwrite(buf, 1, escape_terminal(buf, text, piece),
                             f); /* a failure to print cannot be reported */
                text += piece;
                n -= piece;
        }
}

void problem_print_file(const char *file, const char *text, FILE *f) {
        print_escaped(file, f);
        fputs(": ", f);
        print_escaped(text, f);
        fputc('\n', f);
}

void problem_print(ProblemList *list, const char *file, FILE *f) {
        if (list->n > 1)
                qsort(list->items, list->n, sizeof(*list->items), compare);

        for (size_t i = 0; i < list->n; i++) {
                print_escaped(file, f);
                if (list->items[i].line > 0)
                        fprintf(f, ":%u", list->items[i].line);
                fputs(": ", f);
                print_escaped(list->items[i].text, f);
                fputc('\n', f);
        }
}
