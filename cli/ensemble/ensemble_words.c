/* SPDX-License-Identifier: MIT */
#include "ensemble_words.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "ensemble_summary.h"

#define LOWEST 0
#define MEDIAN 2
#define HIGHEST (ENSEMBLE_QUANTILES - 1)

static double quantile_at(const struct ensemble_statistics *statistics, size_t level, size_t row) {
  return statistics->quantiles[level * statistics->count + row];
}

/* The errors of all members at a snapshot. */
static void print_row(const struct ensemble *run, const struct ensemble_summary *summary, const char *what,
                      size_t row) {
  const struct ensemble_statistics *error = &summary->numbers[ENSEMBLE_RELATIVE_L2];
  fprintf(stderr, "%-14s step %zu: relative L2, median of the members %.4f, 90 %% of them %.4f to %.4f\n", what,
          row * run->request.simulation.stride, quantile_at(error, MEDIAN, row), quantile_at(error, LOWEST, row),
          quantile_at(error, HIGHEST, row));
  fprintf(stderr, "               beside it: persistence %.4f, climatology %.4f, encoding alone %.4f\n",
          quantile_at(&summary->numbers[ENSEMBLE_PERSISTENCE], MEDIAN, row),
          quantile_at(&summary->numbers[ENSEMBLE_CLIMATOLOGY], MEDIAN, row),
          quantile_at(&summary->numbers[ENSEMBLE_ENCODING], MEDIAN, row));
}

/* The last snapshot inside the training frames, and the last of all. */
static void print_worth(const struct ensemble *run) {
  const size_t stride = run->request.simulation.stride, last = run->layout.rows - 1;
  const struct training_span *training = &run->layout.training;
  struct ensemble_summary summary;
  struct vordec_error ignored;
  if (!run->layout.truth) return;
  if (!ensemble_summary_make(&run->all, &summary, &ignored)) {
    print_row(run, &summary, "training", training->last / stride < last ? training->last / stride : last);
    if (last * stride > training->last) print_row(run, &summary, "forecast", last);
  }
  ensemble_summary_release(&summary);
}

void ensemble_words_print(const struct ensemble *run) {
  const struct snapshot_request *request = &run->request;
  const struct ensemble_layout *layout = &run->layout;
  const int64_t seed = ensemble_member_seed(request, 0);
  char seeds[64] = "";
  if (seed >= 0) {
    snprintf(seeds, sizeof seeds, ", seeds %lld to %lld", (long long)seed,
             (long long)seed + (long long)request->members - 1);
  }
  if (strncmp(run->ran_on, "ran on the CPU", 14) == 0) fprintf(stderr, "%s\n", run->ran_on);
  fprintf(stderr, "members        %zu%s; N = %zu, D = %zu, %zu steps, %zu snapshots each\n", request->members, seeds,
          layout->n, layout->d, layout->steps, layout->rows);
  if (*layout->maker) fprintf(stderr, "frames         %s\n", layout->maker);
  fprintf(stderr, "decode         %s\n", run->ran_on);
  if (layout->learns) {
    fprintf(stderr, "learnt from    steps 0 to %zu of %zu of all members (%zu frames; %zu unknowns per column)\n",
            layout->training.last, layout->steps, request->members * (layout->training.last + 1), layout->d);
  }
  print_worth(run);
  if (run->recalled) fprintf(stderr, "resumed        %zu frames of rank 0's members were there\n", run->recalled);
  fprintf(stderr, "files          %s/%s_*\n", request->out_dir, request->prefix);
}
