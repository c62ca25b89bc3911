/* SPDX-License-Identifier: MIT */
#include "simulation_options.h"

#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "box.h"

#define DEFAULT_STEPS 400
#define TEXT(number) #number
#define DEFAULT_IS(number) ". Default: " TEXT(number)

/* Whether N and steps were given matters: 0 stands for "not". */
const struct option_spec simulation_grid_options[SIMULATION_GRID_OPTIONS] = {
    {"N", "N", "number of cells along each side of the grid",
     .remark = DEFAULT_IS(SIMULATION_DEFAULT_N) ", or the side of the field given",
     TO_COUNT(struct simulation_setup, les.n, 4, VORDEC_MAX_N)},
    {"steps", "COUNT", "number of steps to take", .remark = DEFAULT_IS(DEFAULT_STEPS),
     TO_COUNT(struct simulation_setup, steps, 1, STEPS_MAX)},
};
const struct option_spec simulation_flow_options[SIMULATION_FLOW_OPTIONS] = {
    {"nu0", "NU", "viscosity", .initial = "1e-4", TO_REAL(struct simulation_setup, nu0)},
    {"Cs", "CS", "Smagorinsky's constant", .initial = "0.17", TO_REAL(struct simulation_setup, les.cs)},
    {"start", "KIND",
     "isotropic: random phases and the energy spectrum exp(-(k - K)^2 / (2 W^2)), which gives the same large scales at "
     "every N; reference: the start of the original program, noise smoothed over 11 cells and standardised, whose "
     "scales shrink as N grows",
     .initial = "isotropic", TO_WORD(struct simulation_setup, start_name), GIVEN(struct simulation_setup, start_given),
     ONE_OF("isotropic", "reference")},
    {"start-peak", "K", "wavenumber at which the energy spectrum of the isotropic start peaks", .initial = "6",
     TO_REAL(struct simulation_setup, start.spectrum.peak), GIVEN(struct simulation_setup, spectrum_given),
     .rare = true},
    {"start-width", "W", "width of that peak, in wavenumbers", .initial = "2",
     TO_REAL(struct simulation_setup, start.spectrum.width), GIVEN(struct simulation_setup, spectrum_given),
     .rare = true},
    {"start-rms", "RMS",
     "root mean square of the starting vorticity; the default time step is stable with the default up to N = 1024",
     .initial = "0.5", TO_REAL(struct simulation_setup, start.spectrum.rms),
     GIVEN(struct simulation_setup, spectrum_given), .rare = true},
    {"seed", "SEED", "seed of the random start", .initial = "0",
     TO_COUNT(struct simulation_setup, start.seed, 0, INT64_MAX), GIVEN(struct simulation_setup, seeded)},
    {"init-npy", "W.npy", "file with the vorticity to start from, of shape (N, N)",
     TO_INPUT(struct simulation_setup, init)},
    {"noise-npy", "NOISE.npy",
     "file with noise to start from, of shape (N, N), which is smoothed over 11 cells and standardised, as --start "
     "reference does",
     TO_INPUT(struct simulation_setup, noise), .rare = true},
    {"filter", NULL, "multiply the spectrum by exp(-36 (|k| / (N / 2))^8) after each step",
     TO_FLAG(struct simulation_setup, les.filter), .rare = true},
    {"dealias", "WHAT",
     "two-thirds: leave modes with 3 max(|kx|, |ky|) > N out of the start and of the tendencies, because products of "
     "such modes would appear as others; off: keep them; auto: two-thirds, but off with --start reference and "
     "--noise-npy, as in the original program",
     .initial = "auto", TO_WORD(struct simulation_setup, dealias), ONE_OF("auto", "two-thirds", "off"), .rare = true},
    {"reference-mean", NULL, "let the mean decay as it does in the reference simulation",
     TO_FLAG(struct simulation_setup, les.reference_mean), .rare = true},
};

/* One start, and what belongs to it. */
static enum vordec_status configure_start(struct simulation_setup *setup, struct vordec_error *error) {
  if (setup->init && setup->noise) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "--init-npy and --noise-npy both set the start: choose one");
  }
  start_find(setup->start_name, &setup->start.kind);
  const char *file = setup->init ? "init-npy" : setup->noise ? "noise-npy" : NULL;
  const bool noise_is_its = setup->noise && setup->start.kind == START_REFERENCE;
  if (file && setup->start_given && !noise_is_its) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "--start %s and --%s both set the start: choose one",
                       setup->start_name, file);
  }
  if (setup->spectrum_given && (file || setup->start.kind != START_ISOTROPIC)) {
    return vordec_fail(error, VORDEC_E_USAGE, 0,
                       "--start-peak, --start-width and --start-rms belong to --start %s; leave them out, or %s out",
                       start_name(START_ISOTROPIC), file ? file : "--start reference");
  }
  setup->seeded = setup->seeded || !file;
  return VORDEC_OK;
}

/* From the word to what the simulation does. */
static void configure_dealias(struct simulation_setup *setup) {
  const bool original = setup->noise || (!setup->init && setup->start.kind == START_REFERENCE);
  const bool automatic = strcmp(setup->dealias, "auto") == 0;
  setup->les.dealias = automatic ? !original : strcmp(setup->dealias, "two-thirds") == 0;
}

/* With all lengths multiplied, the same vorticity is moved in the same way, and a viscosity counts as its square less.
 */
static void configure_box(struct simulation_setup *setup) {
  setup->box = box_side(setup->box, box_standard());
  const double ratio = box_standard() / setup->box;
  setup->les.nu0 = setup->nu0 * (ratio * ratio);
}

enum vordec_status simulation_configure(struct simulation_setup *setup, struct vordec_error *error) {
  if (!(setup->les.dt > 0.0)) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "--dt: %g: expected a time step above 0", setup->les.dt);
  }
  const enum vordec_status status = configure_start(setup, error);
  if (status) return status;
  configure_dealias(setup);
  configure_box(setup);
  if (!setup->steps) setup->steps = DEFAULT_STEPS;
  setup->les.members = 1;
  return VORDEC_OK;
}
