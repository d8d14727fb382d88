/* SPDX-License-Identifier: MIT */
/* "Did you mean": the optimal string alignment distance, three rows at a time. */
#include "config/suggest.h"

#include <stddef.h>
#include <string.h>

#include "core/macro.h"

/* No key is longer. */
#define WORD_MAX 40

/* Not tolower(), which depends on the locale. */
static char lower(char c) {
        return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static unsigned cell(unsigned rows[3][WORD_MAX + 1], const char *word, const char *candidate,
                     size_t i, size_t j) {
        const unsigned *above = rows[(i - 1) % 3];
        char w = lower(word[i - 1]), c = lower(candidate[j - 1]);
        unsigned best;

        best = above[j - 1] + (w != c);
        best = MIN(best, above[j] + 1);
        best = MIN(best, rows[i % 3][j - 1] + 1);
        if (i > 1 && j > 1 && w == lower(candidate[j - 2]) && lower(word[i - 2]) == c)
                best = MIN(best, rows[(i - 2) % 3][j - 2] + 1);
        return best;
}

unsigned suggest_distance(const char *word, const char *candidate) {
        unsigned rows[3][WORD_MAX + 1];
        size_t n_word = strnlen(word, WORD_MAX + 1), n_candidate = strnlen(candidate, WORD_MAX + 1);
        unsigned distance;

        if (n_word > WORD_MAX || n_candidate > WORD_MAX)
                return SUGGEST_FAR;

        for (size_t j = 0; j <= n_candidate; j++)
                rows[0][j] = (unsigned)j;
        for (size_t i = 1; i <= n_word; i++) {
                rows[i % 3][0] = (unsigned)i;
                for (size_t j = 1; j <= n_candidate; j++)
                        rows[i % 3][j] = cell(rows, word, candidate, i, j);
        }

        distance = rows[n_word % 3][n_candidate];
        return distance <= n_candidate / 3 && distance < n_word ? distance : SUGGEST_FAR;
}
