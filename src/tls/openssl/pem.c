/* SPDX-License-Identifier: MIT */
/* Files are read by us: the texts of OpenSSL for what is wrong with one help nobody. */

#include "tls/openssl/pem.h"

#include "config/config_tls.h"
#include "core/macro.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <pwd.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

/* Bytes of a file: all roots of a system have a quarter of that. */
#define SIZE_MAX_ ((off_t)1024 * 1024)

DEFINE_CLEANUP(BIO *, BIO_free)

void pem_complain(const PemFile *f, const char *format, ...) {
        va_list args;

        (void)fprintf(f->errors, "%s: ", f->place);
        va_start(args, format);
        (void)vfprintf(f->errors, format, args);
        va_end(args);
        (void)fputc('\n', f->errors);
}

/* Returns false after a line. */
static bool find_path(const PemFile *f, char path[static PATH_MAX]) {
        const char *name = f->of_daemon ? config_tls_credential(f->file) : NULL;
        const char *directory = getenv("CREDENTIALS_DIRECTORY");

        if (!name) {
                (void)snprintf(path, PATH_MAX, "%s", f->file);
                return true;
        }
        if (!directory) {
                pem_complain(
                        f, "%s: there is no $CREDENTIALS_DIRECTORY (LoadCredential= in a drop-in)",
                        f->file);
                return false;
        }
        (void)snprintf(path, PATH_MAX, "%s/%s", directory, name);
        return true;
}

static void complain_of_access(const PemFile *f, const char *path) {
        char buf[1024], user[64];
        struct passwd entry, *found = NULL;

        if (!f->of_daemon) {
                pem_complain(f, "%s: %s", path, strerrordesc_np(EACCES));
                return;
        }
        if (getpwuid_r(geteuid(), &entry, buf, sizeof(buf), &found) == 0 && found)
                (void)snprintf(user, sizeof(user), "user %.50s", found->pw_name);
        else
                (void)snprintf(user, sizeof(user), "uid %u", geteuid());
        pem_complain(f, "%s: %s (sockd runs as %s: chgrp %s and chmod 640, or LoadCredential=)",
                     path, strerrordesc_np(EACCES), user, found ? found->pw_name : "sockd");
}

/* The whole file. NULL: a line was written. */
static BIO *read_file(const PemFile *f, bool is_secret, char path[static PATH_MAX]) {
        _cleanup_close_ int fd = -EBADF;
        _cleanup_(BIO_freep) BIO *bio = BIO_new(BIO_s_mem());
        char block[4096];
        struct stat st;
        ssize_t n = 0;
        off_t size = 0;

        if (!find_path(f, path))
                return NULL;

        fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (fd < 0 && errno == EACCES) {
                complain_of_access(f, path);
                return NULL;
        }
        if (fd < 0 || fstat(fd, &st) < 0 || (S_ISDIR(st.st_mode) && (errno = EISDIR))) {
                pem_complain(f, "%s: %s", path, strerrordesc_np(errno));
                return NULL;
        }
        if (is_secret && f->of_daemon && st.st_mode & S_IROTH) {
                pem_complain(f, "%s is readable by everybody", path);
                return NULL;
        }
        while (bio && size <= SIZE_MAX_ && (n = read(fd, block, sizeof(block))) > 0) {
                size += n;
                if (BIO_write(bio, block, (int)n) != n)
                        break;
        }
        OPENSSL_cleanse(block, sizeof(block));
        if (bio && n == 0)
                return TAKE_PTR(bio);

        pem_complain(f, "%s: %s", path,
                     n < 0              ? strerrordesc_np(errno)
                     : size > SIZE_MAX_ ? "is larger than 1 MiB"
                                        : "out of memory");
        return NULL;
}

void pem_free_certificates(STACK_OF(X509) * list) {
        sk_X509_pop_free(list, X509_free);
}

STACK_OF(X509) * pem_load_certificates(const PemFile *f) {
        char path[PATH_MAX];
        _cleanup_(BIO_freep) BIO *bio = read_file(f, false, path);
        STACK_OF(X509) *list = bio ? sk_X509_new_null() : NULL;
        X509 *one;

        while (list && (one = PEM_read_bio_X509(bio, NULL, NULL, NULL)))
                if (sk_X509_push(list, one) <= 0)
                        X509_free(one);
        ERR_clear_error();
        if (list && sk_X509_num(list) > 0)
                return list;

        if (list)
                pem_complain(f, "%s has no certificate in PEM format", path);
        pem_free_certificates(list);
        return NULL;
}

/* Nobody is there to be asked. */
static int refuse_passphrase(char *buf _unused_, int size _unused_, int is_new _unused_,
                             void *was_asked) {
        *(bool *)was_asked = true;
        return -1;
}

EVP_PKEY *pem_load_key(const PemFile *f) {
        char path[PATH_MAX];
        _cleanup_(BIO_freep) BIO *bio = read_file(f, true, path);
        bool was_asked = false;
        EVP_PKEY *key;

        if (!bio)
                return NULL;

        key = PEM_read_bio_PrivateKey(bio, NULL, refuse_passphrase, &was_asked);
        ERR_clear_error();
        if (!key && was_asked)
                pem_complain(f, "%s: the key is encrypted; sockd cannot ask for a passphrase",
                             path);
        else if (!key)
                pem_complain(f, "%s has no private key in PEM format", path);
        return key;
}

bool pem_load_crls(const PemFile *f, X509_STORE *store) {
        char path[PATH_MAX];
        _cleanup_(BIO_freep) BIO *bio = read_file(f, false, path);
        X509_CRL *crl;
        size_t n = 0;

        if (!bio)
                return false;

        while ((crl = PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL))) {
                n += X509_STORE_add_crl(store, crl) == 1;
                X509_CRL_free(crl);
        }
        ERR_clear_error();
        if (n == 0)
                pem_complain(f, "%s has no revocation list in PEM format", path);
        return n > 0;
}
