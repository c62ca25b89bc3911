/* SPDX-License-Identifier: MIT */
/*
 * Names that backends once gave to FFTs. As input such a name still means the FFT, of that backend and of no other: one
 * that offers an FFT by the present name may mean something else by it. It is reported by the present name alone.
 */
#ifndef VORDEC_CORE_POLICY_FFT_NAMES_H
#define VORDEC_CORE_POLICY_FFT_NAMES_H

struct fft_rename {
  const char *backend, *was, *is;
};

/* The rename that an FFT's name has gone through; NULL: none has. */
const struct fft_rename *fft_rename_of(const char *name);

/* The name to report an FFT by that was asked for as `name`. */
const char *fft_present_name(const char *name);

/* The name to ask a backend for. What it has never called by `name` is left to it to refuse. */
const char *fft_name_for(const char *backend, const char *name);

#endif
