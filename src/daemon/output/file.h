/* SPDX-License-Identifier: MIT */
/*
 * One file of whole lines to which only sockd appends: opened safely, locked, repaired after a
 * crash. Calls are serialized by the owner.
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
        uint64_t size;     /* after our own last write */
        uint64_t reserved; /* blocks were requested up to this offset */
        int directory_fd;  /* owned; -EBADF: none */
        bool created;      /* by file_open() */
        bool name_durable; /* its name is durable */
        bool flushed;      /* with its file system: the next flush has nothing to do but to look */
        bool damaged;      /* a flush failed: never written or flushed again */
        bool torn; /* a failed append left part of a record, to be cut off before the next one */
        size_t record_max; /* maximum size of a record */
} File;

/* What a file holds, and how it is made if it does not exist. */
typedef struct FileSettings {
        size_t record_max; /* maximum size of a record */
        mode_t mode;       /* whatever the umask */
        gid_t group;       /* FILE_GROUP_ANY: as the directory decides */
} FileSettings;

#define FILE_GROUP_ANY ((gid_t)-1)

/* What there is to say about an opening. */
typedef struct FileReport {
        const char *refusal; /* a phrase for the log, after a failure */
        uint64_t cut;        /* size of the torn last line, which was cut off */
        int lock_error;      /* 0, or negative errno: the file is used without, as … */
        int mode_error, group_error;
} FileReport;

#define FILE_NONE ((File){ .fd = -EBADF, .directory_fd = -EBADF })

/*
 * Opens or creates PATH, locks it where its file system can, and cuts off a torn last line. Returns
 * 0 or negative errno: -ELOOP a symbolic link, -ENOTSUP not a regular file, -EWOULDBLOCK locked by
 * another process, -EBADMSG no line of ours in it.
 */
int file_open(const char *path, const FileSettings *settings, File *ret, FileReport *ret_report);
/* The phrase for an open(2) that failed, with what an administrator can do about it. */
const char *file_refusal(int error);
void file_close(File *f);
/* Frees the blocks that were reserved and not used. */
void file_give_back(File *f);

/*
 * Appends all of it. On failure what was written is cut off again: at once, or before the next
 * append, and then only the incomplete line.
 */
int file_append(File *f, const char *data, size_t size);

/*
 * Flushes what was appended and, the first time, the directory entry: its creator may have crashed
 * first. Returns 0; -ENOENT: the file has no name any more; or negative errno, with f->damaged set
 * if the flush failed.
 */
int file_flush(File *f);
/*
 * As file_flush(), and looks last whether PATH still leads to the file: -ESTALE if not. If it does,
 * the file was moved after all that was appended, so whoever copies the moved file copies that, too.
 */
int file_flush_at(File *f, const char *path);

/* Whether PATH leads to that file; true if that cannot be determined. */
bool file_is_there(dev_t device, ino_t inode, const char *path);
/* Whether PATH still leads to this file. */
bool file_is_at(const File *f, const char *path);
/* Returns 0 if so; -ESTALE: the file was moved; -ENOENT: it has no name; or negative errno. */
int file_look(const File *f, const char *path);
/* Whether the file has a name, possibly another one: 1, 0, or negative errno. */
int file_has_name(const File *f);
/* Reserves SIZE bytes to see if they fit. Returns 0 or negative errno. */
int file_probe(File *f, size_t size);
