/* SPDX-License-Identifier: MIT */
/* A part is what is between "%{" and "}"; a "%" alone is itself. */

#include "core/path_template.h"

#include "core/address.h"
#include "core/macro.h"
#include "core/record.h"
#include "core/record_source.h"
#include <string.h>

#define DATE_SIZE 10

typedef enum Part {
        PART_LISTENER,
        PART_PEER,
        PART_DATE,
        PART_MAX_,
} Part;

static const char *const part_names[PART_MAX_] = { "listener", "peer", "date" };

const char *path_template_part_end(const char *part) {
        const char *end = strchrnul(part, '}');

        return *end ? end + 1 : end;
}

/* The part at P, which begins with "%{"; *RET: behind it. PART_MAX_: unknown. */
static Part read_part(const char *p, const char **ret) {
        size_t size = strcspn(p, "}");
        const char *name = p + 2;

        *ret = path_template_part_end(p);
        for (Part part = 0; part < PART_MAX_ && p[size]; part++)
                if (strlen(part_names[part]) == size - 2 &&
                    memcmp(part_names[part], name, size - 2) == 0)
                        return part;
        return PART_MAX_;
}

bool path_template_is(const char *path) {
        return strstr(path, "%{");
}

bool path_template_has(const char *path, const char *name) {
        for (const char *p = path; (p = strstr(p, "%{"));) {
                Part part = read_part(p, &p);

                if (part < PART_MAX_ && strcmp(part_names[part], name) == 0)
                        return true;
        }
        return false;
}

const char *path_template_find_unknown(const char *path, size_t *ret_size) {
        for (const char *p = path; (p = strstr(p, "%{"));) {
                const char *begin = p;

                if (read_part(p, &p) == PART_MAX_) {
                        *ret_size = (size_t)(p - begin);
                        return begin;
                }
        }
        return NULL;
}

/* What of the part is written: as it is, or made safe. */
static size_t fill_in(Part part, const RecordSource *s, const RecordTime *time,
                      char text[static ADDRESS_TEXT_MAX]) {
        size_t n = 0;

        switch (part) {
        case PART_LISTENER:
                n = MIN(strlen(s->listener), (size_t)ADDRESS_TEXT_MAX);
                memcpy(text, s->listener, n);
                break;
        case PART_PEER:
                n = address_format_host(&s->peer, text);
                break;
        case PART_DATE:
                n = DATE_SIZE;
                memcpy(text, time->text, DATE_SIZE);
                break;
        case PART_MAX_:
                break;
        }
        for (size_t i = 0; i < n; i++) {
                const char c = text[i];
                const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

                if (!letter && !(c >= '0' && c <= '9') && c != '-' && (c != '.' || i == 0))
                        text[i] = '_';
        }
        return n;
}

size_t path_template_expand(const char *path, const RecordSource *source, const RecordTime *time,
                            char *dst, size_t size) {
        size_t n = 0;

        for (const char *p = path; *p;) {
                char text[ADDRESS_TEXT_MAX];
                size_t one = 1;

                if (p[0] == '%' && p[1] == '{')
                        one = fill_in(read_part(p, &p), source, time, text);
                else
                        text[0] = *p++;
                if (size - n <= one)
                        return 0;

                memcpy(dst + n, text, one);
                n += one;
        }
        dst[n] = '\0';
        return n;
}
