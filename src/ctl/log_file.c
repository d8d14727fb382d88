/* SPDX-License-Identifier: MIT */
/* Files are read, not mapped: one that is truncated below a mapping raises SIGBUS. */

#include "ctl/log_file.h"

#include "ctl/print.h"
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>

#define BLOCK_SIZE (256U << 10)

typedef struct Program {
        const char *suffix, *name, *package;
} Program;

static const Program programs[] = {
        { ".gz", "gzip", "gzip" },
        { ".zst", "zstd", "zstd" },
        { ".xz", "xz", "xz-utils" },
};

struct LogFile {
        char *path;
        int fd; /* the file, or the pipe from the program */
        const Program *program;
        pid_t pid;       /* of the program; 0: none */
        uint64_t offset; /* of what is read next */
        char *buf;       /* of buf_size bytes, of which those up to END are used */
        size_t buf_size, end;
        size_t line, next; /* the last line returned, and what follows it */
        size_t searched;   /* bytes behind NEXT in which there is no line feed */
        bool skip;         /* until the end of a line that is not wanted */
};

static const Program *find_program(const char *path) {
        size_t n = strlen(path);

        for (size_t i = 0; i < ELEMENTSOF(programs); i++) {
                size_t suffix = strlen(programs[i].suffix);

                if (n > suffix && strcmp(path + n - suffix, programs[i].suffix) == 0)
                        return &programs[i];
        }
        return NULL;
}

bool log_file_is_compressed(const char *path) {
        return find_program(path);
}

/* Its own complaints name no file, so nobody sees them. Returns 0 or negative errno. */
static int spawn(const Program *program, int in, int out, pid_t *ret) {
        char *const words[] = { (char *)program->name, (char *)"-dc", NULL };
        posix_spawn_file_actions_t actions;
        int r = posix_spawn_file_actions_init(&actions);

        if (r != 0)
                return -r;

        r = posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
        if (r == 0)
                r = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
        if (r == 0)
                r = posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY,
                                                     0);
        if (r == 0)
                r = posix_spawnp(ret, program->name, &actions, NULL, words, environ);
        (void)posix_spawn_file_actions_destroy(&actions); /* cannot fail */
        return -r;
}

/* Reads through the program from now on. */
static int start_program(LogFile *f) {
        _cleanup_close_ int in = TAKE_FD(f->fd);
        int ends[2], r;

        if (pipe2(ends, O_CLOEXEC) < 0)
                return -errno;

        f->fd = ends[0];
        r = spawn(f->program, in, ends[1], &f->pid);
        (void)close(ends[1]); /* nothing was written through it */
        if (r == -ENOENT)
                print_error("%s: cannot read it without %s (package %s)", f->path, f->program->name,
                            f->program->package);
        else if (r < 0)
                print_error("%s: cannot run %s: %s", f->path, f->program->name,
                            strerrordesc_np(-r));
        if (r < 0)
                f->pid = 0;
        return r < 0 ? -ESRCH : 0;
}

int log_file_open(const char *path, LogFile **ret) {
        _cleanup_(log_file_freep) LogFile *f = calloc(1, sizeof(*f));
        struct stat st;
        int r = 0;

        if (!f)
                return -ENOMEM;

        f->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        if (f->fd < 0)
                return -errno;
        if (fstat(f->fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode))
                return -EINVAL;

        f->path = strdup(path);
        f->buf_size = BLOCK_SIZE;
        f->buf = malloc(f->buf_size);
        if (!f->path || !f->buf)
                return -ENOMEM;
        f->program = find_program(path);
        if (f->program)
                r = start_program(f);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(f);
        return 0;
}

/* Returns how it has ended, as waitpid(2) does. */
static int wait_program(LogFile *f) {
        int status = 0;

        while (waitpid(f->pid, &status, 0) < 0 && errno == EINTR)
                ;
        f->pid = 0;
        return status;
}

LogFile *log_file_free(LogFile *f) {
        if (!f)
                return NULL;

        closep(&f->fd);
        if (f->pid > 0)
                (void)wait_program(f); /* which has no reader any more */
        free(f->path);
        free(f->buf);
        free(f);
        return NULL;
}

/* Everything before f->next has been used: makes room behind f->end. */
static int make_room(LogFile *f) {
        char *bigger;

        memmove(f->buf, f->buf + f->next, f->end - f->next);
        f->end -= f->next;
        f->line = f->next = 0;
        if (f->end < f->buf_size / 2)
                return 0;
        if (f->buf_size >= LOG_FILE_LINE_MAX) {
                f->skip = true;
                f->end = f->searched = 0;
                return 0;
        }

        bigger = realloc(f->buf, f->buf_size * 2);
        if (!bigger)
                return -ENOMEM;
        f->buf = bigger;
        f->buf_size *= 2;
        return 0;
}

/* What it has left out is told; the records before are good. */
static void end_program(LogFile *f) {
        if (f->program && f->pid > 0 && wait_program(f) != 0)
                print_error("%s: %s says that it is not whole", f->path, f->program->name);
}

/* Returns 1, 0 at the end, negative errno. */
static int read_block(LogFile *f) {
        int r = make_room(f);
        ssize_t n;

        if (r < 0)
                return r;

        do
                n = f->program
                            ? read(f->fd, f->buf + f->end, f->buf_size - f->end)
                            : pread(f->fd, f->buf + f->end, f->buf_size - f->end, (off_t)f->offset);
        while (n < 0 && errno == EINTR);
        if (n < 0) {
                r = -errno;
                print_error("cannot read %s: %s", f->path, strerrordesc_np(-r));
                return r;
        }

        f->offset += (uint64_t)n;
        f->end += (size_t)n;
        if (n == 0)
                end_program(f);
        return n > 0;
}

/* The line at f->next, if its end is there. */
static bool take_line(LogFile *f, const char **ret, size_t *ret_size) {
        const char *start = f->buf + f->next;
        const char *lf = memchr(start + f->searched, '\n', f->end - f->next - f->searched);

        if (!lf) {
                f->searched = f->end - f->next;
                return false;
        }

        f->line = f->next;
        f->next = (size_t)(lf + 1 - f->buf);
        f->searched = 0;
        *ret = start;
        *ret_size = (size_t)(lf - start);
        return true;
}

int log_file_next(LogFile *f, const char **ret, size_t *ret_size) {
        for (;;) {
                int r;

                if (take_line(f, ret, ret_size)) {
                        if (!f->skip)
                                return 1;
                        f->skip = false;
                        continue;
                }
                r = read_block(f);
                if (r <= 0)
                        return r;
        }
}

uint64_t log_file_offset(const LogFile *f) {
        return f->offset - (f->end - f->line);
}

void log_file_seek(LogFile *f, uint64_t offset) {
        f->line = f->next = f->end = f->searched = 0;
        f->skip = offset > 0;
        f->offset = offset > 0 ? offset - 1 : 0;
}

int log_file_stat(const LogFile *f, struct stat *ret) {
        return fstat(f->fd, ret) < 0 ? -errno : 0;
}

const char *log_file_path(const LogFile *f) {
        return f->path;
}
