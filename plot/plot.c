/* SPDX-License-Identifier: MIT */
#include "plot.h"

#include <math.h>
#include <stdlib.h>
#include <vordec/error.h>

#include "canvas.h"
#include "io/outfile.h"
#include "plot_field.h"
#include "plot_lines.h"
#include "plot_panel.h"

#define PANEL_SIZE 480
#define TITLE_HEIGHT 36
#define SUBTITLE_HEIGHT 24
#define SUBTITLE_WIDTH 1000 /* of a picture at least, so that two lines of text have room */
#define EDGE 10
#define MAX_PANELS 16

static enum vordec_status check_figure(const char *path, const struct figure *figure, struct vordec_error *error) {
  if (figure->panel_count < 1 || figure->panel_count > MAX_PANELS) {
    return vordec_fail(error, VORDEC_E_USAGE, VORDEC_REASON_NONE, "%s: a figure has 1 to %d panels, not %zu", path,
                       MAX_PANELS, figure->panel_count);
  }
  for (size_t i = 0; i < figure->panel_count; ++i) {
    const struct panel *panel = &figure->panels[i];
    const bool usable = panel->kind == PANEL_LINES ? panel->series && panel->series_count > 0
                                                   : panel->data && panel->n > 0 && panel->n <= VORDEC_MAX_N;
    if (usable) continue;
    return vordec_fail(error, VORDEC_E_USAGE, VORDEC_REASON_NONE, "%s: panel %zu has no data to draw", path, i);
  }
  return VORDEC_OK;
}

/* Side of the boxes: the whole multiple of the first field's n that comes nearest to PANEL_SIZE, so that each cell gets
 * the same number of pixels; large fields are averaged, so that PANEL_SIZE itself will do. */
static int box_size(const struct figure *figure) {
  const size_t wanted = figure->panel_size ? figure->panel_size : PANEL_SIZE;
  for (size_t i = 0; i < figure->panel_count; ++i) {
    const size_t n = figure->panels[i].n;
    if (figure->panels[i].kind == PANEL_LINES) continue;
    return n > wanted ? (int)wanted : (int)(n * ((wanted + n / 2) / n));
  }
  return (int)wanted;
}

static void draw_figure(cairo_t *cr, const struct figure *figure, int size, int top, int image_width) {
  const int column = PANEL_LEFT + size + PANEL_RIGHT;
  const double width = (double)image_width - 2.0 * EDGE;
  const double left = floor((width - (double)column * (double)figure->panel_count) / 2.0);
  if (figure->title) {
    const struct canvas_style style = {ALIGN_CENTER, TEXT_TITLE, width - 2.0 * PANEL_RIGHT};
    canvas_text_fit(cr, EDGE + width / 2.0, EDGE + 20.0, style, figure->title);
  }
  if (figure->subtitle) {
    const struct canvas_style style = {ALIGN_CENTER, TEXT_LABEL, width - 2.0 * PANEL_RIGHT};
    canvas_text_fit(cr, EDGE + width / 2.0, top - 12.0, style, figure->subtitle);
  }
  for (size_t i = 0; i < figure->panel_count; ++i) {
    const struct panel *panel = &figure->panels[i];
    const struct panel_box box = {EDGE + left + (double)i * column + PANEL_LEFT, top + PANEL_TOP, size};
    if (panel->kind == PANEL_LINES)
      plot_lines_draw(cr, panel, &box);
    else
      plot_field_draw(cr, panel, &box);
  }
}

struct figure_size {
  int box, top, width, height;
};

static struct figure_size size_of(const struct figure *figure) {
  const int box = box_size(figure);
  const int top = EDGE + (figure->title ? TITLE_HEIGHT : 0) + (figure->subtitle ? SUBTITLE_HEIGHT : 0);
  const int natural = 2 * EDGE + (int)figure->panel_count * (PANEL_LEFT + box + PANEL_RIGHT);
  const int width = figure->subtitle && natural < SUBTITLE_WIDTH ? SUBTITLE_WIDTH : natural;
  return (struct figure_size){box, top, width, top + PANEL_TOP + box + PANEL_BOTTOM + EDGE};
}

static enum vordec_status fail_memory(const char *what, struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "%s: out of memory for the picture", what);
}

static enum vordec_status figure_to(struct outfile *file, const struct figure *figure, struct vordec_error *error) {
  const struct figure_size size = size_of(figure);
  cairo_t *cr = canvas_create(size.width, size.height);
  if (!cr) return fail_memory(outfile_path(file), error);
  draw_figure(cr, figure, size.box, size.top, size.width);
  const enum vordec_status status = canvas_write_png(cr, file, error);
  cairo_destroy(cr);
  return status;
}

enum vordec_status plot_figure_svg(FILE *stream, const char *what, const struct figure *figure,
                                   struct vordec_error *error) {
  enum vordec_status status = check_figure(what, figure, error);
  if (status) return status;
  const struct figure_size size = size_of(figure);
  cairo_t *cr = canvas_create_svg(stream, size.width, size.height);
  if (!cr) return fail_memory(what, error);
  draw_figure(cr, figure, size.box, size.top, size.width);
  status = canvas_finish_svg(cr, what, error);
  cairo_destroy(cr);
  return status;
}

enum vordec_status plot_figure_pixels(const char *what, const struct figure *figure, struct plot_pixels *pixels,
                                      struct vordec_error *error) {
  *pixels = (struct plot_pixels){0};
  const enum vordec_status status = check_figure(what, figure, error);
  if (status) return status;
  const struct figure_size size = size_of(figure);
  cairo_t *cr = canvas_create(size.width, size.height);
  uint32_t *argb = calloc((size_t)size.width * (size_t)size.height, sizeof *argb);
  bool drawn = cr && argb;
  if (drawn) {
    draw_figure(cr, figure, size.box, size.top, size.width);
    drawn = canvas_read_pixels(cr, argb);
  }
  cairo_destroy(cr);
  if (drawn) {
    *pixels = (struct plot_pixels){(size_t)size.width, (size_t)size.height, argb};
    return VORDEC_OK;
  }
  free(argb);
  return fail_memory(what, error);
}

enum vordec_status plot_figure(const char *path, const struct figure *figure, struct vordec_error *error) {
  struct outfile *file = NULL;
  enum vordec_status status = check_figure(path, figure, error);
  if (status == VORDEC_OK) status = outfile_create(path, &file, error);
  if (status == VORDEC_OK) status = figure_to(file, figure, error);
  if (status == VORDEC_OK) status = outfile_commit(file, error);
  outfile_destroy(file);
  return status;
}

enum vordec_status plot_decode_to(struct outfile *file, const struct plot_decode *what, struct vordec_error *error) {
  double limit = figure_absmax(what->omega_lp, what->precision, what->n);
  if (what->omega_hat) limit = fmax(limit, figure_absmax(what->omega_hat, what->precision, what->n));
  const struct panel panels[] = {
      {.kind = PANEL_FIELD,
       .title = "low-pass vorticity (omega_lp)",
       .n = what->n,
       .box = what->box,
       .data = what->omega_lp,
       .precision = what->precision,
       .limit = limit,
       .unit = "vorticity"},
      {.kind = PANEL_MASK,
       .title = what->mask_title ? what->mask_title : "ternary mask",
       .n = what->n,
       .box = what->box,
       .data = what->mask},
      {.kind = PANEL_FIELD,
       .title = "decoded vorticity (omega_hat)",
       .n = what->n,
       .box = what->box,
       .data = what->omega_hat,
       .precision = what->precision,
       .limit = limit,
       .unit = "vorticity"},
  };
  const struct figure figure = {
      .title = what->title, .panels = panels, .panel_count = what->omega_hat ? 3 : 2, .subtitle = what->subtitle};
  const enum vordec_status status = check_figure(outfile_path(file), &figure, error);
  return status ? status : figure_to(file, &figure, error);
}

enum vordec_status plot_decode(const char *path, const struct plot_decode *what, struct vordec_error *error) {
  struct outfile *file = NULL;
  enum vordec_status status = outfile_create(path, &file, error);
  if (status == VORDEC_OK) status = plot_decode_to(file, what, error);
  if (status == VORDEC_OK) status = outfile_commit(file, error);
  outfile_destroy(file);
  return status;
}
