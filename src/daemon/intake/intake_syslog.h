/* SPDX-License-Identifier: MIT */
/* Messages that may begin with a syslog header. */
#pragma once

#include "core/frame.h"

typedef struct Intake Intake;

/*
 * As intake_add(), for a source that sends syslog: its RecordSource.syslog is the header in the
 * intake. A message without a header is counted.
 */
void intake_syslog_add(Intake *in, const Message *m);
