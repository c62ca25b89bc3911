/* vordec learn: the linear operator that takes each state of a series to the next. */
#include <stdio.h>
#include <stdlib.h>
#include <vordec/error.h>

#include "command.h"
#include "formats/operator_file.h"
#include "formats/state_file.h"
#include "science/learn.h"

struct learn_request {
  const char *states, *out;
  double ridge;
  uint32_t threads; /* 0: all */
};

static const struct option_spec options[] = {
    {"states-npz", "Z.npz", "the states in order of time: key z (T, D), as 'vordec encode' writes it", .required = true,
     TO_INPUT(struct learn_request, states)},
    {"ridge", "LAMBDA", "weight of the penalty on the operator's entries", .initial = "1e-3",
     TO_NOT_NEGATIVE(struct learn_request, ridge)},
    {"out", "A.npz", "where the operator goes: key A (D, D)", .required = true, TO_OUTPUT(struct learn_request, out)},
};
static const struct option_group groups[] = {OPTION_GROUP(options, 0)};

static enum vordec_status learn(const struct learn_request *asked, const double *z, size_t count, size_t d,
                                struct vordec_error *error) {
  double *a = calloc(d, d * sizeof *a);
  if (!a) return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for D = %zu", d);
  const struct learn_desc desc = {.z = z, .count = count, .d = d, .ridge = asked->ridge, .threads = asked->threads};
  enum vordec_status status = learn_operator(&desc, a, error);
  if (status) {
    const struct vordec_error inner = *error;
    status = vordec_fail(error, inner.status, inner.reason, "%.300s: %.330s", asked->states, inner.message);
  }
  if (!status) status = operator_file_write(asked->out, a, d, error);
  free(a);
  return status;
}

static int run(struct invocation *invocation, void *request) {
  struct learn_request *asked = request;
  struct vordec_error error = {0};
  double *z = NULL;
  size_t count = 0, d = 0;
  asked->threads = (uint32_t)vordec_config_get_integer(invocation->config, "cpu", "threads");
  enum vordec_status status = state_file_read_series(asked->states, &z, &count, &d, &error);
  if (!status) status = learn(asked, z, count, d, &error);
  free(z);
  if (status) return command_fail(&error);
  if (count <= d) {
    fprintf(stderr,
            "vordec: warning: the operator is learnt from %zu states and has %zu unknowns per column: it can reproduce "
            "these states whatever they are, so only others show what it is worth\n",
            count, d);
  }
  fprintf(stderr, "%s: D = %zu, from %zu states, ridge %g\n", asked->out, d, count, asked->ridge);
  return EXIT_DONE;
}

const struct command command_learn = {
    .name = "learn",
    .summary = "learn the linear operator of a series of states",
    .synopsis = "--states-npz Z.npz --out A.npz [--ridge LAMBDA]",
    .details = "Ridge regression: A = (X'X + lambda I)^-1 X'Y with the states as rows, X all but the\n"
               "last and Y all but the first. A step of a rollout is the row vector z A.",
    COMMAND_OPTIONS(groups, struct learn_request),
    .takes_config = true,
    .run = run,
};
