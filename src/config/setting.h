/* SPDX-License-Identifier: MIT */
/*
 * The tables of settings: they drive reading, rejecting unknown keys and printing, and a test
 * compares them with sockd.conf(5). Defaults that depend on other settings are set in check.c.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The group a setting belongs to, and the structure that its offset counts from. */
typedef enum SettingScope {
        SETTING_TOP,      /* Config */
        SETTING_LIMITS,   /* ConfigLimits */
        SETTING_LISTENER, /* ConfigListener */
        SETTING_OUTPUT,   /* ConfigOutput */
        SETTING_TLS,      /* ConfigTls */
        SETTING_SCOPE_MAX_,
} SettingScope;

typedef enum SettingType {
        SETTING_TEXT,    /* char *, owned by the structure */
        SETTING_WORD,    /* an enumeration; min and max are its first and last */
        SETTING_NUMBER,  /* an integer */
        SETTING_BOOLEAN, /* true or false */
        SETTING_SIZE,    /* an integer of bytes, or a string with a unit */
        SETTING_TIME,    /* a number of seconds, or a string with a unit; held in microseconds */
        SETTING_STRINGS, /* ConfigStrings; an array or a list of up to max strings */
        SETTING_OCTETS,  /* ConfigOctets; an array or a list of integers up to max */
        SETTING_GROUP,   /* { settings of the scope "inside" } */
        SETTING_LIST,    /* ( { ... }, ... ) */
        SETTING_TYPE_MAX_,
} SettingType;

typedef struct Setting {
        const char *name;
        SettingType type;
        bool reloadable;
        const char *fallback; /* the default, as the manual puts it */
        uint64_t value;       /* the default, as the field holds it, until check.c completes it */
        uint64_t min, max;    /* as the field holds them */
        uint16_t offset;      /* of the field, and its size in bytes */
        uint16_t size;
        const char *(*word)(unsigned value);    /* NULL for a value without a spelling */
        bool (*applies)(const void *structure); /* NULL: always */
        const char *applies_text;
        SettingScope inside;
} Setting;

/* PREVIOUS: one of the scope; NULL: the first. NULL after the last. */
const Setting *setting_next(SettingScope scope, const Setting *previous);

/* Returns NULL if there is none of that name. */
const Setting *setting_find(SettingScope scope, const char *name);

/* Finds the key that WORD, unknown in SCOPE, was meant to be: a prefix such as "limits." and a name. */
bool setting_suggest(SettingScope scope, const char *word, const char **ret_prefix,
                     const char **ret_name);

/* Numbers, booleans, sizes, times and words as the field holds them. */
void setting_store(const Setting *s, void *structure, uint64_t value);
uint64_t setting_load(const Setting *s, const void *structure);
const char *setting_text(const Setting *s, const void *structure);
const struct ConfigStrings *setting_strings(const Setting *s, const void *structure);
const struct ConfigOctets *setting_octets(const Setting *s, const void *structure);

/*
 * Every field of the structure that is a number, a boolean, a size, a time or a word gets its default,
 * also in its groups.
 */
void setting_defaults(SettingScope scope, void *structure);

/*
 * VALUE in the syntax of the file, but without quotes and without the L of large numbers: a size in
 * bytes, a time in seconds.
 */
#define SETTING_VALUE_MAX 32
void setting_format(const Setting *s, uint64_t value, char buf[static SETTING_VALUE_MAX]);
/* For people: sizes and times with units. */
void setting_format_unit(const Setting *s, uint64_t value, char buf[static SETTING_VALUE_MAX]);
