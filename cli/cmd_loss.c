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
     "pick the smallest state of the table whose relative L2 is at most this in every frame; exit code 4 if there is "
     "none",
     TO_NOT_NEGATIVE(struct loss_request, target), GIVEN(struct loss_request, target_given)},
    {"k-cuts", "LIST", "the table's k_cut, whole numbers separated by commas. Default: by the grid",
     TO_WORD(struct loss_request, k_cuts)},
    {"mid-cuts", "LIST", "the table's mid cuts, likewise", TO_WORD(struct loss_request, mid_cuts)},
    {"kept", "LIST", "the table's numbers of kept modes, likewise; none is always among them",
     TO_WORD(struct loss_request, kept)},
    {"widths", "LIST", "the table's widths of smoothing, likewise", TO_WORD(struct loss_request, widths)},
    {"csv", "FILE", "write the table, a line for each setting", TO_OUTPUT(struct loss_request, csv)},
    {"json", "FILE", JSON_HELP "an object (docs/loss.schema.json)", .bare = JSON_STDOUT,
     TO_OUTPUT(struct loss_request, json)},
    {"png", "FILE", "draw the loss over size, mid cut and width", TO_OUTPUT(struct loss_request, png)},
    {"progress-every", "COUNT", "print a line on stderr every COUNT frames. Default: now and then",
     TO_COUNT(struct loss_request, progress_every, 1, SIZE_MAX)},
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
               "error and the correlation of the field that they decode to (without a synthesised\n"
               "residual), and how far its spectra of energy and enstrophy are off, as the sum of\n"
               "|difference| over the shells of |k|, over the whole. Beside them stand a sharp cut\n"
               "|k| <= k that holds as many independent numbers, as many of the largest modes\n"
               "(where they are would have to be stored, too), and the raw field. A mode and its\n"
               "conjugate are two independent numbers, however a state stores them.\n\n"
               "Then the same for a table of settings: k_cut, mid cut, kept modes, and the width of\n"
               "smoothing, on which it depends how much of a kept mode the residual holds. A state\n"
               "without kept modes is a sharp cut itself. The tables go to stdout.",
    .examples = "vordec loss --traj traj.npz --target-l2 0.25\n"
                "vordec loss --traj traj.npz --every 5 --csv loss.csv --png loss.png",
    COMMAND_OPTIONS(groups, struct loss_request),
    .takes_config = true,
    .keys = KEYS_OF_PLACE " encode mask combine.anchors plugins cpu metrics.box",
    .run = run,
};
