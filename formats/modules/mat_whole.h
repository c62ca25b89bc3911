/* SPDX-License-Identifier: MIT */
/*
 * mat_whole.h - whether a MATLAB 5 file holds as many values of a variable as its shape says.
 *
 * libmatio takes memory for what a variable claims, reads what there is, and says nothing. The format: "MAT-File
 * Format", The MathWorks, chapter 1.
 */
#ifndef VORDEC_FORMATS_MAT_WHOLE_H
#define VORDEC_FORMATS_MAT_WHOLE_H

#include <stdbool.h>
#include <stdint.h>

/* False: values of the variable are missing, or it is not there. count: how many its shape says. A packed variable is
 * unpacked to its end for it, piece by piece. */
bool mat_variable_is_whole(const char *path, const char *name, uint64_t count);

#endif
