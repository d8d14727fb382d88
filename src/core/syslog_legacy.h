/* SPDX-License-Identifier: MIT */
/*
 * Headers that RFC 3164 describes, and its many variants. They have no grammar: this looks for what
 * devices of all kinds are known to send, and takes nothing that it is not sure of.
 */
#pragma once

#include "core/syslog_header.h"

/*
 * P, END: what follows the priority that is in H, if any. Adds what fields it finds, and returns
 * where the text begins.
 */
const char *syslog_legacy_parse(const char *p, const char *end, SyslogHeader *h);
