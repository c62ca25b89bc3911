/* SPDX-License-Identifier: MIT */
#include "snapshot_summary.h"

#include <math.h>
#include <stdio.h>

#include "cli/encode_summary.h"
#include "cli/frames/simulation_frames.h"
#include "cli/interrupt.h"
#include "cli/les_summary.h"
#include "cli/ran_on.h"

/* What the operator was learnt from. */
static void print_training(const struct snapshot_run *run) {
  const struct training_span *training = &run->states.training;
  if (!training->known || !run->states.op.a) return;
  fprintf(stderr, "learnt from    steps 0 to %zu of %zu (%zu frames; %zu unknowns per column)\n", training->last,
          run->states.steps, training->last + 1, run->states.info.d);
  if (training->last == run->states.steps) {
    fprintf(stderr, "               no step lies outside the training frames: nothing here is a forecast\n");
  }
}

static void print_row(const char *what, const struct comparison *row) {
  fprintf(stderr, "%-14s step %zu: relative L2 %.4f, correlation %.4f\n", what, row->step, row->relative_l2,
          row->correlation);
  fprintf(stderr, "               beside it: persistence %.4f, climatology %.4f, encoding alone %.4f\n",
          row->persistence, row->climatology, row->encoding);
}

/* The last snapshot inside the training frames, and the last of all. */
static void print_worth(const struct snapshot_run *run) {
  const struct snapshot_results *results = &run->files.results;
  const struct comparison *inside = NULL, *outside = NULL;
  for (size_t i = 0; i < results->count; i++) {
    const struct comparison *row = &results->rows[i];
    if (isnan(row->relative_l2)) continue;
    *(training_span_holds(&results->training, row->step) ? &inside : &outside) = row;
  }
  if (inside) print_row("training", inside);
  if (outside) print_row("forecast", outside);
}

void snapshot_summary_print(const struct snapshot_run *run) {
  const struct snapshot_decodes *decodes = &run->decodes;
  const struct snapshot_states *states = &run->states;
  if (decodes->decoder) {
    char ran_on[RAN_ON_MAX];
    ran_on_device(&decodes->info.device, decodes->decode_device, ran_on);
    if (decodes->info.device.type == VORDEC_DEVICE_SOFTWARE) fprintf(stderr, "%s\n", ran_on);
  }
  fprintf(stderr, "snapshots      %zu, N = %zu, D = %zu, %zu of %zu steps%s\n", run->files.results.count, states->n,
          states->info.d, decodes->rollout.run.steps, states->steps, interrupt_came() ? ", interrupted" : "");
  les_summary_print(simulation_frames_simulation(states->frames));
  encode_summary_print(states->encoder);
  if (decodes->decoder) {
    fprintf(stderr, "decode         requested %s, used %s; fft %s; %s; on %s: %s\n", decodes->info.backend_requested,
            decodes->info.backend_used, decodes->info.fft_used,
            decodes->info.precision == VORDEC_FP64 ? "fp64" : "fp32",
            decodes->decode_device ? decodes->decode_device : "nothing yet", decodes->info.device.name);
    const char *reason = vordec_decoder_reason(decodes->decoder);
    if (*reason) fprintf(stderr, "because        %s\n", reason);
  } else {
    fprintf(stderr, "decode         none\n");
  }
  if (decodes->rollout.rollout) {
    struct vordec_rollout_info op;
    vordec_rollout_get(decodes->rollout.rollout, &op);
    fprintf(stderr, "op             requested %s, used %s; %s; on %s\n", op.backend_requested, op.backend_used,
            op.precision == VORDEC_FP64 ? "float64" : "float32",
            decodes->rollout.op_device ? decodes->rollout.op_device : "nothing yet");
  }
  print_training(run);
  print_worth(run);
  if (run->recalled || run->files.pictures.reused) {
    fprintf(stderr, "resumed        %zu frames and %zu pictures were there\n", run->recalled,
            run->files.pictures.reused);
  }
  if (run->request.timing) {
    fprintf(stderr, "timing         states and operator %.3f s, %zu steps %.3f s, %zu decodes %.3f s, all %.3f s\n",
            run->prepared_s, decodes->rollout.run.steps, decodes->rollout.run.rollout_s, decodes->decodes,
            1e-3 * decodes->decode_ms, run->whole_s);
  }
  fprintf(stderr, "files          %s/%s_*\n", run->request.out_dir, run->request.prefix);
}

void snapshot_summary_print_parity(const struct snapshot_run *run) {
  char ran_on[RAN_ON_MAX];
  ran_on_title(&run->decodes.info, run->decodes.decode_device, ran_on);
  printf("%s\n", ran_on);
  printf("reference: cpu, fftw, fp64; compared: %s, %s, %s; N = %zu\n", run->decodes.info.backend_used,
         run->decodes.info.fft_used, run->decodes.info.precision == VORDEC_FP64 ? "fp64" : "fp32", run->states.n);
  printf("%8s  %-22s  %9s  %9s  %6s\n", "step", "", "mean err", "max err", "mask");
  for (size_t i = 0; i < run->files.results.count; i++) {
    const struct parity_row *row = &run->files.results.parity[i];
    printf("%8zu  %-22s  %9.2e  %9.2e  %6zu  %s\n", row->step, training_span_word(&run->states.training, row->step),
           row->mean_abs, row->max_abs, row->mask_differs, row->within ? "ok" : "BEYOND TOLERANCE");
  }
}
