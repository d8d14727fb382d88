/* SPDX-License-Identifier: MIT */
/* Few digits: JSON has all of them. */

#include "ctl/format.h"

#include "core/clock.h"
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

/* N in the largest unit in which it is at least 1, with one decimal below 100. */
static void format_scaled(uint64_t n, unsigned base, const char *const units[], size_t n_units,
                          char *buf) {
        double x = (double)n;
        size_t i = 0;

        while (i + 1 < n_units && x >= base) {
                x /= base;
                i++;
        }
        if (i == 0 || x >= 100)
                (void)snprintf(buf, FORMAT_MAX, "%" PRIu64 "%s", (uint64_t)x, units[i]);
        else
                (void)snprintf(buf, FORMAT_MAX, "%.1f%s", (double)(uint64_t)(x * 10) / 10,
                               units[i]);
}

void format_short(uint64_t n, char buf[static FORMAT_MAX]) {
        static const char *const units[] = { "", "k", "M", "G", "T", "P", "E" };

        format_scaled(n, 1000, units, ELEMENTSOF(units), buf);
}

void format_bytes(uint64_t n, char buf[static FORMAT_MAX]) {
        static const char *const units[] = { "B", "K", "M", "G", "T", "P", "E" };

        format_scaled(n, 1024, units, ELEMENTSOF(units), buf);
}

void format_span(uint64_t usec, char buf[static FORMAT_MAX]) {
        static const struct {
                const char *name;
                uint64_t usec;
        } units[] = {
                { "y", 31557600 * USEC_PER_SEC },
                { "d", 86400 * USEC_PER_SEC },
                { "h", 3600 * USEC_PER_SEC },
                { "min", 60 * USEC_PER_SEC },
                { "s", USEC_PER_SEC },
                { "ms", USEC_PER_MSEC },
                { "us", 1 },
        };
        size_t i = 0;

        while (i + 1 < ELEMENTSOF(units) && usec < units[i].usec)
                i++;
        if (usec < 10 * USEC_PER_MSEC && usec >= USEC_PER_MSEC && usec % USEC_PER_MSEC > 0)
                (void)snprintf(buf, FORMAT_MAX, "%.1fms", (double)usec / (double)USEC_PER_MSEC);
        else if (usec >= USEC_PER_SEC && i < 4 && usec % units[i].usec >= units[i + 1].usec)
                (void)snprintf(buf, FORMAT_MAX, "%" PRIu64 "%s %" PRIu64 "%s", usec / units[i].usec,
                               units[i].name, usec % units[i].usec / units[i + 1].usec,
                               units[i + 1].name);
        else
                (void)snprintf(buf, FORMAT_MAX, "%" PRIu64 "%s", usec / units[i].usec,
                               units[i].name);
}

void format_time(uint64_t usec, char buf[static FORMAT_MAX]) {
        time_t seconds = (time_t)(usec / USEC_PER_SEC);
        struct tm tm;

        if (!localtime_r(&seconds, &tm) ||
            strftime(buf, FORMAT_MAX, "%a %Y-%m-%d %H:%M:%S %Z", &tm) == 0)
                (void)snprintf(buf, FORMAT_MAX, "@%" PRIu64, usec / USEC_PER_SEC);
}

void format_ago(uint64_t usec, char buf[static FORMAT_MAX]) {
        uint64_t now = clock_realtime();
        char span[FORMAT_MAX];

        format_span(now > usec ? now - usec : 0, span);
        (void)snprintf(buf, FORMAT_MAX, "%.50s ago", span);
}
