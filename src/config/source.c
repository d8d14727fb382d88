/* SPDX-License-Identifier: MIT */
/*
 * The text of a config file; see source.h. This is a second lexer because libconfig 1.5, which Debian
 * 12 and Ubuntu 24.04 have, silently wraps integers to 32 bits; 1.7 (Debian 13) still does so for
 * hexadecimal ones. It knows just enough of libconfig's tokens to count integers as libconfig does.
 */
#include "config/source.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SIZE_MAX_BYTES (8u << 20)
/* Far more than any file needs; libconfig takes time quadratic in the number of settings. */
#define DEPTH_MAX 32
#define SETTINGS_MAX 16384

#define DIGITS "0123456789"
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

typedef struct Scan {
        Source *source;
        ProblemList *problems;
        const char *p;
        unsigned line;
        unsigned depth;
        char open[DEPTH_MAX]; /* the brackets around us */
        char previous;        /* first byte of the token before this one */
        size_t n_settings;
        size_t n_integers;
} Scan;

void source_done(Source *s) {
        free(s->text);
        free(s->numbers);
        *s = (Source){ 0 };
}

static int read_all(int fd, Source *s) {
        size_t allocated = 0;

        for (;;) {
                ssize_t n;

                if (allocated - s->size < 4096 + 2) {
                        char *text = realloc(s->text, allocated * 2 + 8192);

                        if (!text)
                                return -ENOMEM;
                        s->text = text;
                        allocated = allocated * 2 + 8192;
                }

                n = read(fd, s->text + s->size, allocated - s->size - 2);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                if (n == 0)
                        break;
                s->size += (size_t)n;
                if (s->size > SIZE_MAX_BYTES)
                        return -EFBIG;
        }

        /* libconfig rejects a comment that no newline follows. */
        s->text[s->size++] = '\n';
        s->text[s->size] = '\0';
        return 0;
}

static int read_path(const char *path, bool only_regular, Source *ret) {
        _cleanup_(source_done) Source s = { 0 };
        _cleanup_close_ int fd = -EBADF;
        struct stat st;
        int r;

        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        if (fd < 0)
                return -errno;
        if (fstat(fd, &st) < 0)
                return -errno;
        if (S_ISDIR(st.st_mode))
                return -EISDIR;
        if (only_regular && !S_ISREG(st.st_mode))
                return -ENOTSUP;
        /* O_NONBLOCK was for opening a pipe without a writer; reading may block. */
        if (fcntl(fd, F_SETFL, 0) < 0)
                return -errno;

        r = read_all(fd, &s);
        if (r < 0)
                return r;

        s.world_writable = S_ISREG(st.st_mode) && (st.st_mode & S_IWOTH);
        *ret = s;
        s = (Source){ 0 };
        return 0;
}

int source_read(const char *path, Source *ret) {
        return read_path(path, false, ret);
}

int source_read_regular(const char *path, Source *ret) {
        return read_path(path, true, ret);
}

static int refuse(const Scan *scan, unsigned line, const char *what) {
        const ProblemPlace place = { .line = line };

        problem_add(scan->problems, &place, "%s", what);
        return -EBADMSG;
}

/* Moves to END, counting lines. */
static void move_to(Scan *scan, const char *end) {
        while (scan->p < end)
                scan->line += *scan->p++ == '\n';
}

/* True where a value, or another piece of a string, may begin. */
static bool string_may_stand(const Scan *scan) {
        char around = scan->depth > 0 ? scan->open[scan->depth - 1] : '{';

        if (scan->previous == ',')
                return around != '{';
        return scan->previous && strchr("=:([\"", scan->previous);
}

static int scan_string(Scan *scan) {
        unsigned line = scan->line;

        /* libconfig rejects it too, but leaks the string. */
        if (!string_may_stand(scan))
                return refuse(scan, line, "syntax error");

        for (const char *p = scan->p + 1; *p; p++) {
                if (*p == '"') {
                        move_to(scan, p + 1);
                        return 0;
                }
                if (*p != '\\')
                        continue;
                if (p[1] == '\\' || p[1] == '"') {
                        p++;
                        continue;
                }
                if ((p[1] == 'x' || p[1] == 'X') && p[2] == '0' && p[3] == '0') {
                        move_to(scan, p);
                        return refuse(scan, scan->line, "a string cannot contain \\x00");
                }
        }
        return refuse(scan, line, "unterminated string");
}

static int scan_comment(Scan *scan) {
        const char *end;

        if (scan->p[0] == '#' || scan->p[1] == '/') {
                scan->p += strcspn(scan->p, "\n");
                return 0;
        }
        if (scan->p[1] != '*') {
                scan->p++; /* a syntax error for libconfig */
                return 0;
        }

        end = strstr(scan->p + 2, "*/");
        if (!end)
                return refuse(scan, scan->line, "unterminated comment");
        move_to(scan, end + 2);
        return 0;
}

static int scan_include(Scan *scan) {
        if (strncmp(scan->p, "@include", strlen("@include")) == 0)
                return refuse(scan, scan->line, "@include is not supported");
        scan->p++;
        return 0;
}

/* Records the integer if libconfig would read another value. */
static int add_integer(Scan *scan, const char *end, int base, bool is_long) {
        Source *s = scan->source;
        SourceNumber n = { .index = scan->n_integers++,
                           .text = scan->p,
                           .size = (int)(end - scan->p) };
        SourceNumber *numbers;

        errno = 0;
        n.value = strtoll(scan->p, NULL, base);
        if (errno != ERANGE && (is_long || (n.value >= INT_MIN && n.value <= INT_MAX)))
                return 0;

        numbers = reallocarray(s->numbers, s->n_numbers + 1, sizeof(*numbers));
        if (!numbers)
                return -ENOMEM;
        s->numbers = numbers;
        s->numbers[s->n_numbers++] = n;
        return 0;
}

static int scan_integer(Scan *scan, const char *digits, int base) {
        const char *end = digits + strspn(digits, base == 16 ? DIGITS "abcdefABCDEF" : DIGITS);
        size_t n_long = MIN(strspn(end, "L"), (size_t)2);
        int r;

        r = add_integer(scan, end, base, n_long > 0);
        if (r < 0)
                return r;

        scan->p = end + n_long;
        return 0;
}

/* Returns the end of the exponent that begins at P; P if there is none. */
static const char *skip_exponent(const char *p) {
        const char *digits;
        size_t n_digits;

        if (*p != 'e' && *p != 'E')
                return p;

        digits = p + 1 + (p[1] == '-' || p[1] == '+');
        n_digits = strspn(digits, DIGITS);
        return n_digits > 0 ? digits + n_digits : p;
}

static int scan_digits(Scan *scan) {
        const char *digits = scan->p + (*scan->p == '-' || *scan->p == '+'), *end;

        if (scan->p[0] == '0' && (scan->p[1] == 'x' || scan->p[1] == 'X') &&
            strspn(scan->p + 2, DIGITS "abcdefABCDEF") > 0)
                return scan_integer(scan, scan->p + 2, 16);

        end = digits + strspn(digits, DIGITS);
        if (*end == '.') {
                end++;
                scan->p = skip_exponent(end + strspn(end, DIGITS));
                return 0;
        }
        if (end == digits) {
                scan->p = digits; /* a sign alone */
                return 0;
        }
        if (skip_exponent(end) > end) {
                scan->p = skip_exponent(end);
                return 0;
        }
        return scan_integer(scan, digits, 10);
}

/* "64M" without quotes would be a syntax error for libconfig, which does not say why. */
static int scan_number(Scan *scan) {
        const char *number = scan->p;
        char what[64];
        int r, size;

        r = scan_digits(scan);
        if (r < 0)
                return r;

        size = (int)(scan->p - number + (ptrdiff_t)strspn(scan->p, LETTERS));
        if (number + size == scan->p || size > 20 || !strchr(";,)} \n", number[size]))
                return 0;
        (void)snprintf(what, sizeof(what), "a value with a unit needs quotes: \"%.*s\"", size,
                       number);
        return refuse(scan, scan->line, what);
}

static int scan_name(Scan *scan) {
        scan->p += strspn(scan->p, LETTERS DIGITS "*-_");
        return 0;
}

static int scan_open(Scan *scan) {
        if (scan->depth >= DEPTH_MAX)
                return refuse(scan, scan->line, "nested too deeply");
        scan->open[scan->depth++] = *scan->p++;
        return 0;
}

static int scan_close(Scan *scan) {
        scan->p++;
        if (scan->depth > 0)
                scan->depth--;
        return 0;
}

static int scan_assignment(Scan *scan) {
        scan->p++;
        if (++scan->n_settings > SETTINGS_MAX)
                return refuse(scan, scan->line, "too many settings");
        return 0;
}

static int scan_token(Scan *scan) {
        static const struct {
                const char *first; /* bytes that the token can begin with */
                int (*scan)(Scan *scan);
        } tokens[] = {
                { "\"", scan_string },         { "#/", scan_comment },     { "@", scan_include },
                { "+-." DIGITS, scan_number }, { LETTERS "*", scan_name }, { "({[", scan_open },
                { ")}]", scan_close },         { "=:", scan_assignment },
        };

        char first = *scan->p;

        for (size_t i = 0; i < ELEMENTSOF(tokens); i++) {
                int r;

                if (!strchr(tokens[i].first, first))
                        continue;
                r = tokens[i].scan(scan);
                if (tokens[i].scan != scan_comment)
                        scan->previous = first;
                return r;
        }

        if (!strchr(" \t\r\n\f", first))
                scan->previous = first;
        move_to(scan, scan->p + 1);
        return 0;
}

int source_scan(Source *s, ProblemList *problems) {
        Scan scan = { .source = s, .problems = problems, .p = s->text, .line = 1 };
        const char *nul = memchr(s->text, '\0', s->size);
        int r;

        if (nul) {
                move_to(&scan, nul);
                return refuse(&scan, scan.line, "contains a NUL byte");
        }

        while (*scan.p) {
                r = scan_token(&scan);
                if (r < 0)
                        return r;
        }
        return 0;
}
