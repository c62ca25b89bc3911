/* SPDX-License-Identifier: MIT */
#include "hdf5_output.h"

#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "hdf5_cause.h"
#include "io/outfile.h"

/* Links lie in the group's header, however many: the index that HDF5 would move them into lies elsewhere when several
 * processes write the file than when one does. */
#define LINKS_IN_HEADER 1024u

/* access: a list of properties that says where the file goes; closed. */
static hid_t create_file(const char *path, hid_t access, bool refers) {
  const hid_t properties = H5Pcreate(H5P_FILE_CREATE);
  hid_t h5 = -1;
  if (properties >= 0) {
    H5Pset_libver_bounds(access, H5F_LIBVER_V18, refers ? H5F_LIBVER_V110 : H5F_LIBVER_V18);
    H5Pset_obj_track_times(properties, false);
    H5Pset_link_creation_order(properties, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
    H5Pset_attr_creation_order(properties, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
    H5Pset_link_phase_change(properties, LINKS_IN_HEADER, LINKS_IN_HEADER / 2);
    h5 = H5Fcreate(path, H5F_ACC_TRUNC, properties, access);
    H5Pclose(properties);
  }
  H5Pclose(access);
  return h5;
}

static enum vordec_status keep_path(struct hdf5_output *output, const char *path, struct vordec_error *error) {
  output->path = strdup(path);
  if (output->path) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "%s: out of memory", path);
}

static hid_t access_of_descriptor(struct hdf5_output *output) {
  const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  output->descriptor.fd = fileno(outfile_stream(output->file));
  if (access < 0 || hdf5_descriptor_use(access, &output->descriptor)) return access;
  H5Pclose(access);
  return -1;
}

enum vordec_status hdf5_output_create(const char *path, bool refers, struct hdf5_output *output,
                                      struct vordec_error *error) {
  *output = (struct hdf5_output){.h5 = -1, .transfer = H5P_DEFAULT};
  enum vordec_status status = keep_path(output, path, error);
  if (!status) status = outfile_create(path, &output->file, error);
  if (status || !output->file) return status;
  const hid_t access = access_of_descriptor(output);
  if (access >= 0) output->h5 = create_file(path, access, refers);
  return output->h5 < 0 ? hdf5_output_fail(output, error) : VORDEC_OK;
}

enum vordec_status hdf5_output_share(const struct array_shared *shared, const struct hdf5_team *team,
                                     struct hdf5_output *output, struct vordec_error *error) {
  *output = (struct hdf5_output){.file = shared->file, .h5 = -1, .transfer = team->transfer};
  const enum vordec_status status = keep_path(output, shared->path, error);
  if (status) return status;
  const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  if (access >= 0 && team->use(access)) {
    output->h5 = create_file(shared->temp, access, false);
  } else if (access >= 0) {
    H5Pclose(access);
  }
  return output->h5 < 0 ? hdf5_output_fail(output, error) : VORDEC_OK;
}

bool hdf5_output_leads(const struct hdf5_output *output) {
  return output->file != NULL;
}

enum vordec_status hdf5_output_fail(const struct hdf5_output *output, struct vordec_error *error) {
  char cause[HDF5_CAUSE_MAX];
  hdf5_cause(cause, "the file system refused");
  if (output->descriptor.error) {
    return vordec_fail(error, VORDEC_E_FAILED, 0, "%s: cannot write: %s", output->path,
                       strerror(output->descriptor.error));
  }
  return vordec_fail(error, VORDEC_E_FAILED, 0, "%s: cannot write: HDF5: %s", output->path, cause);
}

/* Of a file that is shared each process has to see to its own bytes. */
bool hdf5_output_close(struct hdf5_output *output) {
  bool good = output->transfer == H5P_DEFAULT || H5Fflush(output->h5, H5F_SCOPE_GLOBAL) >= 0;
  good = H5Fclose(output->h5) >= 0 && good;
  output->h5 = -1;
  return good;
}

void hdf5_output_release(struct hdf5_output *output) {
  if (output->h5 >= 0) H5Fclose(output->h5);
  H5Eclear2(H5E_DEFAULT);
  outfile_destroy(output->file);
  free(output->path);
}
