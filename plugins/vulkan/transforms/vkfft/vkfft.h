/*
 * vkfft.h - VkFFT made safe: a C2R plan over PLAN_HALF_SPECTRUM and PLAN_OMEGA_LP.
 *
 * Planning is serialised in the process and runs under the C locale of the calling thread; glslang is initialised once.
 * What VkFFT allocates and creates is tracked (vkfft_calls.h), so that its failures leak nothing.
 */
#ifndef VORDEC_VULKAN_VKFFT_H
#define VORDEC_VULKAN_VKFFT_H

#include "plan/record.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Whether VkFFT is handed this size at all: 1.2.26 fails silently where a prime factor exceeds 13. */
bool vkfft_serves(uint32_t n);

/*
 * Makes the plan's transform (chunk x n x n, the plan's precision), from the disk cache where that has it; *cached says
 * so. E_UNSUPPORTED with REASON_FFT_SIZE: VkFFT will not do it. Failures of Vulkan come as they are.
 */
enum vordec_status vkfft_create(struct vordec_plan *plan, struct vkfft **vkfft, bool *cached,
                                struct vordec_error *error);
/* Accepts NULL. The device must have finished with it. */
void vkfft_destroy(struct vordec_session *session, struct vkfft *vkfft);

/* Stores what was compiled on disk, once the transform has passed its self-test. */
void vkfft_keep(struct vordec_session *session, const struct vkfft *vkfft);

/* Records the inverse transform PLAN_HALF_SPECTRUM -> PLAN_OMEGA_LP; the spectrum is lost. */
void vkfft_record(struct recorder *recorder, struct vkfft *vkfft);

/* Device memory that it took by itself. */
uint64_t vkfft_device_bytes(const struct vkfft *vkfft);

#ifdef __cplusplus
}
#endif

#endif
