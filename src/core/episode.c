/* SPDX-License-Identifier: MIT */
/* The time of the last occurrence is the only state, so an occurrence and an end cannot race. */

#include "core/episode.h"

bool episode_sign(Episode *e, uint64_t now_usec) {
        return atomic_exchange(&e->sign_usec, now_usec) == 0;
}

void episode_extend(Episode *e, uint64_t now_usec) {
        uint64_t sign = atomic_load(&e->sign_usec);

        /* If it fails, another thread has seen an occurrence or the end. */
        if (sign != 0)
                (void)atomic_compare_exchange_strong(&e->sign_usec, &sign, now_usec);
}

bool episode_lasts(const Episode *e) {
        return atomic_load(&e->sign_usec) != 0;
}

bool episode_ends(Episode *e, uint64_t n, uint64_t now_usec, uint64_t quiet_usec, uint64_t *ret_n) {
        uint64_t sign = atomic_load(&e->sign_usec);

        if (sign == 0 || now_usec < sign + quiet_usec ||
            !atomic_compare_exchange_strong(&e->sign_usec, &sign, 0))
                return false;

        *ret_n = n - atomic_exchange(&e->n_told, n);
        return true;
}

EpisodeTurn episode_look(Episode *e, uint64_t n, uint64_t now_usec, uint64_t quiet_usec,
                         uint64_t *ret_n) {
        if (atomic_exchange(&e->n_seen, n) != n)
                return episode_sign(e, now_usec) ? EPISODE_BEGINS : EPISODE_AS_BEFORE;

        return episode_ends(e, n, now_usec, quiet_usec, ret_n) ? EPISODE_ENDS : EPISODE_AS_BEFORE;
}
