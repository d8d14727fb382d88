/* SPDX-License-Identifier: MIT */
/* The directories that files are in. */
#pragma once

/*
 * Makes those that PATH needs and that do not exist, with mode 0750, and their names durable. Returns 0
 * or negative errno.
 */
int directory_make(const char *path);
