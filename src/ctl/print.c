/* SPDX-License-Identifier: MIT */
/* Lines for people, with everything escaped that could do harm on a terminal. */

#include "ctl/print.h"

#include "core/escape.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define LINE_MAX_SIZE 2048
#define CHUNK_SIZE 1024

/* Why standard output failed, a positive errno: stdio remembers only that it did. */
static int output_error;

/* PRINT_ERROR_MAX bytes of the caller, which shows them; NULL: standard error. */
static char *error_buffer;

void print_errors_to(char *buf) {
        error_buffer = buf;
}

void print_error(const char *format, ...) {
        char line[LINE_MAX_SIZE], escaped[ESCAPE_TEXT_MAX(LINE_MAX_SIZE)];
        va_list args;
        int n;

        va_start(args, format);
        n = vsnprintf(line, sizeof(line), format, args);
        va_end(args);
        if (n < 0)
                return;

        n = (int)escape_terminal(escaped, line, MIN((size_t)n, sizeof(line) - 1));
        if (error_buffer)
                (void)snprintf(error_buffer, PRINT_ERROR_MAX, "%.*s", n, escaped);
        else
                fprintf(stderr, "sockctl: %.*s\n", n, escaped);
}

void print_error_lines(char *text, const char *prefix, const char *end) {
        char *save, *line = strtok_r(text, "\n", &save);

        while (line) {
                char *next = strtok_r(NULL, "\n", &save);

                print_error("%s%s%s", prefix, line, next ? "" : end);
                line = next;
        }
}

/* Where to cut N bytes so that no UTF-8 character is torn; at most three bytes are held back. */
static size_t whole_characters(const char *data, size_t n) {
        for (size_t back = 1; back <= 3 && back < n; back++) {
                unsigned char c = (unsigned char)data[n - back];

                if (c >= 0xc0)
                        return n - back;
                if (c < 0x80)
                        break;
        }
        return n;
}

static void note_error(bool failed) {
        if (failed && output_error == 0)
                output_error = errno > 0 ? errno : EIO;
}

static void put(const char *data, size_t size) {
        errno = 0;
        note_error(fwrite(data, 1, size, stdout) != size);
}

void print_bytes(const char *data, size_t size) {
        put(data, size);
}

bool print_failed(void) {
        return output_error > 0;
}

static void put_escaped(const char *data, size_t size) {
        char escaped[ESCAPE_TEXT_MAX(CHUNK_SIZE)];

        while (size > 0) {
                size_t n = size > CHUNK_SIZE ? whole_characters(data, CHUNK_SIZE) : size;

                put(escaped, escape_terminal(escaped, data, n));
                data += n;
                size -= n;
        }
}

void print_text(const char *text) {
        put_escaped(text, strlen(text));
}

void print_line(const char *data, size_t size) {
        put_escaped(data, size);
        put("\n", 1);
}

int print_flush(void) {
        errno = 0;
        note_error(fflush(stdout) != 0 || ferror(stdout));
        return -output_error;
}

void print_lost(void) {
        errno = ENOMEM;
        note_error(true);
}

void print_end_paging(void) {
        int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

        if (print_flush() == -EPIPE) {
                clearerr(stdout);
                output_error = 0;
        }
        if (fd >= 0)
                (void)dup2(fd, STDOUT_FILENO); /* closes the pipe */
        closep(&fd);
}
