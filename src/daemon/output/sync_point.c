/* SPDX-License-Identifier: MIT */
/*
 * Since Linux 5.8 syncfs(2) returns what has failed since the descriptor was opened, or since the last
 * call on it. Other file systems may leave the rest to a server, or to a file system below them.
 */

#include "daemon/output/sync_point.h"

#include "core/macro.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#ifndef XFS_SUPER_MAGIC /* Linux 6.0 */
#define XFS_SUPER_MAGIC 0x58465342
#endif

static bool is_known(int fd) {
        struct statfs fs;
        uint32_t type; /* where it has 32 bits, it has a sign */

        if (fstatfs(fd, &fs) < 0)
                return false;

        type = (uint32_t)fs.f_type;
        return type == EXT4_SUPER_MAGIC || type == XFS_SUPER_MAGIC || type == BTRFS_SUPER_MAGIC;
}

void sync_point_open(SyncPoint *p, const char *directory) {
        struct stat st;

        sync_point_close(p);
        p->fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (p->fd >= 0 && fstat(p->fd, &st) == 0 && is_known(p->fd))
                p->device = st.st_dev;
        else
                sync_point_close(p);
}

void sync_point_close(SyncPoint *p) {
        closep(&p->fd);
        *p = SYNC_POINT_NONE;
}

bool sync_point_has_room(const SyncPoint *p) {
        struct statvfs fs;

        return p->fd < 0 || fstatvfs(p->fd, &fs) < 0 || fs.f_bavail > 0;
}

int sync_point_flush(SyncPoint *p) {
        return syncfs(p->fd) < 0 ? -errno : 0;
}
