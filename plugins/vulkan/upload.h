/*
 * upload.h - one-off copies at plan creation.
 */
#ifndef VORDEC_VULKAN_UPLOAD_H
#define VORDEC_VULKAN_UPLOAD_H

#include "plan.h"

/* Fills the plan's tables (modes, columns, twiddles, energies) on the device, through a staging buffer that is gone
 * afterwards.
 */
enum vordec_status upload_tables(struct vordec_plan *plan, struct vordec_error *error);

#endif
