/* SPDX-License-Identifier: MIT */
/* Texts of an array of such. */
#ifndef VORDEC_IO_NPY_TEXT_H
#define VORDEC_IO_NPY_TEXT_H

#include "npy.h"

/* Text i of an array of NPY_TEXTS with at most one axis beside that of the characters, in UTF-8, into text, of `size`
 * bytes with the NUL. False: there is none, or it does not fit. */
bool npy_text_take(const struct npy_array *array, size_t i, char *text, size_t size);

#endif
