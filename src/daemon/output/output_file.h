/* SPDX-License-Identifier: MIT */
/*
 * An output of one file. Written by the workers under the mutex, flushed under the flush mutex by the
 * commit thread or by an idle worker; or all of it by a thread of its own.
 */
#pragma once

typedef struct BufferPool BufferPool;
typedef struct ConfigOutput ConfigOutput;
typedef struct MailboxGroup MailboxGroup;
typedef struct Output Output;
typedef struct OutputFile OutputFile;
typedef struct OutputVtable OutputVtable;

/* Takes POOL, even on failure. maintain() opens the file. Returns 0 or negative errno. */
int output_file_new(const ConfigOutput *config, BufferPool *pool, MailboxGroup *workers,
                    Output **ret);

/* What outputs of one file and of many share. As output_init(), which it includes. */
int output_file_init(OutputFile *o, const OutputVtable *vtable, const ConfigOutput *config,
                     BufferPool *pool, MailboxGroup *workers);
void output_file_done(OutputFile *o);
/* OutputVtable.set_up. */
void output_file_set_up(Output *base, const ConfigOutput *config);
