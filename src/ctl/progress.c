/* SPDX-License-Identifier: MIT */
/* The progress bar, on standard error. */

#include "ctl/progress.h"

#include "core/clock.h"
#include "core/macro.h"
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#define FIRST_USEC (USEC_PER_SEC / 2) /* what is done sooner needs no bar */
#define INTERVAL_USEC (USEC_PER_SEC / 10)
#define WIDTH_DEFAULT 80
#define BAR_MAX 40
#define CLEAR "\r\033[K"

static const int signals[] = { SIGHUP, SIGINT, SIGTERM };

/* Installed only while there is a bar: an interrupt must leave a clean terminal too. */
static void on_signal(int sig) {
        ssize_t n = write(STDERR_FILENO, CLEAR, sizeof(CLEAR) - 1);

        (void)n;          /* nothing else can be done here */
        (void)raise(sig); /* SA_RESETHAND: this time it ends us */
}

static void catch_signals(void) {
        struct sigaction old, new = { .sa_handler = on_signal, .sa_flags = SA_RESETHAND };

        for (size_t i = 0; i < ELEMENTSOF(signals); i++)
                if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler == SIG_DFL)
                        (void)sigaction(signals[i], &new, NULL); /* else the bar stays behind */
}

static bool terminal_can_clear(void) {
        const char *term = getenv("TERM");

        return isatty(STDERR_FILENO) && term && *term && strcmp(term, "dumb") != 0;
}

void progress_init(Progress *p, bool wanted, int input_fd) {
        struct stat st;

        *p = (Progress){ .input_fd = input_fd, .start_usec = clock_monotonic() };
        p->wanted = wanted && terminal_can_clear() && !isatty(input_fd);
        if (!p->wanted)
                return;

        if (fstat(input_fd, &st) == 0 && S_ISREG(st.st_mode))
                p->file_size = (uint64_t)st.st_size;
        p->shares_terminal = isatty(STDOUT_FILENO);
        catch_signals();
}

static int terminal_width(void) {
        struct winsize size;

        if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
                return WIDTH_DEFAULT;
        return size.ws_col;
}

/* How much of the file was read, in 1/BAR_MAX; -1 when that is not known. */
static int parts_done(const Progress *p) {
        off_t at;

        if (p->file_size == 0)
                return -1;
        at = lseek(p->input_fd, 0, SEEK_CUR);
        if (at < 0)
                return -1;
        return (int)(MIN((uint64_t)at, p->file_size) * BAR_MAX / p->file_size);
}

static void draw(const Progress *p, uint64_t now_usec, uint64_t n_messages, uint64_t n_receipts) {
        static const char bar[] = "========================================";
        uint64_t msec = (now_usec - p->start_usec) / USEC_PER_MSEC;
        char line[256];
        int n = 0, parts = parts_done(p);

        if (parts >= 0)
                n = snprintf(line, sizeof(line), "[%.*s%*s] ", parts, bar, BAR_MAX - parts, "");
        (void)snprintf(line + n, sizeof(line) - (size_t)n,
                       "%" PRIu64 " sent, %" PRIu64 " receipts, %" PRIu64 "/s", n_messages,
                       n_receipts, n_messages * 1000 / MAX(msec, UINT64_C(1)));
        /* one column less: a full line would wrap */
        fprintf(stderr, CLEAR "%.*s", terminal_width() - 1, line);
}

void progress_update(Progress *p, uint64_t n_messages, uint64_t n_receipts) {
        uint64_t now;

        if (!p->wanted)
                return;
        now = clock_monotonic();
        if (now < p->start_usec + FIRST_USEC || now < p->drawn_usec + INTERVAL_USEC)
                return;

        draw(p, now, n_messages, n_receipts);
        p->drawn_usec = now;
        p->shown = true;
}

static void clear(Progress *p) {
        if (p->shown)
                fputs(CLEAR, stderr);
        p->shown = false;
}

void progress_hide(Progress *p) {
        if (p->shares_terminal)
                clear(p);
}

void progress_done(Progress *p) {
        clear(p);
        p->wanted = false;
}
