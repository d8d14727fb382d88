/* SPDX-License-Identifier: MIT */
/*
 * Message ids: "PREFIX-COUNTER", at most 26 characters of [0-9a-z-]. The prefix is made once per
 * worker from the start time and random bits, the counter is base 36 text that is incremented in
 * place: no system call and no division per message. A plain value; copying it keeps a position in
 * the sequence.
 */
#pragma once

#include <stdint.h>

#define ID_TEXT_MAX 26

typedef struct Id {
        uint8_t size;           /* bytes of text in use */
        uint8_t first;          /* index of the counter's first digit */
        char text[ID_TEXT_MAX]; /* NOT NUL-terminated */
} Id;

/*
 * START_MSEC: wall clock; SALT: random, the same for all workers; WORKER: 0, 1, ... The counter
 * starts at 0.
 */
void id_init(Id *id, uint64_t start_msec, uint32_t salt, unsigned worker);

/* The slow half of id_next: a digit overflowed. */
void id_carry(Id *id);

/* Moves on to the next id. */
static inline void id_next(Id *id) {
        char *last = &id->text[id->size - 1];

        if (*last == '9')
                *last = 'a';
        else if (*last == 'z')
                id_carry(id);
        else
                (*last)++;
}
