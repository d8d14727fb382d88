/* SPDX-License-Identifier: MIT */
/* The fields of a syslog header in a record. Only for record.c. */
#pragma once

#include "core/frame.h"
#include "core/syslog_header.h"

/*
 * Each writes what H, the header of M, has, and returns the new end. At most RECORD_SYSLOG_MAX bytes
 * are written, or written to, and for each byte of the message ESCAPE_JSON_MAX(1), and 1 in a
 * journal entry: each is in one field at most.
 */
#define RECORD_SYSLOG_MAX 288
char *record_syslog_json(char *p, const SyslogHeader *h, const Message *m);
/* With a PRIORITY= and a SYSLOG_IDENTIFIER= in any case: those of sockd where the header has none. */
char *record_syslog_journal(char *p, const SyslogHeader *h);
