/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a config file: refused with reasons, or loaded, printed, and loaded again to the
 * same print.
 */

#include "config/config.h"

#include "core/macro.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct Text {
        char *bytes;
        size_t size;
} Text;

static void text_done(Text *t) {
        free(t->bytes);
}

static int load(const void *data, size_t size, Text *errors, Config **ret) {
        _cleanup_close_ int fd = memfd_create("fuzz_config", MFD_CLOEXEC);
        char path[64];
        FILE *f;
        int r;

        assert(fd >= 0);
        r = fchmod(fd, 0600); /* a memfd is open to everybody */
        assert(r == 0);
        for (size_t done = 0; done < size;) {
                ssize_t n = write(fd, (const char *)data + done, size - done);

                assert(n > 0);
                done += (size_t)n;
        }

        (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        f = open_memstream(&errors->bytes, &errors->size);
        assert(f);
        r = config_load(path, f, ret);
        (void)fclose(f);
        return r;
}

/* Whole lines, and nothing in them that a terminal would obey. */
static void check_errors(const Text *errors) {
        assert(errors->size > 0);
        assert(errors->bytes[errors->size - 1] == '\n');
        for (size_t i = 0; i < errors->size; i++) {
                unsigned char c = (unsigned char)errors->bytes[i];

                assert(c == '\n' || (c >= 0x20 && c != 0x7F));
        }
        assert(strncmp(errors->bytes, "/proc/self/fd/", 14) == 0);
}

static void print(const Config *c, Text *t) {
        FILE *f = open_memstream(&t->bytes, &t->size);
        int r;

        assert(f);
        r = config_print(c, f);
        assert(r == 0);
        (void)fclose(f);
}

static void check_config_value(const Config *c) {
        _cleanup_(config_freep) Config *again = NULL;
        _cleanup_(text_done) Text printed = { 0 };
        _cleanup_(text_done) Text printed_again = { 0 };
        _cleanup_(text_done) Text errors = { 0 };
        int r;

        assert(c->n_listeners > 0 && c->n_outputs > 0 && c->workers > 0);
        for (size_t i = 0; i < c->n_listeners; i++)
                assert(config_find_listener(c, c->listeners[i].name) == &c->listeners[i]);

        print(c, &printed);
        r = load(printed.bytes, printed.size, &errors, &again);
        assert(r == 0);
        assert(errors.size == 0);
        print(again, &printed_again);
        assert(strcmp(printed.bytes, printed_again.bytes) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(config_freep) Config *c = NULL;
        _cleanup_(text_done) Text errors = { 0 };
        int r;

        r = load(data, size, &errors, &c);
        if (r < 0) {
                assert(r == -EBADMSG || r == -EFBIG);
                assert(!c);
                check_errors(&errors);
                return 0;
        }

        assert(errors.size == 0);
        check_config_value(c);
        return 0;
}
