/* SPDX-License-Identifier: MIT */
/* Messages that may begin with a syslog header. */
#pragma once

#include "daemon/intake/intake.h"

/*
 * As intake_add(), for a source that sends syslog: its RecordSource.syslog is that of the intake. A
 * message without a header is counted.
 */
void intake_syslog_add(Intake *in, const Message *m);

/* For any source. */
static inline void intake_syslog_add_any(Intake *in, const Message *m) {
        if (in->is_syslog)
                intake_syslog_add(in, m);
        else
                intake_add(in, m);
}
