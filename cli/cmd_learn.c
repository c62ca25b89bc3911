/* SPDX-License-Identifier: MIT */
/* vordec learn: the linear operator that takes each state of a series to the next. */
#include <stdio.h>
#include <stdlib.h>
#include <vordec/error.h>

#include "command.h"
#include "formats/operator_file.h"
#include "learn_inputs.h"
#include "rank_learn.h"

struct learn_request {
  const char *states, *out;
  double ridge;
  uint32_t threads; /* 0: all */
};

static const struct option_spec options[] = {
    {"states-npz", "Z.npz",
     "the file with the states in order of time: key z of shape (T, D), as 'vordec encode' writes it, or (M, T, D) for "
     "M series. A pattern in quotes, such as 'runs/*.npz', stands for several files, each with series of its own, in "
     "the order of their names",
     .required = true, TO_INPUT(struct learn_request, states)},
    {"ridge", "LAMBDA", "weight of the penalty on the operator's entries", .initial = "1e-3",
     TO_NOT_NEGATIVE(struct learn_request, ridge)},
    {"out", "A.npz", "where the operator goes: key A of shape (D, D)", .required = true,
     TO_OUTPUT(struct learn_request, out)},
};
static const struct option_group groups[] = {OPTION_GROUP(options, 0)};

/* All ranks, with the series of each. */
static enum vordec_status learn(const struct learn_request *asked, struct ranks *ranks, const struct rank_block *block,
                                const struct learn_inputs *inputs, struct vordec_error *error) {
  const size_t d = inputs->d;
  double *a = calloc(d, d * sizeof *a);
  enum vordec_status status = VORDEC_OK;
  if (!a) status = vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for D = %zu", d);
  status = ranks_settle(ranks, status, error);
  const struct learn_desc desc = {.series = inputs->series,
                                  .names = inputs->names,
                                  .first = block->first,
                                  .count = inputs->count,
                                  .total = inputs->total,
                                  .d = d,
                                  .ridge = asked->ridge,
                                  .threads = asked->threads};
  if (!status) status = rank_learn(ranks, &desc, a, error);
  if (status && inputs->total == 1) { /* of several, the one that is to blame is named */
    const struct vordec_error inner = *error;
    status = vordec_fail(error, inner.status, inner.reason, "%.300s: %.330s", asked->states, inner.message);
  }
  if (!status && ranks_rank(ranks) == 0) status = operator_file_write(asked->out, a, d, error);
  free(a);
  return status;
}

/* How many states the series of all ranks have; on rank 0. */
static size_t count_states(struct ranks *ranks, const struct learn_inputs *inputs) {
  size_t states = 0;
  for (size_t i = 0; i < inputs->count; i++) states += inputs->series[i].count;
  for (size_t rank = 1; rank < ranks_size(ranks); rank++) {
    size_t other = states;
    ranks_collect(ranks, rank, &other, sizeof other);
    if (ranks_rank(ranks) == 0) states += other;
  }
  return states;
}

/* A step of each series counts less than its states by one, as in a single series. */
static void tell(const struct learn_request *asked, const struct learn_inputs *inputs, size_t states) {
  const size_t d = inputs->d;
  char series[48] = "";
  if (inputs->total > 1) snprintf(series, sizeof series, " of %zu series", inputs->total);
  if (states - inputs->total + 1 <= d) {
    fprintf(stderr,
            "vordec: warning: the operator is learnt from %zu states%s and has %zu unknowns per column: it can "
            "reproduce these states whatever they are, so only others show what it is worth\n",
            states, series, d);
  }
  fprintf(stderr, "%s: D = %zu, from %zu states%s, ridge %g\n", asked->out, d, states, series, asked->ridge);
}

static enum vordec_status do_all(const struct learn_request *asked, struct ranks *ranks, struct learn_inputs *inputs,
                                 struct vordec_error *error) {
  struct rank_block block = {0, 0};
  enum vordec_status status = learn_inputs_find(asked->states, asked->out, inputs, error);
  if (!status) {
    block = rank_block_of(inputs->total, ranks_size(ranks), ranks_rank(ranks));
    status = learn_inputs_read(inputs, &block, error);
  }
  status = ranks_settle(ranks, status, error);
  if (status) return status;
  const size_t states = count_states(ranks, inputs);
  status = ranks_settle_written(ranks, learn(asked, ranks, &block, inputs, error), error);
  if (!status && ranks_rank(ranks) == 0) tell(asked, inputs, states);
  return status;
}

static int run(struct invocation *invocation, void *request) {
  struct learn_request *asked = request;
  struct learn_inputs inputs = {.files = 0};
  struct vordec_error error = {0};
  asked->threads = (uint32_t)vordec_config_get_integer(invocation->config, "cpu", "threads");
  const enum vordec_status status = do_all(asked, invocation->ranks, &inputs, &error);
  learn_inputs_release(&inputs);
  return status ? command_fail(&error) : EXIT_DONE;
}

const struct command command_learn = {
    .name = "learn",
    .summary = "learn the linear operator of a series of states",
    .synopsis = "--states-npz Z.npz --out A.npz [--ridge LAMBDA]",
    .details = "Ridge regression: A = (X'X + lambda I)^-1 X'Y, where the rows of X are all states\n"
               "but the last, and those of Y all but the first. A step of a rollout is the row\n"
               "vector z A.\n"
               "\n"
               "With several series, X'X and X'Y are summed in a fixed order, and no step leads from\n"
               "one series to the next. Under mpirun or srun the ranks share the series, and A has\n"
               "the same bytes.",
    .examples = "vordec learn --states-npz states.npz --out A.npz\n"
                "vordec learn --states-npz states.npz --ridge 1e-2 --out smoother.npz",
    COMMAND_OPTIONS(groups, struct learn_request),
    .takes_config = true,
    .keys = "cpu.threads",
    .ranks = RANKS_SHARED,
    .run = run,
};
