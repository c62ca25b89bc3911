/* SPDX-License-Identifier: MIT */
/*
 * timings.h - measurements that `auto` chooses by. They are kept in the disk cache and for the session, which does not
 * change its mind, even if nothing can be kept on disk.
 */
#ifndef VORDEC_VULKAN_TIMINGS_H
#define VORDEC_VULKAN_TIMINGS_H

#include "vulkan_session.h"

/* `ms`: SESSION_CANDIDATES times of candidates, in an order that goes with the key (shorter than 96 characters). */
void timings_remember(struct vordec_session *session, const char *key, const double *ms);
/* Returns false if nothing is known. */
bool timings_recall(struct vordec_session *session, const char *key, double *ms);

#endif
