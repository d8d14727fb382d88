/* SPDX-License-Identifier: MIT */
/* The object lies beside the program while that is not installed, else in its library directory. */

#include "tls/tls.h"

#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#define OBJECT "tls.so"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static _Atomic(const TlsOps *) loaded;

#ifdef WITH_TLS
/* Never unloaded: its library cannot be. */
static const TlsOps *load_one(const char *path) {
        void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
        const TlsOps *ops = object ? dlsym(object, "object_tls") : NULL;

        return ops && strcmp(ops->version, PACKAGE_VERSION) == 0 ? ops : NULL;
}

static const TlsOps *load_beside_program(void) {
        char path[PATH_MAX];
        ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - sizeof(OBJECT));

        while (n > 0 && path[n - 1] != '/')
                n--;
        if (n <= 0)
                return NULL;

        memcpy(path + n, OBJECT, sizeof(OBJECT));
        return load_one(path);
}

static const TlsOps *load(FILE *errors) {
        const TlsOps *ops = load_beside_program();
        const char *why;

        if (!ops)
                ops = load_one(PKGLIBDIR "/" OBJECT);
        if (ops)
                return ops;

        why = dlerror();
        (void)fprintf(errors, "cannot load TLS: %s",
                      why ? why : PKGLIBDIR "/" OBJECT " is of another version");
        return NULL;
}
#else
static const TlsOps *load(FILE *errors) {
        (void)fputs("this sockd was built without TLS (--without-tls)", errors);
        return NULL;
}
#endif

const TlsOps *tls_load(FILE *errors) {
        const TlsOps *ops;

        (void)pthread_mutex_lock(&mutex);
        ops = atomic_load(&loaded);
        if (!ops) {
                ops = load(errors);
                atomic_store(&loaded, ops);
        }
        (void)pthread_mutex_unlock(&mutex);
        return ops;
}

const TlsOps *tls_loaded(void) {
        return atomic_load(&loaded);
}
