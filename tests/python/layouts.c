/* SPDX-License-Identifier: MIT */
/* Prints what the C compiler makes of the public structs and constants: "struct field offset size", "struct - size",
 * "= name value". The Python package mirrors them. */
#include <stdio.h>
#include <vordec/vordec.h>

#define SIZE(type) printf("%s - %zu\n", #type, sizeof(struct type))
#define FIELD(type, field)                                                                                             \
  printf("%s %s %zu %zu\n", #type, #field, offsetof(struct type, field), sizeof(((struct type *)0)->field))
#define CONSTANT(name, value) printf("= %s %lld\n", name, (long long)(value))

static void inputs(void) {
  SIZE(vordec_config_key);
  FIELD(vordec_config_key, section);
  FIELD(vordec_config_key, key);
  FIELD(vordec_config_key, values);
  FIELD(vordec_config_key, summary);
  SIZE(vordec_layout_desc);
  FIELD(vordec_layout_desc, n);
  FIELD(vordec_layout_desc, mask_low);
  FIELD(vordec_layout_desc, anchor_idx);
  FIELD(vordec_layout_desc, anchor_count);
  FIELD(vordec_layout_desc, k_cut);
  FIELD(vordec_layout_desc, resid_mid_cut);
  SIZE(vordec_decoder_desc);
  FIELD(vordec_decoder_desc, batch);
  FIELD(vordec_decoder_desc, outputs);
  FIELD(vordec_decoder_desc, residuals);
  FIELD(vordec_decoder_desc, depth);
  SIZE(vordec_rollout_desc);
  FIELD(vordec_rollout_desc, d);
  FIELD(vordec_rollout_desc, a);
  FIELD(vordec_rollout_desc, z0);
  SIZE(vordec_simulation_desc);
  FIELD(vordec_simulation_desc, n);
  FIELD(vordec_simulation_desc, members);
  FIELD(vordec_simulation_desc, dt);
  FIELD(vordec_simulation_desc, nu0);
  FIELD(vordec_simulation_desc, cs);
  FIELD(vordec_simulation_desc, reference_mean);
  FIELD(vordec_simulation_desc, filter);
  FIELD(vordec_simulation_desc, dealias);
  SIZE(vordec_decode_io);
  FIELD(vordec_decode_io, count);
  FIELD(vordec_decode_io, z);
  FIELD(vordec_decode_io, rollout);
  FIELD(vordec_decode_io, residual);
  FIELD(vordec_decode_io, band);
  FIELD(vordec_decode_io, band_energy);
  FIELD(vordec_decode_io, omega_lp);
  FIELD(vordec_decode_io, mask);
  FIELD(vordec_decode_io, omega_hat);
  FIELD(vordec_decode_io, scalars);
  SIZE(vordec_run);
  FIELD(vordec_run, steps);
  FIELD(vordec_run, dt);
  FIELD(vordec_run, rollout_s);
  FIELD(vordec_run, nan_inf_hits);
  SIZE(vordec_residual_targets);
  FIELD(vordec_residual_targets, kept);
  FIELD(vordec_residual_targets, modes);
  FIELD(vordec_residual_targets, energy);
  SIZE(vordec_comparison);
  FIELD(vordec_comparison, relative_l2);
  FIELD(vordec_comparison, correlation);
  FIELD(vordec_comparison, relative_l2_persistence);
  FIELD(vordec_comparison, relative_l2_climatology);
  FIELD(vordec_comparison, relative_l2_encoding);
  SIZE(vordec_field_uses);
  FIELD(vordec_field_uses, pictures);
  FIELD(vordec_field_uses, files);
  FIELD(vordec_field_uses, hashes);
  FIELD(vordec_field_uses, numbers);
  FIELD(vordec_field_uses, journal);
}

static void export(void) {
  SIZE(vordec_exported_memory);
  FIELD(vordec_exported_memory, struct_size);
  FIELD(vordec_exported_memory, kind);
  FIELD(vordec_exported_memory, pointer);
  FIELD(vordec_exported_memory, size);
  FIELD(vordec_exported_memory, offset);
  FIELD(vordec_exported_memory, pitch);
  FIELD(vordec_exported_memory, dedicated);
  SIZE(vordec_export_desc);
  FIELD(vordec_export_desc, count);
  FIELD(vordec_export_desc, slots);
  FIELD(vordec_export_desc, takes_z);
  SIZE(vordec_export_info);
  FIELD(vordec_export_info, count);
  FIELD(vordec_export_info, slots);
  FIELD(vordec_export_info, made);
  FIELD(vordec_export_info, outputs);
  FIELD(vordec_export_info, precision);
  FIELD(vordec_export_info, takes_z);
  FIELD(vordec_export_info, semaphores);
  FIELD(vordec_export_info, host_bytes);
  FIELD(vordec_export_info, device_bytes);
  SIZE(vordec_export_io);
  FIELD(vordec_export_io, count);
  FIELD(vordec_export_io, z);
  FIELD(vordec_export_io, rollout);
  FIELD(vordec_export_io, takes_z);
  FIELD(vordec_export_io, z_value);
}

static void device(void) {
  SIZE(vordec_device);
  FIELD(vordec_device, struct_size);
  FIELD(vordec_device, index);
  FIELD(vordec_device, type);
  FIELD(vordec_device, name);
  FIELD(vordec_device, driver);
  FIELD(vordec_device, api);
  FIELD(vordec_device, uuid);
  FIELD(vordec_device, capabilities);
  FIELD(vordec_device, unusable);
  FIELD(vordec_device, unusable_detail);
  FIELD(vordec_device, memory_bytes);
  FIELD(vordec_device, max_buffer_bytes);
  FIELD(vordec_device, shared_memory_bytes);
  FIELD(vordec_device, max_workgroup_size);
  FIELD(vordec_device, subgroup_size);
  FIELD(vordec_device, threads);
}

static void infos(void) {
  SIZE(vordec_layout_info);
  FIELD(vordec_layout_info, n);
  FIELD(vordec_layout_info, m);
  FIELD(vordec_layout_info, d);
  FIELD(vordec_layout_info, anchors);
  FIELD(vordec_layout_info, mid_modes);
  FIELD(vordec_layout_info, high_modes);
  FIELD(vordec_layout_info, max_kept);
  SIZE(vordec_decoder_info);
  FIELD(vordec_decoder_info, backend_requested);
  FIELD(vordec_decoder_info, backend_used);
  FIELD(vordec_decoder_info, fft_requested);
  FIELD(vordec_decoder_info, fft_used);
  FIELD(vordec_decoder_info, device);
  FIELD(vordec_decoder_info, precision);
  FIELD(vordec_decoder_info, batch);
  FIELD(vordec_decoder_info, host_bytes);
  FIELD(vordec_decoder_info, device_bytes);
  FIELD(vordec_decoder_info, open_ms);
  FIELD(vordec_decoder_info, create_ms);
  FIELD(vordec_decoder_info, warmup_ms);
  FIELD(vordec_decoder_info, depth);
  SIZE(vordec_decoder_share);
  FIELD(vordec_decoder_share, device);
  FIELD(vordec_decoder_share, decode_device);
  FIELD(vordec_decoder_share, states);
  FIELD(vordec_decoder_share, lost);
  SIZE(vordec_rollout_info);
  FIELD(vordec_rollout_info, backend_requested);
  FIELD(vordec_rollout_info, backend_used);
  FIELD(vordec_rollout_info, device);
  FIELD(vordec_rollout_info, precision);
  FIELD(vordec_rollout_info, deterministic);
  SIZE(vordec_simulation_info);
  FIELD(vordec_simulation_info, backend_requested);
  FIELD(vordec_simulation_info, backend_used);
  FIELD(vordec_simulation_info, reason);
  FIELD(vordec_simulation_info, fft_requested);
  FIELD(vordec_simulation_info, fft_used);
  FIELD(vordec_simulation_info, device);
  FIELD(vordec_simulation_info, precision);
  FIELD(vordec_simulation_info, n);
  FIELD(vordec_simulation_info, members);
  FIELD(vordec_simulation_info, step);
  FIELD(vordec_simulation_info, les_device);
  FIELD(vordec_simulation_info, host_bytes);
  FIELD(vordec_simulation_info, device_bytes);
  FIELD(vordec_simulation_info, open_ms);
  FIELD(vordec_simulation_info, create_ms);
  FIELD(vordec_simulation_info, warmup_ms);
}

static void results(void) {
  SIZE(vordec_error);
  FIELD(vordec_error, status);
  FIELD(vordec_error, reason);
  FIELD(vordec_error, message);
  SIZE(vordec_rollout_report);
  FIELD(vordec_rollout_report, total_ms);
  FIELD(vordec_rollout_report, device_ms);
  FIELD(vordec_rollout_report, op_device);
  SIZE(vordec_simulation_report);
  FIELD(vordec_simulation_report, total_ms);
  FIELD(vordec_simulation_report, device_ms);
  FIELD(vordec_simulation_report, les_device);
  FIELD(vordec_simulation_report, device_timestamps);
  SIZE(vordec_decode_report);
  FIELD(vordec_decode_report, stage_ms);
  FIELD(vordec_decode_report, total_ms);
  FIELD(vordec_decode_report, device_timestamps);
  FIELD(vordec_decode_report, decode_device);
  SIZE(vordec_scalars);
  FIELD(vordec_scalars, energy_lp);
  FIELD(vordec_scalars, enstrophy_lp);
  FIELD(vordec_scalars, energy_hat);
  FIELD(vordec_scalars, enstrophy_hat);
  FIELD(vordec_scalars, support_frac);
  FIELD(vordec_scalars, residual_absmax);
  FIELD(vordec_scalars, band_energy);
  FIELD(vordec_scalars, band_gain);
}

static void constants(void) {
  CONSTANT("NO_FIELD", VORDEC_NO_FIELD);
  CONSTANT("MESSAGE_MAX", VORDEC_MESSAGE_MAX);
  CONSTANT("STAGES", VORDEC_STAGE_COUNT);
  CONSTANT("FP32", VORDEC_FP32);
  CONSTANT("FP64", VORDEC_FP64);
  CONSTANT("CAP_FP32", VORDEC_CAP_FP32);
  CONSTANT("CAP_FP64", VORDEC_CAP_FP64);
  CONSTANT("CAP_TIMESTAMPS", VORDEC_CAP_TIMESTAMPS);
  CONSTANT("OMEGA_LP", VORDEC_OMEGA_LP);
  CONSTANT("MASK", VORDEC_MASK);
  CONSTANT("OMEGA_HAT", VORDEC_OMEGA_HAT);
  CONSTANT("SCALARS", VORDEC_SCALARS);
  CONSTANT("RESIDUAL_FIELD", VORDEC_RESIDUAL_FIELD);
  CONSTANT("RESIDUAL_MID", VORDEC_RESIDUAL_MID);
  CONSTANT("RESIDUAL_HIGH", VORDEC_RESIDUAL_HIGH);
  CONSTANT("FROM_STATE", VORDEC_FROM_STATE);
  CONSTANT("FROM_FILE", VORDEC_FROM_FILE);
  CONSTANT("FROM_COMMAND_LINE", VORDEC_FROM_COMMAND_LINE);
  CONSTANT("LOG_ERROR", VORDEC_LOG_ERROR);
  CONSTANT("LOG_WARNING", VORDEC_LOG_WARNING);
  CONSTANT("LOG_INFO", VORDEC_LOG_INFO);
  CONSTANT("LOG_DEBUG", VORDEC_LOG_DEBUG);
}

static void encoders(void) {
  SIZE(vordec_encoder_desc);
  FIELD(vordec_encoder_desc, n);
  FIELD(vordec_encoder_desc, batch);
  FIELD(vordec_encoder_desc, k_cut);
  FIELD(vordec_encoder_desc, resid_mid_cut);
  FIELD(vordec_encoder_desc, topk_mid);
  FIELD(vordec_encoder_desc, modes);
  SIZE(vordec_encoder_info);
  FIELD(vordec_encoder_info, backend_requested);
  FIELD(vordec_encoder_info, backend_used);
  FIELD(vordec_encoder_info, reason);
  FIELD(vordec_encoder_info, fft_used);
  FIELD(vordec_encoder_info, device);
  FIELD(vordec_encoder_info, precision);
  FIELD(vordec_encoder_info, encode_device);
  FIELD(vordec_encoder_info, batch);
  FIELD(vordec_encoder_info, host_bytes);
  FIELD(vordec_encoder_info, device_bytes);
  FIELD(vordec_encoder_info, open_ms);
  FIELD(vordec_encoder_info, create_ms);
  FIELD(vordec_encoder_info, warmup_ms);
  FIELD(vordec_encoder_info, n);
  FIELD(vordec_encoder_info, m);
  FIELD(vordec_encoder_info, d);
  FIELD(vordec_encoder_info, anchors);
  FIELD(vordec_encoder_info, mid_modes);
  FIELD(vordec_encoder_info, high_modes);
  FIELD(vordec_encoder_info, mask_low);
  FIELD(vordec_encoder_info, anchor_idx);
  FIELD(vordec_encoder_info, smooth_width);
  FIELD(vordec_encoder_info, majority_iters);
  FIELD(vordec_encoder_info, smooth_kernel);
  FIELD(vordec_encoder_info, boundary);
  FIELD(vordec_encoder_info, tau);
  SIZE(vordec_encode_io);
  FIELD(vordec_encode_io, count);
  FIELD(vordec_encode_io, omega);
  FIELD(vordec_encode_io, simulation);
  FIELD(vordec_encode_io, first_member);
  FIELD(vordec_encode_io, z);
  FIELD(vordec_encode_io, mask);
  SIZE(vordec_encode_report);
  FIELD(vordec_encode_report, total_ms);
  FIELD(vordec_encode_report, device_ms);
  FIELD(vordec_encode_report, encode_device);
  FIELD(vordec_encode_report, device_timestamps);
  FIELD(vordec_encode_report, in_place);
}

static void adjoints(void) {
  SIZE(vordec_adjoint_info);
  FIELD(vordec_adjoint_info, backend_used);
  FIELD(vordec_adjoint_info, fft_used);
  FIELD(vordec_adjoint_info, device);
  FIELD(vordec_adjoint_info, precision);
  FIELD(vordec_adjoint_info, adjoint_device);
  FIELD(vordec_adjoint_info, batch);
  FIELD(vordec_adjoint_info, host_bytes);
  FIELD(vordec_adjoint_info, device_bytes);
  FIELD(vordec_adjoint_info, create_ms);
  FIELD(vordec_adjoint_info, warmup_ms);
  SIZE(vordec_adjoint_io);
  FIELD(vordec_adjoint_io, count);
  FIELD(vordec_adjoint_io, z);
  FIELD(vordec_adjoint_io, omega_lp);
  FIELD(vordec_adjoint_io, omega_hat);
  FIELD(vordec_adjoint_io, mask);
  FIELD(vordec_adjoint_io, z_gradient);
  FIELD(vordec_adjoint_io, residual);
  SIZE(vordec_shared_adjoint_info);
  FIELD(vordec_shared_adjoint_info, backend_used);
  FIELD(vordec_shared_adjoint_info, fft_used);
  FIELD(vordec_shared_adjoint_info, device);
  FIELD(vordec_shared_adjoint_info, precision);
  FIELD(vordec_shared_adjoint_info, adjoint_device);
  FIELD(vordec_shared_adjoint_info, count);
  FIELD(vordec_shared_adjoint_info, arrays);
  FIELD(vordec_shared_adjoint_info, semaphore);
  FIELD(vordec_shared_adjoint_info, host_bytes);
  FIELD(vordec_shared_adjoint_info, device_bytes);
  SIZE(vordec_shared_adjoint_io);
  FIELD(vordec_shared_adjoint_io, count);
  FIELD(vordec_shared_adjoint_io, omega_lp);
  FIELD(vordec_shared_adjoint_io, omega_hat);
  FIELD(vordec_shared_adjoint_io, z);
  FIELD(vordec_shared_adjoint_io, residual);
  FIELD(vordec_shared_adjoint_io, value);
  SIZE(vordec_adjoint_report);
  FIELD(vordec_adjoint_report, total_ms);
  FIELD(vordec_adjoint_report, device_ms);
  FIELD(vordec_adjoint_report, adjoint_device);
  FIELD(vordec_adjoint_report, device_timestamps);
}

static void comparers(void) {
  SIZE(vordec_comparer_desc);
  FIELD(vordec_comparer_desc, fields);
  FIELD(vordec_comparer_desc, pairs);
  SIZE(vordec_comparer_info);
  FIELD(vordec_comparer_info, backend_used);
  FIELD(vordec_comparer_info, device);
  FIELD(vordec_comparer_info, compare_device);
  FIELD(vordec_comparer_info, n);
  FIELD(vordec_comparer_info, fields);
  FIELD(vordec_comparer_info, pairs);
  FIELD(vordec_comparer_info, shells);
  FIELD(vordec_comparer_info, host_bytes);
  FIELD(vordec_comparer_info, device_bytes);
  FIELD(vordec_comparer_info, create_ms);
  FIELD(vordec_comparer_info, warmup_ms);
  SIZE(vordec_field_moments);
  FIELD(vordec_field_moments, mean);
  FIELD(vordec_field_moments, square);
  FIELD(vordec_field_moments, variance);
  SIZE(vordec_pair_moments);
  FIELD(vordec_pair_moments, f);
  FIELD(vordec_pair_moments, difference);
  FIELD(vordec_pair_moments, covariance);
  SIZE(vordec_compare_pair);
  FIELD(vordec_compare_pair, field);
  FIELD(vordec_compare_pair, factor);
  SIZE(vordec_compare_io);
  FIELD(vordec_compare_io, omega);
  FIELD(vordec_compare_io, simulation);
  FIELD(vordec_compare_io, member);
  FIELD(vordec_compare_io, decoder);
  FIELD(vordec_compare_io, output);
  FIELD(vordec_compare_io, field);
  FIELD(vordec_compare_io, keep);
  FIELD(vordec_compare_io, add);
  FIELD(vordec_compare_io, pairs);
  FIELD(vordec_compare_io, pair);
  FIELD(vordec_compare_io, moments);
  FIELD(vordec_compare_io, against);
  FIELD(vordec_compare_io, shell);
  FIELD(vordec_compare_io, copy);
  SIZE(vordec_compare_report);
  FIELD(vordec_compare_report, total_ms);
  FIELD(vordec_compare_report, device_ms);
  FIELD(vordec_compare_report, compare_device);
  FIELD(vordec_compare_report, device_timestamps);
}

int main(void) {
  adjoints();
  encoders();
  comparers();
  inputs();
  device();
  export();
  infos();
  results();
  constants();
  return 0;
}
