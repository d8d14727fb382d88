/* SPDX-License-Identifier: MIT */
/* Which files there are to read: those that an output writes, and what has become of them since. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * How much later than another one a record may be in a file although it is older: workers write in
 * turn, and what could not be written at once is written later.
 */
#define LOG_FILES_DISORDER_USEC (60 * UINT64_C(1000000))

typedef struct LogPath {
        char *path;
        bool is_live; /* the output writes to it, as far as the config tells */
        dev_t device;
        ino_t inode;
        uint64_t changed_usec; /* no record in it is much later; CLOCK_REALTIME */
} LogPath;

/* All zero is an empty list. */
typedef struct LogFiles {
        LogPath *paths;
        size_t n;
        struct LogTarget *targets; /* where sockd writes to, whether or not there is a file */
        size_t n_targets;
} LogFiles;

typedef struct LogTarget {
        char *path;
        bool is_rotated; /* what has become of its files is to be read, too */
} LogTarget;

void log_files_done(LogFiles *f);

/*
 * Adds PATH, or if that is a template (core/path_template.h) all that it can be, and what rotation and
 * sockd make of it: PATH.1, PATH.2.gz, PATH-20261126.zst, PATH.damaged-ID ... No file is added twice.
 * Returns how many there are now, or negative errno after printing what is wrong; that there is none is
 * no error.
 */
int log_files_add_output(LogFiles *f, const char *path);
/* Adds the file, which may grow, or all files of the directory. It must exist. */
int log_files_add(LogFiles *f, const char *path);

/* Adds what has come to the outputs since. Returns as log_files_add_output(). */
int log_files_update(LogFiles *f);

/* Prints why PATH cannot be read, and what to do. ERROR: negative errno. Returns it. */
int log_files_complain(const char *path, int error);

/* Whether a file may hold a record of this time or later. */
bool log_files_may_reach(const LogPath *p, uint64_t since_usec);
