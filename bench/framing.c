/* SPDX-License-Identifier: MIT */
/* Framing alone: cuts ROUNDS times the same 64 KiB of lines into messages. For bench/instructions. */

#include "core/frame.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_SIZE 100
#define LINES 655
#define MESSAGE_SIZE 65536

int main(int argc, char **argv) {
        static char input[LINES * LINE_SIZE];
        unsigned long rounds = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
        unsigned long n = 0;
        uint64_t size = 0;
        Message m;
        Frame f;

        if (rounds == 0) {
                fprintf(stderr, "usage: framing ROUNDS\n");
                return 2;
        }

        memset(input, 'x', sizeof(input));
        for (size_t i = LINE_SIZE - 1; i < sizeof(input); i += LINE_SIZE)
                input[i] = '\n';
        frame_init(&f, &(FrameSpec){ .framing = FRAMING_LINE });
        for (unsigned long i = 0; i < rounds; i++) {
                const char *p = input, *end = input + sizeof(input);

                while (frame_next(&f, MESSAGE_SIZE, &p, end, &m) == FRAME_MESSAGE) {
                        n++;
                        size += m.size;
                }
        }
        frame_reset(&f);
        printf("%lu %llu\n", n, (unsigned long long)size);
        return n != rounds * LINES;
}
