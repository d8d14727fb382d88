/* SPDX-License-Identifier: MIT */
/* Ranges, defaults and spellings of "tls" in a listener. */
#include <stddef.h>

#include "config/config_tls.h"
#include "config/setting_table.h"
#include "core/macro.h"

#define NAMES_MAX 1024

DEFINE_WORD(TlsClients, clients_word, config_tls_clients_text)
DEFINE_WORD(TlsVersion, version_word, config_tls_version_text)

static const Setting settings[] = {
        { .name = "certificate",
          .type = SETTING_TEXT,
          .reloadable = true,
          .fallback = "required",
          FIELD(ConfigTls, files[CONFIG_TLS_CERTIFICATE]) },
        { .name = "key",
          .type = SETTING_TEXT,
          .reloadable = true,
          .fallback = "required",
          FIELD(ConfigTls, files[CONFIG_TLS_KEY]) },
        { .name = "clients",
          .type = SETTING_WORD,
          .reloadable = true,
          .fallback = "none",
          .value = TLS_CLIENTS_NONE,
          .max = TLS_CLIENTS_REQUIRE,
          FIELD(ConfigTls, clients),
          .word = clients_word },
        { .name = "ca",
          .type = SETTING_TEXT,
          .reloadable = true,
          .fallback = "none",
          FIELD(ConfigTls, files[CONFIG_TLS_CA]) },
        { .name = "crl",
          .type = SETTING_TEXT,
          .reloadable = true,
          .fallback = "none",
          FIELD(ConfigTls, files[CONFIG_TLS_CRL]) },
        { .name = "names",
          .type = SETTING_STRINGS,
          .reloadable = true,
          .fallback = "[]",
          .max = NAMES_MAX,
          FIELD(ConfigTls, names) },
        { .name = "fingerprints",
          .type = SETTING_STRINGS,
          .reloadable = true,
          .fallback = "[]",
          .max = NAMES_MAX,
          FIELD(ConfigTls, fingerprints) },
        { .name = "min_version",
          .type = SETTING_WORD,
          .reloadable = true,
          .fallback = "1.2",
          .value = TLS_VERSION_1_2,
          .max = TLS_VERSION_1_3,
          FIELD(ConfigTls, min_version),
          .word = version_word },
};

SettingTable setting_table_tls(void) {
        return (SettingTable){ settings, ELEMENTSOF(settings) };
}
