/* SPDX-License-Identifier: MIT */
/* Groups are looked up here, so that a name that nobody has is found before it is needed. */
#include "config/check_file.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>

#include "config/check_impl.h"
#include "config/config.h"

/* For a group with many members. */
#define ENTRY_SIZE_MAX (1024 * 1024)

bool check_file_mode(const Check *check, const char *mode) {
        size_t n = mode ? strlen(mode) : 0;

        if (!mode)
                return true;
        if (n >= 3 && n <= 4 && strspn(mode, "01234567") == n && (n == 3 || mode[0] == '0'))
                return true;

        complain(check, "mode", "must be octal such as \"0660\", not \"%.*s\"", PROBLEM_VALUE_MAX,
                 mode);
        return false;
}

/* Returns 0 or negative errno; -ESRCH: there is no such group. */
static int find_name(const char *name, gid_t *ret) {
        for (size_t size = 1024; size <= ENTRY_SIZE_MAX; size *= 4) {
                _cleanup_free_ char *entry = malloc(size);
                struct group group, *found;
                int error;

                if (!entry)
                        return -ENOMEM;

                error = getgrnam_r(name, &group, entry, size, &found);
                if (error == ERANGE)
                        continue;
                if (found) {
                        *ret = group.gr_gid;
                        return 0;
                }
                return error == ENOMEM || error == EIO || error == EMFILE || error == ENFILE
                               ? -error
                               : -ESRCH; /* see getgrnam(3) */
        }
        return -E2BIG;
}

static int find_group(const char *text, gid_t *ret) {
        unsigned long long number;

        if (strspn(text, "0123456789") != strlen(text))
                return find_name(text, ret);

        errno = 0;
        number = strtoull(text, NULL, 10);
        if (errno != 0 || number >= CONFIG_GROUP_NONE)
                return -ERANGE;

        *ret = (gid_t)number;
        return 0;
}

static int check_group(const Check *check, ConfigOutput *o) {
        int r;

        o->group_id = CONFIG_GROUP_NONE;
        if (!*o->group)
                return 0;

        r = find_group(o->group, &o->group_id);
        if (r == -ESRCH)
                complain(check, "group", "there is no group \"%.*s\"", PROBLEM_VALUE_MAX, o->group);
        else if (r == -ERANGE)
                complain(check, "group", "must be a name or a number, not \"%.*s\"",
                         PROBLEM_VALUE_MAX, o->group);
        else if (r < 0 && r != -ENOMEM)
                complain(check, "group", "cannot look up \"%.*s\": %s", PROBLEM_VALUE_MAX, o->group,
                         strerror(-r));
        return r == -ENOMEM ? r : 0;
}

static int complete(char **field, const char *text) {
        if (!*field)
                *field = strdup(text);
        return *field ? 0 : -ENOMEM;
}

int check_file_output(const Check *check, ConfigOutput *o) {
        bool is_valid = check_file_mode(check, o->mode);

        if (complete(&o->mode, SOCKD_FILE_MODE_DEFAULT) < 0 || complete(&o->group, "") < 0)
                return -ENOMEM;

        o->mode_bits = (mode_t)strtoul(o->mode, NULL, 8);
        if (is_valid && (o->mode_bits & 0600) != 0600)
                complain(check, "mode", "must let the owner, sockd, read and write, not \"%s\"",
                         o->mode);
        return check_group(check, o);
}
