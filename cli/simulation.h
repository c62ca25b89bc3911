/* A simulation as options describe it: parameters, the field that it starts from, and its steps. */
#ifndef VORDEC_CLI_SIMULATION_H
#define VORDEC_CLI_SIMULATION_H

#include "command.h"
#include "formats/trajectory_output.h"
#include "science/les.h"

#define STEPS_MAX 1000000000u

struct simulation_setup {
  struct les_desc les; /* n = 0: from the file of the start, or else the default */
  size_t steps, stride;
  uint64_t seed;
  bool seeded;              /* the start is drawn from the seed, or the seed was given */
  const char *init, *noise; /* files; NULL: none */
};

/* Options that every command with a simulation has; they fill a struct simulation_setup. Between the two come --stride
 * and --dt, whose meaning is the command's to say. */
#define SIMULATION_GRID_OPTIONS 2
#define SIMULATION_FLOW_OPTIONS 7
extern const struct option_spec simulation_grid_options[SIMULATION_GRID_OPTIONS];
extern const struct option_spec simulation_flow_options[SIMULATION_FLOW_OPTIONS];

/* Completes what the options have filled: the steps where none were given, and the threads. E_USAGE: two starts, or a
 * time that does not go on. */
enum vordec_status simulation_configure(const struct vordec_config *config, struct simulation_setup *setup,
                                        struct vordec_error *error);

/* A simulation at its start: the field of --init-npy, or --noise-npy or drawn noise, smoothed and standardised.
 * Completes setup->les.n. */
enum vordec_status simulation_create(struct simulation_setup *setup, struct les **les, struct vordec_error *error);

/* What a file says of a simulation like this one, whose setup is complete. */
struct trajectory_desc simulation_trajectory(const struct simulation_setup *setup);

#endif
