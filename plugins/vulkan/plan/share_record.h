/* SPDX-License-Identifier: MIT */
/*
 * share_record.h - what plans whose fields others see record besides (plan_share.h).
 */
#ifndef VORDEC_VULKAN_SHARE_RECORD_H
#define VORDEC_VULKAN_SHARE_RECORD_H

#include "record.h"

/* PLAN_SHARED_Z -> PLAN_COEF. */
void record_take_z(struct recorder *recorder);
/* The fields of the pending chunk to where those of the batch lie. */
void record_shared_copies(struct recorder *recorder);

#endif
