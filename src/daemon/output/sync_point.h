/* SPDX-License-Identifier: MIT */
/*
 * Flushing many files of one file system at once (syncfs(2)), where that is known to be as durable as
 * fdatasync(2) for each, and to report every failed write: ext4, XFS and Btrfs. Calls are serialized by
 * the owner.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

typedef struct SyncPoint {
        int fd; /* owned: whatever fails from when it was opened is reported; -EBADF: none */
        dev_t device;
} SyncPoint;

#define SYNC_POINT_NONE ((SyncPoint){ .fd = -EBADF })

/* For the file system of DIRECTORY; stays none if that is another kind, or cannot be opened. */
void sync_point_open(SyncPoint *p, const char *directory);
void sync_point_close(SyncPoint *p);
/*
 * Flushes all of the file system. Returns 0: nothing that was written since the last call is lost; or
 * negative errno: some of it may be, which fdatasync(2) of each file tells.
 */
int sync_point_flush(SyncPoint *p);
/* Whether there is free space; in case of doubt true. */
bool sync_point_has_room(const SyncPoint *p);
