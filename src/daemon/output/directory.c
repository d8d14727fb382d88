/* SPDX-License-Identifier: MIT */
/* The name of a directory is in the one above, which is flushed. */

#include "daemon/output/directory.h"

#include "core/macro.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIRECTORY_MODE 0750

static bool has_directory(const char *path) {
        char directory[PATH_MAX];

        (void)snprintf(directory, sizeof(directory), "%.*s", (int)(strrchr(path, '/') - path),
                       path);
        return access(directory, F_OK) == 0;
}

static int flush(const char *directory) {
        _cleanup_close_ int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

/* Returns 0 or negative errno. */
static int make_one(char *directory) {
        char *slash = strrchr(directory, '/');

        if (mkdir(directory, DIRECTORY_MODE) < 0)
                return errno == EEXIST ? 0 : -errno;

        *slash = '\0';
        return flush(slash == directory ? "/" : directory);
}

int directory_make(const char *path) {
        int r = 0;

        if (has_directory(path))
                return 0;

        for (const char *slash = strchr(path + 1, '/'); slash && r >= 0;
             slash = strchr(slash + 1, '/')) {
                char directory[PATH_MAX];

                (void)snprintf(directory, sizeof(directory), "%.*s", (int)(slash - path), path);
                r = make_one(directory);
        }
        return r;
}
