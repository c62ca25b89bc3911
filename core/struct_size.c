/* SPDX-License-Identifier: MIT */
/* Sizes of the public structs, for bindings that mirror them. */
#include <string.h>

#include <vordec/vordec.h>

#define SIZE(name)                                                                                                     \
  { #name, sizeof(struct name) }

static const struct {
  const char *name;
  size_t size;
} sizes[] = {
    SIZE(vordec_error),
    SIZE(vordec_device),
    SIZE(vordec_scalars),
    SIZE(vordec_config_key),
    SIZE(vordec_layout_desc),
    SIZE(vordec_layout_info),
    SIZE(vordec_decoder_desc),
    SIZE(vordec_decoder_info),
    SIZE(vordec_rollout_desc),
    SIZE(vordec_rollout_info),
    SIZE(vordec_rollout_report),
    SIZE(vordec_decode_io),
    SIZE(vordec_decode_report),
    SIZE(vordec_run),
    SIZE(vordec_fill_report),
    SIZE(vordec_simulation_desc),
    SIZE(vordec_simulation_info),
    SIZE(vordec_simulation_report),
    SIZE(vordec_comparison),
    SIZE(vordec_field_uses),
    SIZE(vordec_encoder_desc),
    SIZE(vordec_encoder_info),
    SIZE(vordec_encode_io),
    SIZE(vordec_encode_report),
    SIZE(vordec_residual_targets),
    SIZE(vordec_decoder_share),
    SIZE(vordec_adjoint_info),
    SIZE(vordec_adjoint_io),
    SIZE(vordec_adjoint_report),
    SIZE(vordec_exported_memory),
    SIZE(vordec_export_desc),
    SIZE(vordec_export_info),
    SIZE(vordec_export_io),
    SIZE(vordec_comparer_desc),
    SIZE(vordec_comparer_info),
    SIZE(vordec_compare_io),
    SIZE(vordec_compare_report),
    SIZE(vordec_compare_pair),
    SIZE(vordec_field_moments),
    SIZE(vordec_pair_moments),
    SIZE(vordec_shared_adjoint_info),
    SIZE(vordec_shared_adjoint_io),
};

size_t vordec_struct_size(const char *name) {
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    if (strcmp(sizes[i].name, name) == 0) return sizes[i].size;
  }
  return 0;
}
