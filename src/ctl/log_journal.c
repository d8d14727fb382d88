/* SPDX-License-Identifier: MIT */
/* sd_journal_open(3) succeeds and shows nothing when no file is readable, so access is checked here. */

#include "ctl/log_journal.h"

#include "core/macro.h"
#include "ctl/print.h"
#include <errno.h>
#include <fts.h>
#include <string.h>
#include <systemd/sd-id128.h>
#include <systemd/sd-journal.h>

/* The persistent and the volatile journal of the system. */
static const char *const directories[] = { "/var/log/journal", "/run/log/journal" };

static int check_access(void) {
        char id[SD_ID128_STRING_MAX];
        sd_id128_t machine;
        bool any = false;
        int r = sd_id128_get_machine(&machine);

        if (r < 0) {
                print_error("cannot find the journal, no machine id: %s", strerrordesc_np(-r));
                return r;
        }

        (void)sd_id128_to_string(machine, id);
        for (size_t i = 0; i < ELEMENTSOF(directories); i++) {
                char path[256];

                (void)snprintf(path, sizeof(path), "%s/%s/system.journal", directories[i], id);
                if (access(path, R_OK) == 0)
                        return 0;
                any = any || errno != ENOENT;
        }
        if (!any) {
                print_error("there is no journal on this machine");
                return -ENOENT;
        }
        print_error("no permission to read the journal: only root and members of the groups "
                    "systemd-journal and adm may");
        return -EACCES;
}

/* Looks where sd_journal_open_directory(3) does: in DIRECTORY and its per-machine directories. */
static int check_directory(const char *directory) {
        char *const paths[] = { (char *)directory, NULL };
        FTS *tree = fts_open(paths, FTS_LOGICAL | FTS_NOCHDIR | FTS_NOSTAT, NULL);
        bool readable = false, hidden = false;
        FTSENT *e;

        if (!tree)
                return -errno;

        while ((e = fts_read(tree))) {
                if (e->fts_level > 2 && e->fts_info == FTS_D)
                        (void)fts_set(tree, e, FTS_SKIP); /* cannot fail for this order */
                if (e->fts_info == FTS_DNR)
                        hidden = true;
                if (!strstr(e->fts_name, ".journal"))
                        continue;
                if (access(e->fts_accpath, R_OK) == 0)
                        readable = true;
                else
                        hidden = true;
        }
        (void)fts_close(tree); /* nothing was changed */
        if (readable)
                return 0;

        print_error(hidden ? "no permission to read the journal in %s"
                           : "there is no journal in %s",
                    directory);
        return hidden ? -EACCES : -ENOENT;
}

int log_journal_open(const char *directory, sd_journal **ret) {
        int r;

        if (!directory) {
                r = check_access();
                if (r < 0)
                        return r;
        }
        r = directory ? sd_journal_open_directory(ret, directory, 0)
                      : sd_journal_open(ret, SD_JOURNAL_LOCAL_ONLY);
        if (r < 0) {
                print_error("cannot open the journal%s%s: %s", directory ? " in " : "",
                            directory ? directory : "", strerrordesc_np(-r));
                return r;
        }

        if (directory) {
                r = check_directory(directory);
                if (r < 0)
                        return r;
        }
        (void)sd_journal_set_data_threshold(*ret, 0); /* whole messages; cannot fail */
        return 0;
}
