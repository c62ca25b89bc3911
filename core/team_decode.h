/* SPDX-License-Identifier: MIT */
/* Decodes whose batches several devices share, each in a thread of its own. Called outside of any call on their
 * engines. */
#ifndef VORDEC_CORE_TEAM_DECODE_H
#define VORDEC_CORE_TEAM_DECODE_H

#include "decoder.h"

/* Says whether a call is one for the team: one of states that the host has. */
bool team_shares(const struct vordec_decoder *decoder, const struct vordec_decode_io *io);

/* vordec_decode() for the team. A device that is lost ends the call; under a permissive policy the others do its
 * batches, and those of later calls. */
enum vordec_status team_decode(struct vordec_decoder *leader, const struct vordec_decode_io *io,
                               struct vordec_decode_report *report, struct vordec_error *error);

/* Does the same in pieces, which take some 200 ms. team_end() ends one that has begun, or does nothing. */
enum vordec_status team_begin(struct vordec_decoder *leader, const struct vordec_decode_io *io,
                              struct vordec_error *error);
enum vordec_status team_piece(struct vordec_decoder *leader, size_t *left, struct vordec_decode_report *report,
                              struct vordec_error *error);
void team_end(struct vordec_decoder *leader);

#endif
