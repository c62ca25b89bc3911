/* SPDX-License-Identifier: MIT */
#include "plot_triptych.h"

#include <stdlib.h>
#include <vordec/error.h>

#define PANELS 3

/* A figure and what it is made of. */
struct drawing {
  struct figure figure;
  struct panel panels[PANELS];
  double *difference;
};

static bool prepare(const struct plot_triptych *what, struct drawing *drawing) {
  static const char *const titles[PANELS] = {"truth", "decoded (omega_hat)", "error: decoded \u2212 truth, same scale"};
  const size_t cells = what->n * what->n;
  double *difference = what->truth ? malloc(cells * sizeof *difference) : NULL;
  const double *const data[PANELS] = {what->truth, what->decoded, difference};
  const double limit =
      what->limit > 0.0 ? what->limit : figure_absmax(what->truth ? what->truth : what->decoded, VORDEC_FP64, what->n);
  *drawing = (struct drawing){.difference = difference};
  if (what->truth && !difference) return false;
  for (size_t i = 0; difference && i < cells; ++i) difference[i] = what->decoded[i] - what->truth[i];
  size_t count = 0;
  for (size_t i = 0; i < PANELS; ++i) {
    if (!data[i]) continue;
    drawing->panels[count++] = (struct panel){.kind = PANEL_FIELD,
                                              .title = titles[i],
                                              .n = what->n,
                                              .box = what->box,
                                              .data = data[i],
                                              .precision = VORDEC_FP64,
                                              .limit = limit,
                                              .unit = "vorticity"};
  }
  drawing->figure = (struct figure){.title = what->title,
                                    .panels = drawing->panels,
                                    .panel_count = count,
                                    .subtitle = what->subtitle,
                                    .panel_size = what->panel_size};
  return true;
}

static enum vordec_status fail_memory(const char *path, struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for %s", path);
}

enum vordec_status plot_triptych(const char *path, const struct plot_triptych *what, struct vordec_error *error) {
  struct drawing drawing;
  if (!prepare(what, &drawing)) return fail_memory(path, error);
  const enum vordec_status status = plot_figure(path, &drawing.figure, error);
  free(drawing.difference);
  return status;
}

enum vordec_status plot_triptych_pixels(const char *path, const struct plot_triptych *what, struct plot_pixels *pixels,
                                        struct vordec_error *error) {
  struct drawing drawing;
  if (!prepare(what, &drawing)) return fail_memory(path, error);
  const enum vordec_status status = plot_figure_pixels(path, &drawing.figure, pixels, error);
  free(drawing.difference);
  return status;
}
