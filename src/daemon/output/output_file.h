/* SPDX-License-Identifier: MIT */
/*
 * A file of records. Written by the workers under one mutex, flushed by whoever holds the flush
 * mutex (the commit thread, or a worker with nothing else to do). What a receipt waits for is kept
 * until it is flushed, because after a failed flush it must be written again, to another file.
 *
 * Lock order: flush_mutex, then mutex. The descriptor changes only under both, what else the workers
 * touch only under the mutex.
 */
#pragma once

#include "daemon/output/file.h"
#include "daemon/output/output_impl.h"
#include <pthread.h>

typedef struct OutputFile {
        Output base;
        pthread_mutex_t flush_mutex;
        pthread_mutex_t mutex;
        File file;
        uint64_t size_before; /* of the file, a second ago */
        int open_error;       /* negative errno while file.fd is unset */
        SegmentList unflushed;
        bool holds_unawaited; /* the file has records that no flush is for */
        /* What follows is under the flush mutex. */
        bool suspect;       /* a flush failed, and none has succeeded since */
        bool reopen_failed; /* that was logged */
        bool in_the_way;    /* a damaged file could not be renamed: this one */
        dev_t damaged_device;
        ino_t damaged_inode;
} OutputFile;

/*
 * The pool becomes the output's, also on failure. The first maintain() opens the file. Returns 0 or
 * negative errno.
 */
int output_file_new(const ConfigOutput *config, BufferPool *pool, MailboxGroup *workers,
                    Output **ret);
