/* SPDX-License-Identifier: MIT */
/* vordec loss: what states of a trajectory lose, and which size of state is enough. */
#include <vordec/error.h>

#include "encoding.h"
#include "frames/trajectory_options.h"
#include "interrupt.h"
#include "json_output.h"
#include "loss/loss_run.h"

static const struct option_spec options[] = {
    {"every", "COUNT", "measure every COUNT-th frame, beginning with the first", .initial = "1",
     TO_COUNT(struct loss_request, every, 1, SIZE_MAX / 2)},
    {"target-l2", "LOSS",
     "pick the smallest state in the table whose relative L2 error is at most LOSS in every frame; exit code 4 if "
     "there is none",
     TO_NOT_NEGATIVE(struct loss_request, target), GIVEN(struct loss_request, target_given)},
    {"k-cuts", "LIST",
     "the values of k_cut in the table, as whole numbers separated by commas. Default: chosen by the grid",
     TO_WORD(struct loss_request, k_cuts)},
    {"mid-cuts", "LIST", "the mid cuts in the table, in the same way", TO_WORD(struct loss_request, mid_cuts),
     .rare = true},
    {"kept", "LIST",
     "the numbers of kept modes in the table, in the same way; a state without kept modes is always there",
     TO_WORD(struct loss_request, kept), .rare = true},
    {"widths", "LIST", "the smoothing widths in the table, in the same way", TO_WORD(struct loss_request, widths),
     .rare = true},
    {"csv", "FILE", "where the table goes, with one line for each setting", .ending = "csv",
     TO_OUTPUT(struct loss_request, csv)},
    {"json", "FILE", JSON_HELP "an object (docs/loss.schema.json)", .bare = JSON_STDOUT, .ending = "json",
     TO_OUTPUT(struct loss_request, json)},
    {"png", "FILE", "where a picture of the loss over size, mid cut and width goes", .ending = "png",
     TO_OUTPUT(struct loss_request, png)},
    {"progress-every", "COUNT", "print a line on stderr every COUNT frames. Default: now and then",
     TO_COUNT(struct loss_request, progress_every, 1, SIZE_MAX), .rare = true},
};
static const struct option_group groups[] = {OPTION_GROUP(trajectory_options, offsetof(struct loss_request, traj)),
                                             OPTION_GROUP(options, 0),
                                             OPTION_GROUP(encoding_options, offsetof(struct loss_request, encoding))};

static enum vordec_status check(const struct loss_request *request, struct vordec_error *error) {
  if (!request->traj.path) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "loss: --traj FILE is needed; see 'vordec loss --help'");
  }
  if (request->target_given && !(request->target > 0)) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "--target-l2 %g: expected more than 0; every state loses something",
                       request->target);
  }
  return VORDEC_OK;
}

static int run(struct invocation *invocation, void *asked) {
  struct loss_request *request = asked;
  struct vordec_error error = {0};
  bool reached = false;
  interrupt_watch();
  encoding_configure(invocation->config, &request->encoding);
  request->config = invocation->config;
  request->log = command_log;
  request->log_ctx = (void *)&invocation->verbose;
  request->ignore_anchors = vordec_config_has(invocation->config, "combine", "anchors", "ignore") == 1;
  enum vordec_status status = check(request, &error);
  if (!status) status = loss_run(request, &reached, &error);
  if (status) return command_fail(&error);
  if (interrupt_came()) return EXIT_INTERRUPTED;
  return reached ? EXIT_DONE : EXIT_DIFFERENT;
}

const struct command command_loss = {
    .name = "loss",
    .summary = "measure what states lose, and find a size that is enough",
    .synopsis = "--traj FILE [--target-l2 LOSS] [--csv FILE] [--png FILE] [OPTION]..",
    .details = "Encodes the frames of a trajectory and says what the states lose: the relative L2\n"
               "error and the correlation of the decoded field (without a synthesised residual), and\n"
               "the error of its energy and enstrophy spectra. Next to them stand what costs as many\n"
               "numbers: a sharp cut, and the largest modes. The tables go to stdout.\n"
               "\n"
               "The error of a spectrum is the sum of |difference| over the shells of |k|, divided\n"
               "by the whole. The sharp cut |k| <= k holds as many independent numbers as the state;\n"
               "so do the largest modes, but their places would have to be stored, too. A mode and\n"
               "its conjugate are two independent numbers, however a state stores them.\n"
               "\n"
               "A second table has the same figures for a range of settings: k_cut, mid cut, kept\n"
               "modes, and the smoothing width, which decides how much of a kept mode is left in the\n"
               "residual. A state without kept modes is itself a sharp cut.",
    .examples = "vordec loss --traj traj.npz --target-l2 0.25\n"
                "vordec loss --traj traj.npz --every 5 --csv loss.csv --png loss.png",
    COMMAND_OPTIONS(groups, struct loss_request),
    .takes_config = true,
    .keys = KEYS_OF_PLACE " encode mask combine.anchors plugins cpu metrics.box",
    .run = run,
};
