/* SPDX-License-Identifier: MIT */
/* Pictures where no font is installed: what ASCII lacks is spelt out instead of drawn as boxes. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plot/canvas.h"
#include "tests/io/scratch.h"

static void texts_are_spelt_out(void **state) {
  static const char *const pairs[][2] = {
      {"10\u2075", "10^5"},        {"\u00d710\u207b\u00b3\u00b2\u2070", "x10^-320"},
      {"\u22121.5", "-1.5"},       {"states \u00d7 N\u00b2", "states x N^2"},
      {"2\u03c0", "2pi"},          {"\u00bd mean(\u03c9\u00b2)", "1/2 mean(omega^2)"},
      {"Karte \u4e2d", "Karte ?"}, {"plain ^ text", "plain ^ text"},
  };
  cairo_t *cr = *state;
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; ++i) {
    const double wide = canvas_text_width(cr, TEXT_LABEL, pairs[i][0]);
    assert_true(wide > 0.0);
    assert_double_near(wide, canvas_text_width(cr, TEXT_LABEL, pairs[i][1]), 0.0);
  }
}

/* A text that is cut off, and one that grows beyond any room. */
static void long_texts_end(void **state) {
  cairo_t *cr = *state;
  char text[1200] = "";
  for (size_t i = 0; i + 3 < sizeof text; i += 2) memcpy(text + i, "\u03c9", 3);
  assert_true(canvas_text_width(cr, TEXT_LABEL, text) > 0.0);
  canvas_text_fit(cr, 10.0, 10.0, (struct canvas_style){ALIGN_LEFT, TEXT_LABEL, 60.0}, text);
  assert_int_equal(cairo_status(cr), CAIRO_STATUS_SUCCESS);
}

static int open_canvas(void **state) {
  *state = canvas_create(100, 100);
  return *state == NULL;
}

static int close_canvas(void **state) {
  cairo_destroy(*state);
  return 0;
}

int main(void) {
  char path[] = "/tmp/vordec-fonts-XXXXXX";
  const int file = mkstemp(path);
  static const char none[] = "<fontconfig></fontconfig>\n";
  if (file < 0 || write(file, none, sizeof none - 1) < 0 || close(file) || setenv("FONTCONFIG_FILE", path, 1)) return 1;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(texts_are_spelt_out),
      cmocka_unit_test(long_texts_end),
  };
  const int failed = cmocka_run_group_tests_name("font", tests, open_canvas, close_canvas);
  unlink(path);
  return failed;
}
