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
  struct les *les;
};

/* A square field from an .npy file; its side must be that of --N, if that was given. */
static enum vordec_status read_start(const char *path, size_t *n, double **field, struct vordec_error *error) {
  const size_t asked = *n;
  const enum vordec_status status = field_file_read(path, n, field, error);
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
  if (resolved >= RESOLVED_ENOUGH) return;
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
  if (!status && given && share > SHARE_TOLD) {
    snprintf(
        text, sizeof text,
        "%.3g %% of the start's enstrophy lies beyond two thirds of the modes and is left out; --dealias off keeps it",
        100 * share);
    command_log(NULL, VORDEC_LOG_WARNING, text);
  }
  return status;
}

/* The simulation at its start. Completes setup->les.n. */
static enum vordec_status create_les(struct simulation_setup *setup, struct les **les, struct vordec_error *error) {
  const char *path = setup->init ? setup->init : setup->noise;
  double *field = NULL;
  enum vordec_status status = VORDEC_OK;
  *les = NULL;
  if (path) status = read_start(path, &setup->les.n, &field, error);
  if (!setup->les.n) setup->les.n = SIMULATION_DEFAULT_N;
  if (!status) status = les_create(&setup->les, les, error);
  if (!status && !path) status = draw_start(setup, &field, error);
  if (!status && setup->noise) status = start_smooth(setup->les.n, field, field, error);
  if (!status && setup->les.dealias) status = dealias_start(setup, field, error);
  if (!status && les_set(*les, field, error)) {
    const struct vordec_error inner = *error;
    status =
        vordec_fail(error, inner.status, inner.reason, "%s%s%.500s", path ? path : "", path ? ": " : "", inner.message);
  }
  free(field);
  if (status) {
    les_destroy(*les);
    *les = NULL;
  }
  return status;
}

static struct les *les_of(const struct frame_source *source) {
  return ((const struct simulation_frames *)source)->les;
}

static enum vordec_status next_frame(struct frame_source *source, double *omega, struct vordec_error *error) {
  const enum vordec_status status = source->at ? les_step(les_of(source), error) : VORDEC_OK;
  if (!status && omega) les_get(les_of(source), omega);
  return status;
}

static enum vordec_status reset(struct frame_source *source, size_t frame, const double *before,
                                struct vordec_error *error) {
  if (frame && before) return les_resume(les_of(source), before, frame - 1, error);
  return vordec_fail(error, VORDEC_E_USAGE, 0, "a simulation has no way back to frame %zu", frame);
}

static void close_frames(struct frame_source *source) {
  les_destroy(les_of(source));
  free(source);
}

enum vordec_status simulation_frames_create(struct simulation_setup *setup, struct frame_source **source,
                                            struct vordec_error *error) {
  static const struct frame_source_methods methods = {next_frame, reset, close_frames};
  struct les *les = NULL;
  *source = NULL;
  const enum vordec_status status = create_les(setup, &les, error);
  if (status) return status;
  struct simulation_frames *made = malloc(sizeof *made);
  if (!made) {
    les_destroy(les);
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for the simulation");
  }
  *made = (struct simulation_frames){.source = {.methods = &methods,
                                                .n = setup->les.n,
                                                .frames = SIZE_MAX,
                                                .dt = setup->les.dt,
                                                .seed = setup->seeded ? (int64_t)setup->start.seed : -1},
                                     .les = les};
  *source = &made->source;
  return VORDEC_OK;
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
      .nu0 = setup->les.nu0,
      .cs = setup->les.cs,
      .seed = setup->seeded ? (int64_t)setup->start.seed : -1,
  };
}
