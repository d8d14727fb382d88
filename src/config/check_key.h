/* SPDX-License-Identifier: MIT */
/* The rules of keys that more than one group has. Only for check*.c. */
#pragma once

#include "config/setting.h"

typedef struct Check Check;

#define CHECK_NAME_MAX 32

/* Reports keys that have no meaning in this group, such as a framing for datagrams. */
void check_applies(const Check *check, SettingScope scope, const void *structure);
/* Reports a name that cannot be one. Returns whether it can. */
bool check_name(const Check *check, const char *name);
/* Reports that LIST[I] has that name already. */
void check_name_taken(const Check *check, const char *name, const char *list, size_t i);
