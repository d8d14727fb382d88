/* SPDX-License-Identifier: MIT */
/*
 * Receipts: a template becomes fixed text with the places of the id, which is all that changes in a
 * run.
 */

#include "core/receipt.h"

#include "core/macro.h"
#include "core/transport.h"
#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

/* A usual receipt fits into one block, which is copied as a whole: no length to look at. */
#define BLOCK_SIZE 64
#define ERROR_TEXT_MAX 128
#define ERROR_HEAD "error "

typedef struct Layout {
        const char *text; /* without the ids */
        size_t size;
        const uint16_t *places; /* where in the text an id goes, ascending */
        size_t n_places;
} Layout;

/*
 * One layout for whole messages, one for truncated ones; texts, places and the template lie behind
 * the struct.
 */
struct Receipt {
        Layout layouts[2];
        size_t size_max;
        const char *template;
        Level level;
};

/* What is left to do of one receipt_format() call. */
typedef struct Run {
        char *dst;
        size_t size;
        size_t count;
} Run;

const char *receipt_template_error(const char *text, Protocol protocol) {
        if (strlen(text) > RECEIPT_TEMPLATE_MAX)
                return "longer than 1024 bytes";
        if (!transport_has_connections(protocol) && *text &&
            strncmp(text, "ok ", strlen("ok ")) != 0)
                return "must begin with \"ok \" for datagrams, so that no other server answers it";

        for (const char *p = strchr(text, '%'); p; p = strchr(p + 2, '%'))
                if (p[1] == '\0' || !strchr("il%", p[1]))
                        return "has a percent sign that is not part of %i, %l or %%";
        return NULL;
}

/* Counts when TEXT and PLACES are NULL, else fills them. */
static void expand(const char *template, const char *level, char *text, uint16_t *places,
                   Layout *l) {
        const char *part;
        size_t n;

        *l = (Layout){ .text = text, .places = places };
        for (const char *p = template; *p; p++) {
                part = p;
                n = 1;
                if (*p == '%' && *++p == 'i') {
                        if (places)
                                places[l->n_places] = (uint16_t)l->size;
                        l->n_places++;
                        continue;
                }
                if (*part == '%' && *p == 'l') {
                        part = level;
                        n = strlen(level);
                }
                if (text)
                        memcpy(text + l->size, part, n);
                l->size += n;
        }
}

int receipt_new(const char *text, Level level, Receipt **ret) {
        char levels[2][32];
        size_t text_size = 0;
        size_t n_places = 0;
        Layout l[2];
        uint16_t *places;
        char *texts;
        Receipt *r;

        if (*text == '\0') {
                *ret = NULL;
                return 0;
        }

        (void)stpcpy(levels[0], level_text(level));
        (void)stpcpy(stpcpy(levels[1], level_text(level)), " truncated");
        for (size_t i = 0; i < ELEMENTSOF(l); i++) {
                expand(text, levels[i], NULL, NULL, &l[i]);
                text_size += l[i].size;
                n_places += l[i].n_places;
        }

        r = malloc(sizeof(*r) + n_places * sizeof(*places) + text_size + strlen(text) + 1);
        if (!r)
                return -ENOMEM;

        places = (uint16_t *)(r + 1);
        texts = (char *)(places + n_places);
        expand(text, levels[0], texts, places, &r->layouts[0]);
        expand(text, levels[1], texts + l[0].size, places + l[0].n_places, &r->layouts[1]);
        r->size_max = l[1].size + l[1].n_places * ID_TEXT_MAX;
        assert(r->size_max <= RECEIPT_SIZE_MAX);
        r->template = memcpy(texts + text_size, text, strlen(text) + 1);
        r->level = level;
        *ret = r;
        return 0;
}

Receipt *receipt_free(Receipt *r) {
        free(r);
        return NULL;
}

bool receipt_is(const Receipt *r, const char *text, Level level) {
        return r->level == level && strcmp(r->template, text) == 0;
}

size_t receipt_size_max(const Receipt *r) {
        return r->size_max;
}

static size_t layout_size(const Layout *l, const Id *id) {
        return l->size + l->n_places * id->size;
}

static void put_layout(const Layout *l, const Id *id, char *dst) {
        size_t done = 0;
        size_t n;

        for (size_t i = 0; i < l->n_places; i++) {
                n = l->places[i] - done;
                memcpy(dst, l->text + done, n);
                memcpy(dst + n, id->text, id->size);
                dst += n + id->size;
                done += n;
        }
        memcpy(dst, l->text + done, l->size - done);
}

/*
 * The usual template, with one id in it: up to 36 receipts differ in one character only, so one
 * block is laid out and copied with that character patched in behind it. Ends where the last digit
 * overflows. At least one fits.
 */
static void put_blocks(const Layout *l, Id *id, Run *run) {
        size_t size = layout_size(l, id);
        size_t last = l->places[0] + (size_t)id->size - 1;
        const char *end = run->dst + run->size - BLOCK_SIZE;
        char *digit = &id->text[id->size - 1];
        char block[BLOCK_SIZE] = { 0 };
        size_t left = run->count;
        char *dst = run->dst;
        char c = *digit;

        put_layout(l, id, block);
        for (;;) {
                memcpy(dst, block, sizeof(block));
                dst[last] = c;
                dst += size;
                if (--left == 0 || dst > end || c == 'z')
                        break;
                c = c == '9' ? 'a' : (char)(c + 1);
        }

        *digit = c;
        id_next(id);
        run->size -= (size_t)(dst - run->dst);
        run->dst = dst;
        run->count = left;
}

static size_t format(const Layout *l, Id *id, size_t count, char *dst, size_t size,
                     size_t *ret_count) {
        Run run = { dst, size, count };
        size_t n;

        while (run.count > 0) {
                n = layout_size(l, id);
                if (n > run.size)
                        break;
                if (l->n_places == 1 && n <= BLOCK_SIZE && run.size >= BLOCK_SIZE) {
                        put_blocks(l, id, &run);
                        continue;
                }
                put_layout(l, id, run.dst);
                run.dst += n;
                run.size -= n;
                run.count--;
                id_next(id);
        }

        *ret_count = count - run.count;
        return size - run.size;
}

size_t receipt_format(const Receipt *r, Id *id, size_t count, bool truncated, char *dst,
                      size_t size, size_t *ret_count) {
        return format(&r->layouts[truncated], id, count, dst, size, ret_count);
}

size_t receipt_format_error(int error, Id *id, size_t count, char *dst, size_t size,
                            size_t *ret_count) {
        static const uint16_t place = sizeof(ERROR_HEAD) - 1;
        /* Not strerror(), which may share its buffer with other threads. */
        const char *what = strerrordesc_np(error);
        char text[ERROR_TEXT_MAX];
        Layout l = { .text = text, .places = &place, .n_places = 1 };
        int n;

        n = snprintf(text, sizeof(text), ERROR_HEAD " not stored: %s\n",
                     what ? what : "Unknown error");
        assert(n > 0 && (size_t)n < sizeof(text));
        l.size = (size_t)n;
        return format(&l, id, count, dst, size, ret_count);
}
