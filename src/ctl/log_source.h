/* SPDX-License-Identifier: MIT */
/* Where messages are read from: the files that sockd writes, or the journal. */
#pragma once

#include "core/macro.h"
#include "ctl/log_filter.h"

typedef struct Global Global;

#define LOG_LINES_ALL UINT64_MAX

/* What "sockctl log" was asked for. */
typedef struct LogWish {
        LogFilter filter;
        uint64_t lines;        /* the last so many that are wanted, or LOG_LINES_ALL */
        bool follow;           /* what is recorded later, too */
        const char *directory; /* of a journal; NULL: that of this machine */
        const char *source;    /* "files", "journal" or a path; NULL: as the config says */
} LogWish;

typedef struct LogSource LogSource;

/* What each kind of source does; the functions below say what that is. */
typedef struct LogSourceKind {
        const char *name; /* "the journal" */
        int (*next)(LogSource *s, const LogEntry **ret);
        int (*wait)(LogSource *s, int fd);
        LogSource *(*free)(LogSource *s);
} LogSourceKind;

/* The first member of a source of any kind. */
struct LogSource {
        const LogSourceKind *kind;
};

LogSource *log_source_free(LogSource *s); /* returns NULL */
DEFINE_CLEANUP(LogSource *, log_source_free)

/*
 * The next record that is wanted, oldest first, valid until the next call. Returns 1; 0 when there is
 * none, or none yet; -ENOMEM, or another negative errno after printing what is wrong.
 */
int log_source_next(LogSource *s, const LogEntry **ret);

/*
 * Waits until there may be more. Returns 1; 0 when FD, which is written to, was closed at its other
 * end; negative errno in the same way.
 */
int log_source_wait(LogSource *s, int fd);

const char *log_source_name(const LogSource *s);
