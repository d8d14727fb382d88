/* SPDX-License-Identifier: MIT */
/* cmocka, with what it wants to be included before it. */
#pragma once

#include "core/macro.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the above */
#include <cmocka.h>
