/* SPDX-License-Identifier: MIT */
/* Numbers as JSON text: they read back as they were, and no longer than need be. */
#include "check.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "json_number.h"

static char *text_of(double value) {
  cJSON *item = json_number(value);
  assert_non_null(item);
  char *text = cJSON_PrintUnformatted(item);
  assert_non_null(text);
  cJSON_Delete(item);
  return text;
}

static void check_text(double value, const char *expected) {
  char *text = text_of(value);
  assert_string_equal(text, expected);
  cJSON_free(text);
}

static void known_texts(void **state) {
  (void)state;
  check_text(0.0, "0");
  check_text(-0.0, "-0");
  check_text(400.0, "400");
  check_text(0.1, "0.1");
  check_text(0.1 + 0.2, "0.30000000000000004");
  check_text(9007199254740991.0, "9007199254740991"); /* cJSON: 9.00719925474099e+15 */
  check_text(1e300, "1e+300");
  check_text(-2.5e-7, "-2.5e-07");
}

/* The next number beside many, over all magnitudes, denormals and the ends included. */
static void reads_back(void **state) {
  (void)state;
  const double ends[] = {DBL_MIN, DBL_MAX, DBL_TRUE_MIN, -DBL_MAX, DBL_EPSILON};
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
    char *text = text_of(ends[i]);
    check_near(strtod(text, NULL), ends[i], 0.0);
    cJSON_free(text);
  }
  for (int exponent = -1074; exponent < 1024; exponent++) {
    const double value = nextafter(ldexp(1.0 + exponent / 3000.0, exponent), 0.0);
    char *text = text_of(value);
    check_near(strtod(text, NULL), value, 0.0);
    cJSON *parsed = cJSON_Parse(text);
    assert_true(cJSON_IsNumber(parsed));
    cJSON_Delete(parsed);
    cJSON_free(text);
  }
}

/* A host's locale may say 0,5. */
static void decimal_comma(void **state) {
  (void)state;
  static const char *const locales[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "ps_AF.UTF-8"};
  bool found = false;
  for (size_t i = 0; i < sizeof locales / sizeof *locales; i++) {
    if (!setlocale(LC_NUMERIC, locales[i])) continue;
    found = true;
    char *fraction = text_of(-0.25), *whole = text_of(12.0), *large = text_of(1.5e300);
    setlocale(LC_NUMERIC, "C");
    assert_string_equal(fraction, "-0.25");
    assert_string_equal(whole, "12");
    assert_string_equal(large, "1.5e+300");
    cJSON_free(fraction);
    cJSON_free(whole);
    cJSON_free(large);
  }
  if (!found) skip();
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(known_texts),
      cmocka_unit_test(reads_back),
      cmocka_unit_test(decimal_comma),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
