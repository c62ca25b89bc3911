# SPDX-License-Identifier: MIT
"""The structs of vordec.h and its parts, field by field. tests/python compares them with what the C compiler lays out."""

from __future__ import annotations

import ctypes as c

NO_FIELD = 2**32 - 1
MESSAGE_MAX = 640
STAGES = 5

FP32, FP64 = 0, 1
CAP_FP32, CAP_FP64, CAP_TIMESTAMPS = 1, 2, 4
OMEGA_LP, MASK, OMEGA_HAT, SCALARS = 1, 2, 4, 8
RESIDUAL_FIELD, RESIDUAL_MID, RESIDUAL_HIGH, RESIDUAL_PHASES = 1, 2, 4, 8
STEP_AUTO = c.c_size_t(-1).value
FROM_STATE, FROM_FILE, FROM_COMMAND_LINE = 1, 2, 3
CONFIG_BOOLEAN, CONFIG_INTEGER, CONFIG_REAL, CONFIG_CHOICE, CONFIG_SET = 1, 2, 3, 4, 5
LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG = 0, 1, 2, 3


class Error(c.Structure):
    _fields_ = [("status", c.c_int), ("reason", c.c_int), ("message", c.c_char * MESSAGE_MAX)]


class Device(c.Structure):
    _fields_ = [
        ("struct_size", c.c_size_t), ("index", c.c_uint32), ("type", c.c_int), ("name", c.c_char * 256),
        ("driver", c.c_char * 256), ("api", c.c_char * 64), ("uuid", c.c_uint8 * 16), ("capabilities", c.c_uint32),
        ("unusable", c.c_int), ("unusable_detail", c.c_char * 256), ("memory_bytes", c.c_uint64),
        ("max_buffer_bytes", c.c_uint64), ("shared_memory_bytes", c.c_uint32), ("max_workgroup_size", c.c_uint32),
        ("subgroup_size", c.c_uint32), ("threads", c.c_uint32),
    ]


class Scalars(c.Structure):
    _fields_ = [
        ("energy_lp", c.c_double), ("enstrophy_lp", c.c_double), ("energy_hat", c.c_double),
        ("enstrophy_hat", c.c_double), ("support_frac", c.c_double), ("residual_absmax", c.c_double),
        ("band_energy", c.c_double * 2), ("band_gain", c.c_double * 2),
    ]


class ConfigKey(c.Structure):
    _fields_ = [("section", c.c_char_p), ("key", c.c_char_p), ("values", c.c_char_p), ("summary", c.c_char_p)]


class LayoutDesc(c.Structure):
    _fields_ = [
        ("n", c.c_size_t), ("mask_low", c.c_void_p), ("anchor_idx", c.c_void_p), ("anchor_count", c.c_size_t),
        ("k_cut", c.c_double), ("resid_mid_cut", c.c_double),
    ]


class LayoutInfo(c.Structure):
    _fields_ = [
        ("n", c.c_size_t), ("m", c.c_size_t), ("d", c.c_size_t), ("anchors", c.c_size_t), ("mid_modes", c.c_size_t),
        ("high_modes", c.c_size_t), ("max_kept", c.c_size_t),
    ]


class DecoderDesc(c.Structure):
    _fields_ = [("batch", c.c_size_t), ("outputs", c.c_uint32), ("residuals", c.c_uint32),
                ("depth", c.c_size_t)]


class DecoderInfo(c.Structure):
    _fields_ = [
        ("backend_requested", c.c_char_p), ("backend_used", c.c_char_p), ("fft_requested", c.c_char_p),
        ("fft_used", c.c_char_p), ("device", Device), ("precision", c.c_int), ("batch", c.c_size_t),
        ("host_bytes", c.c_uint64), ("device_bytes", c.c_uint64), ("open_ms", c.c_double),
        ("create_ms", c.c_double), ("warmup_ms", c.c_double), ("depth", c.c_size_t),
    ]


class DecoderShare(c.Structure):
    _fields_ = [("device", Device), ("decode_device", c.c_char_p), ("states", c.c_uint64), ("lost", c.c_bool)]


class RolloutDesc(c.Structure):
    _fields_ = [("d", c.c_size_t), ("a", c.c_void_p), ("z0", c.c_void_p)]


class RolloutInfo(c.Structure):
    _fields_ = [
        ("backend_requested", c.c_char_p), ("backend_used", c.c_char_p), ("device", Device), ("precision", c.c_int),
        ("deterministic", c.c_bool),
    ]


class RolloutReport(c.Structure):
    _fields_ = [("total_ms", c.c_double), ("device_ms", c.c_double), ("op_device", c.c_char_p)]


class SimulationDesc(c.Structure):
    _fields_ = [
        ("n", c.c_size_t), ("members", c.c_size_t), ("dt", c.c_double), ("nu0", c.c_double), ("cs", c.c_double),
        ("reference_mean", c.c_bool), ("filter", c.c_bool), ("dealias", c.c_bool),
    ]


class SimulationInfo(c.Structure):
    _fields_ = [
        ("backend_requested", c.c_char_p), ("backend_used", c.c_char_p), ("reason", c.c_char_p),
        ("fft_requested", c.c_char_p), ("fft_used", c.c_char_p), ("device", Device), ("precision", c.c_int),
        ("n", c.c_size_t), ("members", c.c_size_t), ("step", c.c_uint64), ("les_device", c.c_char_p),
        ("host_bytes", c.c_uint64), ("device_bytes", c.c_uint64), ("open_ms", c.c_double), ("create_ms", c.c_double),
        ("warmup_ms", c.c_double),
    ]


class SimulationReport(c.Structure):
    _fields_ = [("total_ms", c.c_double), ("device_ms", c.c_double), ("les_device", c.c_char_p), ("device_timestamps", c.c_bool)]


class EncoderDesc(c.Structure):
    _fields_ = [
        ("n", c.c_size_t), ("batch", c.c_size_t), ("k_cut", c.c_double), ("resid_mid_cut", c.c_double),
        ("topk_mid", c.c_size_t), ("modes", c.c_int),
    ]


class EncoderInfo(c.Structure):
    _fields_ = [
        ("backend_requested", c.c_char_p), ("backend_used", c.c_char_p), ("reason", c.c_char_p),
        ("fft_used", c.c_char_p), ("device", Device), ("precision", c.c_int), ("encode_device", c.c_char_p),
        ("batch", c.c_size_t), ("host_bytes", c.c_uint64), ("device_bytes", c.c_uint64), ("open_ms", c.c_double),
        ("create_ms", c.c_double), ("warmup_ms", c.c_double), ("n", c.c_size_t), ("m", c.c_size_t),
        ("d", c.c_size_t), ("anchors", c.c_size_t), ("mid_modes", c.c_size_t), ("high_modes", c.c_size_t),
        ("mask_low", c.c_void_p), ("anchor_idx", c.c_void_p), ("smooth_width", c.c_uint32),
        ("majority_iters", c.c_uint32), ("smooth_kernel", c.c_int), ("boundary", c.c_int), ("tau", c.c_double),
    ]


class EncodeIo(c.Structure):
    _fields_ = [
        ("count", c.c_size_t), ("omega", c.c_void_p), ("simulation", c.c_void_p), ("first_member", c.c_size_t),
        ("z", c.c_void_p), ("mask", c.c_void_p),
    ]


class EncodeReport(c.Structure):
    _fields_ = [
        ("total_ms", c.c_double), ("device_ms", c.c_double), ("encode_device", c.c_char_p),
        ("device_timestamps", c.c_bool), ("in_place", c.c_bool),
    ]


class AdjointInfo(c.Structure):
    _fields_ = [
        ("backend_used", c.c_char_p), ("fft_used", c.c_char_p), ("device", Device), ("precision", c.c_int),
        ("adjoint_device", c.c_char_p), ("batch", c.c_size_t), ("host_bytes", c.c_uint64),
        ("device_bytes", c.c_uint64), ("create_ms", c.c_double), ("warmup_ms", c.c_double),
    ]


class ComparerDesc(c.Structure):
    _fields_ = [("fields", c.c_size_t), ("pairs", c.c_size_t)]


class ComparerInfo(c.Structure):
    _fields_ = [
        ("backend_used", c.c_char_p), ("device", Device), ("compare_device", c.c_char_p), ("n", c.c_size_t),
        ("fields", c.c_size_t), ("pairs", c.c_size_t), ("shells", c.c_size_t), ("host_bytes", c.c_uint64),
        ("device_bytes", c.c_uint64), ("create_ms", c.c_double), ("warmup_ms", c.c_double),
    ]


class AdjointIo(c.Structure):
    _fields_ = [
        ("count", c.c_size_t), ("z", c.c_void_p), ("omega_lp", c.c_void_p), ("omega_hat", c.c_void_p),
        ("mask", c.c_void_p), ("z_gradient", c.c_void_p), ("residual", c.c_void_p),
    ]


class AdjointReport(c.Structure):
    _fields_ = [
        ("total_ms", c.c_double), ("device_ms", c.c_double), ("adjoint_device", c.c_char_p),
        ("device_timestamps", c.c_bool),
    ]


class FieldMoments(c.Structure):
    _fields_ = [("mean", c.c_double), ("square", c.c_double), ("variance", c.c_double)]


class PairMoments(c.Structure):
    _fields_ = [("f", FieldMoments), ("difference", c.c_double), ("covariance", c.c_double)]


class ComparePair(c.Structure):
    _fields_ = [("field", c.c_uint32), ("factor", c.c_double)]


class CompareIo(c.Structure):
    _fields_ = [
        ("omega", c.c_void_p), ("simulation", c.c_void_p), ("member", c.c_size_t), ("decoder", c.c_void_p),
        ("output", c.c_uint32), ("field", c.c_uint32), ("keep", c.c_uint32), ("add", c.c_uint32),
        ("pairs", c.c_size_t), ("pair", c.c_void_p), ("moments", c.c_void_p), ("against", c.c_void_p),
        ("shell", c.c_void_p), ("copy", c.c_void_p),
    ]


class CompareReport(c.Structure):
    _fields_ = [
        ("total_ms", c.c_double), ("device_ms", c.c_double), ("compare_device", c.c_char_p),
        ("device_timestamps", c.c_bool),
    ]


class DecodeIo(c.Structure):
    _fields_ = [
        ("count", c.c_size_t), ("z", c.c_void_p), ("rollout", c.c_void_p), ("residual", c.c_void_p),
        ("band", c.c_void_p * 2), ("band_energy", c.c_void_p * 2), ("omega_lp", c.c_void_p), ("mask", c.c_void_p),
        ("omega_hat", c.c_void_p), ("scalars", c.c_void_p),
    ]


class DecodeReport(c.Structure):
    _fields_ = [
        ("stage_ms", c.c_double * STAGES), ("total_ms", c.c_double), ("device_timestamps", c.c_bool),
        ("decode_device", c.c_char_p),
    ]


class Run(c.Structure):
    _fields_ = [("steps", c.c_size_t), ("dt", c.c_double), ("rollout_s", c.c_double), ("nan_inf_hits", c.c_size_t)]


class FieldUses(c.Structure):
    _fields_ = [(name, c.c_uint64) for name in ("pictures", "files", "hashes", "numbers", "journal")]


class Comparison(c.Structure):
    _fields_ = [(name, c.c_double) for name in ("relative_l2", "correlation", "relative_l2_persistence",
                                                "relative_l2_climatology", "relative_l2_encoding")]


class ExportedMemory(c.Structure):
    _fields_ = [
        ("struct_size", c.c_size_t), ("kind", c.c_int), ("pointer", c.c_void_p), ("size", c.c_uint64),
        ("offset", c.c_uint64), ("pitch", c.c_uint64), ("dedicated", c.c_bool),
    ]


class SharedAdjointInfo(c.Structure):
    _fields_ = [
        ("backend_used", c.c_char_p), ("fft_used", c.c_char_p), ("device", Device), ("precision", c.c_int),
        ("adjoint_device", c.c_char_p), ("count", c.c_size_t), ("arrays", c.c_uint32), ("semaphore", c.c_bool),
        ("host_bytes", c.c_uint64), ("device_bytes", c.c_uint64),
    ]


class SharedAdjointIo(c.Structure):
    _fields_ = [
        ("count", c.c_size_t), ("omega_lp", c.c_bool), ("omega_hat", c.c_bool), ("z", c.c_bool),
        ("residual", c.c_bool), ("value", c.c_uint64),
    ]


class ExportDesc(c.Structure):
    _fields_ = [("count", c.c_size_t), ("slots", c.c_size_t), ("takes_z", c.c_bool)]


class ExportInfo(c.Structure):
    _fields_ = [
        ("count", c.c_size_t), ("slots", c.c_size_t), ("made", c.c_size_t), ("outputs", c.c_uint32),
        ("precision", c.c_int), ("takes_z", c.c_bool), ("semaphores", c.c_bool), ("host_bytes", c.c_uint64),
        ("device_bytes", c.c_uint64),
    ]


class ExportIo(c.Structure):
    _fields_ = [
        ("count", c.c_size_t), ("z", c.c_void_p), ("rollout", c.c_void_p), ("takes_z", c.c_bool),
        ("z_value", c.c_uint64),
    ]


class ResidualTargets(c.Structure):
    _fields_ = [("kept", c.c_size_t), ("modes", c.c_size_t * 2), ("energy", c.c_double * 2)]


MIRRORED: dict[str, type[c.Structure]] = {
    "vordec_error": Error,
    "vordec_device": Device,
    "vordec_scalars": Scalars,
    "vordec_config_key": ConfigKey,
    "vordec_layout_desc": LayoutDesc,
    "vordec_layout_info": LayoutInfo,
    "vordec_decoder_desc": DecoderDesc,
    "vordec_decoder_info": DecoderInfo, "vordec_decoder_share": DecoderShare,
    "vordec_rollout_desc": RolloutDesc,
    "vordec_rollout_info": RolloutInfo,
    "vordec_rollout_report": RolloutReport,
    "vordec_simulation_desc": SimulationDesc,
    "vordec_simulation_info": SimulationInfo,
    "vordec_simulation_report": SimulationReport,
    "vordec_encoder_desc": EncoderDesc,
    "vordec_encoder_info": EncoderInfo,
    "vordec_encode_io": EncodeIo,
    "vordec_encode_report": EncodeReport,
    "vordec_adjoint_info": AdjointInfo,
    "vordec_adjoint_io": AdjointIo,
    "vordec_adjoint_report": AdjointReport,
    "vordec_shared_adjoint_info": SharedAdjointInfo,
    "vordec_shared_adjoint_io": SharedAdjointIo,
    "vordec_comparer_desc": ComparerDesc,
    "vordec_comparer_info": ComparerInfo,
    "vordec_field_moments": FieldMoments,
    "vordec_pair_moments": PairMoments,
    "vordec_compare_pair": ComparePair,
    "vordec_compare_io": CompareIo,
    "vordec_compare_report": CompareReport,
    "vordec_decode_io": DecodeIo,
    "vordec_decode_report": DecodeReport,
    "vordec_run": Run,
    "vordec_comparison": Comparison,
    "vordec_field_uses": FieldUses,
    "vordec_residual_targets": ResidualTargets,
    "vordec_exported_memory": ExportedMemory,
    "vordec_export_desc": ExportDesc,
    "vordec_export_info": ExportInfo,
    "vordec_export_io": ExportIo,
}
"""The structs by their names in C."""

LogFn = c.CFUNCTYPE(None, c.c_void_p, c.c_int, c.c_char_p)
DeviceVisitor = c.CFUNCTYPE(None, c.c_void_p, c.c_char_p, c.c_char_p, c.POINTER(Device), c.POINTER(Error))
