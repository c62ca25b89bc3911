/* SPDX-License-Identifier: MIT */
/* vordec simulate: a trajectory of vorticity fields from a large-eddy simulation. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "box.h"
#include "core/base/clock.h"
#include "frames/simulation_frames.h"
#include "interrupt.h"
#include "io/outfile.h"
#include "les_summary.h"
#include "output_options.h"
#include "progress.h"
#include "simulation_options.h"

struct simulate_request {
  struct simulation_setup setup;
  struct output_settings output;
  const char *out;
  size_t progress_every;
};

static const struct option_spec pace_options[] = {
    {"stride", "COUNT", "write a frame every COUNT steps, beginning with the start", .initial = "1",
     TO_COUNT(struct simulate_request, setup.stride, 1, STEPS_MAX)},
    {"dt", "DT", "time step", .initial = "0.01", TO_REAL(struct simulate_request, setup.les.dt)},
};
static const struct option_spec options[] = {
    {"out", "TRAJ.npz",
     "where the frames go: key traj of shape (T, N, N), and the run's settings N, dt, nu0, Cs, dealias, seed (-1 if a "
     "file gave the start), stride and steps, and for an isotropic start its start_peak, start_width and start_rms. "
     "The extension picks .npz, .nc or .h5",
     .required = true, TO_OUTPUT(struct simulate_request, out)},
    {"progress-every", "COUNT", "print a line on stderr every COUNT steps. Default: now and then",
     TO_COUNT(struct simulate_request, progress_every, 1, SIZE_MAX), .rare = true},
};
static const struct option_group groups[] = {
    OPTION_GROUP(simulation_grid_options, offsetof(struct simulate_request, setup)),
    OPTION_GROUP(pace_options, 0),
    OPTION_GROUP(simulation_flow_options, offsetof(struct simulate_request, setup)),
    OPTION_GROUP(output_field_options, offsetof(struct simulate_request, output)),
    OPTION_GROUP(output_options, offsetof(struct simulate_request, output)),
    OPTION_GROUP(options, 0)};

/* Steps are taken so many at once that a signal is seen, and the bar moves, about as often as this. */
#define PIECE_S 0.1

struct job {
  struct simulation_setup setup;
  struct vordec_runtime *runtime;
  struct outfile *metrics; /* NULL: none are asked for */
  struct frame_source *frames;
  struct trajectory_output *out;
  double *omega;
  struct output_settings output;
  size_t progress_every;
};

static void job_release(struct job *job) {
  frame_source_close(job->frames);
  vordec_runtime_destroy(job->runtime);
  trajectory_output_destroy(job->out);
  outfile_destroy(job->metrics);
  free(job->omega);
}

/* The steps that were taken. */
static size_t steps_of(const struct job *job) {
  return job->frames->at ? job->frames->at - 1 : 0;
}

/* Steps to the next multiple of `every`; 0: there is none. */
static size_t steps_to(size_t done, size_t every) {
  return every ? every - done % every : SIZE_MAX;
}

/* The steps to the next frame or line that is wanted, or a part of them; the frame of the start is one for itself. */
static size_t next_piece(const struct job *job, size_t pace) {
  const size_t done = steps_of(job);
  const size_t limits[] = {steps_to(done, job->setup.stride), steps_to(done, job->progress_every),
                           job->setup.steps - done, job->frames->at ? pace : 1};
  size_t least = limits[0];
  for (size_t i = 1; i < sizeof limits / sizeof *limits; i++) least = limits[i] < least ? limits[i] : least;
  return least;
}

/* Steps for one piece, from how long so many have taken. */
static size_t next_pace(size_t steps, double seconds) {
  const double fitting = seconds > 0.0 ? (double)steps * PIECE_S / seconds : 0.0, most = 2.0 * (double)steps;
  return fitting < 1.0 ? 1 : (size_t)(fitting < most ? fitting : most);
}

/* Takes frames until all steps are done, a signal comes or the simulation fails; *broke tells the last from a frame
 * that could not be stored. */
static enum vordec_status take_frames(struct job *job, bool *broke, struct vordec_error *error) {
  struct progress progress;
  enum vordec_status status = VORDEC_OK;
  size_t pace = 1;
  progress_start(&progress, "simulate", job->setup.steps, job->progress_every);
  while (!status && steps_of(job) < job->setup.steps && !(job->frames->at && interrupt_came())) {
    const size_t piece = next_piece(job, pace);
    const bool wanted = job->frames->at == 0 || (steps_of(job) + piece) % job->setup.stride == 0;
    const double start = clock_s();
    status = frame_source_take(job->frames, piece, wanted ? job->omega : NULL, error);
    *broke = status != VORDEC_OK;
    pace = next_pace(piece, clock_s() - start);
    if (!status && wanted) status = trajectory_output_append(job->out, job->omega, error);
    progress_at(&progress, steps_of(job));
  }
  progress_end(&progress);
  return status;
}

/* What was asked for and what did the work, where it is asked for; behind the frames, which took the time. */
static enum vordec_status write_metrics(const struct job *job, struct vordec_error *error) {
  struct vordec_metrics *metrics = NULL;
  char *text = NULL;
  if (!job->metrics) return VORDEC_OK;
  const struct vordec_simulation *simulation = simulation_frames_simulation(job->frames);
  const struct vordec_run run = {.steps = steps_of(job), .dt = job->setup.les.dt};
  enum vordec_status status = vordec_metrics_create_simulation(job->runtime, simulation, &metrics, error);
  if (!status) vordec_metrics_set_run(metrics, &run);
  if (!status) status = vordec_metrics_json(metrics, &text, error);
  vordec_metrics_destroy(metrics);
  if (status) return status;
  fputs(text, outfile_stream(job->metrics));
  vordec_free(text);
  return outfile_commit_all(&(struct outfile *){job->metrics}, 1, error);
}

/* A simulation that broke down leaves the frames before as a valid file; a full disk leaves nothing. */
static int run_job(struct job *job, const char *path) {
  struct vordec_error error = {0}, second = {0};
  bool broke = false;
  struct trajectory_desc desc = simulation_frames_desc(&job->setup);
  desc.stored = job->output.field_type;
  desc.storage = job->output.storage;
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
  if (write_metrics(job, &error)) return command_fail(&error);
  les_summary_print(simulation_frames_simulation(job->frames));
  char of[48] = "";
  if (interrupt_came()) snprintf(of, sizeof of, " of %zu", job->setup.steps);
  fprintf(stderr, "%s: %zu frame%s of N = %zu, %zu%s steps%s\n", path, frames, frames == 1 ? "" : "s", job->setup.les.n,
          steps_of(job), of, *of ? ", interrupted" : "");
  return interrupt_came() ? EXIT_INTERRUPTED : EXIT_DONE;
}

static enum vordec_status open_job(struct job *job, const struct invocation *invocation, struct vordec_error *error) {
  const char *metrics = command_metrics_path(invocation->config);
  job->setup.box = box_configured(invocation->config);
  enum vordec_status status = simulation_configure(&job->setup, error);
  if (!status) status = output_options_configure(&job->output, error);
  if (!status && metrics) status = outfile_create(metrics, &job->metrics, error);
  if (!status) {
    status = vordec_runtime_create(invocation->config, command_log, (void *)&invocation->verbose, &job->runtime, error);
  }
  return status ? status : simulation_frames_create(&job->setup, job->runtime, &job->frames, error);
}

static int run(struct invocation *invocation, void *request) {
  const struct simulate_request *asked = request;
  struct job job = {.setup = asked->setup, .output = asked->output, .progress_every = asked->progress_every};
  struct vordec_error error = {0};
  interrupt_watch();
  const int code = open_job(&job, invocation, &error) ? command_fail(&error) : run_job(&job, asked->out);
  job_release(&job);
  return code;
}

const struct command command_simulate = {
    .name = "simulate",
    .summary = "make a trajectory by large-eddy simulation",
    .synopsis = "--out TRAJ.npz [OPTION]..",
    .details =
        "Solves the vorticity equation on a periodic box of side 2 pi, or --box,\n"
        "  dw/dt = -(u w_x + v w_y) + nu (w_xx + w_yy),  nu = nu0 + (Cs dx)^2 |S|,\n"
        "with a pseudo-spectral method (velocities and derivatives come from the Fourier\n"
        "modes, products are taken on the grid and dealiased by the two-thirds rule),\n"
        "Smagorinsky's eddy viscosity from the strain rate S once per step, and Heun's method\n"
        "in time.\n"
        "\n"
        "Without dealiasing, products of other modes end up in the smallest scales, and the\n"
        "enstrophy grows although it should fall. Frames go to disk as they are made. A\n"
        "simulation that is no longer finite stops with exit code 1.\n"
        "\n" INTERRUPT_SIGNALS " end the run after the current step, with exit code 130. The frames finished by\n"
        "then are a valid file.\n"
        "\n"
        "--backend says who computes. If it is auto and the backend chosen cannot simulate,\n"
        "the cpu backend does it. The precision is fp64 on the CPU and fp32 on a GPU unless\n"
        "--simulate-precision names another, and is printed at the end.\n"
        "\n"
        "The start is a random field with a given spectrum, or a field of your own. The\n"
        "random field has the modes w_k = sqrt(c |k| exp(-(|k| - K)^2 / (2 W^2))) exp(i\n"
        "phi_k), with K and W from --start-peak and --start-width and phases phi_k uniform in\n"
        "[0, 2 pi). Its energy spectrum is a bell of width W around K, the same in all\n"
        "directions. The factor c makes the root mean square of the vorticity that of\n"
        "--start-rms, so that 1 / RMS is the flow's unit of time. The phases depend only on\n"
        "the seed and the wavenumber: a larger N has the same large scales and resolves more.\n"
        "A grid that has room for less than a quarter of the start's enstrophy draws a\n"
        "warning.\n"
        "\n"
        "On a fine grid the flow crosses many cells per step. Beyond N = 1024, or with a\n"
        "larger --start-rms, take a smaller --dt.",
    .examples = "vordec simulate --N 64 --steps 200 --stride 10 --out traj.npz\n"
                "vordec simulate --init-npy w.npy --steps 100 --stride 20 --out traj.nc",
    COMMAND_OPTIONS(groups, struct simulate_request),
    .takes_config = true,
    .keys = KEYS_OF_PLACE " simulate plugins cpu metrics",
    .metrics = METRICS_WRITTEN,
    .run = run,
};
