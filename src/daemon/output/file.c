/* SPDX-License-Identifier: MIT */
/* Opening, appending, flushing and repairing record files. */

#include "daemon/output/file.h"

#include "core/macro.h"
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#define SCAN_SIZE 65536
/* All groups that a user namespace lacks: the directory has given the file one of them. */
#define GROUP_UNSEEN 65534
/* From this size an append indicates heavy load: blocks are reserved for those to come. */
#define RESERVE_FROM (128 * 1024)
#define RESERVE_SIZE (16 * 1024 * 1024)

/* O_NONBLOCK: opening a FIFO or a device must not hang. Regular files ignore it. */
static int open_or_create(int directory_fd, const char *name, mode_t mode, bool *ret_created) {
        const int flags = O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;

        for (unsigned tries = 0; tries < 3; tries++) {
                int fd = openat(directory_fd, name, flags);

                *ret_created = false;
                if (fd < 0 && errno == ENOENT) {
                        fd = openat(directory_fd, name, flags | O_CREAT | O_EXCL, mode);
                        *ret_created = true;
                }
                if (fd >= 0)
                        return fd;
                if (errno != EEXIST && errno != EINTR)
                        return -errno;
        }
        return -EAGAIN;
}

/* Offset behind the last LF in the last RECORD_MAX bytes, or negative errno; -EBADMSG: none. */
static int64_t find_line_end(int fd, uint64_t size, size_t record_max) {
        uint64_t lowest = size > record_max ? size - record_max : 0, end = size;
        _cleanup_free_ char *chunk = malloc(SCAN_SIZE);

        if (!chunk)
                return -ENOMEM;

        while (end > lowest) {
                size_t n = (size_t)MIN((uint64_t)SCAN_SIZE, end - lowest);
                ssize_t got = pread(fd, chunk, n, (off_t)(end - n));
                const char *lf;

                if (got != (ssize_t)n)
                        return got < 0 ? -errno : -EIO;

                lf = memrchr(chunk, '\n', n);
                if (lf)
                        return (int64_t)(end - n) + (lf - chunk) + 1;
                end -= n;
        }
        return -EBADMSG;
}

/* Truncates the file after its last whole line. */
static int cut_torn_line(File *f, size_t record_max, uint64_t *ret_cut) {
        int64_t end;

        *ret_cut = 0;
        if (f->size == 0)
                return 0;

        end = find_line_end(f->fd, f->size, record_max);
        if (end < 0)
                return (int)end;
        if ((uint64_t)end == f->size)
                return 0;
        if (ftruncate(f->fd, end) < 0)
                return -errno;

        *ret_cut = f->size - (uint64_t)end;
        f->size = (uint64_t)end;
        return 0;
}

/*
 * Another process that has the lock is one thing, a file system without locks another: NFS without
 * its lock service, FUSE.
 */
static int lock(File *f, FileReport *report) {
        int r;

        do
                r = flock(f->fd, LOCK_EX | LOCK_NB) < 0 ? -errno : 0;
        while (r == -EINTR); /* NFS asks a server */
        if (r == -EWOULDBLOCK) {
                report->refusal = "another process has locked it";
                return r;
        }

        report->lock_error = r;
        return 0;
}

/* The group first: changing it takes bits from the mode. In a set-group-ID directory it is there. */
static void give_away(const File *f, const struct stat *st, const FileSettings *settings,
                      FileReport *report) {
        if (settings->group != FILE_GROUP_ANY && settings->group != st->st_gid &&
            fchown(f->fd, (uid_t)-1, settings->group) < 0 && st->st_gid != GROUP_UNSEEN)
                report->group_error = -errno;
        if (fchmod(f->fd, settings->mode) < 0)
                report->mode_error = -errno;
}

static int lock_and_check(File *f, const FileSettings *settings, FileReport *report) {
        struct stat st;
        int r;

        if (fstat(f->fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode)) {
                report->refusal = "it is not a regular file";
                return -ENOTSUP;
        }
        r = lock(f, report);
        if (r < 0)
                return r;
        if (f->created)
                give_away(f, &st, settings, report);
        /* Read again: now that it is locked, nobody else writes to it. */
        if (fstat(f->fd, &st) < 0)
                return -errno;

        f->device = st.st_dev;
        f->inode = st.st_ino;
        f->size = (uint64_t)st.st_size;
        return 0;
}

/* The directory stays open until the first flush. */
static int open_in_directory(File *f, const char *path, mode_t mode) {
        _cleanup_free_ char *copy = strdup(path);
        const char *name = strrchr(path, '/') + 1; /* the config accepts absolute paths only */

        if (!copy)
                return -ENOMEM;

        f->directory_fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (f->directory_fd < 0 && errno != EACCES)
                return -errno;
        if (f->directory_fd < 0) /* searchable, but not readable */
                f->fd = open_or_create(AT_FDCWD, path, mode, &f->created);
        else
                f->fd = open_or_create(f->directory_fd, name, mode, &f->created);
        return MIN(f->fd, 0);
}

const char *file_refusal(int error) {
        switch (-error) {
        case EAGAIN: /* see lock() */
                return "another process has locked it";
        case ELOOP:
                return "it is a symbolic link";
        case EROFS:
                return "cannot open it (if the sandbox forbids it: \"systemctl edit sockd\" or "
                       "sockd@NAME, ReadWritePaths=, see \"path\" in sockd.conf(5))";
        case EACCES:
                return "cannot open it (check owner and mode, see \"path\" in sockd.conf(5))";
        }
        return "cannot open it";
}

int file_open(const char *path, const FileSettings *settings, File *ret, FileReport *ret_report) {
        FileReport report = { 0 };
        File f = FILE_NONE;
        int r;

        f.record_max = settings->record_max;

        r = open_in_directory(&f, path, settings->mode);
        report.refusal = file_refusal(r);
        if (r >= 0)
                r = lock_and_check(&f, settings, &report);
        if (r >= 0) {
                r = cut_torn_line(&f, settings->record_max, &report.cut);
                if (r == -EBADMSG)
                        report.refusal = "its end is not a line of ours, not touching it";
        }
        *ret_report = report;
        if (r < 0) {
                file_close(&f);
                return r;
        }

        *ret = f;
        return 0;
}

void file_give_back(File *f) {
        struct stat st;

        /*
         * Truncating to the current size frees the blocks behind it; on failure they serve the next
         * append. The time of modification stays that of the last record.
         */
        if (f->reserved > f->size && fstat(f->fd, &st) == 0 && (uint64_t)st.st_size == f->size &&
            ftruncate(f->fd, st.st_size) == 0)
                (void)futimens(f->fd, (struct timespec[]){ { .tv_nsec = UTIME_OMIT }, st.st_mtim });
        f->reserved = 0;
}

/* Cuts off the N bytes of a failed append, if nobody else has changed the file. */
static void undo_append(File *f, uint64_t n) {
        struct stat st;

        if (n == 0 || fstat(f->fd, &st) < 0 || (uint64_t)st.st_size != f->size + n)
                f->torn = n > 0;
        else if (ftruncate(f->fd, (off_t)f->size) < 0)
                f->torn = true;
}

/*
 * The file was truncated during a failed write (copytruncate on a full disk), or cutting failed:
 * the next record must not continue half a line.
 */
static int repair(File *f) {
        struct stat st;
        int64_t end;

        if (fstat(f->fd, &st) < 0)
                return -errno;

        end = st.st_size == 0 ? 0 : find_line_end(f->fd, (uint64_t)st.st_size, f->record_max);
        if (end == -EBADMSG && (uint64_t)st.st_size <= f->record_max)
                end = 0; /* half a line and nothing else */
        if (end < 0)
                return (int)end;
        if (ftruncate(f->fd, end) < 0)
                return -errno;

        f->size = (uint64_t)end;
        f->reserved = 0;
        f->torn = false;
        return 0;
}

void file_close(File *f) {
        if (!f->damaged && f->torn)
                (void)repair(f); /* on failure, the next open repairs it */
        if (!f->damaged)
                file_give_back(f);
        closep(&f->fd);
        closep(&f->directory_fd);
        *f = FILE_NONE;
}

/* Makes the following appends a fifth cheaper on ext4. Errors do not matter. */
static void reserve(File *f, size_t size) {
        if (size < RESERVE_FROM || f->size + size <= f->reserved)
                return;

        f->reserved = f->size + size + RESERVE_SIZE;
        (void)fallocate(f->fd, FALLOC_FL_KEEP_SIZE, (off_t)f->size, (off_t)(size + RESERVE_SIZE));
}

int file_append(File *f, const char *data, size_t size) {
        size_t done = 0;

        if (_unlikely_(f->torn)) {
                int r = repair(f);

                if (r < 0)
                        return r;
        }

        reserve(f, size);
        while (done < size) {
                ssize_t n = write(f->fd, data + done, size - done);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0) {
                        int r = n < 0 ? -errno : -EIO;

                        undo_append(f, done);
                        return r;
                }
                done += (size_t)n;
        }
        f->size += size;
        return 0;
}

static void note_name(File *f) {
        f->name_durable = true;
        closep(&f->directory_fd);
        f->directory_fd = -EBADF;
}

/* If the directory cannot be opened, the whole file system has to be flushed. */
static int flush_name(File *f) {
        if (f->name_durable)
                return 0;
        if ((f->directory_fd >= 0 ? fsync(f->directory_fd) : syncfs(f->fd)) < 0)
                return -errno;

        note_name(f);
        return 0;
}

static int flush_data_and_name(File *f) {
        int r;

        if (f->flushed) {
                f->flushed = false;
                note_name(f);
                return 0;
        }
        do
                r = fdatasync(f->fd) < 0 ? -errno : 0;
        while (r == -EINTR); /* no file system that we know returns it */
        if (r == 0)
                r = flush_name(f);
        if (r < 0)
                f->damaged = true;
        return r;
}

int file_flush(File *f) {
        int r = flush_data_and_name(f);

        if (r >= 0)
                r = file_has_name(f);
        return r < 0 ? r : r == 0 ? -ENOENT : 0;
}

int file_flush_at(File *f, const char *path) {
        int r = flush_data_and_name(f);

        return r < 0 ? r : file_look(f, path);
}

/* What lstat(2) fails with where the path leads nowhere, or we may not go. */
static bool leads_nowhere(int error) {
        return error == ENOENT || error == ENOTDIR || error == EACCES || error == ELOOP;
}

bool file_is_there(dev_t device, ino_t inode, const char *path) {
        struct stat st;

        if (lstat(path, &st) < 0)
                return !leads_nowhere(errno);
        return st.st_dev == device && st.st_ino == inode;
}

bool file_is_at(const File *f, const char *path) {
        return f->fd >= 0 && file_is_there(f->device, f->inode, path);
}

int file_look(const File *f, const char *path) {
        struct stat st;
        int r = lstat(path, &st) < 0 ? -errno : 0;

        if (r < 0 && !leads_nowhere(-r))
                return r;
        if (r == 0 && st.st_dev == f->device && st.st_ino == f->inode)
                return 0;

        r = file_has_name(f);
        return r < 0 ? r : r == 0 ? -ENOENT : -ESTALE;
}

int file_has_name(const File *f) {
        struct stat st;

        return fstat(f->fd, &st) < 0 ? -errno : st.st_nlink > 0;
}

int file_probe(File *f, size_t size) {
        if (fallocate(f->fd, FALLOC_FL_KEEP_SIZE, (off_t)f->size, (off_t)size) < 0)
                return errno == EOPNOTSUPP || errno == ENOSYS ? 0 : -errno;

        f->reserved = MAX(f->reserved, f->size + size);
        return 0;
}
