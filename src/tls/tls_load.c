/* SPDX-License-Identifier: MIT */
/* The object lies beside the program while that is not installed, else in its library directory. */

#include "tls/tls.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#define OBJECT "tls.so"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static _Atomic(const TlsOps *) loaded;

#ifdef WITH_TLS
/* Never unloaded: its library cannot be. */
static const TlsOps *load_one(const char *path) {
        void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
        const TlsOps *ops = object ? dlsym(object, "tls_object") : NULL;

        return ops && strcmp(ops->version, PACKAGE_VERSION) == 0 ? ops : NULL;
}

static const TlsOps *load(FILE *errors) {
        const TlsOps *ops = load_one("$ORIGIN/" OBJECT); /* dlopen(3) expands it */
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
