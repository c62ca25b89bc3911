/* SPDX-License-Identifier: MIT */
#include "hdf5_number.h"

/* An enumeration of FALSE and TRUE, which is how h5py writes booleans. */
static bool is_boolean(hid_t type) {
  int8_t value = 0;
  return H5Tget_class(type) == H5T_ENUM && H5Tget_size(type) == 1 && H5Tget_nmembers(type) == 2 &&
         H5Tenum_valueof(type, "TRUE", &value) >= 0;
}

bool hdf5_number(hid_t type, enum npy_type *known, hid_t *memory) {
  static const enum npy_type with_sign[] = {NPY_I1, NPY_I2, NPY_I4, NPY_I8};
  static const enum npy_type without[] = {NPY_U1, NPY_U2, NPY_U4, NPY_U8};
  const hid_t signed_types[] = {H5T_NATIVE_INT8, H5T_NATIVE_INT16, H5T_NATIVE_INT32, H5T_NATIVE_INT64};
  const hid_t unsigned_types[] = {H5T_NATIVE_UINT8, H5T_NATIVE_UINT16, H5T_NATIVE_UINT32, H5T_NATIVE_UINT64};
  const size_t size = H5Tget_size(type);
  const H5T_class_t kind = H5Tget_class(type);
  if (kind == H5T_FLOAT && (size == 2 || size == 4)) {
    *known = NPY_F4;
    *memory = H5T_NATIVE_FLOAT;
    return true;
  }
  if (kind == H5T_FLOAT && size == 8) {
    *known = NPY_F8;
    *memory = H5T_NATIVE_DOUBLE;
    return true;
  }
  if (is_boolean(type)) {
    *known = NPY_B1;
    *memory = type;
    return true;
  }
  if (kind != H5T_INTEGER) return false;
  for (size_t i = 0; i < 4; i++) {
    if (size != (size_t)1 << i) continue;
    const bool sign = H5Tget_sign(type) != H5T_SGN_NONE;
    *known = sign ? with_sign[i] : without[i];
    *memory = sign ? signed_types[i] : unsigned_types[i];
    return true;
  }
  return false;
}

/* h5py's, Julia's and MATLAB's complex numbers are pairs of these. */
static bool is_complex(hid_t type) {
  return H5Tget_nmembers(type) == 2 && (H5Tget_member_index(type, "r") == 0 || H5Tget_member_index(type, "re") == 0 ||
                                        H5Tget_member_index(type, "real") == 0);
}

const char *hdf5_number_other(hid_t type) {
  switch (H5Tget_class(type)) {
  case H5T_FLOAT:
  case H5T_INTEGER:
    return "array of numbers of an unsupported size";
  case H5T_COMPOUND:
    return is_complex(type) ? "array of complex numbers" : "array of compounds";
  case H5T_STRING:
    return "text";
  case H5T_REFERENCE:
    return "array of references";
  case H5T_ENUM:
    return "array of enumerated values";
  case H5T_TIME:
  case H5T_BITFIELD:
  case H5T_OPAQUE:
  case H5T_VLEN:
  case H5T_ARRAY:
  case H5T_NO_CLASS:
  case H5T_NCLASSES:
    break;
  }
  return "array of something other than numbers";
}
