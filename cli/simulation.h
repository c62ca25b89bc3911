/* A simulation as options describe it: parameters, the field that it starts from, and its steps. */
#ifndef VORDEC_CLI_SIMULATION_H
#define VORDEC_CLI_SIMULATION_H

#include "command.h"
#include "formats/trajectory_output.h"
#include "science/les.h"

/* Options that every command with a simulation has, from index 0 of its table on. */
enum simulation_option {
  SIMULATION_N,
  SIMULATION_STEPS,
  SIMULATION_STRIDE,
  SIMULATION_DT,
  SIMULATION_NU0,
  SIMULATION_CS,
  SIMULATION_SEED,
  SIMULATION_INIT,
  SIMULATION_NOISE,
  SIMULATION_FILTER,
  SIMULATION_REFERENCE_MEAN,
  SIMULATION_OPTIONS
};

/* Their entries; what stride and time step mean is the command's to say. */
#define SIMULATION_OPTION_TABLE(stride_help, dt_help)                                                                  \
  [SIMULATION_N] = {"N", "N", "side of the grid. Default: 128, or the side of the field given"},                       \
  [SIMULATION_STEPS] = {"steps", "COUNT", "steps to take. Default: 400"},                                              \
  [SIMULATION_STRIDE] = {"stride", "COUNT", stride_help}, [SIMULATION_DT] = {"dt", "DT", dt_help},                     \
  [SIMULATION_NU0] = {"nu0", "NU", "viscosity. Default: 1e-4"},                                                        \
  [SIMULATION_CS] = {"Cs", "CS", "Smagorinsky's constant. Default: 0.17"},                                             \
  [SIMULATION_SEED] = {"seed", "SEED", "seed of the random start. Default: 0"},                                        \
  [SIMULATION_INIT] = {"init-npy", "W.npy", "the vorticity to start from, (N, N)"},                                    \
  [SIMULATION_NOISE] = {"noise-npy", "NOISE.npy",                                                                      \
                        "noise to start from, (N, N): it is smoothed over 11 cells and standardised, as the random "   \
                        "start is"},                                                                                   \
  [SIMULATION_FILTER] = {"filter", NULL, "damp the spectrum by exp(-36 (|k| / (N / 2))^8) after each step"},           \
  [SIMULATION_REFERENCE_MEAN] = {"reference-mean", NULL, "let the mean decay as the reference simulation does"}

#define STEPS_MAX 1000000000u

struct simulation_setup {
  struct les_desc les; /* n = 0: from the file of the start, or else the default */
  size_t steps, stride;
  uint64_t seed;
  bool seeded;              /* the start is drawn from the seed, or the seed was given */
  const char *init, *noise; /* files; NULL: none */
};

/* The setup that the command line asks for, defaults where it says nothing. */
enum vordec_status simulation_setup_read(const struct invocation *invocation, size_t default_stride,
                                         struct simulation_setup *setup, struct vordec_error *error);

/* A simulation at its start: the field of --init-npy, or --noise-npy or drawn noise, smoothed and standardised.
 * Completes setup->les.n. */
enum vordec_status simulation_create(struct simulation_setup *setup, struct les **les, struct vordec_error *error);

/* What a file says of a simulation like this one, whose setup is complete. */
struct trajectory_desc simulation_trajectory(const struct simulation_setup *setup);

#endif
