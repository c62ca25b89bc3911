/* SPDX-License-Identifier: MIT */
/*
 * Pictures are read back and looked at pixel by pixel where their content is known: cells, colour bars, curves.
 */
#include <cairo.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "plot/colormap.h"
#include "plot/plot.h"
#include "plot/plot_panel.h"
#include "tests/io/scratch.h"

#define EDGE 10 /* white border of a figure */

struct picture {
  cairo_surface_t *surface;
  int width, height, size; /* size: side of a panel's box */
};

/* Opens a picture of `panels` panels, with no title. */
static struct picture look(const char *path, int panels) {
  struct picture picture = {.surface = cairo_image_surface_create_from_png(path)};
  assert_int_equal(cairo_surface_status(picture.surface), CAIRO_STATUS_SUCCESS);
  picture.width = cairo_image_surface_get_width(picture.surface);
  picture.height = cairo_image_surface_get_height(picture.surface);
  picture.size = (picture.width - 2 * EDGE) / panels - PANEL_LEFT - PANEL_RIGHT;
  return picture;
}

static struct rgb pixel(const struct picture *picture, int x, int y) {
  const unsigned char *bytes = cairo_image_surface_get_data(picture->surface);
  const size_t stride = (size_t)cairo_image_surface_get_stride(picture->surface);
  uint32_t value = 0;
  assert_true(x >= 0 && y >= 0 && x < picture->width && y < picture->height);
  memcpy(&value, bytes + (size_t)y * stride + 4 * (size_t)x, sizeof value);
  return (struct rgb){(uint8_t)(value >> 16), (uint8_t)(value >> 8), (uint8_t)value};
}

/* The pixel at (u, v) of a panel's box: 0 .. 1 to the right and upwards. */
static struct rgb inside(const struct picture *picture, int panel, double u, double v) {
  const int x0 = EDGE + panel * (PANEL_LEFT + picture->size + PANEL_RIGHT) + PANEL_LEFT, y0 = EDGE + PANEL_TOP;
  return pixel(picture, x0 + (int)(u * picture->size), y0 + picture->size - 1 - (int)(v * picture->size));
}

static void assert_color(struct rgb color, struct rgb expected, int tolerance) {
  if (abs(color.r - expected.r) > tolerance || abs(color.g - expected.g) > tolerance ||
      abs(color.b - expected.b) > tolerance) {
    fail_msg("colour (%d, %d, %d), not (%d, %d, %d)", color.r, color.g, color.b, expected.r, expected.g, expected.b);
  }
}

static struct rgb field_color(double t) {
  struct colormap map;
  colormap_diverging(&map);
  return colormap_at(&map, t);
}

static void draw(const char *path, const struct panel *panels, size_t count) {
  struct vordec_error error = {0};
  const struct figure figure = {.panels = panels, .panel_count = count};
  assert_ok(plot_figure(path, &figure, &error), &error);
}

static void every_cell_has_its_place_and_color(void **state) {
  (void)state;
  enum { N = 5 };
  double field[N * N];
  int8_t mask[N * N];
  for (int i = 0; i < N * N; ++i) {
    field[i] = (i - 12) / 6.0;
    mask[i] = (int8_t)(i % 3 - 1);
  }
  const struct panel panels[] = {{.kind = PANEL_FIELD, .n = N, .data = field, .precision = VORDEC_FP64},
                                 {.kind = PANEL_MASK, .n = N, .data = mask}};
  draw(scratch("cells.png"), panels, 2);
  const struct picture picture = look(scratch("cells.png"), 2);
  assert_int_equal(picture.size, 480);
  for (int iy = 0; iy < N; ++iy) {
    for (int ix = 0; ix < N; ++ix) {
      /* All four corners of a cell and its middle: cells are not blurred. */
      for (int k = 0; k < 5; ++k) {
        const double u = (ix + (k == 4 ? 0.5 : k % 2 ? 0.99 : 0.01)) / N;
        const double v = (iy + (k == 4 ? 0.5 : k / 2 ? 0.99 : 0.01)) / N;
        assert_color(inside(&picture, 0, u, v), field_color(field[iy * N + ix] / 2.0), 1);
        assert_color(inside(&picture, 1, u, v), colormap_mask(mask[iy * N + ix]), 0);
      }
    }
  }
  cairo_surface_destroy(picture.surface);
}

static void large_fields_are_averaged(void **state) {
  (void)state;
  enum { N = 1000 };
  float *field = malloc(sizeof *field * N * N);
  int8_t *mask = malloc(N * N);
  assert_non_null(field);
  assert_non_null(mask);
  for (int i = 0; i < N * N; ++i) {
    const bool left = i % N < N / 2;
    field[i] = left ? 0.5f : (i + i / N) % 2 ? 1.0f : -1.0f; /* a checkerboard on the right */
    mask[i] = (int8_t)(left ? 1 : (i + i / N) % 2 ? 1 : -1);
  }
  const struct panel panels[] = {{.kind = PANEL_FIELD, .n = N, .data = field, .precision = VORDEC_FP32},
                                 {.kind = PANEL_MASK, .n = N, .data = mask}};
  draw(scratch("large.png"), panels, 2);
  const struct picture picture = look(scratch("large.png"), 2);
  assert_int_equal(picture.size, 480);
  const struct rgb plus = colormap_mask(1), minus = colormap_mask(-1);
  const struct rgb mixed = {(uint8_t)((plus.r + minus.r) / 2), (uint8_t)((plus.g + minus.g) / 2),
                            (uint8_t)((plus.b + minus.b) / 2)};
  for (int i = 1; i < 20; ++i) {
    assert_color(inside(&picture, 0, 0.25, i / 20.0), field_color(0.5), 1);
    /* A pixel covers 1000/480 = 2.08 cells a side: at most (0.25/2.08)^2 of a checkerboard is left over. */
    assert_color(inside(&picture, 0, 0.75, i / 20.0), field_color(0.0), 5);
    assert_color(inside(&picture, 1, 0.25, i / 20.0), plus, 0);
    assert_color(inside(&picture, 1, 0.75, i / 20.0), mixed, 5);
  }
  free(field);
  free(mask);
  cairo_surface_destroy(picture.surface);
}

static void every_size_gives_a_picture(void **state) {
  (void)state;
  static const size_t sizes[] = {1, 4, 7, 64, 96, 127, 128, 320, 321, 479, 480, 481, 1024, 4096};
  float *field = calloc(4096 * 4096, sizeof *field);
  assert_non_null(field);
  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; ++i) {
    const size_t n = sizes[i];
    field[n * n - 1] = 3.0f; /* the upper right cell */
    const struct panel panel = {.kind = PANEL_FIELD, .n = n, .data = field, .precision = VORDEC_FP32};
    draw(scratch("size.png"), &panel, 1);
    const struct picture picture = look(scratch("size.png"), 1);
    assert_in_range(picture.size, 320, 640);
    if (n > 1) assert_color(inside(&picture, 0, 0.0, 0.0), field_color(0.0), 0);
    if (n <= 480) assert_color(inside(&picture, 0, 0.9999, 0.9999), field_color(1.0), 0);
    field[n * n - 1] = 0.0f;
    cairo_surface_destroy(picture.surface);
  }
  free(field);
}

static void values_that_are_not_finite_are_grey(void **state) {
  (void)state;
  const double field[] = {NAN, INFINITY, -INFINITY, 2.0};
  const struct panel panel = {.kind = PANEL_FIELD, .n = 2, .data = field, .precision = VORDEC_FP64};
  draw(scratch("nan.png"), &panel, 1);
  const struct picture picture = look(scratch("nan.png"), 1);
  assert_color(inside(&picture, 0, 0.25, 0.25), colormap_invalid(), 0);
  assert_color(inside(&picture, 0, 0.75, 0.25), colormap_invalid(), 0);
  assert_color(inside(&picture, 0, 0.25, 0.75), colormap_invalid(), 0);
  assert_color(inside(&picture, 0, 0.75, 0.75), field_color(1.0), 0);
  cairo_surface_destroy(picture.surface);
  assert_true(figure_absmax(field, VORDEC_FP64, 2) == 2.0);
}

static void extreme_scales_are_drawn(void **state) {
  (void)state;
  static const double scales[] = {0.0, 5e-324, 1e-310, 1e-40, 1e300, 1.7976931348623157e308};
  for (size_t i = 0; i < sizeof scales / sizeof scales[0]; ++i) {
    const double field[] = {scales[i], -scales[i], 0.0, scales[i]};
    const struct panel panel = {.kind = PANEL_FIELD, .n = 2, .data = field, .precision = VORDEC_FP64};
    draw(scratch("scale.png"), &panel, 1);
    const struct picture picture = look(scratch("scale.png"), 1);
    const double end = scales[i] > 0.0 ? 1.0 : 0.0;
    assert_color(inside(&picture, 0, 0.25, 0.25), field_color(end), 0);
    assert_color(inside(&picture, 0, 0.75, 0.25), field_color(-end), 0);
    assert_color(inside(&picture, 0, 0.25, 0.75), field_color(0.0), 0);
    cairo_surface_destroy(picture.surface);
  }
}

/* The colour bar's pixel at u, 0 .. 1. It is four fifths of the box wide. */
static struct rgb bar(const struct picture *picture, double u) {
  const int x0 = EDGE + PANEL_LEFT + picture->size / 10, y = EDGE + PANEL_TOP + picture->size + PANEL_KEY + 7;
  return pixel(picture, x0 + (int)(u * 0.8 * picture->size), y);
}

static void the_color_bar_shows_the_map(void **state) {
  (void)state;
  const double field[] = {1.0, 2.0, 3.0, 4.0};
  const struct panel panel = {.kind = PANEL_FIELD, .n = 2, .data = field, .precision = VORDEC_FP64, .limit = 8.0};
  draw(scratch("bar.png"), &panel, 1);
  const struct picture picture = look(scratch("bar.png"), 1);
  for (int i = 1; i < 20; ++i) assert_color(bar(&picture, i / 20.0), field_color(i / 10.0 - 1.0), 2);
  assert_color(inside(&picture, 0, 0.75, 0.75), field_color(0.5), 0); /* the caller's limit, not the field's own */
  cairo_surface_destroy(picture.surface);
}

static bool is_white(struct rgb c) {
  return c.r == 255 && c.g == 255 && c.b == 255;
}

/* y = x on linear axes and y = 1/x on logarithmic ones are straight. */
static void curves_lie_where_they_should(void **state) {
  (void)state;
  enum { COUNT = 101 };
  double x[COUNT], line[COUNT], inverse[COUNT];
  for (int i = 0; i < COUNT; ++i) {
    x[i] = 1.0 + 0.99 * i;
    line[i] = i == 50 ? NAN : x[i];
    inverse[i] = 1.0 / x[i];
  }
  const struct plot_series linear = {.label = "line", .x = x, .y = line, .count = COUNT},
                           power = {.label = "power", .x = x, .y = inverse, .count = COUNT};
  const struct panel panels[] = {
      {.kind = PANEL_LINES, .series = &linear, .series_count = 1},
      {.kind = PANEL_LINES, .series = &power, .series_count = 1, .log_x = true, .log_y = true}};
  draw(scratch("lines.png"), panels, 2);
  const struct picture picture = look(scratch("lines.png"), 2);
  const struct rgb blue = {0, 114, 178};
  for (int i = 1; i < 10; ++i) {
    /* The y axis has 4 per cent of padding at each end. */
    const double u = i / 10.0 + 0.004, v = (0.04 + u) / 1.08;
    if (i != 5) assert_color(inside(&picture, 0, u, v), blue, 60);
    assert_true(is_white(inside(&picture, 0, u, v + 0.05)));
    assert_true(is_white(inside(&picture, 0, u, v - 0.05)));
    const double w = (1.04 - u) / 1.08;
    assert_color(inside(&picture, 1, u, w), blue, 60);
    assert_true(is_white(inside(&picture, 1, u, w + 0.05)));
  }
  assert_true(is_white(inside(&picture, 0, 0.5, 0.54 / 1.08))); /* the gap */
  cairo_surface_destroy(picture.surface);
}

/* How much of a horizontal curve across the panel is drawn, and how tall it is at a point in its middle. */
static void look_along(const struct picture *picture, int panel, double *share, int *height) {
  enum { STEPS = 400 };
  int drawn = 0;
  for (int i = 0; i < STEPS; ++i) drawn += !is_white(inside(picture, panel, (i + 0.5) / STEPS, 0.5));
  *share = (double)drawn / STEPS;
  *height = 0;
  for (int i = -20; i <= 20; ++i) {
    *height += !is_white(inside(picture, panel, 0.5, 0.5 + (double)i / picture->size));
  }
}

static void curves_are_dashed_and_marked_as_asked(void **state) {
  (void)state;
  const double x[] = {0.0, 1.0, 2.0}, y[] = {1.0, 1.0, 1.0};
  const struct plot_series kinds[] = {{.x = x, .y = y, .count = 3},
                                      {.x = x, .y = y, .count = 3, .dashed = true},
                                      {.x = x, .y = y, .count = 3, .marked = true}};
  struct panel panels[3];
  for (int i = 0; i < 3; ++i) panels[i] = (struct panel){.kind = PANEL_LINES, .series = &kinds[i], .series_count = 1};
  draw(scratch("kinds.png"), panels, 3);
  const struct picture picture = look(scratch("kinds.png"), 3);
  double share[3];
  int height[3];
  for (int i = 0; i < 3; ++i) look_along(&picture, i, &share[i], &height[i]);
  assert_true(share[0] == 1.0 && share[2] == 1.0);
  assert_true(share[1] > 0.3 && share[1] < 0.9);
  assert_true(height[0] >= 2 && height[0] <= 3);
  assert_true(height[2] >= 6 && height[2] <= 8);
  cairo_surface_destroy(picture.surface);
}

/* A grey ground with a word, a dashed line, dots that nothing joins, and an axis that holds 0. */
static void grounds_lines_and_dots_are_drawn(void **state) {
  (void)state;
  const double x[] = {0.0, 5.0, 10.0}, y[] = {4.0, 8.0, 4.0};
  const struct plot_series dots = {.x = x, .y = y, .count = 3, .scattered = true};
  const struct plot_shade shade = {0.0, 4.0, "training"};
  const struct plot_marker marker = {8.0, "cut"};
  const struct panel panel = {.kind = PANEL_LINES,
                              .series = &dots,
                              .series_count = 1,
                              .from_zero = true,
                              .shades = &shade,
                              .shade_count = 1,
                              .markers = &marker,
                              .marker_count = 1};
  draw(scratch("grounds.png"), &panel, 1);
  const struct picture picture = look(scratch("grounds.png"), 1);
  const double top = 8.0 + 0.04 * 8.0; /* from 0 on, padded above */
  assert_color(inside(&picture, 0, 0.5, 8.0 / top), (struct rgb){0, 114, 178}, 30);
  assert_color(inside(&picture, 0, 0.2, 0.3), (struct rgb){232, 232, 232}, 0);
  assert_true(is_white(inside(&picture, 0, 0.45, 0.3)));
  assert_true(is_white(inside(&picture, 0, 0.75, 6.0 / top))); /* nothing joins them */
  int grey = 0;
  for (int i = 0; i < 100; ++i) grey += !is_white(inside(&picture, 0, 0.8, 0.005 + 0.005 * i));
  assert_in_range(grey, 30, 90);
  cairo_surface_destroy(picture.surface);
}

static void curves_without_points_are_drawn(void **state) {
  (void)state;
  const double bad[] = {NAN, -1.0, 0.0}, one[] = {3.0};
  const struct plot_series series[] = {
      {.x = bad, .y = bad, .count = 3}, {.label = "one", .x = one, .y = one, .count = 1}, {.label = "none"}};
  const struct panel panels[] = {
      {.kind = PANEL_LINES, .series = series, .series_count = 1, .log_x = true, .log_y = true},
      {.kind = PANEL_LINES, .series = series, .series_count = 3, .log_y = true},
      {.kind = PANEL_LINES, .series = series + 1, .series_count = 1},
      {.kind = PANEL_LINES, .series = series + 2, .series_count = 1},
  };
  draw(scratch("points.png"), panels, 4);
  const struct picture picture = look(scratch("points.png"), 4);
  assert_color(inside(&picture, 2, 0.5, 0.5), (struct rgb){0, 114, 178}, 0); /* a lone point is a dot */
  assert_true(is_white(inside(&picture, 0, 0.5, 0.5)));
  cairo_surface_destroy(picture.surface);
}

static void a_decode_has_two_or_three_panels(void **state) {
  (void)state;
  enum { N = 64 };
  static float lp[N * N], hat[N * N];
  static int8_t mask[N * N];
  struct vordec_error error = {0};
  for (int i = 0; i < N * N; ++i) {
    lp[i] = (float)sin(0.1 * (i % N));
    hat[i] = 2.0f * lp[i];
    mask[i] = (int8_t)(lp[i] > 0.3f) - (int8_t)(lp[i] < -0.3f);
  }
  struct plot_decode what = {.n = N, .precision = VORDEC_FP32, .omega_lp = lp, .mask = mask, .omega_hat = hat};
  assert_ok(plot_decode(scratch("three.png"), &what, &error), &error);
  struct picture picture = look(scratch("three.png"), 3);
  assert_int_equal(picture.size, 512);
  /* The scale is shared: the largest value is in omega_hat. */
  const double largest = figure_absmax(hat, VORDEC_FP32, N);
  const int column = 15;
  assert_color(inside(&picture, 0, (column + 0.5) / N, 0.5), field_color(lp[column] / largest), 1);
  assert_color(inside(&picture, 1, (column + 0.5) / N, 0.5), colormap_mask(mask[column]), 0);
  assert_color(inside(&picture, 2, (column + 0.5) / N, 0.5), field_color(hat[column] / largest), 1);
  cairo_surface_destroy(picture.surface);
  what.omega_hat = NULL;
  assert_ok(plot_decode(scratch("two.png"), &what, &error), &error);
  picture = look(scratch("two.png"), 2);
  assert_int_equal(picture.size, 512);
  assert_color(inside(&picture, 0, (column + 0.5) / N, 0.5), field_color(lp[column] / (largest / 2.0)), 1);
  cairo_surface_destroy(picture.surface);
}

/* Dark pixels in the title's strip, and whether they keep off its ends. */
static size_t title_ink(const char *path, bool *inside_margins) {
  const struct picture picture = look(path, 1);
  size_t ink = 0;
  *inside_margins = true;
  for (int y = 0; y < EDGE + 30; ++y) {
    for (int x = 0; x < picture.width; ++x) {
      if (pixel(&picture, x, y).g > 200) continue;
      ++ink;
      if (x < EDGE || x >= picture.width - EDGE) *inside_margins = false;
    }
  }
  cairo_surface_destroy(picture.surface);
  return ink;
}

static void any_title_is_drawn_within_the_picture(void **state) {
  (void)state;
  static const char *const titles[] = {"cpu, N = 2", "not \xff UTF-8 \xc3( \xed\xa0\x80 \xf4\x90\x80\x80 \xe2\x82",
                                       "\u03c9 \u4e2d \U0001f300", "tab\tand\nnewline"};
  const double field[] = {1.0, 2.0, 3.0, 4.0};
  const struct panel panel = {
      .kind = PANEL_FIELD, .n = 2, .data = field, .precision = VORDEC_FP64, .title = "panel", .unit = "vorticity"};
  char endless[2000];
  for (size_t i = 0; i + 2 < sizeof endless; i += 2) memcpy(endless + i, "\u03c9", 2);
  endless[sizeof endless - 2] = '\0';
  for (size_t i = 0; i <= sizeof titles / sizeof titles[0]; ++i) {
    struct vordec_error error = {0};
    bool inside_margins = false;
    const struct figure figure = {
        .title = i < sizeof titles / sizeof titles[0] ? titles[i] : endless, .panels = &panel, .panel_count = 1};
    assert_ok(plot_figure(scratch("title.png"), &figure, &error), &error);
    assert_true(title_ink(scratch("title.png"), &inside_margins) > 20);
    assert_true(inside_margins);
  }
}

static void equal_figures_give_equal_files(void **state) {
  (void)state;
  const double field[] = {1.0, 2.0, 3.0, 4.0};
  const struct panel panel = {.kind = PANEL_FIELD, .n = 2, .data = field, .precision = VORDEC_FP64, .title = "t"};
  size_t first_size = 0, second_size = 0;
  draw(scratch("first.png"), &panel, 1);
  draw(scratch("second.png"), &panel, 1);
  unsigned char *first = read_bytes(scratch("first.png"), &first_size);
  unsigned char *second = read_bytes(scratch("second.png"), &second_size);
  assert_int_equal(first_size, second_size);
  assert_memory_equal(first, second, first_size);
  free(first);
  free(second);
}

/* A file size limit stands in for a full disk. */
static void a_full_disk_leaves_nothing(void **state) {
  (void)state;
  enum { N = 64 };
  static double field[N * N];
  const char *path = scratch("full.png");
  const struct panel panel = {.kind = PANEL_FIELD, .n = N, .data = field, .precision = VORDEC_FP64};
  const struct figure figure = {.title = "t", .panels = &panel, .panel_count = 1};
  struct vordec_error error = {0};
  struct rlimit before, small;
  for (int i = 0; i < N * N; ++i) field[i] = sin((double)i * i); /* does not compress well */
  signal(SIGXFSZ, SIG_IGN);
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
  small = before;
  small.rlim_cur = 5000;
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
  const enum vordec_status status = plot_figure(path, &figure, &error);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
  assert_failure(status, VORDEC_E_FAILED, &error, path, "cannot write: File too large");
  assert_false(file_exists(path));
  assert_int_equal(scratch_count(".vordec-"), 0);
}

static void assert_figure_refused(const struct panel *panels, size_t count, const char *part) {
  const char *path = scratch("refused.png");
  struct vordec_error error = {0};
  const struct figure figure = {.title = "t", .panels = panels, .panel_count = count};
  assert_failure(plot_figure(path, &figure, &error), VORDEC_E_USAGE, &error, path, part);
  assert_false(file_exists(path));
}

static void bad_figures_are_refused(void **state) {
  (void)state;
  const double field[] = {1.0, 2.0, 3.0, 4.0};
  const struct panel good = {.kind = PANEL_FIELD, .n = 2, .data = field, .precision = VORDEC_FP64};
  struct panel many[17];
  for (int i = 0; i < 17; ++i) many[i] = good;
  assert_figure_refused(many, 0, "1 to 16 panels, not 0");
  assert_figure_refused(many, 17, "1 to 16 panels, not 17");
  const struct panel bad[] = {{.kind = PANEL_FIELD, .n = 2},
                              {.kind = PANEL_FIELD, .data = field},
                              {.kind = PANEL_MASK, .n = 2},
                              {.kind = PANEL_LINES}};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; ++i) {
    const struct panel panels[] = {good, bad[i]};
    assert_figure_refused(panels, 2, "panel 1 has no data");
  }
  struct vordec_error error = {0};
  const struct figure figure = {.title = "t", .panels = many, .panel_count = 1};
  assert_failure(plot_figure(scratch("none/x.png"), &figure, &error), VORDEC_E_IO, &error, "none/x.png",
                 "No such file");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_cell_has_its_place_and_color),
      cmocka_unit_test(large_fields_are_averaged),
      cmocka_unit_test(every_size_gives_a_picture),
      cmocka_unit_test(values_that_are_not_finite_are_grey),
      cmocka_unit_test(extreme_scales_are_drawn),
      cmocka_unit_test(the_color_bar_shows_the_map),
      cmocka_unit_test(curves_lie_where_they_should),
      cmocka_unit_test(curves_are_dashed_and_marked_as_asked),
      cmocka_unit_test(grounds_lines_and_dots_are_drawn),
      cmocka_unit_test(curves_without_points_are_drawn),
      cmocka_unit_test(a_decode_has_two_or_three_panels),
      cmocka_unit_test(any_title_is_drawn_within_the_picture),
      cmocka_unit_test(equal_figures_give_equal_files),
      cmocka_unit_test(a_full_disk_leaves_nothing),
      cmocka_unit_test(bad_figures_are_refused),
  };
  return cmocka_run_group_tests_name("plot", tests, scratch_setup, scratch_teardown);
}
