/* SPDX-License-Identifier: MIT */
/*
 * test_amd_shaders FAMILY - builds every pipeline that plans and rollouts ask for on Mesa's RADV, for an AMD family of
 * which there need be no card, and prints a line of JSON for each: what it takes of the device. The first line is the
 * device.
 *
 * Exit code 1 if a pipeline cannot be built, spills registers or exceeds what the device
 * announces, or if a kernel of the plugin was not asked for; 77 where there is no RADV.
 */
#include "amd_grid.h"

#include <stdlib.h>
#include <string.h>

#define SKIP 77

static const char *const kernels[] = {VORDEC_AMD_KERNELS}; /* NAME_f32, NAME_f64 */

static const char *precision_name(uint32_t precisions) {
  static const char *const names[] = {"none", "fp32", "fp64", "both"};
  return names[precisions & 3];
}

static bool all_asked_for(const struct amd_requests *requests) {
  bool all = true;
  for (size_t k = 0; k < sizeof kernels / sizeof *kernels; k++) {
    bool found = false;
    for (size_t i = 0; i < requests->count; i++) {
      const struct amd_request *request = &requests->items[i];
      for (int precision = 0; precision < 2; precision++) {
        char name[64];
        snprintf(name, sizeof name, "%s_%s", request->kernel, precision == VORDEC_FP64 ? "f64" : "f32");
        found = found || ((request->precisions >> precision & 1) && strcmp(name, kernels[k]) == 0);
      }
    }
    if (!found) fprintf(stderr, "no plan of the grid asks for %s: amd_grid.c needs one that does\n", kernels[k]);
    all = all && found;
  }
  return all;
}

static void print_card(const char *family, const struct amd_card *card) {
  const VkPhysicalDeviceLimits *limits = &card->properties.limits;
  printf("{\"family\": \"%s\", \"device\": \"%s\", \"driver_version\": \"%u.%u.%u\", \"shared_memory_bytes\": %u, "
         "\"workgroup_threads\": %u, \"subgroup_size\": %u, \"fp64\": %s}\n",
         family, card->properties.deviceName, VK_API_VERSION_MAJOR(card->properties.driverVersion),
         VK_API_VERSION_MINOR(card->properties.driverVersion), VK_API_VERSION_PATCH(card->properties.driverVersion),
         limits->maxComputeSharedMemorySize, limits->maxComputeWorkGroupInvocations, card->subgroup_size,
         card->has_fp64 ? "true" : "false");
}

static void print_figures(const struct amd_request *request, uint32_t threads, const struct amd_figures *figures) {
  printf("{\"kernel\": \"%s\", \"precision\": \"%s\", \"plan\": \"%s\", \"constants\": [", request->kernel,
         precision_name(request->precisions), request->plan);
  for (uint32_t i = 0; i < request->count; i++) printf("%s%u", i ? ", " : "", request->constants[i]);
  printf("], \"threads\": %u, \"wave\": %llu, \"vgprs\": %llu, \"sgprs\": %llu, \"spilled_vgprs\": %llu, "
         "\"spilled_sgprs\": %llu, \"scratch_bytes\": %llu, \"lds_bytes\": %llu, \"waves_per_simd\": %llu, "
         "\"instructions\": %llu, \"code_bytes\": %llu, \"cycles\": %llu}\n",
         threads, (unsigned long long)figures->wave, (unsigned long long)figures->vgprs,
         (unsigned long long)figures->sgprs, (unsigned long long)figures->spilled_vgprs,
         (unsigned long long)figures->spilled_sgprs, (unsigned long long)figures->scratch,
         (unsigned long long)figures->lds, (unsigned long long)figures->waves,
         (unsigned long long)figures->instructions, (unsigned long long)figures->code_bytes,
         (unsigned long long)figures->cycles);
}

/* What is wrong with a pipeline; NULL: nothing. */
static const char *fault_of(const struct amd_card *card, uint32_t threads, const struct amd_figures *figures) {
  const VkPhysicalDeviceLimits *limits = &card->properties.limits;
  if (figures->spilled_vgprs || figures->spilled_sgprs || figures->scratch) return "spills registers";
  if (figures->lds > limits->maxComputeSharedMemorySize) return "takes more shared memory than there is";
  if (threads == 0 || threads > limits->maxComputeWorkGroupInvocations ||
      threads > limits->maxComputeWorkGroupSize[0]) {
    return "has a workgroup that is too large";
  }
  if (!figures->vgprs || !figures->sgprs || !figures->waves || !figures->instructions) return "has no figures";
  return NULL;
}

static bool build_all(const struct amd_card *card, const struct amd_requests *requests) {
  bool fine = true;
  for (size_t i = 0; i < requests->count; i++) {
    const struct amd_request *request = &requests->items[i];
    const uint32_t threads = amd_request_threads(request);
    struct amd_figures figures;
    const VkResult result = amd_card_build(card, request, &figures);
    const char *fault = result == VK_SUCCESS ? fault_of(card, threads, &figures) : "cannot be built";
    print_figures(request, threads, &figures);
    if (!fault) continue;
    fprintf(stderr, "%s, %s (%s): %s\n", request->kernel, precision_name(request->precisions), request->plan, fault);
    fine = false;
  }
  return fine;
}

int main(int argc, char **argv) {
  struct amd_card card;
  struct harness harness;
  struct amd_requests requests = {0};
  if (argc != 2) {
    fprintf(stderr, "usage: test_amd_shaders FAMILY\n");
    return 2;
  }
  if (!amd_card_open(&card, argv[1])) {
    fprintf(stderr, "no RADV for %s here\n", argv[1]);
    return SKIP;
  }
  if (!harness_open(&harness)) return 1;
  struct vordec_session *session = amd_pose_session(&harness, &card, &requests);
  bool fine = amd_grid_ask(&harness, session);
  harness.backend->close(session);
  fine = fine && all_asked_for(&requests);
  print_card(argv[1], &card);
  fine = build_all(&card, &requests) && fine;
  fprintf(stderr, "%s: %zu pipelines\n", card.properties.deviceName, requests.count);
  amd_requests_free(&requests);
  amd_card_close(&card);
  return fine ? 0 : 1;
}
