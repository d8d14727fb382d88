/* SPDX-License-Identifier: MIT */
/* A header is read once, for all outputs; for those in text only as far as it counts. */

#include "daemon/intake/intake_syslog.h"

#include "core/macro.h"
#include "core/stats.h"
#include "daemon/intake/intake.h"

void intake_syslog_add(Intake *in, const Message *m) {
        bool found;

        if (in->needs_fields)
                found = syslog_memo_parse(&in->syslog, m->data, m->size);
        else
                found = syslog_header_exists(m->data, m->size);
        if (_unlikely_(!found))
                counter_add(&in->run.stats->syslog_bad, 1);
        intake_add(in, m);
}
