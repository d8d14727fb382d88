/* SPDX-License-Identifier: MIT */
/* Each call is one of the kind. */

#include "ctl/log_source.h"

LogSource *log_source_free(LogSource *s) {
        return s ? s->kind->free(s) : NULL;
}

int log_source_next(LogSource *s, const LogEntry **ret) {
        return s->kind->next(s, ret);
}

int log_source_wait(LogSource *s, int fd) {
        return s->kind->wait(s, fd);
}

const char *log_source_name(const LogSource *s) {
        return s->kind->name;
}
