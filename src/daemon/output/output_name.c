/* SPDX-License-Identifier: MIT */
/* Made by workers, freed by the thread of the output as a rule. */

#include "daemon/output/output_name.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Never freed. */
static OutputName no_memory = { .n_refs = 1, .error = -ENOMEM, .path = { 0 } };

OutputName *output_name_new(const char *path, int error) {
        size_t size = strlen(path) + 1;
        OutputName *n = malloc(sizeof(*n) + size);

        if (!n)
                return output_name_ref(&no_memory);

        atomic_init(&n->n_refs, 1);
        n->error = error;
        memcpy(n->path, path, size);
        return n;
}

OutputName *output_name_ref(OutputName *n) {
        if (n)
                (void)atomic_fetch_add_explicit(&n->n_refs, 1, memory_order_relaxed);
        return n;
}

OutputName *output_name_unref(OutputName *n) {
        if (n && atomic_fetch_sub_explicit(&n->n_refs, 1, memory_order_acq_rel) == 1)
                free(n);
        return NULL;
}
