/* SPDX-License-Identifier: MIT */
/* What every test here includes first: CMocka, comparisons of doubles, and comparisons of errors. */
#ifndef VORDEC_TESTS_CORE_CHECK_H
#define VORDEC_TESTS_CORE_CHECK_H

#include "../cpu/doubles.h"

#include <stdio.h>
#include <string.h>
#include <vordec/vordec.h>

/* A part of the text, and no line break anywhere in it. */
#define check_line_holds(text, part)                                                                                   \
  do {                                                                                                                 \
    const char *check_text = (text), *check_part = (part);                                                             \
    if (!strstr(check_text, check_part) || strchr(check_text, '\n')) {                                                 \
      print_error("'%s' does not hold '%s' on one line\n", check_text, check_part);                                    \
      _fail(__FILE__, __LINE__);                                                                                       \
    }                                                                                                                  \
  } while (0)

/* The call succeeds; prints what it says if it does not. */
#define check_ok(call, error)                                                                                          \
  do {                                                                                                                 \
    const enum vordec_status check_status = (call);                                                                    \
    if (check_status != VORDEC_OK) {                                                                                   \
      print_error("%s: %s: %s\n", #call, vordec_status_name(check_status), (error)->message);                          \
      _fail(__FILE__, __LINE__);                                                                                       \
    }                                                                                                                  \
  } while (0)

/* The call fails with a status that the error repeats, and its one line holds `part`. */
#define check_fails(call, error, expected, part)                                                                       \
  do {                                                                                                                 \
    assert_string_equal(vordec_status_name(call), vordec_status_name(expected));                                       \
    assert_int_equal((error)->status, expected);                                                                       \
    check_line_holds((error)->message, part);                                                                          \
  } while (0)

#endif
