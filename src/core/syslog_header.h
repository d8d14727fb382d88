/* SPDX-License-Identifier: MIT */
/*
 * The header that syslog senders put before their text: that of RFC 5424, or what is usual since
 * before RFC 3164. The fields are parts of the message and do not overlap. All but the structured
 * data are printable ASCII without spaces at their ends; those and the bytes of structured data are
 * as the sender wrote them. Nothing here allocates; the time is linear.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* In the order of RFC 5424. */
typedef enum SyslogField {
        SYSLOG_HEADER_TIME,
        SYSLOG_HEADER_HOST,
        SYSLOG_HEADER_IDENTIFIER, /* the tag, or APP-NAME */
        SYSLOG_HEADER_PID,
        SYSLOG_HEADER_MSGID,
        SYSLOG_HEADER_DATA, /* with its brackets: any bytes */
        SYSLOG_HEADER_MAX_,
} SyslogField;

typedef struct SyslogText {
        const char *data; /* in the message */
        size_t size;      /* 0: the header does not have it */
} SyslogText;

#define SYSLOG_HEADER_NO_PRIORITY (-1)

typedef struct SyslogHeader SyslogHeader;
struct SyslogHeader {
        SyslogText fields[SYSLOG_HEADER_MAX_];
        size_t size;       /* bytes before the text */
        size_t plain_size; /* so many bytes of the message are known to need no escape */
        int priority;      /* facility * 8 + severity, or SYSLOG_HEADER_NO_PRIORITY */
};

/*
 * Returns whether there is a header: a message that begins with neither a priority nor a time has
 * none, and no fields. Its size is at most N.
 */
bool syslog_header_parse(const char *p, size_t n, SyslogHeader *ret);
/* The same, cheaper, where the fields are not wanted. */
bool syslog_header_exists(const char *p, size_t n);
