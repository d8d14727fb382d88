/* SPDX-License-Identifier: MIT */
/*
 * The messages to be sent: one from the command line, or the lines of a descriptor. Lines are
 * returned in pieces as they are read, so their length is unlimited, unless the rules demand whole
 * messages.
 */
#pragma once

#include "core/frame.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What cannot be sent. */
typedef struct InputRules {
        int forbidden;   /* this byte ends a message; -1 = none */
        FrameSpec frame; /* of whole messages: */
        /* Returns what is wrong with a message, as the rest of a sentence, or NULL. NULL: nothing is. */
        const char *(*problem)(const FrameSpec *frame, const char *data, size_t n);
        size_t whole_max; /* pieces are whole messages, up to this size; 0 = any pieces */
        bool no_empty;    /* an empty message is an error */
} InputRules;

typedef struct Piece {
        const char *data; /* valid until the next input_read() */
        size_t size;
        bool last; /* the message ends here */
} Piece;

typedef enum InputResult {
        INPUT_PIECE, /* *ret is set */
        INPUT_WAIT,  /* call input_read() when the descriptor is readable */
        INPUT_END,
        INPUT_BAD, /* see input_problem(); there is no more input */
} InputResult;

typedef struct Input Input;

/* TEXT is one message; input_problem() tells at once if it cannot be sent. NULL: out of memory. */
Input *input_new_message(const char *text, const InputRules *rules);
/* The descriptor is borrowed and may be blocking. NULL: out of memory. */
Input *input_new_lines(int fd, const InputRules *rules);
Input *input_free(Input *in);

InputResult input_next(Input *in, Piece *ret);

/* Reads once, after INPUT_WAIT. input_next() returns any error. */
void input_read(Input *in);

/* Waits until it is known whether there is another message. */
bool input_has_next(Input *in);

/* Ends the input: what is left is discarded and nothing more is read. */
void input_stop(Input *in);

/* -1 for a message from the command line. */
int input_fd(const Input *in);

/* One sentence about what cannot be sent or read; NULL if there is no problem. */
const char *input_problem(const Input *in);
/* True if reading failed, false if what was read cannot be sent. */
bool input_is_unreadable(const Input *in);
