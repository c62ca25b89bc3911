/* SPDX-License-Identifier: MIT */
/* What a person sees of an ensemble that was done. */
#ifndef VORDEC_CLI_ENSEMBLE_ENSEMBLE_WORDS_H
#define VORDEC_CLI_ENSEMBLE_ENSEMBLE_WORDS_H

#include "ensemble.h"

/* Prints it to stderr; on the first rank. */
void ensemble_words_print(const struct ensemble *run);

#endif
