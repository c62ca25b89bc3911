/* SPDX-License-Identifier: MIT */
#include "hdf5_attribute.h"

/* space: is closed here. */
static bool put(hid_t object, const char *name, hid_t type, hid_t space, const void *value) {
  const hid_t attribute = type < 0 || space < 0 ? -1 : H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
  const bool good = attribute >= 0 && H5Awrite(attribute, type, value) >= 0;
  if (attribute >= 0) H5Aclose(attribute);
  if (space >= 0) H5Sclose(space);
  return good;
}

static hid_t list_of(size_t count) {
  const hsize_t length = count;
  return H5Screate_simple(1, &length, NULL);
}

static hid_t text_type(void) {
  const hid_t type = H5Tcopy(H5T_C_S1);
  if (type >= 0 && H5Tset_size(type, H5T_VARIABLE) >= 0 && H5Tset_cset(type, H5T_CSET_UTF8) >= 0) return type;
  if (type >= 0) H5Tclose(type);
  return -1;
}

hid_t hdf5_attribute_flag_type(void) {
  static const signed char values[] = {0, 1};
  const hid_t type = H5Tenum_create(H5T_STD_I8LE);
  if (type < 0) return type;
  if (H5Tenum_insert(type, "FALSE", &values[0]) >= 0 && H5Tenum_insert(type, "TRUE", &values[1]) >= 0) return type;
  H5Tclose(type);
  return -1;
}

bool hdf5_attribute_text(hid_t object, const char *name, const char *text) {
  const hid_t type = text_type();
  const bool good = put(object, name, type, H5Screate(H5S_SCALAR), &text);
  if (type >= 0) H5Tclose(type);
  return good;
}

bool hdf5_attribute_texts(hid_t object, const char *name, const char *const *texts, size_t count) {
  const char *const none[] = {""}; /* the library wants something to write, also of nothing */
  const hid_t type = text_type();
  const bool good = put(object, name, type, list_of(count), count ? texts : none);
  if (type >= 0) H5Tclose(type);
  return good;
}

bool hdf5_attribute_flag(hid_t object, const char *name, bool flag) {
  const signed char value = flag;
  const hid_t type = hdf5_attribute_flag_type();
  const bool good = put(object, name, type, H5Screate(H5S_SCALAR), &value);
  if (type >= 0) H5Tclose(type);
  return good;
}

bool hdf5_attribute_flags(hid_t object, const char *name, const bool *flags, size_t count) {
  _Static_assert(sizeof *flags == 1, "a flag is a byte");
  const hid_t type = hdf5_attribute_flag_type();
  const bool good = put(object, name, type, list_of(count), flags);
  if (type >= 0) H5Tclose(type);
  return good;
}

bool hdf5_attribute_real(hid_t object, const char *name, double value) {
  return put(object, name, H5T_IEEE_F64LE, H5Screate(H5S_SCALAR), &value);
}

bool hdf5_attribute_integer(hid_t object, const char *name, int64_t value) {
  return put(object, name, H5T_STD_I64LE, H5Screate(H5S_SCALAR), &value);
}
