/* SPDX-License-Identifier: MIT */
/* vordec perf-kernel: how fast states roll out, with and without decodes on the way. */
#include <vordec/error.h>

#include "interrupt.h"
#include "kernel_run.h"
#include "outputs.h"

static const struct option_spec options[] = {
    {"z0-npz", "STATE.npz",
     "the file with the state to start from, z of shape (D,), or with several states that advance together, (B, D). "
     "Required",
     TO_INPUT(struct kernel_request, z0)},
    {"A-npz", "A.npz", "the file with the operator, key A of shape (D, D); a step is z <- z A. Required",
     TO_INPUT(struct kernel_request, a)},
    {"steps", "T", "number of steps to take", .initial = "1000", TO_COUNT(struct kernel_request, steps, 1, UINT32_MAX)},
    {"decode-every", "K", "decode after every K-th step", .initial = "0", .remark = ", never",
     TO_COUNT(struct kernel_request, decode_every, 0, UINT32_MAX)},
    {"no-decode", NULL, "take steps only and load no decode backend ([op] backend = auto is then cpu)",
     TO_FLAG(struct kernel_request, no_decode)},
    {"hash-every", "K",
     "record the BLAKE2b-128 hash of the state (of all states together), as float64, in the metrics after every K-th "
     "step",
     TO_COUNT(struct kernel_request, hash_every, 0, UINT32_MAX)},
    {"z-out-npy", "Z.npy", "where the last state goes, (D,) float64, or the last states, (B, D)",
     TO_OUTPUT(struct kernel_request, z_out)},
    {"progress-every", "K", "print a line after every K-th step. Default: now and then, or a bar on a terminal",
     TO_COUNT(struct kernel_request, progress_every, 0, UINT32_MAX)},
    {"require-gpu", NULL, "end with exit code 3 unless both the steps and the decodes run on a GPU",
     TO_FLAG(struct kernel_request, require_gpu)},
    {"observer", "WHAT", .remark = ". Default here: metrics (and [metrics] hash: none)", SETS("decode", "observer")},
};
static const struct option_group groups[] = {OPTION_GROUP(options, 0)};

/* Weaker than anything that a user sets. */
static enum vordec_status set_default(struct vordec_config *config, const char *section, const char *key,
                                      const char *value, struct vordec_error *error) {
  return vordec_config_set(config, section, key, value, VORDEC_FROM_DEFAULT, "perf-kernel's default", error);
}

static enum vordec_status complete(const struct invocation *invocation, struct kernel_request *request,
                                   struct vordec_error *error) {
  struct vordec_config *config = invocation->config;
  if (!request->z0 || !request->a) {
    return vordec_fail(error, VORDEC_E_USAGE, 0,
                       "perf-kernel: --z0-npz and --A-npz are needed; see 'vordec perf-kernel --help'");
  }
  enum vordec_status status = set_default(config, "decode", "observer", "metrics", error);
  if (!status) status = set_default(config, "metrics", "hash", "none", error);
  if (status) return status;
  request->config = config;
  request->verbose = invocation->verbose;
  request->ranks = invocation->ranks;
  request->metrics_path = command_metrics_path(config);
  request->outputs = outputs_wanted(config);
  request->hash_z = outputs_hash(config, "z");
  if (request->no_decode) request->decode_every = 0;
  request->strides =
      (struct stride_use){.steps = request->steps, .stride = request->decode_every, .hash_every = request->hash_every};
  stride_use_configure(config, &request->strides);
  return stride_use_check(&request->strides, error);
}

static int run(struct invocation *invocation, void *request) {
  struct vordec_error error = {0};
  enum vordec_status status = complete(invocation, request, &error);
  if (!status) status = kernel_run(request, &error);
  if (status) return command_fail(&error);
  return interrupt_came() ? EXIT_INTERRUPTED : EXIT_DONE;
}

const struct command command_perf_kernel = {
    .name = "perf-kernel",
    .summary = "time the rollout z <- z A, with decodes on the way",
    .synopsis = "--z0-npz STATE.npz --A-npz A.npz --steps T [--decode-every K] [OPTION]..",
    .details = "Advances a state by T steps of its operator and reports the time per step, without\n"
               "decodes, hashes and output. Several states advance together, each with the bits it\n"
               "would have alone, and every decode is of all of them. If [decode] devices names\n"
               "several devices, they share the states.\n"
               "\n"
               "Steps and decodes on the same GPU pass the state on without leaving it; if nothing\n"
               "else happens in between, several decodes are submitted at once. The metrics count\n"
               "every copy to the host, and gpu_hotloop_active is true if there was none.\n"
               "\n" INTERRUPT_SIGNALS " end the run after the current steps. It then writes the metrics and the state\n"
               "it has reached, and exits with 130.",
    .examples = "vordec perf-kernel --z0-npz run/snapshot_z0.npz --A-npz run/snapshot_A.npz\n"
                "vordec perf-kernel --z0-npz run/snapshot_z0.npz --A-npz run/snapshot_A.npz \\\n"
                "  --steps 5000 --decode-every 100",
    COMMAND_OPTIONS(groups, struct kernel_request),
    .takes_config = true,
    .keys = "decode op mask combine residual plugins cpu metrics",
    .metrics = METRICS_WRITTEN,
    .ranks = RANKS_SHARED,
    .run = run,
};
