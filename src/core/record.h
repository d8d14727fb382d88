/* SPDX-License-Identifier: MIT */
/*
 * A message as an output writes it: one text line, one JSON line, or one entry of the journal's
 * native protocol. What the messages of one read share (time, listener, addresses) is made into
 * text once, as a head.
 */
#pragma once

#include "core/frame.h"
#include "core/id.h"
#include "core/names.h"
#include <stddef.h>
#include <stdint.h>

typedef struct RecordSource RecordSource;

#define RECORD_TIME_SIZE 27  /* 2026-11-22T10:34:00.123456Z */
#define RECORD_HEAD_MAX 2048 /* record_head.c adds it up */
/* What a record holds beside its head and the escaped message: id, size, markers, field names. */
#define RECORD_EXTRA_MAX 256
/* Heads are copied in blocks of so many bytes, the last of which may reach behind the text. */
#define RECORD_BLOCK 32

/* One fixed id per kind of event, never to be changed: the journal catalog refers to them. */
#define RECORD_MESSAGE_ID "f4bd8b0f6a5e4d1cb1a3b4f7d2c86e19"

/* The wall clock as text. Zero is a valid start. */
typedef struct RecordTime {
        uint64_t usec;
        uint64_t second; /* the one the text shows */
        char text[RECORD_TIME_SIZE];
} RecordTime;

/* Cheap while the second stays the same. USEC: CLOCK_REALTIME. */
void record_time_set(RecordTime *t, uint64_t usec);

typedef struct RecordHead {
        uint64_t cut_off; /* 1: the message is to be marked */
        const struct SyslogHeader *syslog;
        uint16_t size;  /* all of it */
        uint16_t split; /* json: the id goes between text[0..split) and text[split..size) */
        char text[RECORD_HEAD_MAX + RECORD_BLOCK];
} RecordHead;

void record_head(RecordHead *h, Format format, const RecordSource *source, const RecordTime *time);

/*
 * Bytes that record_write() will not exceed, or write to: a quick bound, which is so much and so
 * much for each byte of the message; and a closer one, to be used for large messages.
 */
size_t record_size_base(const RecordHead *h);
size_t record_size_per_byte(Format format, const RecordHead *h);
size_t record_size(Format format, const RecordHead *h, const Id *id, const Message *m);

/* Longest record that any message of MESSAGE_SIZE bytes can become. */
size_t record_size_limit(Format format, size_t message_size);

/*
 * Writes the record and returns its size. A text or JSON record ends in LF, a journal entry is
 * complete.
 */
size_t record_write(Format format, const RecordHead *h, const Id *id, const Message *m, char *dst);
