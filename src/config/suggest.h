/* SPDX-License-Identifier: MIT */
/* "Did you mean": the edit distance of two words. */
#pragma once

/* Larger than the distance of any suggestion. */
#define SUGGEST_FAR 1000u

/*
 * Letters to insert, remove, change or swap to turn WORD into CANDIDATE, ignoring case; SUGGEST_FAR
 * if more than a third of the letters, which is no typing error.
 */
unsigned suggest_distance(const char *word, const char *candidate);
