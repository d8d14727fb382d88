/* SPDX-License-Identifier: MIT */
/* The kinds of framing, one function each, as frame_next(). Only for frame*.c. */
#pragma once

#include "core/frame.h"

typedef FrameResult (*FrameNext)(Frame *f, size_t size_max, const char **data, const char *end,
                                 Message *ret);

/* frame_separated.c: until a byte, or several, that no message contains. */
FrameResult frame_next_line(Frame *f, size_t size_max, const char **data, const char *end,
                            Message *ret);
FrameResult frame_next_syslog_line(Frame *f, size_t size_max, const char **data, const char *end,
                                   Message *ret);
FrameResult frame_next_nul(Frame *f, size_t size_max, const char **data, const char *end,
                           Message *ret);
FrameResult frame_next_delimited(Frame *f, size_t size_max, const char **data, const char *end,
                                 Message *ret);
FrameResult frame_next_eof(Frame *f, size_t size_max, const char **data, const char *end,
                           Message *ret);

/* frame_counted.c: a header says how many bytes follow. */
FrameResult frame_next_octet_counted(Frame *f, size_t size_max, const char **data, const char *end,
                                     Message *ret);
FrameResult frame_next_syslog(Frame *f, size_t size_max, const char **data, const char *end,
                              Message *ret);
FrameResult frame_next_length(Frame *f, size_t size_max, const char **data, const char *end,
                              Message *ret);
