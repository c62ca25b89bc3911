/* SPDX-License-Identifier: MIT */
#include "hdf5_output.h"

#include <string.h>
#include <vordec/error.h>

#include "hdf5_cause.h"
#include "io/outfile.h"

static hid_t create_file(struct hdf5_output *output, bool refers) {
  const hid_t access = H5Pcreate(H5P_FILE_ACCESS), properties = H5Pcreate(H5P_FILE_CREATE);
  output->descriptor.fd = fileno(outfile_stream(output->file));
  hid_t h5 = -1;
  if (access >= 0 && properties >= 0 && hdf5_descriptor_use(access, &output->descriptor)) {
    H5Pset_libver_bounds(access, H5F_LIBVER_V18, refers ? H5F_LIBVER_V110 : H5F_LIBVER_V18);
    H5Pset_obj_track_times(properties, false);
    H5Pset_link_creation_order(properties, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
    H5Pset_attr_creation_order(properties, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
    h5 = H5Fcreate(outfile_path(output->file), H5F_ACC_TRUNC, properties, access);
  }
  if (access >= 0) H5Pclose(access);
  if (properties >= 0) H5Pclose(properties);
  return h5;
}

enum vordec_status hdf5_output_create(const char *path, bool refers, struct hdf5_output *output,
                                      struct vordec_error *error) {
  *output = (struct hdf5_output){.h5 = -1};
  const enum vordec_status status = outfile_create(path, &output->file, error);
  if (status) return status;
  output->h5 = create_file(output, refers);
  return output->h5 < 0 ? hdf5_output_fail(output, error) : VORDEC_OK;
}

enum vordec_status hdf5_output_fail(const struct hdf5_output *output, struct vordec_error *error) {
  char cause[HDF5_CAUSE_MAX];
  hdf5_cause(cause);
  if (output->descriptor.error) {
    return vordec_fail(error, VORDEC_E_FAILED, 0, "%s: cannot write: %s", outfile_path(output->file),
                       strerror(output->descriptor.error));
  }
  return vordec_fail(error, VORDEC_E_FAILED, 0, "%s: cannot write: HDF5: %s", outfile_path(output->file), cause);
}

bool hdf5_output_close(struct hdf5_output *output) {
  const bool good = H5Fclose(output->h5) >= 0;
  output->h5 = -1;
  return good;
}

void hdf5_output_release(struct hdf5_output *output) {
  if (output->h5 >= 0) H5Fclose(output->h5);
  H5Eclear2(H5E_DEFAULT);
  outfile_destroy(output->file);
}
