/* SPDX-License-Identifier: MIT */
/*
 * One file of whole lines that only we append to: opened safely, locked, repaired after a crash.
 * Knows nothing of buffers and threads; the owner serializes calls.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct File {
        int fd; /* owned; -EBADF: none */
        dev_t device;
        ino_t inode;
        uint64_t size;     /* as our own writes left it */
        uint64_t reserved; /* blocks were asked for up to here */
        int directory_fd;  /* owned; -EBADF: none */
        bool created;      /* by file_open() */
        bool name_durable; /* its name is durable */
        bool damaged;      /* a flush failed: never to be written or flushed again */
        bool torn;         /* a failed append left something: to be cut before the next one */
        size_t record_max; /* bytes of the longest record */
} File;

#define FILE_NONE ((File){ .fd = -EBADF, .directory_fd = -EBADF })

/*
 * Opens or creates (0640) PATH and takes the lock. A torn last line is cut off; *ret_cut says how
 * many bytes that was. RECORD_MAX: bytes of the longest record. Returns 0 or a negative errno,
 * *RET_REASON is then a phrase for the log: -ELOOP a symbolic link, -ENOTSUP not a regular file,
 * -EWOULDBLOCK locked by another, -EBADMSG no line of ours in it.
 */
int file_open(const char *path, size_t record_max, File *ret, uint64_t *ret_cut,
              const char **ret_reason);
void file_close(File *f);
/* Blocks that were reserved for appends and not needed. */
void file_give_back(File *f);

/*
 * Appends all of it. On failure what was written of it is cut off again, at the latest before the
 * next append, as far as it is no whole line.
 */
int file_append(File *f, const char *data, size_t size);

/*
 * Flushes all that was appended, and the first time its name too: whoever created it may not have
 * lived to do so. Returns 0; -ENOENT: the file has no name any more; or a negative errno, with
 * f->damaged set when it was the flush that failed.
 */
int file_flush(File *f);

/* PATH leads to that file, as far as can be seen. */
bool file_is_there(dev_t device, ino_t inode, const char *path);
/* PATH still leads to this file. */
bool file_is_at(const File *f, const char *path);
/* The file has a name somewhere (it may have been moved): 1 or 0, or negative errno. */
int file_has_name(const File *f);
/* Reserves SIZE bytes, to see whether they would fit. Returns 0 or negative errno. */
int file_probe(File *f, size_t size);
