/* What a person wants to know about a decode, in a few lines. */
#ifndef VORDEC_CLI_SUMMARY_H
#define VORDEC_CLI_SUMMARY_H

#include "formats/state_file.h"
#include "residual_input.h"

/* One line for a picture: backend, device, N, precision. */
void summary_title(const struct vordec_decoder_info *info, const struct vordec_decode_report *report,
                   const struct state_file *state, char *title, size_t size);

/* Prints the summary to stderr. */
void summary_print(const struct vordec_decoder *decoder, const struct vordec_decode_report *report,
                   const struct state_file *state, const struct vordec_decode_io *io,
                   const struct residual_input *residual);

#endif
