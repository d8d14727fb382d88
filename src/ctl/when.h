/* SPDX-License-Identifier: MIT */
/*
 * Moments as people type them, systemd.time(7): "2026-11-23 10:30:00", "2026-11-23T10:30:00.5Z",
 * "2026-11-23", "10:30", "now", "today", "yesterday", "tomorrow", "-1h 30min", "2 hours ago", "+5s",
 * "@1795464891". Local time, unless it ends in Z or " UTC".
 */
#pragma once

#include <stdint.h>

/* NOW_USEC, *ret: microseconds since 1970. Returns 0 or -EINVAL. */
int when_parse(const char *text, uint64_t now_usec, uint64_t *ret);
