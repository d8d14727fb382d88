/* SPDX-License-Identifier: MIT */
/* Which outputs stay when the config changes, what they get, and how memory is divided. */

#include "daemon/output/output_plan.h"

#include "config/config.h"
#include "core/record.h"
#include "daemon/loop/mailbox.h"
#include "daemon/output/output_impl.h"
#include "unit.h"
#include <errno.h>
#include <string.h>

#define MIB (UINT64_C(1024) * 1024)
#define KIB UINT64_C(1024)

static char directory[] = "/tmp/test-plan-XXXXXX", path_a[64], path_b[64];
static Mailbox *members[4];

static Config config_of(ConfigOutput *outputs, size_t n) {
        for (size_t i = 0; i < n; i++)
                outputs[i].name = (char *)"x";
        return (Config){ .outputs = outputs,
                         .n_outputs = n,
                         .limits = { .message_size = 8192, .memory = 96 * MIB } };
}

static void apply(OutputList *l, const Config *c, MailboxGroup *workers) {
        OutputRoutes routes = { 0 };
        OutputPlan p;

        assert_int_equal(output_plan_make(l, c, workers, &p), 0);
        output_plan_apply(&p, l, &routes);
        output_plan_free_routes(&routes);
        assert_int_equal(l->n, c->n_outputs);
}

static void free_all(OutputList *l) {
        for (size_t i = 0; i < l->n; i++)
                assert_null(output_free(l->items[i]));
        free(l->items);
        *l = (OutputList){ 0 };
}

static void test_stays(void **state _unused_) {
        ConfigOutput before[] = {
                { OUTPUT_FILE, path_a, FORMAT_TEXT, WHEN_FULL_WAIT },
                { OUTPUT_JOURNAL, NULL, FORMAT_JOURNAL, WHEN_FULL_WAIT },
                { OUTPUT_FILE, (char *)"-", FORMAT_TEXT, WHEN_FULL_DROP },
        };
        ConfigOutput after[] = {
                { OUTPUT_FILE, path_b, FORMAT_TEXT, WHEN_FULL_WAIT },
                { OUTPUT_JOURNAL, NULL, FORMAT_JOURNAL, WHEN_FULL_DROP },
                { OUTPUT_FILE, path_a, FORMAT_JSON, WHEN_FULL_DROP },
        };
        Config first = config_of(before, 3), second = config_of(after, 3);
        MailboxGroup workers = { .members = members, .n_members = 1 };
        Output *file, *other, *journal, *standard;
        OutputList l = { 0 };

        apply(&l, &first, &workers);
        file = l.items[0];
        journal = l.items[1];
        standard = l.items[2];
        assert_false(file->queued);
        assert_null(file->queue);
        assert_true(journal->queued && standard->queued);
        assert_int_equal(atomic_load(&file->record_max), record_size_limit(FORMAT_TEXT, 8192));

        apply(&l, &second, &workers);
        other = l.items[0];
        assert_string_equal(other->name, path_b);
        assert_ptr_equal(l.items[1], journal);
        assert_ptr_equal(l.items[2], file);
        assert_int_equal(journal->when_full, WHEN_FULL_DROP);
        assert_int_equal(file->format, FORMAT_JSON);
        assert_true(file->queued);
        assert_non_null(file->queue);
        assert_int_equal(atomic_load(&file->record_max), record_size_limit(FORMAT_JSON, 8192));

        /* Back again: the queue stays, and is not used. */
        apply(&l, &first, &workers);
        assert_ptr_equal(l.items[0], file);
        assert_false(file->queued);
        assert_non_null(file->queue);
        assert_ptr_not_equal(l.items[2], standard);
        assert_null(output_free(standard)); /* who left is the caller's */
        assert_null(output_free(other));
        free_all(&l);
}

/* A plan that comes to nothing leaves everything as it was. */
static void test_abandoned(void **state _unused_) {
        ConfigOutput before[] = { { OUTPUT_FILE, path_a, FORMAT_TEXT, WHEN_FULL_WAIT } };
        ConfigOutput after[] = {
                { OUTPUT_FILE, path_a, FORMAT_JSON, WHEN_FULL_DROP },
                { OUTPUT_FILE, path_b, FORMAT_JSON, WHEN_FULL_WAIT },
        };
        Config first = config_of(before, 1), second = config_of(after, 2);
        MailboxGroup workers = { .members = members, .n_members = 1 };
        OutputList l = { 0 };
        size_t size_max;
        OutputPlan p;

        apply(&l, &first, &workers);
        size_max = buffer_pool_max(l.items[0]->pool);
        assert_int_equal(output_plan_make(&l, &second, &workers, &p), 0);
        assert_false(p.items[0].fresh);
        assert_true(p.items[1].fresh);
        assert_int_equal(output_plan_open(&p, stderr), 0);
        output_plan_done(&p);
        assert_int_equal(l.n, 1);
        assert_int_equal(l.items[0]->format, FORMAT_TEXT);
        assert_int_equal(l.items[0]->when_full, WHEN_FULL_WAIT);
        assert_null(l.items[0]->queue);
        assert_int_equal(buffer_pool_max(l.items[0]->pool), size_max);
        assert_int_equal(unlink(path_b), 0);
        free_all(&l);
}

static void test_cannot_open(void **state _unused_) {
        ConfigOutput outputs[] = {
                { OUTPUT_FILE, (char *)"/nowhere/log", FORMAT_TEXT, WHEN_FULL_WAIT },
                { OUTPUT_FILE, path_a, FORMAT_TEXT, WHEN_FULL_WAIT },
                { OUTPUT_FILE, directory, FORMAT_TEXT, WHEN_FULL_WAIT },
        };
        Config c = config_of(outputs, ELEMENTSOF(outputs));
        MailboxGroup workers = { .members = members, .n_members = 1 };
        OutputList l = { 0 };
        char *text, wanted[256];
        size_t size;
        OutputPlan p;
        FILE *errors = open_memstream(&text, &size);

        assert_int_equal(output_plan_make(&l, &c, &workers, &p), 0);
        assert_true(output_plan_open(&p, errors) < 0);
        assert_int_equal(fclose(errors), 0);
        (void)snprintf(wanted, sizeof(wanted),
                       "output /nowhere/log: cannot open it: No such file or directory\n"
                       "output %s: cannot open it: Is a directory\n",
                       directory);
        assert_string_equal(text, wanted);
        free(text);
        output_plan_done(&p);
        assert_int_equal(unlink(path_a), 0);
}

/* "wait" outputs share a sixth, "drop" ones a sixteenth; a worker has four buffers of its own. */
static void test_memory(void **state _unused_) {
        static const struct {
                uint64_t memory;
                size_t n_wait, n_drop, n_workers;
                uint64_t wait_max, wait_size, drop_max, drop_size;
        } rows[] = {
                { 96 * MIB, 1, 1, 1, 16 * MIB, MIB, 6 * MIB, MIB },
                { 96 * MIB, 2, 1, 1, 8 * MIB, MIB, 6 * MIB, MIB },
                { 96 * MIB, 1, 2, 4, 16 * MIB, MIB, 3 * MIB, 128 * KIB },
                { 96 * KIB, 1, 1, 1, 32 * KIB, 16 * KIB, 32 * KIB, 16 * KIB },
                { 96 * KIB, 1, 1, 4, 80 * KIB, 16 * KIB, 80 * KIB, 16 * KIB },
                { 600 * KIB, 1, 1, 1, 112 * KIB, 16 * KIB, 48 * KIB, 16 * KIB },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                MailboxGroup workers = { .members = members, .n_members = rows[i].n_workers };
                char paths[4][32];
                ConfigOutput outputs[4];
                OutputList l = { 0 };
                Config c;

                for (size_t n = 0; n < rows[i].n_wait + rows[i].n_drop; n++) {
                        (void)snprintf(paths[n], sizeof(paths[n]), "/nowhere/%zu", n);
                        outputs[n] = (ConfigOutput){
                                .path = paths[n],
                                .when_full = n < rows[i].n_wait ? WHEN_FULL_WAIT : WHEN_FULL_DROP,
                        };
                }
                c = config_of(outputs, rows[i].n_wait + rows[i].n_drop);
                c.limits.memory = rows[i].memory;
                apply(&l, &c, &workers);
                for (size_t n = 0; n < l.n; n++) {
                        bool wait = n < rows[i].n_wait;
                        BufferPool *p = l.items[n]->pool;

                        assert_int_equal(buffer_pool_size(p),
                                         wait ? rows[i].wait_size : rows[i].drop_size);
                        assert_int_equal(buffer_pool_max(p),
                                         wait ? rows[i].wait_max : rows[i].drop_max);
                }
                free_all(&l);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_stays),
                cmocka_unit_test(test_abandoned),
                cmocka_unit_test(test_cannot_open),
                cmocka_unit_test(test_memory),
        };
        int r;

        if (!mkdtemp(directory))
                return 1;
        (void)snprintf(path_a, sizeof(path_a), "%s/a", directory);
        (void)snprintf(path_b, sizeof(path_b), "%s/b", directory);
        r = cmocka_run_group_tests(tests, NULL, NULL);
        (void)rmdir(directory);
        return r;
}
