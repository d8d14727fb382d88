/* SPDX-License-Identifier: MIT */
/* The journal, through sd-journal. */

#include "core/clock.h"
#include "ctl/log_entry.h"
#include "ctl/log_journal.h"
#include "ctl/log_source_kinds.h"
#include "ctl/options.h"
#include "ctl/print.h"
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <systemd/sd-journal.h>

typedef struct JournalSource {
        LogSource base;
        const LogWish *wish;
        sd_journal *journal;
        LogEntry entry;
} JournalSource;

static LogSource *journal_free(LogSource *base) {
        JournalSource *s = (JournalSource *)base;

        sd_journal_close(s->journal);
        free(s);
        return NULL;
}

static int complain(int error) {
        if (error == -ENOMEM)
                return error;
        print_error("cannot read the journal: %s", strerrordesc_np(-error));
        return -ESRCH;
}

/* Returns 1 when the current entry is wanted, 0 when not, or negative errno. */
static int read_wanted(JournalSource *s) {
        int r = log_entry_read(s->journal, &s->entry);

        return r <= 0 ? r : log_filter_wants(&s->wish->filter, &s->entry);
}

static int journal_next(LogSource *base, const LogEntry **ret) {
        JournalSource *s = (JournalSource *)base;
        int r;

        while ((r = sd_journal_next(s->journal)) > 0) {
                uint64_t usec;

                if (sd_journal_get_realtime_usec(s->journal, &usec) >= 0 &&
                    log_filter_is_past(&s->wish->filter, usec))
                        return 0;
                r = read_wanted(s);
                if (r > 0) {
                        *ret = &s->entry;
                        return 1;
                }
                /* A journal file that was vacuumed or is corrupt must not hide the others. */
                if (r < 0 && r != -EBADMSG && r != -ENOENT && r != -EADDRNOTAVAIL)
                        return complain(r);
        }
        return r < 0 ? complain(r) : 0;
}

/* Positions the journal before the last wish->lines records that are wanted. */
static int seek_last(JournalSource *s) {
        int r = sd_journal_seek_tail(s->journal);
        uint64_t n = 0;

        while (r >= 0 && (r = sd_journal_previous(s->journal)) > 0) {
                uint64_t usec;

                if (n == s->wish->lines || (sd_journal_get_realtime_usec(s->journal, &usec) >= 0 &&
                                            usec < s->wish->filter.since_usec))
                        return 0;
                n += read_wanted(s) > 0;
        }
        return r < 0 ? r : sd_journal_seek_head(s->journal);
}

static int seek(JournalSource *s) {
        if (s->wish->lines != LOG_LINES_ALL)
                return seek_last(s);
        if (s->wish->filter.since_usec > 0)
                return sd_journal_seek_realtime_usec(s->journal, s->wish->filter.since_usec);
        return sd_journal_seek_head(s->journal);
}

/* That FD was closed is noticed even while no message arrives. */
static int journal_wait(LogSource *base, int fd) {
        JournalSource *s = (JournalSource *)base;
        struct pollfd fds[] = { { .fd = fd }, { .fd = sd_journal_get_fd(s->journal) } };
        int events = sd_journal_get_events(s->journal);
        uint64_t until;
        int r;

        if (fds[1].fd < 0)
                return complain(fds[1].fd);
        if (events < 0 || sd_journal_get_timeout(s->journal, &until) < 0)
                return complain(events < 0 ? events : -EIO);

        fds[1].events = (short)events;
        if (poll(fds, ELEMENTSOF(fds), clock_timeout_msec(until, clock_monotonic())) < 0 &&
            errno != EINTR)
                return complain(-errno);
        if (fds[0].revents & (POLLERR | POLLNVAL))
                return 0;
        r = sd_journal_process(s->journal);
        return r < 0 ? complain(r) : 1;
}

int log_source_journal_new(const LogWish *wish, const Global *global, LogSource **ret) {
        static const LogSourceKind kind = {
                .name = "the journal",
                .next = journal_next,
                .wait = journal_wait,
                .free = journal_free,
        };
        _cleanup_(log_source_freep) LogSource *base = NULL;
        JournalSource *s = calloc(1, sizeof(*s));
        int r;

        if (!s)
                return -ENOMEM;

        s->base.kind = &kind;
        s->wish = wish;
        base = &s->base;
        if (log_journal_open(wish->directory, &s->journal) < 0)
                return -ESRCH;

        r = log_filter_apply(&wish->filter, &global->instance, s->journal);
        if (r >= 0 && wish->follow) /* starts watching: nothing is missed from here on */
                r = MIN(sd_journal_get_fd(s->journal), 0);
        if (r >= 0)
                r = seek(s);
        if (r < 0)
                return complain(r);

        *ret = TAKE_PTR(base);
        return 0;
}
