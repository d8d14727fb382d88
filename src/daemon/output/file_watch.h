/* SPDX-License-Identifier: MIT */
/*
 * Hears at once that files were moved or removed (inotify(7)), where the kernel does that: not on
 * another host of a network file system. Calls are serialized by the owner; any thread may poll.
 */
#pragma once

typedef struct FileWatch {
        int fd; /* owned; readable when something has happened; -EBADF: nothing is heard */
} FileWatch;

void file_watch_init(FileWatch *w);
void file_watch_done(FileWatch *w);

/* Returns a number for file_watch_remove(), or negative errno. */
int file_watch_add(FileWatch *w, const char *path);
/* Negative numbers are fine. */
void file_watch_remove(FileWatch *w, int number);
/* Forgets what has happened. */
void file_watch_take(FileWatch *w);
