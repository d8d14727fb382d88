/* SPDX-License-Identifier: MIT */
/*
 * Any text as a moment: refused, or it can be shown in two ways and read again to the same value; a
 * span of time is as long before now as after it; and a week later it is the same or a week later.
 */

#include "ctl/when.h"

#include "core/macro.h"
#include "core/unit.h"
#include "fuzz.h"
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <time.h>

#define NOW UINT64_C(1795426215500000) /* 2026-11-23T09:30:15.5Z */
#define WEEK (7 * UINT64_C(86400) * USEC_PER_SEC)
/* 9999-12-31T23:59:59.999999Z */
#define LAST UINT64_C(253402300799999999)
/* What "@" and spans may be at most. */
#define USEC_MAX (UINT64_MAX / 1024)

static void check_same(const char *text, uint64_t usec) {
        uint64_t again = 0;
        int r = when_parse(text, NOW, &again);

        assert(r == 0);
        assert(again == usec);
}

static void check_moment(uint64_t usec) {
        time_t seconds = (time_t)(usec / USEC_PER_SEC);
        char text[64], with_fraction[96];
        struct tm tm;

        (void)snprintf(text, sizeof(text), "@%" PRIu64 ".%06" PRIu64, usec / USEC_PER_SEC,
                       usec % USEC_PER_SEC);
        if (usec / USEC_PER_SEC <= USEC_MAX / USEC_PER_SEC)
                check_same(text, usec);
        if (usec > LAST)
                return;

        assert(gmtime_r(&seconds, &tm));
        assert(strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm) > 0);
        (void)snprintf(with_fraction, sizeof(with_fraction), "%s.%06" PRIu64 "Z", text,
                       usec % USEC_PER_SEC);
        check_same(with_fraction, usec);
}

/* The text as a span alone decides what "-" and "+" before it, and " ago" behind it, mean. */
static void check_span(const char *text) {
        size_t size = strlen(text) + sizeof("+ ago");
        char *signed_text = exactly(size);
        const char *p = text;
        uint64_t span, before;
        int r;

        if (strchr("+-", *text) || unit_take_time(&p, &span) < 0 || *p) {
                free(signed_text);
                return;
        }

        (void)snprintf(signed_text, size, "-%s", text);
        r = when_parse(signed_text, NOW, &before);
        if (r == 0) {
                assert(before == (span < NOW ? NOW - span : 0));
                (void)snprintf(signed_text, size, "+%s", text);
                check_same(signed_text, NOW + span);
                (void)snprintf(signed_text, size, "%s ago", text);
                check_same(signed_text, before);
        }
        free(signed_text);
}

/* R, USEC: what TEXT is now. */
static void check_later(const char *text, int r, uint64_t usec) {
        uint64_t later = 0;
        int r_later = when_parse(text, NOW + WEEK, &later);

        assert(r_later == r);
        if (usec > 0)
                assert(later == usec || later == usec + WEEK);
        else
                assert(later <= WEEK); /* it was before 1970, and may still be */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        char *text = exact_text(data, size);
        uint64_t usec = 0;
        int r;

        (void)setenv("TZ", "XXX-1", 1);
        tzset();
        r = when_parse(text, NOW, &usec);
        assert(r == 0 || r == -EINVAL);
        if (r == 0) {
                check_same(text, usec);
                check_moment(usec);
        }
        check_later(text, r, usec);
        check_span(text);
        free(text);
        return 0;
}
