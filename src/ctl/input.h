/* SPDX-License-Identifier: MIT */
/*
 * The messages to be sent: one from the command line, or the lines of a descriptor. Lines come in
 * pieces as they are read, so that their length is no matter; where a message must be whole there
 * is a limit.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What cannot be sent. */
typedef struct InputRules {
        int forbidden;    /* this byte ends a message; -1 = none */
        size_t whole_max; /* pieces are whole messages, up to this size; 0 = any pieces */
        bool no_empty;    /* an empty message is none */
} InputRules;

typedef struct Piece {
        const char *data; /* valid until the next input_read() */
        size_t size;
        bool last; /* the message ends here */
} Piece;

typedef enum InputResult {
        INPUT_PIECE, /* *ret is set */
        INPUT_WAIT,  /* use input_read() when the descriptor is readable */
        INPUT_END,
        INPUT_BAD, /* input_problem() tells; nothing more will come */
} InputResult;

typedef struct Input Input;

/* TEXT is one message. When it cannot be sent input_problem() tells at once. */
Input *input_new_message(const char *text, const InputRules *rules);
/* The descriptor is borrowed and may be blocking. */
Input *input_new_lines(int fd, const InputRules *rules);
Input *input_free(Input *in);

InputResult input_next(Input *in, Piece *ret);

/* Reads once, after INPUT_WAIT. What went wrong is for input_next() to tell. */
void input_read(Input *in);

/* Waits until it is known whether there is another message. */
bool input_has_next(Input *in);

/* Nothing more is taken in: the rest of the input is left where it is. */
void input_stop(Input *in);

/* -1 for a message from the command line. */
int input_fd(const Input *in);

/* One sentence about what cannot be sent or read; NULL when all is well. */
const char *input_problem(const Input *in);
/* True when the problem is one of reading, not one of what was read. */
bool input_is_unreadable(const Input *in);
