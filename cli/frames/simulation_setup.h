/* What a simulation is asked for: parameters, the field that it starts from, and its steps. */
#ifndef VORDEC_CLI_FRAMES_SIMULATION_SETUP_H
#define VORDEC_CLI_FRAMES_SIMULATION_SETUP_H

#include "science/les.h"

#define SIMULATION_DEFAULT_N 128

struct simulation_setup {
  struct les_desc les; /* n = 0: from the file of the start, or else the default */
  size_t steps, stride;
  uint64_t seed;
  bool seeded;              /* the start is drawn from the seed, or the seed was given */
  const char *init, *noise; /* files; NULL: none */
};

#endif
