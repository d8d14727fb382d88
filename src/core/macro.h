/* SPDX-License-Identifier: MIT */
/* Cleanup attributes, ownership helpers and the arithmetic macros that all modules share. */
#pragma once

#include <dirent.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(f) __attribute__((cleanup(f)))
/* A body written once, and inlined with constant arguments. */
#define _inline_ __attribute__((always_inline)) inline
#define _unused_ __attribute__((unused))
#define _printf_(fmt, args) __attribute__((format(printf, fmt, args)))
#define _likely_(x) __builtin_expect(!!(x), 1)
#define _unlikely_(x) __builtin_expect(!!(x), 0)

#define ELEMENTSOF(x) (sizeof(x) / sizeof((x)[0]))
#define CONTAINER_OF(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

#define MIN(a, b)                                                                                  \
        ({                                                                                         \
                __typeof__(a) min_a = (a);                                                         \
                __typeof__(b) min_b = (b);                                                         \
                min_a < min_b ? min_a : min_b;                                                     \
        })
#define MAX(a, b)                                                                                  \
        ({                                                                                         \
                __typeof__(a) max_a = (a);                                                         \
                __typeof__(b) max_b = (b);                                                         \
                max_a > max_b ? max_a : max_b;                                                     \
        })

/* Ownership moves out of the variable, which its cleanup then leaves alone. */
#define TAKE_PTR(p)                                                                                \
        ({                                                                                         \
                __typeof__(p) take_p = (p);                                                        \
                (p) = NULL;                                                                        \
                take_p;                                                                            \
        })
#define TAKE_FD(fd)                                                                                \
        ({                                                                                         \
                int take_fd = (fd);                                                                \
                (fd) = -EBADF;                                                                     \
                take_fd;                                                                           \
        })

#define USEC_PER_SEC UINT64_C(1000000)
#define USEC_PER_MSEC UINT64_C(1000)
#define NSEC_PER_USEC UINT64_C(1000)
#define USEC_INFINITY UINT64_MAX

/* Defines a cleanup function NAMEp() for pointers that FREE releases. */
/* NOLINTBEGIN(bugprone-macro-parentheses): a type cannot stand in parentheses */
#define DEFINE_CLEANUP(type, free_func)                                                            \
        static inline void free_func##p(type *p) {                                                 \
                if (*p)                                                                            \
                        free_func(*p);                                                             \
        }
/* NOLINTEND(bugprone-macro-parentheses) */

static inline void freep(void *p) {
        free(*(void **)p);
}

static inline void closep(const int *fd) {
        if (*fd >= 0)
                (void)close(*fd); /* nothing was written through descriptors closed this way */
}

DEFINE_CLEANUP(FILE *, fclose)
DEFINE_CLEANUP(DIR *, closedir)

#define _cleanup_free_ _cleanup_(freep)
#define _cleanup_close_ _cleanup_(closep)
#define _cleanup_fclose_ _cleanup_(fclosep)
