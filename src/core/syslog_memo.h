/* SPDX-License-Identifier: MIT */
/*
 * The header of the last message, if it is not that of RFC 5424, which is quick to read. Busy senders
 * repeat it but for the time: where only digits differ, the fields are in the same places, and need
 * not be looked for again.
 */
#pragma once

#include "core/syslog_header.h"
#include <stdint.h>

/* Longer headers are not kept. */
#define SYSLOG_MEMO_MAX 128

/* Zero is a valid start. */
typedef struct SyslogMemo {
        SyslogHeader header; /* of the last message, whether kept or not */
        size_t size;         /* of the header that is kept; 0: none */
        uint8_t offsets[SYSLOG_HEADER_MAX_];
        char text[SYSLOG_MEMO_MAX];   /* the header … */
        char digits[SYSLOG_MEMO_MAX]; /* … with all bits where any digit will do */
} SyslogMemo;

/* As syslog_header_parse(), into M->header, and with the same result. */
bool syslog_memo_parse(SyslogMemo *m, const char *p, size_t n);
