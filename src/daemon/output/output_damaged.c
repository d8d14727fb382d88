/* SPDX-License-Identifier: MIT */
/* Renaming. */

#include "daemon/output/output_damaged.h"

#include "core/clock.h"
#include "core/id.h"
#include "core/macro.h"
#include "daemon/base/log.h"
#include "daemon/output/record_file.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* PATH.damaged-ID: the new name of a file whose flush failed at MSEC. NULL: out of memory. */
static char *damaged_name(const char *path, uint64_t msec) {
        char *name;
        Id id;

        id_init(&id, msec, 0, 0);
        return asprintf(&name, "%s.damaged-%.*s", path, (int)id.first - 1, id.text) < 0 ? NULL
                                                                                        : name;
}

/* A name that does not exist yet. NULL: out of memory. */
static char *choose_damaged_name(const char *path) {
        uint64_t msec = clock_realtime() / 1000;

        for (;; msec++) {
                char *name = damaged_name(path, msec);

                if (!name || access(name, F_OK) < 0)
                        return name;
                free(name);
        }
}

static int rename_damaged(RecordFile *f, int error) {
        OutputFile *o = f->output;
        _cleanup_free_ char *aside = choose_damaged_name(f->path);

        if (!aside)
                return -ENOMEM;
        if (rename(f->path, aside) < 0)
                return -errno;

        (void)log_event(EVENT_FILE_DAMAGED, f->path, LOG_ERR, error,
                        "output %s: flush failed, the file is now %s and is not written again",
                        f->path, aside);
        (void)pthread_mutex_lock(&o->mutex);
        free(o->last_damaged);
        o->last_damaged = TAKE_PTR(aside);
        (void)pthread_mutex_unlock(&o->mutex);
        atomic_fetch_add(&o->base.stats.damaged, 1);
        return 0;
}

char *output_damaged_last(Output *base) {
        OutputFile *o = CONTAINER_OF(base, OutputFile, base);
        char *name;

        (void)pthread_mutex_lock(&o->mutex);
        name = o->last_damaged ? strdup(o->last_damaged) : NULL;
        (void)pthread_mutex_unlock(&o->mutex);
        return name;
}

/* A damaged file must not be opened again: it is renamed, or remembered until that succeeds. */
static int set_aside(RecordFile *f, int error) {
        int r = 0;

        if (file_is_there(f->damaged_device, f->damaged_inode, f->path))
                r = rename_damaged(f, error);
        if (r < 0 && !f->in_the_way)
                (void)log_event(EVENT_FILE_DAMAGED, f->path, LOG_ERR, r,
                                "output %s: flush failed, and the file cannot be renamed", f->path);
        f->in_the_way = r < 0;
        return r;
}

void output_damaged_say_moved(const RecordFile *f, int error) {
        (void)log_event(EVENT_FILE_DAMAGED, f->path, LOG_ERR, error,
                        "output %s: flush of the file that was moved failed, storing its unflushed "
                        "records again",
                        f->path);
}

void output_damaged_retire(RecordFile *f, int error) {
        bool is_there = file_is_at(&f->file, f->path), litter;

        (void)pthread_mutex_lock(&f->output->mutex);
        litter = f->suspect && f->file.created && !f->holds_unawaited;
        (void)pthread_mutex_unlock(&f->output->mutex);

        f->suspect = true;
        if (litter && is_there && unlink(f->path) == 0)
                return;

        f->damaged_device = f->file.device;
        f->damaged_inode = f->file.inode;
        if (!is_there)
                output_damaged_say_moved(f, error);
        (void)set_aside(f, error);
}

int output_damaged_clear_way(RecordFile *f) {
        return f->in_the_way ? set_aside(f, -EIO) : 0;
}
