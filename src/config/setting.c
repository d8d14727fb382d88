/* SPDX-License-Identifier: MIT */
/* Finding, storing and formatting settings. */
#include "config/setting.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "config/setting_table.h"
#include "config/suggest.h"
#include "core/macro.h"
#include "core/unit.h"

const Setting *setting_next(SettingScope scope, const Setting *previous) {
        const SettingTable t = setting_table(scope);
        const Setting *next = previous ? previous + 1 : t.settings;

        return next < t.settings + t.n ? next : NULL;
}

const Setting *setting_find(SettingScope scope, const char *name) {
        const Setting *s = NULL;

        while ((s = setting_next(scope, s)))
                if (strcmp(s->name, name) == 0)
                        return s;
        return NULL;
}

bool setting_suggest(SettingScope scope, const char *word, const char **ret_prefix,
                     const char **ret_name) {
        static const char *const prefixes[SETTING_SCOPE_MAX_] = {
                [SETTING_TOP] = "",
                [SETTING_LIMITS] = "limits.",
                [SETTING_LISTENER] = "listeners[].",
                [SETTING_OUTPUT] = "outputs[].",
                [SETTING_TLS] = "listeners[].tls.",
        };
        SettingScope best_scope = scope;
        const Setting *best = NULL;
        unsigned best_distance = SUGGEST_FAR;

        for (SettingScope other = 0; other < SETTING_SCOPE_MAX_; other++)
                for (const Setting *s = NULL; (s = setting_next(other, s));) {
                        /* Keys of other scopes only if spelled correctly, and after those of this one. */
                        unsigned distance = suggest_distance(word, s->name);

                        if (other != scope)
                                distance = distance == 0 ? SUGGEST_FAR - 1 : SUGGEST_FAR;
                        if (distance >= best_distance)
                                continue;
                        best = s;
                        best_scope = other;
                        best_distance = distance;
                }
        if (!best)
                return false;

        *ret_prefix = best_scope == scope ? "" : prefixes[best_scope];
        *ret_name = best->name;
        return true;
}

void setting_store(const Setting *s, void *structure, uint64_t value) {
        void *field = (char *)structure + s->offset;

        switch (s->size) {
        case sizeof(bool):
                *(bool *)field = value != 0;
                break;
        case sizeof(uint16_t):
                *(uint16_t *)field = (uint16_t)value;
                break;
        case sizeof(uint32_t):
                *(uint32_t *)field = (uint32_t)value;
                break;
        default:
                assert(s->size == sizeof(uint64_t));
                *(uint64_t *)field = value;
        }
}

uint64_t setting_load(const Setting *s, const void *structure) {
        const void *field = (const char *)structure + s->offset;

        switch (s->size) {
        case sizeof(bool):
                return *(const bool *)field;
        case sizeof(uint16_t):
                return *(const uint16_t *)field;
        case sizeof(uint32_t):
                return *(const uint32_t *)field;
        default:
                assert(s->size == sizeof(uint64_t));
                return *(const uint64_t *)field;
        }
}

const char *setting_text(const Setting *s, const void *structure) {
        return *(char *const *)(const void *)((const char *)structure + s->offset);
}

const struct ConfigStrings *setting_strings(const Setting *s, const void *structure) {
        return (const void *)((const char *)structure + s->offset);
}

const struct ConfigOctets *setting_octets(const Setting *s, const void *structure) {
        return (const void *)((const char *)structure + s->offset);
}

void setting_defaults(SettingScope scope, void *structure) {
        static const bool has_value[SETTING_TYPE_MAX_] = {
                [SETTING_WORD] = true, [SETTING_NUMBER] = true, [SETTING_BOOLEAN] = true,
                [SETTING_SIZE] = true, [SETTING_TIME] = true,
        };
        const Setting *s = NULL;

        while ((s = setting_next(scope, s)))
                if (has_value[s->type])
                        setting_store(s, structure, s->value);
                else if (s->type == SETTING_GROUP)
                        setting_defaults(s->inside, (char *)structure + s->offset);
}

void setting_format(const Setting *s, uint64_t value, char buf[static SETTING_VALUE_MAX]) {
        int n;

        if (s->type == SETTING_WORD) {
                (void)snprintf(buf, SETTING_VALUE_MAX, "%s", s->word((unsigned)value));
                return;
        }
        if (s->type == SETTING_BOOLEAN) {
                (void)snprintf(buf, SETTING_VALUE_MAX, "%s", value ? "true" : "false");
                return;
        }
        if (s->type != SETTING_TIME) {
                (void)snprintf(buf, SETTING_VALUE_MAX, "%" PRIu64, value);
                return;
        }

        n = snprintf(buf, SETTING_VALUE_MAX, "%" PRIu64 ".%06" PRIu64, value / USEC_PER_SEC,
                     value % USEC_PER_SEC);
        while (buf[n - 1] == '0')
                buf[--n] = '\0';
        if (buf[n - 1] == '.')
                buf[n - 1] = '\0';
}

void setting_format_unit(const Setting *s, uint64_t value, char buf[static SETTING_VALUE_MAX]) {
        static_assert(SETTING_VALUE_MAX >= UNIT_TEXT_MAX, "room for a unit");

        if (s->type == SETTING_SIZE)
                unit_format_size(value, buf);
        else if (s->type == SETTING_TIME)
                unit_format_time(value, buf);
        else
                setting_format(s, value, buf);
}
