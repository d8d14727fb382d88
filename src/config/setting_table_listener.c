/* SPDX-License-Identifier: MIT */
/* Ranges, defaults and spellings of what a listener has. */
#include <stddef.h>

#include "config/config.h"
#include "config/setting_table.h"
#include "core/macro.h"
#include "core/names.h"
#include "core/transport.h"

/* Entries of one list; a file may have more. */
#define OUTPUTS_MAX 1024
#define PREFIXES_MAX 1024
/* The protocols that have a framing. */
#define BYTES_WORDS "\"tcp\", \"unix-stream\" or \"vsock\""
#define UNIX_WORDS "\"unix-stream\", \"unix-datagram\" or \"unix-seqpacket\""

DEFINE_WORD(Protocol, protocol_word, protocol_text)
DEFINE_WORD(Packet, packet_word, packet_text)
DEFINE_WORD(Framing, framing_word, framing_text)
DEFINE_WORD(ByteOrder, byte_order_word, byte_order_text)
DEFINE_WORD(Level, level_word, level_text)

/* A missing protocol or type, which is an error of its own, excludes no key. */
static bool protocol_is(const void *structure, bool (*property)(Protocol)) {
        const Protocol p = ((const ConfigListener *)structure)->protocol;

        return !protocol_is_known(p) || property(p);
}

static bool is_bytes(const void *structure) {
        return protocol_is(structure, transport_has_framing);
}

static bool has_address(const void *structure) {
        return protocol_is(structure, transport_has_address);
}

static bool has_ports(const void *structure) {
        return protocol_is(structure, transport_has_ports);
}

static bool has_path(const void *structure) {
        return protocol_is(structure, transport_has_path);
}

/* An abstract name is no file. */
static bool has_mode(const void *structure) {
        const char *path = ((const ConfigListener *)structure)->path;

        return has_path(structure) && !(path && path[0] == '@');
}

static bool has_cid(const void *structure) {
        return protocol_is(structure, transport_has_cid);
}

static bool has_packets(const void *structure) {
        return protocol_is(structure, transport_has_packets);
}

static bool has_groups(const void *structure) {
        return protocol_is(structure, transport_has_groups);
}

static bool has_proxies(const void *structure) {
        return protocol_is(structure, transport_has_proxies);
}

static bool has_tls(const void *structure) {
        return protocol_is(structure, transport_has_tls);
}

static bool has_receipts(const void *structure) {
        return protocol_is(structure, transport_has_receipts);
}

static bool is_separated(const void *structure) {
        const ConfigListener *l = structure;

        return is_bytes(l) && (l->framing == FRAMING_LINE || l->framing == FRAMING_NUL ||
                               l->framing == FRAMING_SYSLOG || l->framing == FRAMING_DELIMITER);
}

static bool is_delimited(const void *structure) {
        return is_bytes(structure) &&
               ((const ConfigListener *)structure)->framing == FRAMING_DELIMITER;
}

static bool has_length(const void *structure) {
        return is_bytes(structure) &&
               ((const ConfigListener *)structure)->framing == FRAMING_LENGTH;
}

static const Setting settings[] = {
        { .name = "name",
          .type = SETTING_TEXT,
          .reloadable = true,
          .fallback = "PROTOCOL-PORT",
          FIELD(ConfigListener, name) },
        { .name = "protocol",
          .type = SETTING_WORD,
          .reloadable = true,
          .fallback = "required",
          .value = PROTOCOL_MAX_,
          .max = PROTOCOL_MAX_ - 1,
          FIELD(ConfigListener, protocol),
          .word = protocol_word },
        { .name = "address",
          .type = SETTING_TEXT,
          .reloadable = true,
          .fallback = SOCKD_ADDRESS_DEFAULT,
          FIELD(ConfigListener, address),
          .applies = has_address,
          .applies_text = "only for protocol \"tcp\", \"udp\" or \"raw\"" },
        { .name = "port",
          .type = SETTING_NUMBER,
          .reloadable = true,
          .fallback = "9191",
          .value = SOCKD_PORT_DEFAULT,
          .min = 0,
          .max = UINT32_MAX - 1,
          FIELD(ConfigListener, port),
          .applies = has_ports,
          .applies_text = "only for protocol \"tcp\", \"udp\" or \"vsock\"" },
        { .name = "path",
          .type = SETTING_TEXT,
          .reloadable = true,
          .fallback = "required",
          FIELD(ConfigListener, path),
          .applies = has_path,
          .applies_text = "only for protocol " UNIX_WORDS },
        { .name = "mode",
          .type = SETTING_TEXT,
          .reloadable = true,
          .fallback = SOCKD_MODE_DEFAULT,
          FIELD(ConfigListener, mode),
          .applies = has_mode,
          .applies_text = "only for protocol " UNIX_WORDS " with the path of a file; use allow" },
        { .name = "cid",
          .type = SETTING_NUMBER,
          .reloadable = true,
          .fallback = "any",
          .value = UINT32_MAX,
          .min = 0,
          .max = UINT32_MAX,
          FIELD(ConfigListener, cid),
          .applies = has_cid,
          .applies_text = "only for protocol \"vsock\"" },
        { .name = "ip_protocol",
          .type = SETTING_NUMBER,
          .reloadable = true,
          .fallback = "required",
          .value = 0,
          .min = 1,
          .max = 254,
          FIELD(ConfigListener, ip_protocol),
          .applies = has_packets,
          .applies_text = "only for protocol \"raw\"" },
        { .name = "packet",
          .type = SETTING_WORD,
          .reloadable = true,
          .fallback = "payload",
          .value = PACKET_PAYLOAD,
          .max = PACKET_WHOLE,
          FIELD(ConfigListener, packet),
          .word = packet_word,
          .applies = has_packets,
          .applies_text = "only for protocol \"raw\"" },
        { .name = "icmp_types",
          .type = SETTING_OCTETS,
          .reloadable = true,
          .fallback = "[]",
          .max = UINT8_MAX,
          FIELD(ConfigListener, icmp_types),
          .applies = has_packets,
          .applies_text = "only for protocol \"raw\"" },
        { .name = "interface",
          .type = SETTING_TEXT,
          .reloadable = true,
          .fallback = "\"\"",
          FIELD(ConfigListener, interface),
          .applies = has_address,
          .applies_text = "only for protocol \"tcp\", \"udp\" or \"raw\"" },
        { .name = "groups",
          .type = SETTING_STRINGS,
          .reloadable = true,
          .fallback = "[]",
          .max = CONFIG_GROUPS_MAX,
          FIELD(ConfigListener, groups),
          .applies = has_groups,
          .applies_text = "only for protocol \"udp\"" },
        { .name = "framing",
          .type = SETTING_WORD,
          .reloadable = true,
          .fallback = "line",
          .value = FRAMING_LINE,
          .max = FRAMING_LENGTH,
          FIELD(ConfigListener, framing),
          .word = framing_word,
          .applies = is_bytes,
          .applies_text = "only for protocol " BYTES_WORDS },
        { .name = "message_timeout",
          .type = SETTING_TIME,
          .reloadable = true,
          .fallback = "2s",
          .value = 2 * USEC_PER_SEC,
          .min = 0,
          .max = 3600 * USEC_PER_SEC,
          FIELD(ConfigListener, message_timeout_usec),
          .applies = is_separated,
          .applies_text = "only for protocol " BYTES_WORDS " with framing \"line\", \"nul\", "
                          "\"syslog\" or \"delimiter\"" },
        { .name = "delimiter",
          .type = SETTING_TEXT,
          .reloadable = true,
          .fallback = "required",
          FIELD(ConfigListener, delimiter),
          .applies = is_delimited,
          .applies_text = "only for framing \"delimiter\"" },
        { .name = "start",
          .type = SETTING_TEXT,
          .reloadable = true,
          .fallback = "empty",
          FIELD(ConfigListener, start),
          .applies = is_delimited,
          .applies_text = "only for framing \"delimiter\"" },
        { .name = "length_size",
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
          .type = SETTING_WORD,
          .reloadable = true,
          .fallback = "big",
          .value = BYTE_ORDER_BIG,
          .max = BYTE_ORDER_LITTLE,
          FIELD(ConfigListener, length_order),
          .word = byte_order_word,
          .applies = has_length,
          .applies_text = "only for framing \"length\"" },
        { .name = "syslog",
          .type = SETTING_BOOLEAN,
          .reloadable = true,
          .fallback = "false",
          .value = false,
          .max = true,
          FIELD(ConfigListener, syslog) },
        { .name = "acknowledge",
          .type = SETTING_WORD,
          .reloadable = true,
          .fallback = "durable or written",
          .value = LEVEL_MAX_,
          .max = LEVEL_DURABLE,
          FIELD(ConfigListener, acknowledge),
          .word = level_word },
        { .name = "reply",
          .type = SETTING_TEXT,
          .reloadable = true,
          .fallback = "ok %i %l\\n",
          FIELD(ConfigListener, reply),
          .applies = has_receipts,
          .applies_text = "raw sockets send no receipts" },
        { .name = "receive_buffer",
          .type = SETTING_SIZE,
          .reloadable = true,
          .fallback = "8M",
          .value = 0,
          .min = 4 * KIB,
          .max = GIB,
          FIELD(ConfigListener, receive_buffer),
          .applies = has_address,
          .applies_text = "only for protocol \"tcp\", \"udp\" or \"raw\"" },
        { .name = "allow",
          .type = SETTING_STRINGS,
          .reloadable = true,
          .fallback = "[]",
          .max = PREFIXES_MAX,
          FIELD(ConfigListener, allow) },
        { .name = "deny",
          .type = SETTING_STRINGS,
          .reloadable = true,
          .fallback = "[]",
          .max = PREFIXES_MAX,
          FIELD(ConfigListener, deny) },
        { .name = "proxies",
          .type = SETTING_STRINGS,
          .reloadable = true,
          .fallback = "[]",
          .max = PREFIXES_MAX,
          FIELD(ConfigListener, proxies),
          .applies = has_proxies,
          .applies_text = "only for protocol \"tcp\"" },
        { .name = "tls",
          .type = SETTING_GROUP,
          .reloadable = true,
          .fallback = "none",
          FIELD(ConfigListener, tls),
          .inside = SETTING_TLS,
          .applies = has_tls,
          .applies_text = "only for protocol \"tcp\"" },
        { .name = "outputs",
          .type = SETTING_STRINGS,
          .reloadable = true,
          .fallback = "all",
          .max = OUTPUTS_MAX,
          FIELD(ConfigListener, outputs) },
};

SettingTable setting_table_listener(void) {
        return (SettingTable){ settings, ELEMENTSOF(settings) };
}
