/* SPDX-License-Identifier: MIT */
/* The command line of sockd, and its exit status. */

#include "config/config.h"
#include "daemon/base/exit_status.h"
#include "daemon/base/log.h"
#include "daemon/server.h"
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <string.h>

typedef enum Action {
        ACTION_RUN,
        ACTION_CHECK,
        ACTION_PRINT,
        ACTION_EXIT,
} Action;

static const char *arg_config = SOCKD_CONFIG_FILE;
static Action arg_action = ACTION_RUN;

static void help(void) {
        puts("sockd [OPTION...]\n\n"
             "Receive messages, record who sent them, answer with receipts.\n\n"
             "  -c, --config FILE    read FILE, not " SOCKD_CONFIG_FILE "\n"
             "  -t, --check          check the config file and exit\n"
             "  -T, --print-config   print the effective settings and exit\n"
             "  -v, --verbose        log at level \"debug\"\n"
             "  -V, --version        print the version and exit\n"
             "  -h, --help           print this help and exit\n\n"
             "Exit status: 0 success, 1 failure, 2 invalid usage, 75 cannot start now,\n"
             "78 cannot start until an administrator acts: invalid config file, or port\n"
             "below 1024 without the capability, for example.\n"
             "See sockd(8), sockd.conf(5), sockctl(1).");
}

/* Returns 0, or -EINVAL after the reason was printed. */
static int parse_arguments(int argc, char *argv[]) {
        static const struct option options[] = {
                { "config", required_argument, NULL, 'c' },
                { "check", no_argument, NULL, 't' },
                { "print-config", no_argument, NULL, 'T' },
                { "verbose", no_argument, NULL, 'v' },
                { "version", no_argument, NULL, 'V' },
                { "help", no_argument, NULL, 'h' },
                { 0 },
        };
        int c;

        while ((c = getopt_long(argc, argv, "c:tTvVh", options, NULL)) >= 0)
                switch (c) {
                case 'c':
                        arg_config = optarg;
                        break;
                case 't':
                        arg_action = ACTION_CHECK;
                        break;
                case 'T':
                        arg_action = ACTION_PRINT;
                        break;
                case 'v':
                        log_force_level(LOG_DEBUG);
                        break;
                case 'V':
                        puts("sockd " PACKAGE_VERSION);
                        arg_action = ACTION_EXIT;
                        return 0;
                case 'h':
                        help();
                        arg_action = ACTION_EXIT;
                        return 0;
                default:
                        return -EINVAL;
                }

        if (optind < argc) {
                (void)fprintf(stderr, "sockd: unexpected argument \"%s\"; see sockd --help\n",
                              argv[optind]);
                return -EINVAL;
        }
        return 0;
}

/* SIGTERM, SIGINT and SIGHUP are handled in the main event loop … */
static void prepare_signals(void) {
        sigset_t handled;

        (void)sigemptyset(&handled);
        (void)sigaddset(&handled, SIGTERM);
        (void)sigaddset(&handled, SIGINT);
        (void)sigaddset(&handled, SIGHUP);
        (void)sigprocmask(SIG_BLOCK, &handled, NULL);
        /* … and a failed write is just an errno. */
        (void)signal(SIGPIPE, SIG_IGN);
        (void)signal(SIGXFSZ, SIG_IGN);
}

int main(int argc, char *argv[]) {
        _cleanup_(config_freep) Config *config = NULL;
        int r;

        if (parse_arguments(argc, argv) < 0)
                return EXIT_USAGE;
        if (arg_action == ACTION_EXIT)
                return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
        r = config_load(arg_config, stderr, &config);
        if (r < 0 || arg_action == ACTION_CHECK)
                return exit_status_of(r);
        if (arg_action == ACTION_PRINT)
                return config_print(config, stdout) < 0 || fflush(stdout) != 0;

        prepare_signals();
        log_init();
        log_set_level(config->log_level);
        r = server_run(arg_config, TAKE_PTR(config));
        if (r != 0)
                _exit(exit_status_of(r)); /* a thread may be stuck in the kernel: frees nothing */
        return EXIT_SUCCESS;
}
