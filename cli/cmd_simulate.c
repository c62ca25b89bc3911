/* vordec simulate: a trajectory of vorticity fields from a large-eddy simulation. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/backend.h>

#include "interrupt.h"
#include "paths.h"
#include "progress.h"
#include "simulation.h"

enum { OPTION_DTYPE = SIMULATION_OPTIONS, OPTION_OUT, OPTION_PROGRESS };
static const struct option_spec options[] = {
    SIMULATION_OPTION_TABLE("write every so many steps, the start and the multiples of COUNT. Default: 1",
                            "time step. Default: 0.01"),
    [OPTION_DTYPE] = {"dtype", "TYPE", "float64 or float32: what the frames are stored as. Default: float64"},
    [OPTION_OUT] =
        {"out", "TRAJ.npz",
         "where the frames go: key traj (T, N, N), and N, dt, nu0, Cs, seed (-1 if the start was given without one), "
         "stride, steps. Required"},
    [OPTION_PROGRESS] = {"progress-every", "COUNT", "print a line on stderr every so many steps"},
};

struct job {
  struct simulation_setup setup;
  struct les *les;
  struct trajectory_output *out;
  double *omega;
  bool narrow; /* store float32 */
  size_t progress_every;
};

static void job_release(struct job *job) {
  les_destroy(job->les);
  trajectory_output_destroy(job->out);
  free(job->omega);
}

static enum vordec_status read_arguments(const struct invocation *invocation, struct job *job,
                                         struct vordec_error *error) {
  const char *dtype = invocation->values[OPTION_DTYPE], *every = invocation->values[OPTION_PROGRESS];
  enum vordec_status status = command_refuse_metrics(invocation, "simulate", error);
  if (!status) status = simulation_setup_read(invocation, 1, &job->setup, error);
  if (!status && !invocation->values[OPTION_OUT]) {
    status = vordec_fail(error, VORDEC_E_USAGE, 0, "simulate: --out TRAJ.npz is needed; see 'vordec simulate --help'");
  }
  const struct named_path paths[] = {{"--init-npy", invocation->values[SIMULATION_INIT], false},
                                     {"--noise-npy", invocation->values[SIMULATION_NOISE], false},
                                     {"--out", invocation->values[OPTION_OUT], true}};
  if (!status) status = paths_check(paths, sizeof paths / sizeof *paths, error);
  job->narrow = dtype && strcmp(dtype, "float32") == 0;
  if (!status && dtype && !job->narrow && strcmp(dtype, "float64") != 0) {
    status = vordec_fail(error, VORDEC_E_USAGE, 0, "--dtype '%.100s': expected float64 or float32", dtype);
  }
  if (!status && every) status = command_number("progress-every", every, 1, SIZE_MAX, &job->progress_every, error);
  return status;
}

static enum vordec_status append(struct job *job, struct vordec_error *error) {
  les_get(job->les, job->omega);
  return trajectory_output_append(job->out, job->omega, error);
}

/* Steps until all are done, a signal comes or the simulation fails; *broke tells the last from a frame that could not
 * be stored. */
static enum vordec_status step(struct job *job, bool *broke, struct vordec_error *error) {
  struct progress progress;
  enum vordec_status status = append(job, error);
  progress_start(&progress, "simulate", job->setup.steps, job->progress_every);
  while (!status && les_steps(job->les) < job->setup.steps && !interrupt_came()) {
    status = les_step(job->les, error);
    *broke = status != VORDEC_OK;
    if (!status && les_steps(job->les) % job->setup.stride == 0) status = append(job, error);
    progress_at(&progress, les_steps(job->les));
  }
  progress_end(&progress);
  return status;
}

/* A simulation that broke down leaves the frames before as a valid file; a full disk leaves nothing. */
static int run_job(struct job *job, const char *path) {
  struct vordec_error error = {0}, second = {0};
  bool broke = false;
  struct trajectory_desc desc = simulation_trajectory(&job->setup);
  desc.narrow = job->narrow;
  job->omega = malloc(desc.n * desc.n * sizeof *job->omega);
  enum vordec_status status = VORDEC_OK;
  if (!job->omega) {
    status = vordec_fail(&error, VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY, "out of memory for N = %zu", desc.n);
  }
  if (!status) status = trajectory_output_create(path, &desc, &job->out, &error);
  if (!status) status = step(job, &broke, &error);
  if (status && !broke) return command_fail(&error);
  const size_t frames = trajectory_output_frames(job->out);
  if (trajectory_output_commit(job->out, job->setup.stride, les_steps(job->les), &second)) return command_fail(&second);
  if (status) {
    const struct vordec_error inner = error;
    vordec_fail(&error, inner.status, inner.reason, "%.400s; %s holds the %zu frame%s before", inner.message, path,
                frames, frames == 1 ? "" : "s");
    return command_fail(&error);
  }
  fprintf(stderr, "%s: %zu frame%s of N = %zu, %llu steps%s\n", path, frames, frames == 1 ? "" : "s", job->setup.les.n,
          (unsigned long long)les_steps(job->les), interrupt_came() ? ", interrupted" : "");
  return interrupt_came() ? EXIT_INTERRUPTED : EXIT_DONE;
}

static int run(struct invocation *invocation) {
  struct job job = {0};
  struct vordec_error error = {0};
  interrupt_watch();
  enum vordec_status status = read_arguments(invocation, &job, &error);
  if (!status) status = simulation_create(&job.setup, &job.les, &error);
  const int code = status ? command_fail(&error) : run_job(&job, invocation->values[OPTION_OUT]);
  job_release(&job);
  return code;
}

const struct command command_simulate = {
    .name = "simulate",
    .summary = "make a trajectory by large-eddy simulation",
    .synopsis = "--out TRAJ.npz [OPTION]..",
    .details = "Solves the vorticity equation on a periodic box of side 2 pi: pseudo-spectral, with\n"
               "Smagorinsky's eddy viscosity and Heun's method in time, in double precision on the\n"
               "CPU. Starts from a smooth random field, or from one of your own. Frames go to disk\n"
               "as they are made. A simulation that is no longer finite stops with exit code 1, one\n"
               "that is interrupted with 130; the frames finished by then are a valid file.",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .takes_config = true,
    .run = run,
};
