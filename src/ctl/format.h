/* SPDX-License-Identifier: MIT */
/* Numbers, sizes and times for people, NUL-terminated in BUF. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define FORMAT_MAX 64

/* "0", "999", "12.3k", "4.5M": at most five characters. */
void format_short(uint64_t n, char buf[static FORMAT_MAX]);
/* "512B", "1.5K", "64.0M": to the base of 1024. */
void format_bytes(uint64_t n, char buf[static FORMAT_MAX]);
/* "3h 2min", "5s", "12ms", "2.5ms": its two largest units. */
void format_span(uint64_t usec, char buf[static FORMAT_MAX]);
/* "Mon 2026-11-23 19:48:34 UTC", local time. USEC: CLOCK_REALTIME. */
void format_time(uint64_t usec, char buf[static FORMAT_MAX]);
/* "3h 2min ago" */
void format_ago(uint64_t usec, char buf[static FORMAT_MAX]);
