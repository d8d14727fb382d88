/* SPDX-License-Identifier: MIT */
/* "Did you mean": how near one word is to another. */
#pragma once

/* More than any word that is near. */
#define SUGGEST_FAR 1000u

/*
 * Letters to insert, remove, change or swap to turn WORD into CANDIDATE, case left aside;
 * SUGGEST_FAR when they are too many for a slip of the fingers (one, and one more for each three
 * letters).
 */
unsigned suggest_distance(const char *word, const char *candidate);
