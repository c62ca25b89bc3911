/* SPDX-License-Identifier: MIT */
/* vordec parity: decode the same states with several backends and compare them with the fp64 reference. */
#include <stdio.h>
#include <string.h>
#include <vordec/error.h>

#include "json_output.h"
#include "parity_run.h"

static const struct option_spec options[] = {
    {"z0-npz", "STATE.npz", "the file with the states to decode", .required = true,
     TO_INPUT(struct parity_request, z0)},
    {"backend", "LIST",
     "the backends to compare, separated by commas. Default: that of the configuration, or cpu if that is auto",
     TO_WORD(struct parity_request, backends)},
    {"json", "FILE", JSON_HELP "an array of objects", .bare = JSON_STDOUT, .ending = "json",
     TO_OUTPUT(struct parity_request, json)},
};
static const struct option_group groups[] = {OPTION_GROUP(options, 0)};

/* Where nothing is named: the configuration's backend if that is one, else cpu. Copied, since the setting is another
 * one for each backend that decodes. */
static void default_backend(const struct vordec_config *config, char name[PARITY_NAMES_MAX]) {
  const char *configured = vordec_config_get(config, "decode", "backend");
  snprintf(name, PARITY_NAMES_MAX, "%s", strcmp(configured, "auto") == 0 ? "cpu" : configured);
}

/* Before anything is decoded or printed: at least one name, and all of them names. */
static enum vordec_status check_backends(const struct parity_request *request, struct vordec_error *error) {
  const char *asked = request->backends;
  char names[PARITY_NAMES_MAX], *save = NULL;
  if (snprintf(names, sizeof names, "%s", asked) >= (int)sizeof names || !asked[strspn(asked, ", ")]) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "--backend '%.100s': expected names separated by commas", asked);
  }
  enum vordec_status status = VORDEC_OK;
  for (char *name = strtok_r(names, ", ", &save); name && !status; name = strtok_r(NULL, ", ", &save)) {
    status =
        vordec_config_set(request->config, "decode", "backend", name, VORDEC_FROM_COMMAND_LINE, "--backend", error);
  }
  return status;
}

/* On the command line, that is: a file serves other commands, too. */
static bool asks_for_permissive(const struct vordec_config *config) {
  return vordec_config_has(config, "decode", "policy", "permissive") == 1 &&
         strncmp(vordec_config_where(config, "decode", "policy"), "--", 2) == 0;
}

static enum vordec_status check_usage(const struct parity_request *request, struct vordec_error *error) {
  if (!asks_for_permissive(request->config)) return check_backends(request, error);
  return vordec_fail(error, VORDEC_E_USAGE, 0,
                     "parity compares the backends that are named and no others: leave --permissive out");
}

static int run(struct invocation *invocation, void *options_given) {
  struct parity_request *request = options_given;
  struct vordec_error error = {0};
  char configured[PARITY_NAMES_MAX];
  bool within = true;
  request->config = invocation->config;
  request->verbose = invocation->verbose;
  default_backend(invocation->config, configured);
  if (!request->backends) request->backends = configured;
  enum vordec_status status = check_usage(request, &error);
  if (!status) status = parity_run(request, &within, &error);
  if (status) return command_fail(&error);
  return within ? EXIT_DONE : EXIT_DIFFERENT;
}

const struct command command_parity = {
    .name = "parity",
    .summary = "compare backends with the fp64 reference",
    .synopsis = "--z0-npz STATE.npz [--backend cpu,vulkan] [OPTION]..",
    .details = "Decodes the states with the reference (backend cpu, fft fftw, fp64) and with each\n"
               "backend named, and prints for each state the mean and the largest absolute\n"
               "difference of omega_lp, the relative differences of energy and enstrophy, and the\n"
               "number of mask cells that differ. The exit code is 4 if a mean error exceeds 1e-6 in\n"
               "fp32 or 1e-12 in fp64 (times the field's rms if that is above 1), or if more than\n"
               "one mask cell in 10,000 differs. The policy is always strict, whatever a\n"
               "configuration file says, and --permissive is refused.",
    .examples = "vordec parity --z0-npz state.npz --backend cpu\n"
                "vordec parity --z0-npz state.npz --backend cpu --decode-fft pruned",
    COMMAND_OPTIONS(groups, struct parity_request),
    .takes_config = true,
    .keys = "decode mask plugins cpu",
    .run = run,
};
