/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a file of prefixes: refused with the lines that are wrong, or the set has what its
 * lines have.
 */

#include "config/prefix_list.h"

#include "config/config.h"
#include "fuzz.h"
#include "prefix_model.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define ERRORS_MAX 10 /* of a file */
/* Larger sets are not compared: the model takes a time that is quadratic in it. */
#define N_PREFIXES_MAX 12
#define PATH_TEXT_MAX 64

/* What a file has, line by line. */
typedef struct Lines {
        Prefix prefixes[N_PREFIXES_MAX];
        size_t n, n_bad;
        unsigned first_bad; /* from 1 */
        bool has_nul;
} Lines;

/* One file for all inputs; its path is "@PATH" without the first byte. */
static const char *write_file(const uint8_t *data, size_t size) {
        static char entry[PATH_TEXT_MAX];
        static int fd = -EBADF;
        ssize_t n;

        if (fd < 0) {
                fd = memfd_create("fuzz_prefix_list", MFD_CLOEXEC);
                if (fd < 0 || fchmod(fd, 0600) < 0)
                        abort();
                (void)snprintf(entry, sizeof(entry), "@/proc/self/fd/%d", fd);
        }
        n = ftruncate(fd, 0) < 0 ? -1 : pwrite(fd, data, size, 0);
        assert(n == (ssize_t)size);
        return entry;
}

/* As an entry of the list in the config file it would be found right or wrong too. */
static void check_entry(const char *text, bool good) {
        ProblemPlace place = { .line = 1 };
        ProblemList problems = { 0 };

        prefix_list_check(text, PROTOCOL_MAX_, &place, &problems);
        if (*text != '@')
                assert(problems.n == !good);
        problem_done(&problems);
}

static void take_line(Lines *lines, char *text, unsigned number) {
        Prefix p;
        bool good;

        if (strchr(text, '#'))
                *strchr(text, '#') = '\0';
        while (*text == ' ' || *text == '\t')
                text++;
        while (*text && strchr(" \t\r", text[strlen(text) - 1]))
                text[strlen(text) - 1] = '\0';
        if (!*text)
                return;

        good = prefix_parse(text, &p) == 0;
        check_entry(text, good);
        if (good && lines->n++ < N_PREFIXES_MAX)
                lines->prefixes[lines->n - 1] = p;
        if (!good && lines->n_bad++ == 0)
                lines->first_bad = number;
}

static void take_lines(Lines *lines, const uint8_t *data, size_t size) {
        char *text = exact_text(data, size), *next = text;

        *lines = (Lines){ .has_nul = strlen(text) < size };
        for (unsigned number = 1; next; number++) {
                char *line = strsep(&next, "\n");

                if (next || !lines->has_nul) /* else it is not all of the line */
                        take_line(lines, line, number);
        }
        free(text);
}

/* One line for each, the first of them first, and nothing in them that a terminal would obey. */
static void check_errors(const Lines *lines, const char *path, const char *errors, size_t size) {
        size_t n = 0, expected = MIN(lines->n_bad + lines->has_nul, (size_t)ERRORS_MAX);
        char begin[PATH_TEXT_MAX + 32];

        for (size_t i = 0; i < size; i++) {
                unsigned char c = (unsigned char)errors[i];

                n += c == '\n';
                assert(c == '\n' || (c >= 0x20 && c != 0x7F));
        }
        assert(n == expected);
        assert(errors[size - 1] == '\n');
        if (lines->has_nul)
                (void)snprintf(begin, sizeof(begin), "%s: the file has NUL bytes\n", path);
        else
                (void)snprintf(begin, sizeof(begin), "%s:%u: ", path, lines->first_bad);
        assert(strncmp(errors, begin, strlen(begin)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        const char *entry = write_file(data, size);
        ConfigStrings list = { (char *[]){ (char *)entry }, 1 };
        PrefixSet *set = NULL;
        size_t errors_size;
        char *errors;
        FILE *f = open_memstream(&errors, &errors_size);
        Lines lines;
        int r;

        assert(f);
        take_lines(&lines, data, size);
        r = prefix_list_load(&list, f, &set);
        (void)fclose(f);
        if (lines.n_bad > 0 || lines.has_nul) {
                assert(r == -EBADMSG && !set);
                check_errors(&lines, entry + 1, errors, errors_size);
        } else {
                assert(r == 0 && set && errors_size == 0);
                if (lines.n <= N_PREFIXES_MAX)
                        prefix_model_check(set, lines.prefixes, lines.n);
                else
                        assert(prefix_set_size(set) <= lines.n);
        }
        free(errors);
        (void)prefix_set_free(set);
        return 0;
}
