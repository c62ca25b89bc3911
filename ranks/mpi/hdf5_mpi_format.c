/* SPDX-License-Identifier: MIT */
/* HDF5 files that all ranks of a run write together: format_hdf5_mpi.so, which is linked to the library's build for MPI
 * and loaded once MPI runs. Beside the plain build, whose symbols have other versions, it does no harm. */
#include <hdf5.h>
#include <string.h>
#include <vordec/error.h>

#include "formats/format_module.h"
#include "formats/modules/hdf5_sink.h"
#include "vordec_version.h"

/* Metadata is the same on all ranks, and each writes some of it: entry by entry, since a common transfer of all of it
 * lets ROMIO fill the gaps between entries with what was there before. */
static bool use_all_ranks(hid_t access) {
  return H5Pset_fapl_mpio(access, MPI_COMM_WORLD, MPI_INFO_NULL) >= 0;
}

/* All ranks take part in a transfer, and each puts down its own fields, which are contiguous and large: nothing is
 * gained by handing them to a few that write for all, and one whose write fails does not leave these waiting. */
static hid_t make_transfer(void) {
  const hid_t transfer = H5Pcreate(H5P_DATASET_XFER);
  if (transfer < 0) return transfer;
  if (H5Pset_dxpl_mpio(transfer, H5FD_MPIO_COLLECTIVE) >= 0 &&
      H5Pset_dxpl_mpio_collective_opt(transfer, H5FD_MPIO_INDIVIDUAL_IO) >= 0) {
    return transfer;
  }
  H5Pclose(transfer);
  return -1;
}

static struct hdf5_team all_ranks = {use_all_ranks, -1};

static enum vordec_status share(const struct array_shared *shared, const struct array_storage *storage,
                                struct array_sink **sink, struct vordec_error *error) {
  return hdf5_sink_share(shared, &all_ranks, storage, sink, error);
}

static const struct array_format hdf5_mpi_format = {.name = "hdf5", .share = share};

__attribute__((visibility("default"))) const struct array_format *vordec_format_entry(const char *version);

const struct array_format *vordec_format_entry(const char *version) {
  if (strcmp(version, VORDEC_GIT_DESCRIBE) != 0) return NULL;
  if (all_ranks.transfer >= 0) return &hdf5_mpi_format;
  H5dont_atexit();
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  H5PLset_loading_state(0);
  all_ranks.transfer = make_transfer();
  return all_ranks.transfer < 0 ? NULL : &hdf5_mpi_format;
}
