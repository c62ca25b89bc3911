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
  if (!fields->truth) return;
  comparison->truth = spectrum_measure(spectrum, fields->truth, shell[0]);
  comparison->relative_l2 = field_relative_l2(fields->omega_hat, fields->truth, fields->cells);
  comparison->relative_l2_lp = field_relative_l2(fields->omega_lp, fields->truth, fields->cells);
  comparison->correlation = field_correlation(fields->omega_hat, fields->truth, fields->cells);
}

void comparison_log(const struct comparison *row, const struct parity_row *parity) {
  const struct {
    const char *name;
    double value;
  } known[] = {{"relative L2", row->relative_l2},
               {"correlation", row->correlation},
               {"support", row->support_frac},
               {"energy", row->decoded.energy},
               {"enstrophy", row->decoded.enstrophy},
               {"parity error", parity ? parity->mean_abs : NAN},
               {"parity mask", parity ? (double)parity->mask_differs : NAN}};
  fprintf(stderr, "step %zu", row->step);
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    if (!isnan(known[i].value)) fprintf(stderr, ", %s %.6g", known[i].name, known[i].value);
  }
  fprintf(stderr, "\n");
}

enum vordec_status comparison_write_csv(const char *path, const struct comparison *rows, size_t count, double dt,
                                        const char *ran_on, struct vordec_error *error) {
  enum { COLUMNS = 10 };
  double *values = malloc((count + 1) * COLUMNS * sizeof *values);
  if (!values) return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for %s", path);
  for (size_t i = 0; i < count; i++) {
    const struct comparison *row = &rows[i];
    const double line[COLUMNS] = {(double)row->step,    (double)row->step * dt, row->relative_l2,  row->correlation,
                                  row->relative_l2_lp,  row->support_frac,      row->truth.energy, row->decoded.energy,
                                  row->truth.enstrophy, row->decoded.enstrophy};
    memcpy(values + i * COLUMNS, line, sizeof line);
  }
  const struct csv_table table = {"step,time,relative_l2,correlation,relative_l2_lp,support_frac,energy_truth,"
                                  "energy_decoded,enstrophy_truth,enstrophy_decoded",
                                  COLUMNS, count, values, ran_on};
  const enum vordec_status status = csv_write(path, &table, error);
  free(values);
  return status;
}
