/* SPDX-License-Identifier: MIT */
/* Entries and lines have one syntax; see prefix_list.h. */
#include "config/prefix_list.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "config/config.h"
#include "config/source.h"
#include "core/prefix_set.h"
#include "core/transport.h"

/* Errors of one file that are shown. */
#define ERRORS_MAX 10

DEFINE_CLEANUP(PrefixSet *, prefix_set_free)

/* Returns whether TEXT is a prefix without bits beyond its length. */
static bool parse(const char *text, const ProblemPlace *place, ProblemList *problems, Prefix *ret) {
        char base[ADDRESS_TEXT_MAX];
        int r = prefix_parse(text, ret);

        if (r == 0)
                return true;

        if (r == -ENODEV) {
                problem_add(problems, place, "\"%.*s\" names an interface that does not exist",
                            PROBLEM_VALUE_MAX, text);
        } else if (r < 0) {
                problem_add(problems, place,
                            "must be an address or a prefix such as 192.0.2.0/24, not \"%.*s\"",
                            PROBLEM_VALUE_MAX, text);
        } else {
                (void)address_format_host(&ret->base, base);
                problem_add(problems, place,
                            "\"%.*s\" has bits beyond its length, the prefix is %s/%u",
                            PROBLEM_VALUE_MAX, text, base, ret->bits);
        }
        return false;
}

/* What can never match is a mistake. */
static void check_family(const char *text, Protocol protocol, const ProblemPlace *place,
                         ProblemList *problems) {
        static const char *const needed[] = {
                [TRANSPORT_PORT] = "an address or a prefix such as 192.0.2.0/24",
                [TRANSPORT_HOST] = "an address or a prefix such as 192.0.2.0/24",
                [TRANSPORT_PATH] = "a user or a group such as uid:1000 or gid:100",
                [TRANSPORT_CID] = "a virtual machine such as vsock:3",
        };
        Prefix p;

        if (!parse(text, place, problems, &p) || !protocol_is_known(protocol) ||
            transport_may_come_from(protocol, p.base.family))
                return;
        problem_add(problems, place, "must be %s for protocol \"%s\", not \"%.*s\"",
                    needed[transport_of(protocol)->place], protocol_text(protocol),
                    PROBLEM_VALUE_MAX, text);
}

void prefix_list_check(const char *text, Protocol protocol, const ProblemPlace *place,
                       ProblemList *problems) {
        if (*text != '@')
                check_family(text, protocol, place, problems);
        else if (text[1] != '/')
                problem_add(problems, place, "the path after \"@\" must be absolute");
        else if (strlen(text + 1) >= PATH_MAX)
                problem_add(problems, place, "longer than %d bytes", PATH_MAX);
}

/* Removes the comment and the white space around what is left. */
static char *trim(char *line) {
        char *end = line + strcspn(line, "#");

        while (end > line && strchr(" \t\r", end[-1]))
                end--;
        *end = '\0';
        return line + strspn(line, " \t");
}

/* Returns 0, -EBADMSG if there are problems, or -ENOMEM. */
static int add_lines(Source *source, PrefixSet *set, ProblemList *problems) {
        ProblemPlace place = { .line = 0 };
        size_t n = 0;

        if (source->world_writable)
                problem_add(problems, &place, "the file is world-writable, chmod o-w it");
        if (strlen(source->text) != source->size)
                problem_add(problems, &place, "the file has NUL bytes");

        for (char *line = source->text, *end; *line && problems->n < ERRORS_MAX; line = end + 1) {
                Prefix p;
                char *text;

                place.line++;
                end = strchrnul(line, '\n');
                if (!*end)
                        break; /* behind a NUL byte */
                *end = '\0';
                text = trim(line);
                if (!*text || !parse(text, &place, problems, &p))
                        continue;
                if (++n > PREFIX_LIST_FILE_MAX) {
                        problem_add(problems, &place, "more than %d prefixes",
                                    PREFIX_LIST_FILE_MAX);
                        break;
                }
                if (prefix_set_add(set, &p) < 0)
                        return -ENOMEM;
        }
        if (problems->out_of_memory)
                return -ENOMEM;
        return problems->n > 0 ? -EBADMSG : 0;
}

static int add_file(const char *path, FILE *errors, PrefixSet *set) {
        _cleanup_(problem_done) ProblemList problems = { 0 };
        _cleanup_(source_done) Source source = { 0 };
        int r = source_read_regular(path, &source);

        if (r >= 0)
                r = add_lines(&source, set, &problems);
        problem_print(&problems, path, errors);
        if (r < 0 && r != -EBADMSG)
                problem_print_file(path, r == -ENOTSUP ? "not a regular file" : strerrordesc_np(-r),
                                   errors);
        return r;
}

static int add_entry(const char *text, FILE *errors, PrefixSet *set) {
        Prefix p;

        if (*text == '@')
                return add_file(text + 1, errors, set);
        if (prefix_parse(text, &p) == 0)
                return prefix_set_add(set, &p);

        /* Its interface has gone since. */
        problem_print_file(text, "names an interface that does not exist", errors);
        return -ENODEV;
}

int prefix_list_load(const ConfigStrings *list, FILE *errors, PrefixSet **ret) {
        _cleanup_(prefix_set_freep) PrefixSet *set = NULL;
        int r = 0;

        if (list->n > 0) {
                set = prefix_set_new();
                if (!set)
                        return -ENOMEM;
        }
        for (size_t i = 0; i < list->n; i++)
                r = MIN(r, add_entry(list->items[i], errors, set));
        if (r < 0)
                return r;

        if (set)
                prefix_set_seal(set);
        *ret = TAKE_PTR(set);
        return 0;
}
