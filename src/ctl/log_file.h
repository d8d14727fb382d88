/* SPDX-License-Identifier: MIT */
/*
 * One file of records, read line by line: plain, or compressed and read through gzip, zstd or xz. It
 * may grow, be truncated or be removed meanwhile.
 */
#pragma once

#include "core/macro.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

/* A longer line is passed over; no record has so many bytes. */
#define LOG_FILE_LINE_MAX (128U << 20)

typedef struct LogFile LogFile;

/* Whether a file of this name is read through a program. */
bool log_file_is_compressed(const char *path);

/*
 * Opens a regular file. Returns 0; negative errno, after printing what is wrong if that is the
 * program. log_file_free() frees it, and returns NULL.
 */
int log_file_open(const char *path, LogFile **ret);
LogFile *log_file_free(LogFile *f);
DEFINE_CLEANUP(LogFile *, log_file_free)

/*
 * The next whole line, without its line feed, valid until the next call. Returns 1; 0 at the end,
 * after which a plain file may have grown; negative errno, after printing what is wrong.
 */
int log_file_next(LogFile *f, const char **ret, size_t *ret_size);

/* Where the line begins that log_file_next() returned last, in what is read. */
uint64_t log_file_offset(const LogFile *f);

/* Of a plain file: goes on at the first line that begins at OFFSET or behind it. */
void log_file_seek(LogFile *f, uint64_t offset);
int log_file_stat(const LogFile *f, struct stat *ret);
const char *log_file_path(const LogFile *f);
