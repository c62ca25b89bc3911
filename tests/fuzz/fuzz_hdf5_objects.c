/* SPDX-License-Identifier: MIT */
/* HDF5 files that the library itself has made, of what the bytes choose: types, shapes, layouts, filters, links,
 * attributes. What was written plainly comes back; a trajectory is found in it, or is not. */
#include <stdlib.h>
#include <string.h>

#include "formats/format_module.h"
#include "formats/trajectory_find.h"
#include "formats/trajectory_stagger.h"
#include "fuzz.h"
#include "made_hdf5.h"
#include "sources.h"

const struct array_format *vordec_format_entry(const char *version);

static void check_last(struct array_source *source, const struct made_array *made) {
  struct vordec_error error = {0};
  struct array_slabs *slabs = NULL;
  size_t last[NPY_MAX_NDIM] = {0}, one[NPY_MAX_NDIM] = {0};
  double value = -1;
  FUZZ_CHECK(array_source_open_slabs(source, made->name, &slabs, &error) == VORDEC_OK);
  for (uint32_t i = 0; i < slabs->ndim; i++) {
    last[i] = slabs->shape[i] - 1;
    one[i] = 1;
  }
  FUZZ_CHECK(array_slabs_read(slabs, last, one, &value, &error) == VORDEC_OK);
  FUZZ_CHECK(value == made->last);
  array_slabs_close(slabs);
}

/* What is found has the axes of a grid, and its positions are read or refused. */
static void find_trajectory(struct array_source *source, const struct trajectory_request *request) {
  struct vordec_error error = {0};
  struct trajectory_layout layout;
  struct trajectory_grid grid;
  struct npy_form form;
  enum vordec_status status = trajectory_find(source, request, &layout, &error);
  if (status) {
    fuzz_check_error(status, &error);
    return;
  }
  FUZZ_CHECK(strchr(layout.axes, 'x') && strchr(layout.axes, 'y') && layout.arrays >= 1);
  if (layout.series) return;
  FUZZ_CHECK(array_source_describe(source, layout.key[0], &form, &error) || form.ndim == strlen(layout.axes));
  const struct trajectory_points points = {16, 0, 0};
  status = trajectory_positions_grid(source, &layout, &points, &grid, &error);
  if (!status) status = trajectory_stagger_read(source, &points, &layout, &error);
  if (status) fuzz_check_error(status, &error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const struct array_format *format = vordec_format_entry(vordec_git_describe());
  struct vordec_error error = {0};
  struct array_source *source = NULL;
  struct made_file made;
  char path[4096];
  snprintf(path, sizeof path, "%s", fuzz_path("made"));
  if (!made_hdf5_write(data, size, path, &made)) return 0;
  sources_check_file(format, path);
  if (format->open(path, &source, &error)) return 0;
  for (size_t i = 0; i < made.count; i++) check_last(source, &made.arrays[i]);
  find_trajectory(source, &(struct trajectory_request){.path = path});
  find_trajectory(source, &(struct trajectory_request){.path = path, .velocity = true});
  find_trajectory(source, &(struct trajectory_request){.path = path, .key = "u,v"});
  find_trajectory(source, &(struct trajectory_request){.path = path, .axes = "t,y,x"});
  array_source_close(source);
  return 0;
}
