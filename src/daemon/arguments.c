/* SPDX-License-Identifier: MIT */
/* getopt_long(3), and the text of --help. */

#include "daemon/arguments.h"

#include "daemon/base/log.h"
#include <errno.h>
#include <getopt.h>

static void help(void) {
        puts("sockd [OPTION...]\n\n"
             "Receive messages, record who sent them, answer with receipts.\n\n"
             "  -c, --config FILE    read FILE, not " SOCKD_CONFIG_FILE "\n"
             "  -i, --instance NAME  be the sockd of this name, one of several on this machine\n"
             "  -t, --check          check the config file and exit\n"
             "  -T, --print-config   print the effective settings and exit\n"
             "  -v, --verbose        log at level \"debug\"\n"
             "  -V, --version        print the version and exit\n"
             "  -h, --help           print this help and exit\n\n"
             "Exit status: 0 success, 1 failure, 2 usage, 75 cannot start yet, 78 cannot start\n"
             "See sockd(8), sockd.conf(5), sockctl(1).");
}

static int take_instance(Arguments *a, const char *name) {
        int r = instance_init(&a->instance, name);

        if (r < 0)
                (void)fprintf(
                        stderr,
                        "sockd: --instance: invalid name \"%s\" (expected " INSTANCE_NAME_EXPECTED
                        ")\n",
                        name);
        return r;
}

/* An option of getopt_long(). */
static int take(Arguments *a, int c) {
        switch (c) {
        case 'c':
                a->config = optarg;
                return 0;
        case 'i':
                return take_instance(a, optarg);
        case 't':
                a->action = ACTION_CHECK;
                return 0;
        case 'T':
                a->action = ACTION_PRINT;
                return 0;
        case 'v':
                log_force_level(LOG_DEBUG);
                return 0;
        case 'V':
                puts("sockd " PACKAGE_VERSION);
                a->action = ACTION_EXIT;
                return 0;
        case 'h':
                help();
                a->action = ACTION_EXIT;
                return 0;
        default:
                return -EINVAL;
        }
}

int arguments_parse(Arguments *a, int argc, char *argv[]) {
        static const struct option options[] = {
                { "config", required_argument, NULL, 'c' },
                { "instance", required_argument, NULL, 'i' },
                { "check", no_argument, NULL, 't' },
                { "print-config", no_argument, NULL, 'T' },
                { "verbose", no_argument, NULL, 'v' },
                { "version", no_argument, NULL, 'V' },
                { "help", no_argument, NULL, 'h' },
                { 0 },
        };
        int c;

        *a = (Arguments){ .action = ACTION_RUN };
        (void)instance_init(&a->instance, NULL); /* cannot fail */
        while (a->action != ACTION_EXIT &&
               (c = getopt_long(argc, argv, "c:i:tTvVh", options, NULL)) >= 0)
                if (take(a, c) < 0)
                        return -EINVAL;

        if (a->action != ACTION_EXIT && optind < argc) {
                (void)fprintf(stderr, "sockd: unexpected argument \"%s\"; see sockd --help\n",
                              argv[optind]);
                return -EINVAL;
        }
        if (!a->config)
                a->config = a->instance.config;
        return 0;
}
