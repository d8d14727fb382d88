/* SPDX-License-Identifier: MIT */
/*
 * To be preloaded: a disk whose flushes take longer, by SLOW_FLUSH_USEC microseconds (10000). The
 * real flush happens too.
 */

#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int fdatasync(int fd) {
        const char *text = getenv("SLOW_FLUSH_USEC");
        long usec = text ? strtol(text, NULL, 10) : 10000;
        struct timespec t = { .tv_sec = usec / 1000000, .tv_nsec = usec % 1000000 * 1000 };

        (void)nanosleep(&t, NULL);
        return (int)syscall(SYS_fdatasync, fd);
}
