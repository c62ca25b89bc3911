/* SPDX-License-Identifier: MIT */
#include "comparison.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "cli/csv.h"

void comparison_make(struct spectrum *spectrum, const struct compared_fields *fields, double *const shell[2],
                     struct comparison *comparison) {
  comparison->decoded = spectrum_measure(spectrum, fields->omega_hat, shell[1]);
  comparison->truth = (struct spectrum_totals){NAN, NAN};
  comparison->relative_l2 = comparison->correlation = comparison->relative_l2_lp = NAN;
  comparison->persistence = comparison->climatology = NAN;
  if (!fields->truth) return;
  comparison->truth = spectrum_measure(spectrum, fields->truth, shell[0]);
  comparison->relative_l2 = field_relative_l2(fields->omega_hat, fields->truth, fields->cells);
  comparison->relative_l2_lp = field_relative_l2(fields->omega_lp, fields->truth, fields->cells);
  comparison->correlation = field_correlation(fields->omega_hat, fields->truth, fields->cells);
  comparison->persistence = field_relative_l2(fields->persistence, fields->truth, fields->cells);
  comparison->climatology = field_relative_l2(fields->climatology, fields->truth, fields->cells);
}

void comparison_log(const struct comparison *row, const struct training_span *training,
                    const struct parity_row *parity) {
  const struct {
    const char *name;
    double value;
  } known[] = {{"relative L2", row->relative_l2},
               {"correlation", row->correlation},
               {"persistence", row->persistence},
               {"climatology", row->climatology},
               {"encoding alone", row->encoding},
               {"support", row->support_frac},
               {"energy", row->decoded.energy},
               {"enstrophy", row->decoded.enstrophy},
               {"parity error", parity ? parity->mean_abs : NAN},
               {"parity mask", parity ? (double)parity->mask_differs : NAN}};
  fprintf(stderr, "step %zu (%s)", row->step, training_span_word(training, row->step));
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    if (!isnan(known[i].value)) fprintf(stderr, ", %s %.6g", known[i].name, known[i].value);
  }
  fprintf(stderr, "\n");
}

enum vordec_status comparison_write_csv(const char *path, const struct comparison_table *table,
                                        struct vordec_error *error) {
  enum { COLUMNS = 14 };
  double *values = malloc((table->count + 1) * COLUMNS * sizeof *values);
  if (!values) return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for %s", path);
  for (size_t i = 0; i < table->count; i++) {
    const struct comparison *row = &table->rows[i];
    const double step = (double)row->step;
    const double line[COLUMNS] = {step,
                                  step * table->dt,
                                  row->relative_l2,
                                  row->correlation,
                                  row->relative_l2_lp,
                                  row->support_frac,
                                  row->truth.energy,
                                  row->decoded.energy,
                                  row->truth.enstrophy,
                                  row->decoded.enstrophy,
                                  training_span_number(&table->training, row->step),
                                  row->persistence,
                                  row->climatology,
                                  row->encoding};
    memcpy(values + i * COLUMNS, line, sizeof line);
  }
  const struct csv_table csv = {"step,time,relative_l2,correlation,relative_l2_lp,support_frac,energy_truth,"
                                "energy_decoded,enstrophy_truth,enstrophy_decoded,train,relative_l2_persistence,"
                                "relative_l2_climatology,relative_l2_encoding",
                                COLUMNS, table->count, values, table->ran_on};
  const enum vordec_status status = csv_write(path, &csv, error);
  free(values);
  return status;
}
