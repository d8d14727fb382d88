/* SPDX-License-Identifier: MIT */
/* From the command line of sockd to its exit status. */

#include "config/config.h"
#include "core/macro.h"
#include "daemon/arguments.h"
#include "daemon/base/capability.h"
#include "daemon/base/exit_status.h"
#include "daemon/base/log.h"
#include "daemon/net/access.h"
#include "daemon/net/listener_tls.h"
#include "daemon/server.h"
#include <fcntl.h>
#include <signal.h>

/* A file or socket in the place of a closed standard output would be sent records. */
static void occupy_standard_descriptors(void) {
        int fd;

        do
                fd = open("/dev/null", O_RDONLY); /* so that a write is an error */
        while (fd >= 0 && fd <= STDERR_FILENO);
        if (fd >= 0)
                (void)close(fd); /* nothing was written */
}

/*
 * SIGTERM, SIGINT and SIGHUP come through the main event loop; a failed write is just an errno. The
 * first process of a container inherits others, which end without being waited for.
 */
static void prepare_signals(void) {
        sigset_t handled;

        (void)sigemptyset(&handled);
        (void)sigaddset(&handled, SIGTERM);
        (void)sigaddset(&handled, SIGINT);
        (void)sigaddset(&handled, SIGHUP);
        (void)sigprocmask(SIG_BLOCK, &handled, NULL);
        (void)signal(SIGPIPE, SIG_IGN);
        (void)signal(SIGXFSZ, SIG_IGN);
        (void)signal(SIGCHLD, SIG_IGN);
}

int main(int argc, char *argv[]) {
        _cleanup_(config_freep) Config *config = NULL;
        /* What does not end in time uses it until the process has ended. */
        static Arguments a;
        int r;

        occupy_standard_descriptors();
        if (arguments_parse(&a, argc, argv) < 0)
                return EXIT_USAGE;
        if (a.action == ACTION_EXIT)
                return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
        /* First of all, because the kernel drops what is neither blocked nor handled by PID 1. */
        if (a.action == ACTION_RUN)
                prepare_signals();
        r = config_load(a.config, stderr, &config);
        if (r >= 0 && a.action == ACTION_CHECK)
                r = MIN(access_check(config, stderr), listener_tls_check(config, stderr));
        if (r < 0 || a.action == ACTION_CHECK)
                return exit_status_of(r);
        if (a.action == ACTION_PRINT)
                return config_print(config, stdout) < 0 || fflush(stdout) != 0;

        capability_lower();
        log_init();
        log_set_level(config->log_level);
        r = server_run(&a.instance, a.config, TAKE_PTR(config));
        if (r != 0)
                _exit(exit_status_of(r)); /* a thread may be stuck in the kernel: frees nothing */
        return EXIT_SUCCESS;
}
