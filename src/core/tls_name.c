/* SPDX-License-Identifier: MIT */
/* See tls_name.h. */

#include "core/tls_name.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#define DIGITS "0123456789abcdefABCDEF"

static bool is_plain(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               (c && strchr("._:/@*+-", c));
}

int tls_name_escape(const char *name, size_t n, char buf[static TLS_PEER_NAME_MAX + 1]) {
        static const char digits[] = "0123456789abcdef";
        size_t size = 0;

        for (size_t i = 0; i < n; i++) {
                const unsigned char c = (unsigned char)name[i];
                const size_t one = is_plain(name[i]) ? 1 : 4;

                if (c == 0 || size + one > TLS_PEER_NAME_MAX)
                        return -EINVAL;
                if (one == 1) {
                        buf[size++] = name[i];
                        continue;
                }
                buf[size++] = '\\';
                buf[size++] = 'x';
                buf[size++] = digits[c >> 4];
                buf[size++] = digits[c & 15];
        }
        buf[size] = '\0';
        return size > 0 ? 0 : -EINVAL;
}

const char *tls_name_pattern_error(const char *pattern) {
        const char *rest = strncmp(pattern, "*.", 2) == 0 ? pattern + 2 : pattern;

        if (!*pattern)
                return "must not be empty";
        if (strlen(pattern) > TLS_NAME_PATTERN_MAX)
                return "is longer than 256 bytes";
        if (!*rest || strchr(rest, '*'))
                return "\"*\" stands only for a whole left-most label";
        return NULL;
}

/* The parts of a URI and the name of a mailbox have case. */
static bool is_equal(const char *a, const char *b) {
        return strpbrk(a, ":/@") ? strcmp(a, b) == 0 : strcasecmp(a, b) == 0;
}

bool tls_name_matches(const char *pattern, const char *name) {
        const char *dot;

        if (strncmp(pattern, "*.", 2) != 0)
                return is_equal(pattern, name);

        /* What has a colon or a slash is no host name: the label would reach over them. */
        dot = strchr(name, '.');
        return dot && dot > name && !strpbrk(name, ":/@") && is_equal(pattern + 1, dot);
}

int tls_name_parse_fingerprint(const char *text, char ret[static TLS_PEER_FINGERPRINT_MAX + 1]) {
        static const char prefix[] = "sha256:";
        const char *p = text + sizeof(prefix) - 1;
        size_t n = 0;

        if (strncmp(text, prefix, sizeof(prefix) - 1) != 0)
                return -EINVAL;
        while (n < TLS_PEER_FINGERPRINT_MAX) {
                if (n > 0 && n % 2 == 0 && *p == ':')
                        p++;
                if (!*p || !strchr(DIGITS, *p))
                        return -EINVAL;
                ret[n++] = (char)(*p >= 'A' && *p <= 'F' ? *p - 'A' + 'a' : *p);
                p++;
        }
        ret[n] = '\0';
        return *p ? -EINVAL : 0;
}
