/* SPDX-License-Identifier: MIT */
/* Lists are short: each addition moves the array. */
#include "config/config_strings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void config_strings_done(ConfigStrings *s) {
        for (size_t i = 0; i < s->n; i++)
                free(s->items[i]);
        free(s->items);
        *s = (ConfigStrings){ 0 };
}

int config_strings_add(ConfigStrings *s, const char *text) {
        char **items = reallocarray(s->items, s->n + 1, sizeof(*items));

        if (!items)
                return -ENOMEM;

        s->items = items;
        items[s->n] = strdup(text);
        if (!items[s->n])
                return -ENOMEM;

        s->n++;
        return 0;
}

int config_strings_copy(const ConfigStrings *from, ConfigStrings *to) {
        for (size_t i = 0; i < from->n; i++)
                if (config_strings_add(to, from->items[i]) < 0)
                        return -ENOMEM;

        return 0;
}
