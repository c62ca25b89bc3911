/* SPDX-License-Identifier: MIT */
/* What a simulation is asked for: parameters, the field that it starts from, and its steps. */
#ifndef VORDEC_CLI_FRAMES_SIMULATION_SETUP_H
#define VORDEC_CLI_FRAMES_SIMULATION_SETUP_H

#include <vordec/vordec.h>

#include "science/start.h"

#define SIMULATION_DEFAULT_N 128

struct simulation_setup {
  struct vordec_simulation_desc les; /* n = 0: from the file of the start, or else the default */
  double nu0;                        /* in the units of the box; les.nu0 is made from it */
  double box;                        /* its side; 0: 2 pi */
  size_t steps, stride;
  struct vordec_decoder *beside; /* whose device it takes if [simulate] allows that; NULL: none. Borrowed */
  bool quiet;                    /* what a start leaves out was said before */
  size_t members, member;  /* init and noise have a field for each of so many, of which this one counts; 0: they are one
                            * field */
  struct start_desc start; /* what is drawn where there is no file of the start */
  const char *start_name;  /* its kind, as it was asked for */
  bool start_given;        /* that was */
  bool spectrum_given;     /* one of its spectrum's parameters was */
  bool seeded;             /* the start is drawn from the seed, or the seed was given */
  const char *init, *noise; /* files; NULL: none */
  const char *dealias;      /* what les.dealias is made from, as it was asked for */
};

#endif
