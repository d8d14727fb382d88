/* SPDX-License-Identifier: MIT */
/* How senders of syslog write the time. It is found, not read: its value is of no interest. */
#pragma once

#include <stddef.h>

/*
 * Size of the time that begins at P, with a year, a fraction and a time zone where it has them; 0:
 * there is none. After it there is a space, a colon or END.
 *
 *   Nov 22 10:34:00    Nov 22 2026 10:34:00    2026 Nov 22 10:34:00.123 UTC
 *   2026-11-22T10:34:00.123456+01:00           2026/11/22 10:34:00
 *   2026:11:22-10:34:00 (Sophos)               11/22/2026:10:34:00 GMT (NetScaler)
 */
size_t syslog_time_size(const char *p, const char *end);

/* The same for the time since a start, and the seconds since 1970. */
size_t syslog_time_uptime_size(const char *p, const char *end);
size_t syslog_time_epoch_size(const char *p, const char *end);
