/* SPDX-License-Identifier: MIT */
/* Where a Config comes from: a file, or for a listener that no file describes, the defaults. */
#include <errno.h>
#include <libconfig.h>
#include <string.h>

#include "config/check.h"
#include "config/config.h"
#include "config/problem.h"
#include "config/reader.h"
#include "config/setting.h"
#include "config/source.h"

static void check_mode(const Source *source, ProblemList *problems) {
        const ProblemPlace place = { .line = 1 };

        if (source->world_writable)
                problem_add(problems, &place, "the file is world-writable, chmod o-w it");
}

static void parse(const Source *source, const char *path, Config *c, ProblemList *problems) {
        _cleanup_(config_destroy) config_t tree;

        config_init(&tree);
        if (!config_read_string(&tree, source->text)) {
                const ProblemPlace place = { .line = (unsigned)MAX(config_error_line(&tree), 1) };

                problem_add(problems, &place, "%s", config_error_text(&tree));
                return;
        }

        reader_read(config_root_setting(&tree), source, c, problems);
        check_config(c, config_root_setting(&tree), path, problems);
}

/* Fails when there is no text or no memory; what is wrong with the text becomes a problem. */
static int load(const char *path, Config *c, ProblemList *problems) {
        _cleanup_(source_done) Source source = { 0 };
        int r;

        r = source_read(path, &source);
        if (r < 0)
                return r;

        check_mode(&source, problems);
        r = source_scan(&source, problems);
        if (r < 0)
                return r;

        parse(&source, path, c, problems);
        return problems->out_of_memory ? -ENOMEM : 0;
}

int config_load(const char *path, FILE *errors, Config **ret) {
        _cleanup_(problem_done) ProblemList problems = { 0 };
        _cleanup_(config_freep) Config *c = calloc(1, sizeof(*c));
        int r;

        r = c ? load(path, c, &problems) : -ENOMEM;
        problem_print(&problems, path, errors);
        if (r < 0 && r != -EBADMSG) {
                problem_print_file(path, strerror(-r), errors);
                return r;
        }
        if (r < 0 || problems.n > 0)
                return -EBADMSG;

        *ret = TAKE_PTR(c);
        return 0;
}

int config_listener_defaults(Protocol protocol, uint32_t port, Level acknowledge,
                             ConfigListener *ret) {
        ConfigListener l = { 0 };
        int r;

        setting_defaults(SETTING_LISTENER, &l);
        l.protocol = protocol;
        l.port = port;
        r = check_complete_listener(&l, acknowledge);
        if (r < 0) {
                config_listener_done(&l);
                return r;
        }

        *ret = l;
        return 0;
}
