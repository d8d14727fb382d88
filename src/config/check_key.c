/* SPDX-License-Identifier: MIT */
/* See check_key.h. */
#include "config/check_key.h"

#include <string.h>

#include "config/check_impl.h"
#include "config/config.h"

bool check_name(const Check *check, const char *name) {
        size_t n = strlen(name);

        if (n >= 1 && n <= CHECK_NAME_MAX &&
            strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") == n)
                return true;

        complain(check, "name", "must be 1 to %d of a-z, 0-9, _ and -, not \"%.*s\"",
                 CHECK_NAME_MAX, PROBLEM_VALUE_MAX, name);
        return false;
}

void check_name_taken(const Check *check, const char *name, const char *list, size_t i) {
        complain(check, "name", "%s\"%s\" is already the name of %s[%zu]",
                 is_set(check, "name") ? "" : "missing, and its default ", name, list, i);
}

void check_applies(const Check *check, SettingScope scope, const void *structure) {
        const Setting *s = NULL;

        while ((s = setting_next(scope, s)))
                if (s->applies && is_set(check, s->name) && !s->applies(structure))
                        complain(check, s->name, "%s", s->applies_text);
}
