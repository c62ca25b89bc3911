#include "simulation.h"

#include <stdlib.h>
#include <vordec/error.h>

#define DEFAULT_STEPS 400
#define TEXT(number) #number
#define DEFAULT_IS(number) ". Default: " TEXT(number)

/* Whether N and steps were given matters: 0 stands for "not". */
const struct option_spec simulation_grid_options[SIMULATION_GRID_OPTIONS] = {
    {"N", "N", "side of the grid", .remark = DEFAULT_IS(SIMULATION_DEFAULT_N) ", or the side of the field given",
     TO_COUNT(struct simulation_setup, les.n, 4, VORDEC_MAX_N)},
    {"steps", "COUNT", "steps to take", .remark = DEFAULT_IS(DEFAULT_STEPS),
     TO_COUNT(struct simulation_setup, steps, 1, STEPS_MAX)},
};
const struct option_spec simulation_flow_options[SIMULATION_FLOW_OPTIONS] = {
    {"nu0", "NU", "viscosity", .initial = "1e-4", TO_REAL(struct simulation_setup, les.nu0)},
    {"Cs", "CS", "Smagorinsky's constant", .initial = "0.17", TO_REAL(struct simulation_setup, les.cs)},
    {"seed", "SEED", "seed of the random start", .initial = "0", TO_COUNT(struct simulation_setup, seed, 0, INT64_MAX),
     GIVEN(struct simulation_setup, seeded)},
    {"init-npy", "W.npy", "the vorticity to start from, (N, N)", TO_INPUT(struct simulation_setup, init)},
    {"noise-npy", "NOISE.npy",
     "noise to start from, (N, N): it is smoothed over 11 cells and standardised, as the random start is",
     TO_INPUT(struct simulation_setup, noise)},
    {"filter", NULL, "damp the spectrum by exp(-36 (|k| / (N / 2))^8) after each step",
     TO_FLAG(struct simulation_setup, les.filter)},
    {"dealias", NULL, "leave the modes with 3 max(|kx|, |ky|) > N out of the tendencies (two thirds)",
     TO_FLAG(struct simulation_setup, les.dealias)},
    {"reference-mean", NULL, "let the mean decay as the reference simulation does",
     TO_FLAG(struct simulation_setup, les.reference_mean)},
};

enum vordec_status simulation_configure(const struct vordec_config *config, struct simulation_setup *setup,
                                        struct vordec_error *error) {
  if (!(setup->les.dt > 0.0)) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "--dt: %g is not a time step", setup->les.dt);
  }
  if (setup->init && setup->noise) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "--init-npy and --noise-npy both give the start: choose one");
  }
  if (!setup->steps) setup->steps = DEFAULT_STEPS;
  setup->seeded = setup->seeded || (!setup->init && !setup->noise);
  setup->les.threads = (uint32_t)vordec_config_get_integer(config, "cpu", "threads");
  return VORDEC_OK;
}
