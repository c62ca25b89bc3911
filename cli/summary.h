/* What a person wants to know about a decode, in a few lines. */
#ifndef VORDEC_CLI_SUMMARY_H
#define VORDEC_CLI_SUMMARY_H

#include "formats/state_file.h"
#include "residual_input.h"

#define SUMMARY_TITLE_MAX 600

/* One line for a picture of the i-th state: backend, device, N, precision, version. */
void summary_title(const struct vordec_decoder_info *info, const struct vordec_decode_report *report,
                   const struct state_file *state, size_t i, char title[SUMMARY_TITLE_MAX]);

/* Prints the summary to stderr. */
void summary_print(const struct vordec_decoder *decoder, const struct vordec_decode_report *report,
                   const struct state_file *state, const struct vordec_decode_io *io,
                   const struct residual_input *residual);

#endif
