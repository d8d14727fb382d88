/* SPDX-License-Identifier: MIT */
/* The one table of settings; see setting.h. */
#include "config/setting.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "config/config.h"
#include "config/suggest.h"
#include "core/macro.h"
#include "core/names.h"
#include "core/unit.h"

#define KIB UINT64_C(1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)
#define TIB (1024 * GIB)

#define FIELD(structure, member)                                                                   \
        .offset = offsetof(structure, member), .size = sizeof(((structure *)NULL)->member)

#define DEFINE_WORD(type, name, text)                                                              \
        static const char *name(unsigned value) {                                                  \
                return text((type)value);                                                          \
        }

DEFINE_WORD(Protocol, protocol_word, protocol_text)
DEFINE_WORD(Framing, framing_word, framing_text)
DEFINE_WORD(Level, level_word, level_text)
DEFINE_WORD(OutputType, output_type_word, output_type_text)
DEFINE_WORD(Format, format_word, format_text)
DEFINE_WORD(WhenFull, when_full_word, when_full_text)

static const char *log_level_word(unsigned value) {
        static const char *const table[] = {
                [LOG_ERR] = "error",
                [LOG_WARNING] = "warning",
                [LOG_INFO] = "info",
                [LOG_DEBUG] = "debug",
        };
        return table[value];
}

/* A missing protocol or type, which is an error of its own, excludes no key. */
static bool is_stream(const void *structure) {
        return ((const ConfigListener *)structure)->protocol != PROTOCOL_UDP;
}

static bool is_separated(const void *structure) {
        const ConfigListener *l = structure;

        return is_stream(l) && (l->framing == FRAMING_LINE || l->framing == FRAMING_NUL);
}

static bool is_file(const void *structure) {
        return ((const ConfigOutput *)structure)->type != OUTPUT_JOURNAL;
}

static const Setting settings[] = {
        { .name = "listeners",
          .scope = SETTING_TOP,
          .type = SETTING_LIST,
          .reloadable = true,
          .fallback = "required",
          .inside = SETTING_LISTENER },
        { .name = "outputs",
          .scope = SETTING_TOP,
          .type = SETTING_LIST,
          .reloadable = true,
          .fallback = "required",
          .inside = SETTING_OUTPUT },
        { .name = "limits",
          .scope = SETTING_TOP,
          .type = SETTING_GROUP,
          .reloadable = true,
          .fallback = "each limit's default",
          FIELD(Config, limits),
          .inside = SETTING_LIMITS },
        { .name = "workers",
          .scope = SETTING_TOP,
          .type = SETTING_NUMBER,
          .fallback = "0",
          .value = 0,
          .min = 0,
          .max = 64,
          FIELD(Config, workers) },
        { .name = "log_level",
          .scope = SETTING_TOP,
          .type = SETTING_WORD,
          .reloadable = true,
          .fallback = "info",
          .value = LOG_INFO,
          .min = LOG_ERR,
          .max = LOG_DEBUG,
          FIELD(Config, log_level),
          .word = log_level_word },

        { .name = "message_size",
          .scope = SETTING_LIMITS,
          .type = SETTING_SIZE,
          .reloadable = true,
          .fallback = "64K",
          .value = 64 * KIB,
          .min = 1,
          .max = 16 * MIB,
          FIELD(ConfigLimits, message_size) },
        { .name = "connections",
          .scope = SETTING_LIMITS,
          .type = SETTING_NUMBER,
          .reloadable = true,
          .fallback = "10000",
          .value = 10000,
          .min = 1,
          .max = 1000000,
          FIELD(ConfigLimits, connections) },
        { .name = "connections_per_peer",
          .scope = SETTING_LIMITS,
          .type = SETTING_NUMBER,
          .reloadable = true,
          .fallback = "0",
          .value = 0,
          .min = 0,
          .max = 1000000,
          FIELD(ConfigLimits, connections_per_peer) },
        { .name = "idle_timeout",
          .scope = SETTING_LIMITS,
          .type = SETTING_TIME,
          .reloadable = true,
          .fallback = "0",
          .value = 0,
          .min = 0,
          .max = 864000 * USEC_PER_SEC,
          FIELD(ConfigLimits, idle_timeout_usec) },
        { .name = "memory",
          .scope = SETTING_LIMITS,
          .type = SETTING_SIZE,
          .reloadable = true,
          .fallback = "64M",
          .value = 64 * MIB,
          .min = 4 * MIB,
          .max = TIB,
          FIELD(ConfigLimits, memory) },

        { .name = "name",
          .scope = SETTING_LISTENER,
          .type = SETTING_TEXT,
          .reloadable = true,
          .fallback = "PROTOCOL-PORT",
          FIELD(ConfigListener, name) },
        { .name = "protocol",
          .scope = SETTING_LISTENER,
          .type = SETTING_WORD,
          .reloadable = true,
          .fallback = "required",
          .value = PROTOCOL_MAX_,
          .max = PROTOCOL_UDP,
          FIELD(ConfigListener, protocol),
          .word = protocol_word },
        { .name = "address",
          .scope = SETTING_LISTENER,
          .type = SETTING_TEXT,
          .reloadable = true,
          .fallback = SOCKD_ADDRESS_DEFAULT,
          FIELD(ConfigListener, address) },
        { .name = "port",
          .scope = SETTING_LISTENER,
          .type = SETTING_NUMBER,
          .reloadable = true,
          .fallback = "9191",
          .value = SOCKD_PORT_DEFAULT,
          .min = 0,
          .max = UINT16_MAX,
          FIELD(ConfigListener, port) },
        { .name = "framing",
          .scope = SETTING_LISTENER,
          .type = SETTING_WORD,
          .reloadable = true,
          .fallback = "line",
          .value = FRAMING_LINE,
          .max = FRAMING_EOF,
          FIELD(ConfigListener, framing),
          .word = framing_word,
          .applies = is_stream,
          .applies_text = "only for protocol \"tcp\"" },
        { .name = "message_timeout",
          .scope = SETTING_LISTENER,
          .type = SETTING_TIME,
          .reloadable = true,
          .fallback = "2s",
          .value = 2 * USEC_PER_SEC,
          .min = 0,
          .max = 3600 * USEC_PER_SEC,
          FIELD(ConfigListener, message_timeout_usec),
          .applies = is_separated,
          .applies_text = "only for protocol \"tcp\" with framing \"line\" or \"nul\"" },
        { .name = "acknowledge",
          .scope = SETTING_LISTENER,
          .type = SETTING_WORD,
          .reloadable = true,
          .fallback = "durable or written",
          .value = LEVEL_MAX_,
          .max = LEVEL_DURABLE,
          FIELD(ConfigListener, acknowledge),
          .word = level_word },
        { .name = "reply",
          .scope = SETTING_LISTENER,
          .type = SETTING_TEXT,
          .reloadable = true,
          .fallback = "ok %i %l\\n",
          FIELD(ConfigListener, reply) },
        { .name = "receive_buffer",
          .scope = SETTING_LISTENER,
          .type = SETTING_SIZE,
          .reloadable = true,
          .fallback = "8M",
          .value = 0,
          .min = 4 * KIB,
          .max = GIB,
          FIELD(ConfigListener, receive_buffer) },

        { .name = "type",
          .scope = SETTING_OUTPUT,
          .type = SETTING_WORD,
          .reloadable = true,
          .fallback = "required",
          .value = OUTPUT_TYPE_MAX_,
          .max = OUTPUT_FILE,
          FIELD(ConfigOutput, type),
          .word = output_type_word },
        { .name = "path",
          .scope = SETTING_OUTPUT,
          .type = SETTING_TEXT,
          .reloadable = true,
          .fallback = "required",
          FIELD(ConfigOutput, path),
          .applies = is_file,
          .applies_text = "only for type \"file\"" },
        { .name = "format",
          .scope = SETTING_OUTPUT,
          .type = SETTING_WORD,
          .reloadable = true,
          .fallback = "text",
          .value = FORMAT_TEXT,
          .max = FORMAT_JSON,
          FIELD(ConfigOutput, format),
          .word = format_word,
          .applies = is_file,
          .applies_text = "only for type \"file\"" },
        { .name = "when_full",
          .scope = SETTING_OUTPUT,
          .type = SETTING_WORD,
          .reloadable = true,
          .fallback = "wait or drop",
          .value = WHEN_FULL_MAX_,
          .max = WHEN_FULL_DROP,
          FIELD(ConfigOutput, when_full),
          .word = when_full_word },
};

const Setting *setting_next(SettingScope scope, const Setting *previous) {
        for (const Setting *s = previous ? previous + 1 : settings;
             s < settings + ELEMENTSOF(settings); s++)
                if (s->scope == scope)
                        return s;
        return NULL;
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
        };
        const Setting *best = NULL;
        unsigned best_distance = SUGGEST_FAR;

        for (const Setting *s = settings; s < settings + ELEMENTSOF(settings); s++) {
                /* Keys of other scopes only if spelled correctly, and after those of this one. */
                unsigned distance = suggest_distance(word, s->name);

                if (s->scope != scope)
                        distance = distance == 0 ? SUGGEST_FAR - 1 : SUGGEST_FAR;
                if (distance >= best_distance)
                        continue;
                best = s;
                best_distance = distance;
        }
        if (!best)
                return false;

        *ret_prefix = best->scope == scope ? "" : prefixes[best->scope];
        *ret_name = best->name;
        return true;
}

void setting_store(const Setting *s, void *structure, uint64_t value) {
        void *field = (char *)structure + s->offset;

        switch (s->size) {
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

void setting_defaults(SettingScope scope, void *structure) {
        static const bool has_value[SETTING_TYPE_MAX_] = {
                [SETTING_WORD] = true,
                [SETTING_NUMBER] = true,
                [SETTING_SIZE] = true,
                [SETTING_TIME] = true,
        };
        const Setting *s = NULL;

        while ((s = setting_next(scope, s)))
                if (has_value[s->type])
                        setting_store(s, structure, s->value);
}

void setting_format(const Setting *s, uint64_t value, char buf[static SETTING_VALUE_MAX]) {
        int n;

        if (s->type == SETTING_WORD) {
                (void)snprintf(buf, SETTING_VALUE_MAX, "%s", s->word((unsigned)value));
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
