/* SPDX-License-Identifier: MIT */
#include "simulation_frames.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <vordec/error.h>

#include "cli/command.h"
#include "formats/field_file.h"
#include "science/start.h"

/* A start of which a grid has less draws a warning. */
#define RESOLVED_ENOUGH 0.25
/* What is left out of a given start without a word. */
#define SHARE_TOLD 1e-3

struct simulation_frames {
  struct frame_source source;
  struct vordec_simulation *simulation;
};

/* A square field from an .npy file; its side must be that of --N, if that was given. */
static enum vordec_status read_start(const struct simulation_setup *setup, const char *path, size_t *n, double **field,
                                     struct vordec_error *error) {
  const size_t asked = *n;
  const enum vordec_status status = setup->members
                                        ? field_file_read_member(path, setup->members, setup->member, n, field, error)
                                        : field_file_read(path, n, field, error);
  if (status || !asked || asked == *n) return status;
  return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: shape (%zu, %zu): expected (N, N) with N as --N says", path, *n,
                     *n);
}

/* Says that a grid is too coarse for much of what it starts from. */
static void warn_if_coarse(const struct simulation_setup *setup) {
  const struct start_desc *start = &setup->start;
  const size_t n = setup->les.n;
  char text[256];
  const double resolved = start_resolved(start, n, setup->les.dealias);
  if (resolved >= RESOLVED_ENOUGH || setup->quiet) return;
  snprintf(text, sizeof text,
           "a grid of N = %zu has room for %.3g %% of the start's enstrophy (peak %g, width %g); the rest is left out",
           n, 100 * resolved, start->spectrum.peak, start->spectrum.width);
  command_log(NULL, VORDEC_LOG_WARNING, text);
}

static enum vordec_status draw_start(const struct simulation_setup *setup, double **field, struct vordec_error *error) {
  const size_t n = setup->les.n;
  *field = malloc(n * n * sizeof **field);
  if (!*field) return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for N = %zu", n);
  const enum vordec_status status = start_draw(&setup->start, n, *field, error);
  if (!status) warn_if_coarse(setup);
  return status;
}

/* A dealiased simulation starts from the modes that it has. */
static enum vordec_status dealias_start(const struct simulation_setup *setup, double *field,
                                        struct vordec_error *error) {
  char text[256];
  double share = 0;
  const enum vordec_status status = start_two_thirds(setup->les.n, field, &share, error);
  const bool given = setup->init || setup->noise;
  if (!status && given && share > SHARE_TOLD && !setup->quiet) {
    snprintf(
        text, sizeof text,
        "%.3g %% of the start's enstrophy lies beyond two thirds of the modes and is left out; --dealias off keeps it",
        100 * share);
    command_log(NULL, VORDEC_LOG_WARNING, text);
  }
  return status;
}

/* The field that it starts from. Completes setup->les.n. */
static enum vordec_status make_start(struct simulation_setup *setup, double **field, struct vordec_error *error) {
  const char *path = setup->init ? setup->init : setup->noise;
  enum vordec_status status = VORDEC_OK;
  if (path) status = read_start(setup, path, &setup->les.n, field, error);
  if (!setup->les.n) setup->les.n = SIMULATION_DEFAULT_N;
  if (!status && !path) status = draw_start(setup, field, error);
  if (!status && setup->noise) status = start_smooth(setup->les.n, *field, *field, error);
  return !status && setup->les.dealias ? dealias_start(setup, *field, error) : status;
}

/* The simulation at its start. */
static enum vordec_status create(struct simulation_setup *setup, struct vordec_runtime *runtime,
                                 struct vordec_simulation **simulation, struct vordec_error *error) {
  const char *path = setup->init ? setup->init : setup->noise;
  double *field = NULL;
  enum vordec_status status = make_start(setup, &field, error);
  if (!status) status = vordec_simulation_create(runtime, setup->beside, &setup->les, simulation, error);
  if (!status && vordec_simulation_set(*simulation, 0, field, 0, error)) {
    const struct vordec_error inner = *error;
    status =
        vordec_fail(error, inner.status, inner.reason, "%s%s%.500s", path ? path : "", path ? ": " : "", inner.message);
  }
  free(field);
  return status;
}

static struct vordec_simulation *simulation_of(const struct frame_source *source) {
  return ((const struct simulation_frames *)source)->simulation;
}

/* The frame of the step behind the last one that was finite. */
static size_t frame_behind(const struct frame_source *source) {
  struct vordec_simulation_info info;
  vordec_simulation_get(simulation_of(source), &info);
  return (size_t)info.step + 1;
}

static enum vordec_status take_frames(struct frame_source *source, size_t count, double *omega,
                                      struct vordec_error *error) {
  const size_t steps = source->at ? count : count - 1; /* the start is a frame, too */
  enum vordec_status status = VORDEC_OK;
  if (steps) status = vordec_simulation_advance(simulation_of(source), steps, NULL, error);
  if (status) source->at = frame_behind(source);
  return !status && omega ? vordec_simulation_read(simulation_of(source), 0, omega, error) : status;
}

static enum vordec_status reset(struct frame_source *source, size_t frame, const double *before,
                                struct vordec_error *error) {
  if (frame && before) return vordec_simulation_set(simulation_of(source), 0, before, frame - 1, error);
  return vordec_fail(error, VORDEC_E_USAGE, 0, "a simulation cannot return to frame %zu", frame);
}

static void close_frames(struct frame_source *source) {
  vordec_simulation_destroy(simulation_of(source));
  free(source);
}

enum vordec_status simulation_frames_create(struct simulation_setup *setup, struct vordec_runtime *runtime,
                                            struct frame_source **source, struct vordec_error *error) {
  static const struct frame_source_methods methods = {take_frames, reset, close_frames};
  *source = NULL;
  struct simulation_frames *made = calloc(1, sizeof *made);
  if (!made) {
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for the simulation");
  }
  const enum vordec_status status = create(setup, runtime, &made->simulation, error);
  if (status) {
    close_frames(&made->source);
    return status;
  }
  made->source = (struct frame_source){.methods = &methods,
                                       .n = setup->les.n,
                                       .frames = SIZE_MAX,
                                       .dt = setup->les.dt,
                                       .box = setup->box,
                                       .seed = setup->seeded ? (int64_t)setup->start.seed : -1};
  *source = &made->source;
  return VORDEC_OK;
}

struct vordec_simulation *simulation_frames_simulation(const struct frame_source *source) {
  return source && !source->stored ? simulation_of(source) : NULL;
}

struct trajectory_desc simulation_frames_desc(const struct simulation_setup *setup) {
  const bool spectrum = !setup->init && !setup->noise && setup->start.kind == START_ISOTROPIC;
  return (struct trajectory_desc){
      .dealias = setup->les.dealias,
      .start_peak = spectrum ? setup->start.spectrum.peak : NAN,
      .start_width = spectrum ? setup->start.spectrum.width : NAN,
      .start_rms = spectrum ? setup->start.spectrum.rms : NAN,
      .n = setup->les.n,
      .dt = setup->les.dt,
      .box = setup->box,
      .nu0 = setup->nu0,
      .cs = setup->les.cs,
      .seed = setup->seeded ? (int64_t)setup->start.seed : -1,
  };
}
