/* vordec simulate: a trajectory of vorticity fields from a large-eddy simulation. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "frames/simulation_frames.h"
#include "interrupt.h"
#include "progress.h"
#include "simulation_options.h"

struct simulate_request {
  struct simulation_setup setup;
  const char *dtype, *out;
  size_t progress_every;
};

static const struct option_spec pace_options[] = {
    {"stride", "COUNT", "write every so many steps, the start and the multiples of COUNT", .initial = "1",
     TO_COUNT(struct simulate_request, setup.stride, 1, STEPS_MAX)},
    {"dt", "DT", "time step", .initial = "0.01", TO_REAL(struct simulate_request, setup.les.dt)},
};
static const struct option_spec options[] = {
    {"dtype", "TYPE", "float64 or float32: what the frames are stored as", .initial = "float64",
     TO_WORD(struct simulate_request, dtype)},
    {"out", "TRAJ.npz",
     "where the frames go: key traj (T, N, N), and N, dt, nu0, Cs, dealias, seed (-1 if the start was given without "
     "one), "
     "stride, steps, and of an isotropic start start_peak, start_width, start_rms",
     .required = true, TO_OUTPUT(struct simulate_request, out)},
    {"progress-every", "COUNT", "print a line on stderr every so many steps",
     TO_COUNT(struct simulate_request, progress_every, 1, SIZE_MAX)},
};
static const struct option_group groups[] = {
    OPTION_GROUP(simulation_grid_options, offsetof(struct simulate_request, setup)), OPTION_GROUP(pace_options, 0),
    OPTION_GROUP(simulation_flow_options, offsetof(struct simulate_request, setup)), OPTION_GROUP(options, 0)};

struct job {
  struct simulation_setup setup;
  struct frame_source *frames;
  struct trajectory_output *out;
  double *omega;
  bool narrow; /* store float32 */
  size_t progress_every;
};

static void job_release(struct job *job) {
  frame_source_close(job->frames);
  trajectory_output_destroy(job->out);
  free(job->omega);
}

static enum vordec_status read_dtype(const char *dtype, bool *narrow, struct vordec_error *error) {
  *narrow = strcmp(dtype, "float32") == 0;
  if (*narrow || strcmp(dtype, "float64") == 0) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_USAGE, 0, "--dtype '%.100s': expected float64 or float32", dtype);
}

/* The steps that were taken. */
static size_t steps_of(const struct job *job) {
  return job->frames->at ? job->frames->at - 1 : 0;
}

/* Takes frames until all steps are done, a signal comes or the simulation fails; *broke tells the last from a frame
 * that could not be stored. */
static enum vordec_status take_frames(struct job *job, bool *broke, struct vordec_error *error) {
  struct progress progress;
  enum vordec_status status = VORDEC_OK;
  progress_start(&progress, "simulate", job->setup.steps, job->progress_every);
  for (size_t step = 0; !status && step <= job->setup.steps && !(step && interrupt_came()); step++) {
    const bool wanted = step % job->setup.stride == 0;
    status = frame_source_next(job->frames, wanted ? job->omega : NULL, error);
    *broke = status != VORDEC_OK;
    if (!status && wanted) status = trajectory_output_append(job->out, job->omega, error);
    if (step) progress_at(&progress, steps_of(job));
  }
  progress_end(&progress);
  return status;
}

/* A simulation that broke down leaves the frames before as a valid file; a full disk leaves nothing. */
static int run_job(struct job *job, const char *path) {
  struct vordec_error error = {0}, second = {0};
  bool broke = false;
  struct trajectory_desc desc = simulation_frames_desc(&job->setup);
  desc.narrow = job->narrow;
  job->omega = malloc(desc.n * desc.n * sizeof *job->omega);
  enum vordec_status status = VORDEC_OK;
  if (!job->omega) {
    status = vordec_fail(&error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for N = %zu", desc.n);
  }
  if (!status) status = trajectory_output_create(path, &desc, &job->out, &error);
  if (!status) status = take_frames(job, &broke, &error);
  if (status && !broke) return command_fail(&error);
  const size_t frames = trajectory_output_frames(job->out);
  if (trajectory_output_commit(job->out, job->setup.stride, steps_of(job), &second)) return command_fail(&second);
  if (status) {
    const struct vordec_error inner = error;
    vordec_fail(&error, inner.status, inner.reason, "%.400s; %s holds the %zu frame%s before", inner.message, path,
                frames, frames == 1 ? "" : "s");
    return command_fail(&error);
  }
  fprintf(stderr, "%s: %zu frame%s of N = %zu, %zu steps%s\n", path, frames, frames == 1 ? "" : "s", job->setup.les.n,
          steps_of(job), interrupt_came() ? ", interrupted" : "");
  return interrupt_came() ? EXIT_INTERRUPTED : EXIT_DONE;
}

static int run(struct invocation *invocation, void *request) {
  const struct simulate_request *asked = request;
  struct job job = {.setup = asked->setup, .progress_every = asked->progress_every};
  struct vordec_error error = {0};
  interrupt_watch();
  enum vordec_status status = simulation_configure(invocation->config, &job.setup, &error);
  if (!status) status = read_dtype(asked->dtype, &job.narrow, &error);
  if (!status) status = simulation_frames_create(&job.setup, &job.frames, &error);
  const int code = status ? command_fail(&error) : run_job(&job, asked->out);
  job_release(&job);
  return code;
}

const struct command command_simulate = {
    .name = "simulate",
    .summary = "make a trajectory by large-eddy simulation",
    .synopsis = "--out TRAJ.npz [OPTION]..",
    .details = "Solves the vorticity equation on a periodic box of side 2 pi,\n"
               "  dw/dt = -(u w_x + v w_y) + nu (w_xx + w_yy),  nu = nu0 + (Cs dx)^2 |S|,\n"
               "in double precision on the CPU: pseudo-spectral (velocities and derivatives from the\n"
               "Fourier modes, products on the grid, dealiased by the rule of two thirds), Smagorinsky's\n"
               "eddy viscosity from the strain rate S once a step, and Heun's method in time. Without\n"
               "dealiasing the smallest scales grow by what products of others leave there, and\n"
               "enstrophy rises that has to fall. Frames go to disk as they are made. A\n"
               "simulation that is no longer finite stops with exit code 1, one that is interrupted\n"
               "with 130; the frames finished by then are a valid file.\n"
               "\n"
               "It starts from a random field of prescribed spectrum, or from one of your own. The\n"
               "random field has modes w_k = sqrt(c |k| exp(-(|k| - K)^2 / (2 W^2))) exp(i phi_k), K and\n"
               "W from --start-peak and --start-width, with phases phi_k uniform in [0, 2 pi): its\n"
               "energy spectrum is a bell of width W around K, the same in all directions. c makes the\n"
               "root mean square of the vorticity that of --start-rms, so 1 / RMS is the flow's unit of\n"
               "time. Phases depend on the seed and on the wavenumber alone: a larger N has the same\n"
               "large scales and resolves more. A grid with room for less than a quarter of the start's\n"
               "enstrophy draws a warning.\n"
               "\n"
               "On a fine grid the flow moves by many cells a step: beyond N = 1024, or with a larger\n"
               "--start-rms, take a smaller --dt.",
    COMMAND_OPTIONS(groups, struct simulate_request),
    .takes_config = true,
    .run = run,
};
