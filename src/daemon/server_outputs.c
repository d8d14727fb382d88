/* SPDX-License-Identifier: MIT */
/*
 * Of limits.memory, unterminated rests may hold a half (quota.c). Records that receipts wait for
 * get a sixth: that is as much as a disk takes during one slow flush, and more would only lengthen
 * the queue. "drop" outputs share a sixteenth.
 */

#include "daemon/server_outputs.h"

#include "config/config.h"
#include "core/macro.h"
#include "daemon/output_file.h"
#include "daemon/output_journal.h"
#include "daemon/output_stdout.h"
#include <errno.h>
#include <string.h>

#define SHARE_WAIT 6
#define SHARE_DROP 16
#define BUFFER_SIZE_MAX (1024 * 1024)
#define BUFFER_SIZE_MIN (16 * 1024)
/* Every worker fills one buffer while others are on their way. */
#define BUFFERS_PER_WORKER 4

static size_t count(const Config *config, WhenFull when_full) {
        size_t n = 0;

        for (size_t i = 0; i < config->n_outputs; i++)
                n += config->outputs[i].when_full == when_full;
        return n;
}

static BufferPool *make_pool(const Config *config, WhenFull when_full) {
        uint64_t share = config->limits.memory /
                         (when_full == WHEN_FULL_WAIT ? SHARE_WAIT : SHARE_DROP) /
                         count(config, when_full);
        uint64_t size = BUFFER_SIZE_MAX;

        while (size > BUFFER_SIZE_MIN && size * BUFFERS_PER_WORKER * config->workers > share)
                size /= 2;
        /* Whole buffers, and one for each worker there must be, whatever the share. */
        share = (share + size - 1) / size * size;
        return buffer_pool_new((size_t)size, (size_t)MAX(share, size * (config->workers + 1)));
}

static int open_one(Server *s, const ConfigOutput *c, Output **ret) {
        BufferPool *pool = make_pool(s->config, c->when_full);

        if (!pool)
                return -ENOMEM;
        if (c->type == OUTPUT_JOURNAL)
                return output_journal_new(c, pool, &s->group, ret);
        if (strcmp(c->path, "-") == 0)
                return output_stdout_new(c, pool, &s->group, ret);

        return output_file_new(c, (size_t)s->config->limits.message_size, pool, &s->group, ret);
}

int server_outputs_open(Server *s) {
        s->outputs = calloc(s->config->n_outputs, sizeof(Output *));
        if (!s->outputs)
                return -ENOMEM;

        for (size_t i = 0; i < s->config->n_outputs; i++) {
                int r = open_one(s, &s->config->outputs[i], &s->outputs[i]);

                if (r < 0)
                        return r;
                s->n_outputs++;
        }
        return 0;
}

void server_outputs_close(Server *s) {
        for (size_t i = 0; i < s->n_outputs; i++)
                (void)output_free(s->outputs[i]);
        free(TAKE_PTR(s->outputs));
        s->n_outputs = 0;
}
