/* SPDX-License-Identifier: MIT */
/*
 * Files come first: what a receipt says of durability is true of them. The journal drops what comes
 * too fast, unless the config file says otherwise.
 */

#include "ctl/log_config.h"

#include "config/config.h"
#include "ctl/options.h"
#include "ctl/print.h"
#include <errno.h>
#include <string.h>

/* Without "--source" or "-c", the file is only a hint. */
static bool is_demanded(const LogWish *wish, const Global *global) {
        return wish->source || global->config_given;
}

/* One line each. */
static void print_problems(char *text, const char *prefix, const char *consequence) {
        char *save, *line = strtok_r(text, "\n", &save);

        for (; line; line = strtok_r(NULL, "\n", &save))
                print_error("%s%s%s", prefix, line, consequence);
}

/* Returns 0, with no config if there is none that can be used, and it is not demanded; or negative errno. */
static int load(const LogWish *wish, const Global *global, Config **ret) {
        const bool demanded = is_demanded(wish, global);
        _cleanup_free_ char *problems = NULL;
        size_t size;
        FILE *f;
        int r;

        if (!demanded && access(global->config, F_OK) < 0)
                return 0;

        f = open_memstream(&problems, &size);
        if (!f)
                return -errno;

        r = config_load(global->config, f, ret);
        if (fclose(f) != 0)
                return -ENOMEM;
        if (r >= 0)
                return 0;

        *ret = NULL;
        print_problems(problems,
                       demanded ? "" : "warning: ", demanded ? "" : ", reading the journal");
        return demanded ? -EBADMSG : 0;
}

/* Of two files with the same record, that of the better output is shown: the lower. */
static unsigned rank(const ConfigOutput *o) {
        return (o->when_full == WHEN_FULL_WAIT ? 0U : 2U) + (o->format == FORMAT_JSON ? 0U : 1U);
}

static int add_outputs(const Config *c, LogFiles *files) {
        int r = 0;

        for (unsigned wanted = 0; wanted < 4; wanted++)
                for (size_t i = 0; i < c->n_outputs && r >= 0; i++) {
                        const ConfigOutput *o = &c->outputs[i];

                        if (o->type == OUTPUT_FILE && rank(o) == wanted)
                                r = log_files_add_output(files, o->path);
                }
        return r;
}

static int find_by_config(const LogWish *wish, const Global *global, LogFiles *files) {
        _cleanup_(config_freep) Config *config = NULL;
        int r = load(wish, global, &config);

        if (r < 0 || !config)
                return r;

        r = add_outputs(config, files);
        if (r < 0)
                return r;
        if (files->n > 0 || (wish->source && wish->follow && files->n_targets > 0))
                return 1;
        if (!wish->source)
                return 0;
        print_error(files->n_targets > 0 ? "%s: no output has written a file yet"
                                         : "%s: no output is a file",
                    global->config);
        return -ENOENT;
}

int log_config_find_files(const LogWish *wish, const Global *global, LogFiles *ret) {
        const char *source = wish->source;
        int r;

        if (wish->directory || (source && strcmp(source, "journal") == 0))
                return 0;
        if (!source || strcmp(source, "files") == 0)
                return find_by_config(wish, global, ret);
        if (!strchr(source, '/')) {
                print_error(
                        "--source: invalid value \"%s\" (expected files, journal or a path with "
                        "a \"/\")",
                        source);
                return -EINVAL;
        }
        r = log_files_add(ret, source);
        return r < 0 ? r == -EINVAL ? -EIO : r : 1;
}
