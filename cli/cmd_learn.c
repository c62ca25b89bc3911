/* vordec learn: the linear operator that takes each state of a series to the next. */
#include <stdio.h>
#include <stdlib.h>
#include <vordec/backend.h>

#include "arguments.h"
#include "formats/operator_file.h"
#include "formats/state_file.h"
#include "paths.h"
#include "science/learn.h"

enum { OPTION_STATES, OPTION_RIDGE, OPTION_OUT };
static const struct option_spec options[] = {
    [OPTION_STATES] = {"states-npz", "Z.npz",
                       "the states in order of time: key z (T, D), as 'vordec encode' writes it. "
                       "Required"},
    [OPTION_RIDGE] = {"ridge", "LAMBDA", "weight of the penalty on the operator's entries. Default: 1e-3"},
    [OPTION_OUT] = {"out", "A.npz", "where the operator goes: key A (D, D). Required"},
};

static enum vordec_status learn(const double *z, size_t count, size_t d, double ridge, const char *states_path,
                                const char *out_path, struct vordec_error *error) {
  double *a = calloc(d, d * sizeof *a);
  if (!a) return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY, "out of memory for D = %zu", d);
  enum vordec_status status = learn_operator(z, count, d, ridge, a, error);
  if (status) {
    const struct vordec_error inner = *error;
    status = vordec_fail(error, inner.status, inner.reason, "%.300s: %.330s", states_path, inner.message);
  }
  if (!status) status = operator_file_write(out_path, a, d, error);
  free(a);
  return status;
}

static int run(struct invocation *invocation) {
  const char *const *values = invocation->values;
  struct vordec_error error = {0};
  double *z = NULL, ridge = 1e-3;
  size_t count = 0, d = 0;
  enum vordec_status status = VORDEC_OK;
  if (!values[OPTION_STATES] || !values[OPTION_OUT]) {
    status = vordec_fail(&error, VORDEC_E_USAGE, 0, "learn: --%s is needed; see 'vordec learn --help'",
                         values[OPTION_STATES] ? "out A.npz" : "states-npz Z.npz");
  }
  const struct named_path paths[] = {{"--states-npz", values[OPTION_STATES], false},
                                     {"--out", values[OPTION_OUT], true}};
  if (!status) status = paths_check(paths, sizeof paths / sizeof *paths, &error);
  if (!status && values[OPTION_RIDGE]) status = argument_not_negative("ridge", values[OPTION_RIDGE], &ridge, &error);
  if (!status) status = state_file_read_series(values[OPTION_STATES], &z, &count, &d, &error);
  if (!status) status = learn(z, count, d, ridge, values[OPTION_STATES], values[OPTION_OUT], &error);
  free(z);
  if (status) return command_fail(&error);
  fprintf(stderr, "%s: D = %zu, from %zu states, ridge %g\n", values[OPTION_OUT], d, count, ridge);
  return EXIT_DONE;
}

const struct command command_learn = {
    .name = "learn",
    .summary = "learn the linear operator of a series of states",
    .synopsis = "--states-npz Z.npz --out A.npz [--ridge LAMBDA]",
    .details = "Ridge regression: A = (X'X + lambda I)^-1 X'Y with the states as rows, X all but the\n"
               "last and Y all but the first. A step of a rollout is the row vector z A.",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .run = run,
};
