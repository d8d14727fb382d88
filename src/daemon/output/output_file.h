/* SPDX-License-Identifier: MIT */
/*
 * A file of records. Written by the workers under the mutex, flushed under the flush mutex by the
 * commit thread or by an idle worker. Records that receipts wait for are retained until they are
 * flushed: if that fails, or the file was moved before, they are written again, to another file.
 *
 * Lock order: flush_mutex, mutex. The descriptor changes under both.
 */
#pragma once

#include "daemon/output/file.h"
#include "daemon/output/file_watch.h"
#include "daemon/output/output_impl.h"
#include <pthread.h>

typedef struct OutputFile OutputFile;

/* One file of an output, what waits for its flush, and what is known of its path. */
typedef struct RecordFile {
        OutputFile *output;
        const char *path; /* borrowed */
        File file;
        int open_error;       /* negative errno while file.fd is unset */
        int watch;            /* number in output->watch */
        uint64_t size_before; /* of the file, at the last maintenance */
        SegmentList unflushed;
        uint64_t say_truncated_usec; /* not before; CLOCK_MONOTONIC */
        bool holds_unawaited;        /* the file has records that no commit wants flushed */
        /* The rest is under the flush mutex. */
        bool suspect;       /* a flush failed, and none has succeeded since */
        bool reopen_failed; /* and that was logged */
        bool without_lock;  /* and that was logged */
        bool without_owner; /* the same for the mode and the group */
        bool in_the_way;    /* the damaged file below could not be renamed */
        dev_t damaged_device;
        ino_t damaged_inode;
} RecordFile;

struct OutputFile {
        Output base;
        pthread_mutex_t flush_mutex;
        pthread_mutex_t mutex;
        FileWatch watch;         /* under the flush mutex */
        atomic_uint mode, group; /* of files that are created; a reload may change them */
        RecordFile current;
};

/* Takes POOL, even on failure. maintain() opens the file. Returns 0 or negative errno. */
int output_file_new(const ConfigOutput *config, BufferPool *pool, MailboxGroup *workers,
                    Output **ret);
