/* SPDX-License-Identifier: MIT */
/* The tables behind setting.h, which alone uses them, one for each scope; and what fills them. */
#pragma once

#include "config/setting.h"

typedef struct SettingTable {
        const Setting *settings;
        size_t n;
} SettingTable;

SettingTable setting_table(SettingScope scope);
/* That of SETTING_LISTENER. */
SettingTable setting_table_listener(void);
/* That of SETTING_TLS. */
SettingTable setting_table_tls(void);

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
