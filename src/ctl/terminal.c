/* SPDX-License-Identifier: MIT */
/* The alternate screen, keys without echo, and signals as events. */

#include "ctl/terminal.h"

#include "core/clock.h"
#include "ctl/print.h"
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>

/* Another screen, no cursor; what does not fit on a line is cut, not wrapped. */
#define ENTER "\033[?1049h\033[?25l\033[?7l"
#define LEAVE "\033[?7h\033[?25h\033[?1049l"
#define COLUMNS_DEFAULT 80
#define LINES_DEFAULT 24
#define KEY_CTRL_C 3
#define KEY_CTRL_D 4

static struct termios before;
static sigset_t mask_before;
static int signal_fd = -EBADF;

static void put(const char *text, size_t size) {
        while (size > 0) {
                ssize_t n = write(STDOUT_FILENO, text, size);

                if (n < 0 && errno != EINTR && errno != EAGAIN)
                        return; /* terminal_wait() notices that the terminal is gone */
                text += n > 0 ? n : 0;
                size -= n > 0 ? (size_t)n : 0;
        }
}

static void take_over(void) {
        struct termios raw = before;

        raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
        raw.c_cc[VMIN] = 0;
        raw.c_cc[VTIME] = 0;
        (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw); /* on failure keys are echoed, no more */
        put(ENTER, strlen(ENTER));
}

static void give_back(void) {
        put(LEAVE, strlen(LEAVE));
        (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &before); /* nothing else can be done */
}

int terminal_start(void) {
        static const int handled[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH };
        sigset_t mask;
        int r;

        if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
                print_error("standard input and output must be a terminal (\"sockctl status\" "
                            "needs none)");
                return -ENOTTY;
        }

        (void)sigemptyset(&mask);
        for (size_t i = 0; i < ELEMENTSOF(handled); i++)
                (void)sigaddset(&mask, handled[i]);
        signal_fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
        if (signal_fd < 0 || tcgetattr(STDIN_FILENO, &before) < 0) {
                r = -errno;
                print_error("cannot set up the terminal: %s", strerrordesc_np(-r));
                closep(&signal_fd);
                return r;
        }
        (void)setlocale(LC_CTYPE, "");
        (void)sigprocmask(SIG_BLOCK, &mask, &mask_before);
        take_over();
        return 0;
}

void terminal_stop(void) {
        give_back();
        (void)sigprocmask(SIG_SETMASK, &mask_before, NULL);
        closep(&signal_fd);
        signal_fd = -EBADF;
}

void terminal_size(size_t *ret_columns, size_t *ret_lines) {
        struct winsize size;

        *ret_columns = COLUMNS_DEFAULT;
        *ret_lines = LINES_DEFAULT;
        if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0)
                return;

        if (size.ws_col > 0)
                *ret_columns = size.ws_col;
        if (size.ws_row > 0)
                *ret_lines = size.ws_row;
}

bool terminal_is_utf8(void) {
        return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

void terminal_draw(const char *text, size_t size) {
        put(text, size);
}

/* Gives the terminal back to the shell until SIGCONT. */
static TerminalEvent suspend(void) {
        give_back();
        (void)raise(SIGSTOP);
        take_over();
        return TERMINAL_REDRAW;
}

static TerminalEvent take_signal(void) {
        struct signalfd_siginfo si;

        if (read(signal_fd, &si, sizeof(si)) != sizeof(si))
                return TERMINAL_TIMEOUT;
        if (si.ssi_signo == SIGWINCH)
                return TERMINAL_REDRAW;
        return si.ssi_signo == SIGTSTP ? suspend() : TERMINAL_QUIT;
}

static TerminalEvent take_keys(void) {
        char keys[64];
        ssize_t n = read(STDIN_FILENO, keys, sizeof(keys));

        for (ssize_t i = 0; i < n; i++)
                if (keys[i] == 'q' || keys[i] == 'Q' || keys[i] == KEY_CTRL_C ||
                    keys[i] == KEY_CTRL_D)
                        return TERMINAL_QUIT;
        return TERMINAL_TIMEOUT;
}

TerminalEvent terminal_wait(uint64_t until_usec) {
        struct pollfd fds[] = {
                { .fd = STDIN_FILENO, .events = POLLIN },
                { .fd = signal_fd, .events = POLLIN },
        };
        TerminalEvent event = TERMINAL_TIMEOUT;

        do {
                int timeout = clock_timeout_msec(until_usec, clock_monotonic());

                if (poll(fds, ELEMENTSOF(fds), timeout) < 0)
                        continue; /* EINTR */
                if (fds[1].revents)
                        event = take_signal();
                else if (fds[0].revents & POLLIN)
                        event = take_keys();
                else if (fds[0].revents)
                        event = TERMINAL_QUIT;
        } while (event == TERMINAL_TIMEOUT && clock_monotonic() < until_usec);
        return event;
}
