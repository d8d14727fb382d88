/* SPDX-License-Identifier: MIT */
/*
 * Drives a fuzz program where there is no libFuzzer: the files and directories given, else the committed corpus
 * tests/corpus/NAME of fuzz_NAME, and a fixed number of mutations of them, the same ones each time.
 */

#include "core/macro.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define INPUT_MAX 65536
#define N_INPUTS_MAX 4096
#ifndef N_MUTATIONS
#define N_MUTATIONS 20000
#endif
#define MUTANT_MAX 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct Input {
        uint8_t *data;
        size_t size;
} Input;

static Input inputs[N_INPUTS_MAX];
static size_t n_inputs;

/* In memory of exactly its size, so that a sanitizer sees the first byte beyond. */
static void run(const uint8_t *data, size_t size) {
        uint8_t *copy = malloc(size > 0 ? size : 1);

        if (!copy)
                abort();
        if (size > 0)
                memcpy(copy, data, size);
        (void)LLVMFuzzerTestOneInput(copy, size);
        free(copy);
}

static int add_file(const char *path) {
        _cleanup_fclose_ FILE *f = fopen(path, "re");
        uint8_t *data;

        if (!f)
                return -errno;
        if (n_inputs >= N_INPUTS_MAX)
                return -E2BIG;
        data = malloc(INPUT_MAX);
        if (!data)
                return -ENOMEM;
        inputs[n_inputs++] = (Input){ data, fread(data, 1, INPUT_MAX, f) };
        return ferror(f) ? -EIO : 0;
}

static int by_name(const struct dirent **a, const struct dirent **b) {
        return strcmp((*a)->d_name, (*b)->d_name);
}

static int add_directory(const char *path) {
        struct dirent **names;
        int n = scandir(path, &names, NULL, by_name);
        int r = n < 0 ? -errno : 0;

        for (int i = 0; i < n; i++) {
                _cleanup_free_ char *file = NULL;

                if (r == 0 && names[i]->d_name[0] != '.')
                        r = asprintf(&file, "%s/%s", path, names[i]->d_name) < 0 ? -ENOMEM
                                                                                 : add_file(file);
                free(names[i]);
        }
        if (n >= 0)
                free(names);
        return r;
}

static int add(const char *path) {
        struct stat st;

        if (stat(path, &st) < 0)
                return -errno;

        return S_ISDIR(st.st_mode) ? add_directory(path) : add_file(path);
}

/* xorshift64*: the same sequence on every machine. */
static uint32_t next_random(void) {
        static uint64_t x = UINT64_C(88172645463325252);

        x ^= x >> 12;
        x ^= x << 25;
        x ^= x >> 27;
        return (uint32_t)((x * UINT64_C(2685821657736338717)) >> 32);
}

static uint8_t interesting_byte(void) {
        static const uint8_t bytes[] =
                "\0\n\r \t\\\"%{}()[]:;=.,*/#0129aAxz-\x1b\x7f\x80\xbf\xc2\xe2\xed\xef\xf4\xff";

        return next_random() % 2 ? bytes[next_random() % (sizeof(bytes) - 1)]
                                 : (uint8_t)next_random();
}

/* One change: a byte replaced, inserted or removed, the end cut off, or a piece of another input put in. */
static size_t mutate(uint8_t *data, size_t size) {
        size_t at = size > 0 ? next_random() % size : 0;

        switch (next_random() % 5) {
        case 0:
                if (size > 0)
                        data[at] = interesting_byte();
                return size;
        case 1:
                if (size == MUTANT_MAX)
                        return size;
                memmove(data + at + 1, data + at, size - at);
                data[at] = interesting_byte();
                return size + 1;
        case 2:
                if (size == 0)
                        return size;
                memmove(data + at, data + at + 1, size - at - 1);
                return size - 1;
        case 3:
                return at;
        default: {
                const Input *other = &inputs[next_random() % n_inputs];
                size_t from = other->size > 0 ? next_random() % other->size : 0;
                size_t n = MIN(other->size - from, (size_t)MUTANT_MAX - at);

                memcpy(data + at, other->data + from, n);
                return MAX(size, at + n);
        }
        }
}

static void run_mutations(void) {
        uint8_t data[MUTANT_MAX];

        for (int i = 0; i < N_MUTATIONS; i++) {
                const Input *input = &inputs[next_random() % n_inputs];
                size_t size = MIN(input->size, (size_t)MUTANT_MAX);

                memcpy(data, input->data, size);
                for (uint32_t n = 1 + next_random() % 8; n > 0; n--)
                        size = mutate(data, size);
                run(data, size);
        }
}

static int add_corpus(const char *program) {
        const char *top = getenv("srcdir");
        const char *name = strstr(program, "fuzz_");
        _cleanup_free_ char *path = NULL;

        if (!name)
                return -EINVAL;
        if (asprintf(&path, "%s/tests/corpus/%s", top ? top : ".", name + strlen("fuzz_")) < 0)
                return -ENOMEM;

        return add(path);
}

int main(int argc, char *argv[]) {
        int r = argc > 1 ? 0 : add_corpus(argv[0]);

        for (int i = 1; i < argc && r == 0; i++)
                r = add(argv[i]);
        if (r < 0 || n_inputs == 0) {
                (void)fprintf(stderr, "%s: no corpus: %s\n", argv[0],
                              r < 0 ? strerror(-r) : "it is empty");
                return EXIT_FAILURE;
        }

        for (size_t i = 0; i < n_inputs; i++)
                run(inputs[i].data, inputs[i].size);
        run_mutations();
        printf("%zu inputs and %d mutations of them\n", n_inputs, N_MUTATIONS);
        for (size_t i = 0; i < n_inputs; i++)
                free(inputs[i].data);
        return EXIT_SUCCESS;
}
