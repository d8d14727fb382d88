/* SPDX-License-Identifier: MIT */
/*
 * A file of records, and what the files of an output share. Records that receipts wait for are
 * retained until they are flushed (output_flush.h): if that fails, or the file was moved before, they
 * are written again, to another file.
 *
 * Lock order: flush_mutex, mutex. The descriptor changes under both.
 */
#pragma once

#include "daemon/output/file.h"
#include "daemon/output/file_watch.h"
#include "daemon/output/output_impl.h"
#include <pthread.h>

typedef struct LogRate LogRate;
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
        char *last_damaged;  /* owned, under the mutex: the last file that was set aside; or NULL */
        LogRate *fault_rate; /* borrowed, of faults of one file of many */
        RecordFile current;  /* the file, if there is one; else closed */
};

/* Of OUTPUT, at PATH, which is borrowed; not open. */
void record_file_init(RecordFile *f, OutputFile *output, const char *path);
void record_file_done(RecordFile *f);

/* Where the output makes directories: that of this file, if it is missing. Returns 0 or negative errno. */
int record_file_make_directory(const RecordFile *f);
/* Writes the segment and counts its records. Returns 0 or negative errno. */
int record_file_write(RecordFile *f, const Segment *s);
/* With the flush mutex held: looks after a file that is open, and at its path. */
void record_file_look(RecordFile *f);
/*
 * ERROR: 0, or negative errno with WHAT failed, for the log. What is wrong with one file of many is not
 * the fault of the output. Returns ERROR.
 */
int record_file_report(RecordFile *f, int error, const char *what);
/* The same for opening it again. */
void record_file_report_open(RecordFile *f, int error);
