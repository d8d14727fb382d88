/* SPDX-License-Identifier: MIT */
/* A child whose standard input becomes our standard output. */

#include "ctl/pager.h"

#include "core/macro.h"
#include "ctl/print.h"
#include "ctl/style.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

static pid_t pager_pid; /* 0: there is none */

/* Returns the command, or NULL for none. */
static const char *choose(void) {
        const char *command = getenv("SYSTEMD_PAGER");

        if (!command)
                command = getenv("PAGER");
        if (!command)
                return "command -v less >/dev/null && exec less || exec cat";
        return *command == '\0' || strcmp(command, "cat") == 0 ? NULL : command;
}

/* A pager that is missing has read nothing, so cat(1) gets all the output. */
static void run(const char *command, int input) {
        static const char script[] = "eval \"$1\"; r=$?; [ $r -ne 127 ] || exec cat; exit $r";

        /* Quit if it fits one screen, show colours, keep the screen, chop long lines. */
        (void)setenv("LESS", "FRSXMK", false);
        (void)setenv("LESSCHARSET", "utf-8", false);
        if (dup2(input, STDIN_FILENO) >= 0)
                (void)execl("/bin/sh", "sh", "-c", script, "sh", command, NULL);
        _exit(EXIT_FAILURE);
}

void pager_open(const Global *global) {
        const char *command = choose();
        int fds[2];

        (void)style_colours(); /* decided while standard output is still the terminal */
        if (pager_pid > 0 || global->no_pager || !command || !isatty(STDOUT_FILENO) ||
            pipe2(fds, O_CLOEXEC) < 0)
                return;

        (void)fflush(stdout); /* an error stays with the stream */
        pager_pid = fork();
        if (pager_pid == 0)
                run(command, fds[0]);
        (void)close(fds[0]);
        if (pager_pid > 0 && dup2(fds[1], STDOUT_FILENO) >= 0) {
                (void)signal(SIGINT, SIG_IGN);  /* it is for the pager */
                (void)signal(SIGPIPE, SIG_IGN); /* which may end before us */
        }
        (void)close(fds[1]);
}

void pager_close(void) {
        if (pager_pid <= 0)
                return;

        print_end_paging();
        while (waitpid(pager_pid, NULL, 0) < 0 && errno == EINTR)
                ;
        pager_pid = 0;
}
