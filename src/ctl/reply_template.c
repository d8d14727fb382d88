/* SPDX-License-Identifier: MIT */
/* Each level is tried. */

#include "ctl/reply_template.h"

#include "core/id.h"
#include "core/macro.h"
#include "core/names.h"
#include <string.h>

#define ID_CHARACTERS "0123456789abcdefghijklmnopqrstuvwxyz-"

typedef struct Part {
        const char *data;
        size_t size;
} Part;

static bool skip(Part *data, Part prefix) {
        if (data->size < prefix.size || memcmp(data->data, prefix.data, prefix.size) != 0)
                return false;

        data->data += prefix.size;
        data->size -= prefix.size;
        return true;
}

static bool is_id(Part id) {
        for (size_t i = 0; i < id.size; i++)
                if (!memchr(ID_CHARACTERS, id.data[i], sizeof(ID_CHARACTERS) - 1))
                        return false;
        return true;
}

/* The template is valid: after each percent sign there is one of "il%". */
static bool matches(Part text, Part data, size_t id_size, Part level) {
        Part id = { NULL, id_size };

        for (size_t i = 0; i < text.size; i++) {
                Part next = { &text.data[i], 1 };

                if (text.data[i] == '%' && text.data[++i] == 'l')
                        next = level;
                else if (text.data[i] == 'i' && next.data[0] == '%') {
                        if (!id.data)
                                id.data = data.data;
                        if (data.size < id.size)
                                return false;
                        next = id;
                }
                if (!skip(&data, next))
                        return false;
        }
        return data.size == 0 && (!id.data || is_id(id));
}

/* All IDs have the same size, so the size of DATA tells which. */
static bool matches_level(Part text, Part data, const char *level) {
        const Part l = { level, strlen(level) };
        size_t n_ids = 0, others = 0, id_size;

        for (size_t i = 0; i < text.size; i++) {
                bool is_percent = text.data[i] == '%';

                i += is_percent;
                if (is_percent && text.data[i] == 'i')
                        n_ids++;
                else
                        others += is_percent && text.data[i] == 'l' ? l.size : 1;
        }
        if (data.size < others)
                return false;

        id_size = n_ids > 0 ? (data.size - others) / n_ids : 0;
        return (n_ids == 0 || id_size > 0) && id_size <= ID_TEXT_MAX &&
               matches(text, data, id_size, l);
}

bool reply_template_matches(const char *text, size_t text_size, const char *data, size_t size) {
        for (Level l = 0; l < LEVEL_MAX_; l++) {
                char truncated[32];

                (void)stpcpy(stpcpy(truncated, level_text(l)), " truncated");
                if (matches_level((Part){ text, text_size }, (Part){ data, size }, level_text(l)) ||
                    matches_level((Part){ text, text_size }, (Part){ data, size }, truncated))
                        return true;
        }
        return false;
}

size_t reply_template_line(const char *text, int number, const char **ret) {
        for (; number > 0; number--)
                text = strchrnul(text, '\n') + (*strchrnul(text, '\n') != '\0');
        *ret = text;
        return strcspn(text, "\n");
}
