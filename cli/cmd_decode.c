/* SPDX-License-Identifier: MIT */
/* vordec decode: states in, fields out. */
#include <vordec/error.h>

#include "command.h"
#include "decode_run.h"
#include "outputs.h"
#include "rank_file.h"
#include "request_texts.h"

static const struct option_spec options[] = {
    {"z0-npz", "STATE.npz",
     "the file with the states: keys z of shape (D,) or (B, D), mask_low and N, and anchor_idx if modes are kept. "
     "Where [mask] says auto, the file's own settings of the mask count (dashi_tau, dashi_smooth_k, dashi_kernel, "
     "dashi_boundary, dashi_majority_iters)",
     .required = true, TO_INPUT(struct decode_request, z0)},
    {"resid-npy", "R.npy",
     "a residual field of your own, of shape (N, N) or (B, N, N), which the mask gates and nothing rescales",
     TO_INPUT(struct decode_request, resid)},
    {"phases-npz", "P.npz",
     "the phases of a synthesised residual: phases_mid and phases_high, each (N, N) in radians, or empty where nothing "
     "is to be drawn. Switches [residual] synthesis on",
     TO_INPUT(struct decode_request, phases), SETS_TO("residual", "synthesis", "on")},
    {"out", "OUT.npz",
     "where the fields go: omega_lp, mask (int8) and omega_hat, with a leading axis B if z has one, the side L of the "
     "box, and dt, the time between states, where they are known. The extension picks .npz, .nc (netCDF-4) or .h5. "
     "Required if the observer reads fields",
     TO_OUTPUT(struct decode_request, out)},
    {"png", "OUT.png", "where a picture of the fields of one state goes", .ending = "png",
     TO_OUTPUT(struct decode_request, png)},
    {"state", "I", "the state that the picture shows, counted from 0", .initial = "0",
     TO_COUNT(struct decode_request, png_state, 0, SIZE_MAX), GIVEN(struct decode_request, png_state_given),
     .effect = OPTION_HARMLESS},
    {"parts", NULL,
     "have each rank write the fields of its own states to OUT.part-I-of-N.h5, and let OUT refer to all of these "
     "files; for .h5 and .nc files that are too large for one process to write",
     TO_FLAG(struct decode_request, parts), .rare = true},
    COLLECTIVE_OPTION(struct decode_request, collective),
    {"resume", NULL, "with --shard: keep a part that the same request has already made",
     TO_FLAG(struct decode_request, resume), .effect = OPTION_HARMLESS, .rare = true},
};
static const struct option_group groups[] = {
    OPTION_GROUP(options, 0), OPTION_GROUP(output_field_options, offsetof(struct decode_request, output)),
    OPTION_GROUP(output_options, offsetof(struct decode_request, output))};

static enum vordec_status check_usage(const struct decode_request *request, struct vordec_error *error) {
  const bool fields = outputs_read_fields(request->config);
  if (request->png_state_given && !request->png) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "decode: --state says which state --png shows, but --png is missing");
  }
  if (request->shard.count && !request->out) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "decode: --shard writes a part of the fields, so --out is needed");
  }
  if (request->parts && (request->shard.count || !request->out)) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "decode: --parts is for several ranks: %s",
                       request->out ? "--shard leaves parts of another kind" : "--out is needed");
  }
  if (request->resume && !request->shard.count) {
    return vordec_fail(error, VORDEC_E_USAGE, 0,
                       "decode: --resume keeps a part that --shard made: it needs --shard I/N");
  }
  if (fields && !request->out) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "decode: --out OUT.npz is needed; see 'vordec decode --help'");
  }
  if (fields || (!request->out && !request->png)) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_USAGE, 0,
                     "decode: --out and --png need fields, but [decode] observer = %s reads none; use snapshots",
                     vordec_config_get(request->config, "decode", "observer"));
}

/* What parts of one run have in common. */
static enum vordec_status describe(struct decode_request *request, struct vordec_error *error) {
  cJSON *texts = NULL;
  if (!request->shard.count) return VORDEC_OK;
  enum vordec_status status = request_texts_make(&command_decode, request, request->config, &texts, error);
  if (!status) status = shard_record_request(texts, request->shard_request, error);
  cJSON_Delete(texts);
  return status;
}

static int run(struct invocation *invocation, void *options_given) {
  struct decode_request *request = options_given;
  struct vordec_error error = {0};
  request->config = invocation->config;
  request->verbose = invocation->verbose;
  request->ranks = invocation->ranks;
  request->shard = invocation->shard;
  request->metrics_path = command_metrics_path(invocation->config);
  request->outputs = outputs_wanted(invocation->config);
  enum vordec_status status = check_usage(request, &error);
  if (!status) status = output_options_configure(&request->output, &error);
  if (!status) status = residual_settings_read(invocation->config, request->phases, &request->residual, &error);
  if (!status) status = ranks_settle(request->ranks, describe(request, &error), &error);
  if (!status) status = decode_run(request, &error);
  return status ? command_fail(&error) : EXIT_DONE;
}

const struct command command_decode = {
    .name = "decode",
    .summary = "turn states into vorticity fields",
    .synopsis = "--z0-npz STATE.npz --out OUT.npz [OPTION]..",
    .details = "Reads one state or a batch of states, decodes them with the backend that the\n"
               "configuration asks for, and writes the fields: omega_lp (the low-pass field), mask\n"
               "(-1, 0 or +1) and omega_hat (with the kept modes and the residual). A summary on\n"
               "stderr says what was asked for, what did the work, how long each stage took, and\n"
               "what the energy, enstrophy, support and hashes of the fields are.\n"
               "\n"
               "Files are written whole or not at all, and only after the decode has succeeded. If\n"
               "the disk fills up, none of them is left.",
    .examples = "vordec decode --z0-npz state.npz --out fields.npz --png fields.png\n"
                "vordec decode --z0-npz state.npz --out fields.nc --metrics-json metrics.json",
    COMMAND_OPTIONS(groups, struct decode_request),
    .takes_config = true,
    .keys = "decode mask combine residual plugins cpu metrics",
    .metrics = METRICS_WRITTEN,
    .ranks = RANKS_SHARED,
    .shards = true,
    .run = run,
};
