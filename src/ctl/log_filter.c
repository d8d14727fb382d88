/* SPDX-License-Identifier: MIT */
/*
 * Matches of one field are alternatives, those of several fields are all demanded, and this is
 * repeated for each author that can be believed (sd_journal_add_match(3)).
 */

#include "ctl/log_filter.h"

#include "core/instance.h"
#include "core/macro.h"
#include "ctl/log_entry.h"
#include <stdio.h>
#include <string.h>
#include <systemd/sd-journal.h>

/* A record reaches the journal a little after its time; this is much more. */
#define LATE_MAX_USEC (3600 * USEC_PER_SEC)

static int add(sd_journal *j, const char *field, const char *value) {
        char match[256];
        int n = snprintf(match, sizeof(match), "%s=%s", field, value);

        return sd_journal_add_match(j, match, (size_t)MIN(n, (int)sizeof(match) - 1));
}

static int add_all(sd_journal *j, const char *field, const char *const values[], size_t n) {
        int r = 0;

        for (size_t i = 0; i < n && r >= 0; i++)
                r = add(j, field, values[i]);
        return r;
}

/*
 * The journal can match this peer's address alone: not a prefix, not a group, nor one of IPv6, which
 * may be written with its interface.
 */
static bool is_one_text(const Prefix *p) {
        if (p->base.family == AF_UNIX)
                return p->base.process.uid != ADDRESS_ID_UNKNOWN;
        return prefix_is_address(p) && p->base.family != AF_INET6;
}

/* With one that it cannot match, it has to return all peers. */
static int add_peers(const LogFilter *f, sd_journal *j) {
        char text[ADDRESS_TEXT_MAX];
        int r = 0;

        for (size_t i = 0; i < f->n_peers; i++)
                if (!is_one_text(&f->peers[i]))
                        return 0;
        for (size_t i = 0; i < f->n_peers && r >= 0; i++) {
                (void)address_format_host(&f->peers[i].base, text);
                r = add(j, "SOCKD_PEER_ADDRESS", text);
        }
        return r;
}

static int add_wanted(const LogFilter *f, sd_journal *j) {
        int r = add(j, "MESSAGE_ID", RECORD_MESSAGE_ID);

        if (r >= 0)
                r = add_all(j, "SOCKD_ID", f->ids, f->n_ids);
        if (r >= 0)
                r = add_all(j, "SOCKD_LISTENER", f->listeners, f->n_listeners);
        if (r >= 0)
                r = add_all(j, "SOCKD_PEER_NAME", f->names, f->n_names);
        return r < 0 ? r : add_peers(f, j);
}

int log_filter_apply(const LogFilter *f, const Instance *instance, sd_journal *j) {
        char uid[32], unit[sizeof(instance->service) + sizeof(".service")];
        const char *const authors[][2] = {
                { "_SYSTEMD_UNIT", unit },
                { "_UID", "0" },
                { "_UID", uid },
        };
        size_t n = strchr(instance->service, '@') ? 1 : ELEMENTSOF(authors);
        int r = 0;

        (void)snprintf(unit, sizeof(unit), "%s.service", instance->service);
        (void)snprintf(uid, sizeof(uid), "%u", (unsigned)getuid());
        for (size_t i = 0; i < n && r >= 0; i++) {
                r = add_wanted(f, j);
                if (r >= 0)
                        r = add(j, authors[i][0], authors[i][1]);
                if (r >= 0)
                        r = sd_journal_add_disjunction(j);
        }
        return r;
}

static bool wants_id(const LogFilter *f, const Id *id) {
        for (size_t i = 0; i < f->n_ids; i++)
                if (strlen(f->ids[i]) == id->size && memcmp(f->ids[i], id->text, id->size) == 0)
                        return true;
        return f->n_ids == 0;
}

/* One of the words, or there are none. */
static bool wants_word(const char *const words[], size_t n, const char *word) {
        for (size_t i = 0; i < n; i++)
                if (strcmp(words[i], word) == 0)
                        return true;
        return n == 0;
}

bool log_filter_wants(const LogFilter *f, const LogEntry *e) {
        if (e->usec < f->since_usec || e->usec > f->until_usec || !wants_id(f, &e->id) ||
            !wants_word(f->listeners, f->n_listeners, e->listener) ||
            !wants_word(f->names, f->n_names, e->peer_name))
                return false;

        for (size_t i = 0; i < f->n_peers; i++)
                if (prefix_has(&f->peers[i], &e->peer))
                        return true;
        return f->n_peers == 0;
}

bool log_filter_is_past(const LogFilter *f, uint64_t usec) {
        return usec > f->until_usec && usec - f->until_usec > LATE_MAX_USEC;
}
