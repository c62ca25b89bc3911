/* SPDX-License-Identifier: MIT */
/*
 * Names that backends once gave to their FFTs. Whoever asks for an FFT may still use its former name, but only of the
 * backend that it belonged to, since another backend may mean something else by the present name. Reports only use the
 * present name. Any thread.
 */
#ifndef VORDEC_CORE_POLICY_FFT_NAMES_H
#define VORDEC_CORE_POLICY_FFT_NAMES_H

struct fft_rename {
  const char *backend, *was, *is;
};

/* How the FFT of this name was renamed; NULL: it never was. */
const struct fft_rename *fft_rename_of(const char *name);

/* The name by which an FFT that was asked for as `name` is reported. */
const char *fft_present_name(const char *name);

/* The name to ask the backend for. If nothing of its own was ever called `name`, that is `name` itself, which the
 * backend will refuse. */
const char *fft_name_for(const char *backend, const char *name);

#endif
