/* SPDX-License-Identifier: MIT */
/* Ranges, defaults and spellings. */
#include "config/setting_table.h"

#include <stddef.h>
#include <syslog.h>

#include "config/config.h"
#include "core/macro.h"
#include "core/names.h"

/* Entries of one list; a file may have more. */
#define PREFIXES_MAX 1024
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
DEFINE_WORD(ByteOrder, byte_order_word, byte_order_text)
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

static bool is_datagram(const void *structure) {
        return ((const ConfigListener *)structure)->protocol != PROTOCOL_TCP;
}

static bool is_separated(const void *structure) {
        const ConfigListener *l = structure;

        return is_stream(l) && (l->framing == FRAMING_LINE || l->framing == FRAMING_NUL ||
                                l->framing == FRAMING_SYSLOG || l->framing == FRAMING_DELIMITER);
}

static bool is_delimited(const void *structure) {
        return is_stream(structure) &&
               ((const ConfigListener *)structure)->framing == FRAMING_DELIMITER;
}

static bool has_length(const void *structure) {
        return is_stream(structure) &&
               ((const ConfigListener *)structure)->framing == FRAMING_LENGTH;
}

static bool is_file(const void *structure) {
        return ((const ConfigOutput *)structure)->type != OUTPUT_JOURNAL;
}

const Setting setting_table[] = {
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
        { .name = "connection_rate",
          .scope = SETTING_LIMITS,
          .type = SETTING_NUMBER,
          .reloadable = true,
          .fallback = "0",
          .value = 0,
          .min = 0,
          .max = 1000000,
          FIELD(ConfigLimits, connection_rate) },
        { .name = "connection_rate_per_peer",
          .scope = SETTING_LIMITS,
          .type = SETTING_NUMBER,
          .reloadable = true,
          .fallback = "0",
          .value = 0,
          .min = 0,
          .max = 1000000,
          FIELD(ConfigLimits, connection_rate_per_peer) },
        { .name = "message_rate_per_peer",
          .scope = SETTING_LIMITS,
          .type = SETTING_NUMBER,
          .reloadable = true,
          .fallback = "0",
          .value = 0,
          .min = 0,
          .max = 1000000,
          FIELD(ConfigLimits, message_rate_per_peer) },
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
        { .name = "interface",
          .scope = SETTING_LISTENER,
          .type = SETTING_TEXT,
          .reloadable = true,
          .fallback = "\"\"",
          FIELD(ConfigListener, interface) },
        { .name = "groups",
          .scope = SETTING_LISTENER,
          .type = SETTING_STRINGS,
          .reloadable = true,
          .fallback = "[]",
          .max = CONFIG_GROUPS_MAX,
          FIELD(ConfigListener, groups),
          .applies = is_datagram,
          .applies_text = "only for protocol \"udp\"" },
        { .name = "framing",
          .scope = SETTING_LISTENER,
          .type = SETTING_WORD,
          .reloadable = true,
          .fallback = "line",
          .value = FRAMING_LINE,
          .max = FRAMING_LENGTH,
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
          .applies_text = "only for protocol \"tcp\" with framing \"line\", \"nul\", \"syslog\" or "
                          "\"delimiter\"" },
        { .name = "delimiter",
          .scope = SETTING_LISTENER,
          .type = SETTING_TEXT,
          .reloadable = true,
          .fallback = "required",
          FIELD(ConfigListener, delimiter),
          .applies = is_delimited,
          .applies_text = "only for framing \"delimiter\"" },
        { .name = "start",
          .scope = SETTING_LISTENER,
          .type = SETTING_TEXT,
          .reloadable = true,
          .fallback = "empty",
          FIELD(ConfigListener, start),
          .applies = is_delimited,
          .applies_text = "only for framing \"delimiter\"" },
        { .name = "length_size",
          .scope = SETTING_LISTENER,
          .type = SETTING_NUMBER,
          .reloadable = true,
          .fallback = "4",
          .value = 4,
          .min = 1,
          .max = 4,
          FIELD(ConfigListener, length_size),
          .applies = has_length,
          .applies_text = "only for framing \"length\"" },
        { .name = "length_order",
          .scope = SETTING_LISTENER,
          .type = SETTING_WORD,
          .reloadable = true,
          .fallback = "big",
          .value = BYTE_ORDER_BIG,
          .max = BYTE_ORDER_LITTLE,
          FIELD(ConfigListener, length_order),
          .word = byte_order_word,
          .applies = has_length,
          .applies_text = "only for framing \"length\"" },
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
        { .name = "allow",
          .scope = SETTING_LISTENER,
          .type = SETTING_STRINGS,
          .reloadable = true,
          .fallback = "[]",
          .max = PREFIXES_MAX,
          FIELD(ConfigListener, allow) },
        { .name = "deny",
          .scope = SETTING_LISTENER,
          .type = SETTING_STRINGS,
          .reloadable = true,
          .fallback = "[]",
          .max = PREFIXES_MAX,
          FIELD(ConfigListener, deny) },
        { .name = "proxies",
          .scope = SETTING_LISTENER,
          .type = SETTING_STRINGS,
          .reloadable = true,
          .fallback = "[]",
          .max = PREFIXES_MAX,
          FIELD(ConfigListener, proxies),
          .applies = is_stream,
          .applies_text = "only for protocol \"tcp\"" },

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

const size_t setting_table_n = ELEMENTSOF(setting_table);
