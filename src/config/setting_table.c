/* SPDX-License-Identifier: MIT */
/* Ranges, defaults and spellings. */
#include "config/setting_table.h"

#include <stddef.h>
#include <string.h>
#include <syslog.h>

#include "config/config.h"
#include "core/macro.h"
#include "core/names.h"
#include "core/path_template.h"

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

/* A missing type, which is an error of its own, excludes no key. */
static bool is_file(const void *structure) {
        return ((const ConfigOutput *)structure)->type != OUTPUT_JOURNAL;
}

static bool is_template(const void *structure) {
        const ConfigOutput *o = structure;

        return is_file(o) && (!o->path || path_template_is(o->path));
}

static bool has_owner(const void *structure) {
        const ConfigOutput *o = structure;

        return is_file(o) && (!o->path || strcmp(o->path, "-") != 0);
}

static const Setting top[] = {
        { .name = "listeners",
          .type = SETTING_LIST,
          .reloadable = true,
          .fallback = "required",
          .inside = SETTING_LISTENER },
        { .name = "outputs",
          .type = SETTING_LIST,
          .reloadable = true,
          .fallback = "required",
          .inside = SETTING_OUTPUT },
        { .name = "limits",
          .type = SETTING_GROUP,
          .reloadable = true,
          .fallback = "each limit's default",
          FIELD(Config, limits),
          .inside = SETTING_LIMITS },
        { .name = "workers",
          .type = SETTING_NUMBER,
          .fallback = "0",
          .value = 0,
          .min = 0,
          .max = 64,
          FIELD(Config, workers) },
        { .name = "log_level",
          .type = SETTING_WORD,
          .reloadable = true,
          .fallback = "info",
          .value = LOG_INFO,
          .min = LOG_ERR,
          .max = LOG_DEBUG,
          FIELD(Config, log_level),
          .word = log_level_word },
};

static const Setting limits[] = {
        { .name = "message_size",
          .type = SETTING_SIZE,
          .reloadable = true,
          .fallback = "64K",
          .value = 64 * KIB,
          .min = 1,
          .max = 16 * MIB,
          FIELD(ConfigLimits, message_size) },
        { .name = "connections",
          .type = SETTING_NUMBER,
          .reloadable = true,
          .fallback = "10000",
          .value = 10000,
          .min = 1,
          .max = 1000000,
          FIELD(ConfigLimits, connections) },
        { .name = "connections_per_peer",
          .type = SETTING_NUMBER,
          .reloadable = true,
          .fallback = "0",
          .value = 0,
          .min = 0,
          .max = 1000000,
          FIELD(ConfigLimits, connections_per_peer) },
        { .name = "connection_rate",
          .type = SETTING_NUMBER,
          .reloadable = true,
          .fallback = "0",
          .value = 0,
          .min = 0,
          .max = 1000000,
          FIELD(ConfigLimits, connection_rate) },
        { .name = "connection_rate_per_peer",
          .type = SETTING_NUMBER,
          .reloadable = true,
          .fallback = "0",
          .value = 0,
          .min = 0,
          .max = 1000000,
          FIELD(ConfigLimits, connection_rate_per_peer) },
        { .name = "message_rate_per_peer",
          .type = SETTING_NUMBER,
          .reloadable = true,
          .fallback = "0",
          .value = 0,
          .min = 0,
          .max = 1000000,
          FIELD(ConfigLimits, message_rate_per_peer) },
        { .name = "idle_timeout",
          .type = SETTING_TIME,
          .reloadable = true,
          .fallback = "0",
          .value = 0,
          .min = 0,
          .max = 864000 * USEC_PER_SEC,
          FIELD(ConfigLimits, idle_timeout_usec) },
        { .name = "memory",
          .type = SETTING_SIZE,
          .reloadable = true,
          .fallback = "64M",
          .value = 64 * MIB,
          .min = 4 * MIB,
          .max = TIB,
          FIELD(ConfigLimits, memory) },
};

static const Setting output[] = {
        { .name = "name",
          .type = SETTING_TEXT,
          .reloadable = true,
          .fallback = "journal or file-N",
          FIELD(ConfigOutput, name) },
        { .name = "type",
          .type = SETTING_WORD,
          .reloadable = true,
          .fallback = "required",
          .value = OUTPUT_TYPE_MAX_,
          .max = OUTPUT_FILE,
          FIELD(ConfigOutput, type),
          .word = output_type_word },
        { .name = "path",
          .type = SETTING_TEXT,
          .reloadable = true,
          .fallback = "required",
          FIELD(ConfigOutput, path),
          .applies = is_file,
          .applies_text = "only for type \"file\"" },
        { .name = "mode",
          .type = SETTING_TEXT,
          .reloadable = true,
          .fallback = SOCKD_FILE_MODE_DEFAULT,
          FIELD(ConfigOutput, mode),
          .applies = has_owner,
          .applies_text = "only for type \"file\" with a path" },
        { .name = "group",
          .type = SETTING_TEXT,
          .reloadable = true,
          .fallback = "\"\"",
          FIELD(ConfigOutput, group),
          .applies = has_owner,
          .applies_text = "only for type \"file\" with a path" },
        { .name = "format",
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
          .type = SETTING_WORD,
          .reloadable = true,
          .fallback = "wait or drop",
          .value = WHEN_FULL_MAX_,
          .max = WHEN_FULL_DROP,
          FIELD(ConfigOutput, when_full),
          .word = when_full_word },
        { .name = "files_open",
          .type = SETTING_NUMBER,
          .reloadable = true,
          .fallback = "256",
          .value = 256,
          .min = 1,
          .max = 100000,
          FIELD(ConfigOutput, files_open),
          .applies = is_template,
          .applies_text = "only for a path with %{listener}, %{peer} or %{date}" },
        { .name = "files_max",
          .type = SETTING_NUMBER,
          .reloadable = true,
          .fallback = "65536",
          .value = 65536,
          .min = 1,
          .max = 10000000,
          FIELD(ConfigOutput, files_max),
          .applies = is_template,
          .applies_text = "only for a path with %{listener}, %{peer} or %{date}" },
};

SettingTable setting_table(SettingScope scope) {
        switch (scope) {
        case SETTING_TOP:
                return (SettingTable){ top, ELEMENTSOF(top) };
        case SETTING_LIMITS:
                return (SettingTable){ limits, ELEMENTSOF(limits) };
        case SETTING_LISTENER:
                return setting_table_listener();
        case SETTING_OUTPUT:
                return (SettingTable){ output, ELEMENTSOF(output) };
        case SETTING_TLS:
                return setting_table_tls();
        case SETTING_SCOPE_MAX_:
                break;
        }
        return (SettingTable){ 0 };
}
