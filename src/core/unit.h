/* SPDX-License-Identifier: MIT */
/* Sizes and times as people write them: "64K", "1.5G"; "500ms", "1h 30min" (systemd.time(7)). */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define UNIT_TEXT_MAX 32
/* What an error may say that it expected. */
#define UNIT_SIZE_EXPECTED "a size such as 65536, 64K or 1.5G (units: K M G T)"
#define UNIT_TIME_EXPECTED "a time such as 30, 500ms or 1h 30min (units: us ms s min h d w)"

/*
 * TEXT is a number with or without a unit; without one it is bytes, or seconds. *ret: bytes, or
 * microseconds, never 0 for what is more than 0. Return 0, -EINVAL, or -ERANGE for what does not
 * fit.
 */
int unit_parse_size(const char *text, uint64_t *ret);
int unit_parse_time(const char *text, uint64_t *ret);

/* Takes numbers from *P, each with a unit of time, and moves *P behind them. Returns as above. */
int unit_take_time(const char **p, uint64_t *ret);

/* The same value in the largest unit that divides it: "64M", "10min", "0". */
void unit_format_size(uint64_t bytes, char buf[static UNIT_TEXT_MAX]);
void unit_format_time(uint64_t usec, char buf[static UNIT_TEXT_MAX]);
