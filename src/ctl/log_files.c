/* SPDX-License-Identifier: MIT */
/* By their names; what is in them is looked at when they are read. */

#include "ctl/log_files.h"

#include "core/macro.h"
#include "core/path_template.h"
#include "ctl/log_file.h"
#include "ctl/print.h"
#include <errno.h>
#include <glob.h>
#include <grp.h>
#include <string.h>
#include <sys/stat.h>

void log_files_done(LogFiles *f) {
        for (size_t i = 0; i < f->n; i++)
                free(f->paths[i].path);
        free(f->paths);
        for (size_t i = 0; i < f->n_targets; i++)
                free(f->targets[i].path);
        free(f->targets);
        *f = (LogFiles){ 0 };
}

/* The group that could read PATH, or search the directory it is in; 0: none that would help. */
static gid_t find_group(const char *path) {
        _cleanup_free_ char *copy = strdup(path);
        struct stat st;

        while (copy && *copy && stat(copy, &st) < 0) {
                char *slash = strrchr(copy, '/');

                if (!slash)
                        return 0;
                *slash = '\0';
        }
        return copy && *copy && st.st_mode & (S_IRGRP | S_IXGRP) ? st.st_gid : 0;
}

int log_files_complain(const char *path, int error) {
        gid_t gid = error == -EACCES ? find_group(path) : 0;
        const struct group *group = gid > 0 ? getgrgid(gid) : NULL;

        if (error != -EACCES)
                print_error("cannot read %s: %s", path, strerrordesc_np(-error));
        else if (group)
                print_error("no permission to read %s: use sudo, or become a member of the group "
                            "%s",
                            path, group->gr_name);
        else
                print_error("no permission to read %s: use sudo", path);
        return error;
}

bool log_files_may_reach(const LogPath *p, uint64_t since_usec) {
        return p->changed_usec + LOG_FILES_DISORDER_USEC >= since_usec;
}

static int append(LogFiles *f, const LogPath *p) {
        LogPath *bigger;

        for (size_t i = 0; i < f->n; i++)
                if (f->paths[i].device == p->device && f->paths[i].inode == p->inode) {
                        f->paths[i].is_live = f->paths[i].is_live || p->is_live;
                        return 0;
                }

        bigger = reallocarray(f->paths, f->n + 1, sizeof(*f->paths));
        if (!bigger)
                return -ENOMEM;
        f->paths = bigger;
        f->paths[f->n] = *p;
        f->paths[f->n].path = strdup(p->path);
        if (!f->paths[f->n].path)
                return -ENOMEM;
        f->n++;
        return 0;
}

/* What is no regular file, or has vanished meanwhile, is passed over. */
static int add_file(LogFiles *f, char *path, bool is_live) {
        struct stat st;

        if (stat(path, &st) < 0)
                return errno == ENOENT || errno == ELOOP ? 0 : log_files_complain(path, -errno);
        if (!S_ISREG(st.st_mode))
                return 0;

        return append(f,
                      &(LogPath){
                              .path = path,
                              .is_live = is_live,
                              .device = st.st_dev,
                              .inode = st.st_ino,
                              .changed_usec = (uint64_t)MAX(st.st_mtim.tv_sec, 0) * USEC_PER_SEC +
                                              (uint64_t)st.st_mtim.tv_nsec / NSEC_PER_USEC,
                      });
}

static const char *skip_digits(const char *p) {
        while (*p == '-' || (*p >= '0' && *p <= '9'))
                p++;
        return p;
}

/* NAME is BASE, or was: "messages.log.1"; "messages-20261126.log" as logrotate's "extension" has it. */
static bool is_of(const char *name, const char *base) {
        const char *extension = strrchr(base, '.');
        const size_t n = strlen(base);
        const size_t stem = extension ? (size_t)(extension - base) : n;
        const char *rest;

        if (strncmp(name, base, n) == 0)
                return name[n] == '\0' || name[n] == '.' || name[n] == '-';
        if (!extension || strncmp(name, base, stem) != 0 || name[stem] != '-')
                return false;

        rest = skip_digits(name + stem);
        return strncmp(rest, extension, n - stem) == 0 &&
               (!rest[n - stem] || log_file_is_compressed(rest));
}

/* The files of DIRECTORY, which are of the output called BASE unless that is NULL. */
static int add_directory(LogFiles *f, const char *directory, const char *base) {
        _cleanup_(closedirp) DIR *d = opendir(directory);
        const struct dirent *e;
        int r = 0;

        if (!d)
                return errno == ENOENT && base ? 0 : log_files_complain(directory, -errno);

        while (r >= 0 && (errno = 0, e = readdir(d))) {
                _cleanup_free_ char *path = NULL;

                if (base ? !is_of(e->d_name, base) : *e->d_name == '.')
                        continue;
                if (asprintf(&path, "%s/%s", strcmp(directory, "/") == 0 ? "" : directory,
                             e->d_name) < 0) {
                        path = NULL;
                        return -ENOMEM;
                }
                r = add_file(f, path, base && strcmp(e->d_name, base) == 0);
        }
        if (r >= 0 && errno > 0)
                r = log_files_complain(directory, -errno);
        return r;
}

static int append_target(LogFiles *f, const char *path, bool is_rotated) {
        LogTarget *bigger = reallocarray(f->targets, f->n_targets + 1, sizeof(*f->targets));

        if (!bigger)
                return -ENOMEM;
        f->targets = bigger;
        bigger[f->n_targets] = (LogTarget){ strdup(path), is_rotated };
        return bigger[f->n_targets].path ? (int)f->n_targets++ : -ENOMEM;
}

/* All that PATH, which has a slash, and its directory tell. */
static int look(LogFiles *f, const char *path) {
        const char *slash = strrchr(path, '/');
        _cleanup_free_ char *directory = NULL;

        directory = slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
        return directory ? add_directory(f, directory, slash + 1) : -ENOMEM;
}

/* For glob(3): any text in place of each part that is filled in, everything else as it is. */
static char *make_pattern(const char *template, const char *tail) {
        char *pattern = malloc(2 * strlen(template) + strlen(tail) + 1), *to = pattern;

        if (!pattern)
                return NULL;

        for (const char *p = template; *p;) {
                if (p[0] == '%' && p[1] == '{') {
                        *to++ = '*';
                        p = path_template_part_end(p);
                        continue;
                }
                if (strchr("*?[\\", *p))
                        *to++ = '\\';
                *to++ = *p++;
        }
        memcpy(to, tail, strlen(tail) + 1);
        return pattern;
}

static int add_matches(LogFiles *f, const char *template, const char *tail, bool is_live) {
        _cleanup_free_ char *pattern = make_pattern(template, tail);
        glob_t found;
        int r;

        if (!pattern)
                return -ENOMEM;

        r = glob(pattern, GLOB_NOSORT, NULL, &found);
        if (r == GLOB_NOMATCH)
                return 0;
        if (r == GLOB_NOSPACE)
                return -ENOMEM;
        if (r == GLOB_ABORTED) /* only with GLOB_ERR */
                return -EIO;

        for (size_t i = 0; i < found.gl_pathc && r >= 0; i++) {
                if (is_live)
                        r = append_target(f, found.gl_pathv[i], false);
                if (r >= 0)
                        r = add_file(f, found.gl_pathv[i], is_live);
        }
        globfree(&found);
        return MIN(r, 0);
}

/* Of an output that has many files: those there are, and what rotation made of others. */
static int add_many(LogFiles *f, const char *template) {
        int r = add_matches(f, template, "", true);

        if (r >= 0)
                r = add_matches(f, template, "*", false);
        return r < 0 ? r : (int)f->n;
}

int log_files_add_output(LogFiles *f, const char *path) {
        int r;

        if (!strchr(path, '/'))
                return (int)f->n; /* "-": standard output */
        if (path_template_is(path))
                return add_many(f, path);

        r = append_target(f, path, true);
        if (r >= 0)
                r = look(f, path);
        return r < 0 ? r : (int)f->n;
}

int log_files_update(LogFiles *f) {
        int r = 0;

        for (size_t i = 0; i < f->n_targets && r >= 0; i++)
                if (f->targets[i].is_rotated)
                        r = look(f, f->targets[i].path);
        return r < 0 ? r : (int)f->n;
}

int log_files_add(LogFiles *f, const char *path) {
        struct stat st;
        int r;

        if (stat(path, &st) < 0)
                return log_files_complain(path, -errno);
        if (S_ISDIR(st.st_mode)) {
                r = add_directory(f, path, NULL);
        } else {
                _cleanup_free_ char *copy = strdup(path);

                r = copy ? append_target(f, path, false) : -ENOMEM;
                if (r >= 0)
                        r = add_file(f, copy, true);
        }
        return r < 0 ? r : (int)f->n;
}
