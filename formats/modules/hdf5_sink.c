/* Equal content gives equal bytes: no times are kept, and room is taken when a dataset is made. */
#include "hdf5_sink.h"

#include <hdf5.h>
#include <hdf5_hl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "hdf5_cause.h"
#include "hdf5_descriptor.h"
#include "io/outfile.h"
#include "name_list.h"
#include "variable.h"
#include "vordec_version.h"

#define NOT_A_VARIABLE "This is a netCDF dimension but not a netCDF variable. %10zu"
#define UNLIMITED UINT64_MAX          /* H5S_UNLIMITED, for which not every compiler's limits.h has what it takes */
#define CHUNK_BYTES ((size_t)1 << 30) /* the library's limit is 4 GiB */

struct hdf5_dim {
  char name[ARRAY_NAME_MAX];
  size_t length;
  bool grows;
};

struct hdf5_stream {
  struct array_stream stream;
  char name[ARRAY_NAME_MAX];
  struct npy_form row;
  hid_t dataset;
  struct hdf5_stream *next;
};

struct hdf5_sink {
  struct array_sink sink;
  struct outfile *file;
  struct hdf5_descriptor descriptor; /* of the outfile's temporary file */
  hid_t h5;
  struct name_list names;
  struct hdf5_stream *streams;
  double box, dt, stride; /* NAN: not said */
};

static struct hdf5_sink *own_of(const struct array_sink *sink) {
  return (struct hdf5_sink *)sink;
}

static enum vordec_status fail_write(const struct hdf5_sink *sink, struct vordec_error *error) {
  char cause[HDF5_CAUSE_MAX];
  hdf5_cause(cause);
  if (sink->descriptor.error) {
    return vordec_fail(error, VORDEC_E_FAILED, 0, "%s: cannot write: %s", outfile_path(sink->file),
                       strerror(sink->descriptor.error));
  }
  return vordec_fail(error, VORDEC_E_FAILED, 0, "%s: cannot write: HDF5: %s", outfile_path(sink->file), cause);
}

static enum vordec_status fail_memory(const char *path, struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "%s: out of memory", path);
}

/* ---- types and attributes */

/* As it is stored: little endian; there are no booleans in netCDF. */
static hid_t stored_type(enum npy_type type) {
  switch (type) {
  case NPY_F4:
    return H5T_IEEE_F32LE;
  case NPY_F8:
    return H5T_IEEE_F64LE;
  case NPY_I1:
  case NPY_B1:
    return H5T_STD_I8LE;
  case NPY_I2:
    return H5T_STD_I16LE;
  case NPY_I4:
    return H5T_STD_I32LE;
  case NPY_I8:
    return H5T_STD_I64LE;
  case NPY_U1:
    return H5T_STD_U8LE;
  case NPY_U2:
  case NPY_F2: /* its bits: nothing of ours is written so */
    return H5T_STD_U16LE;
  case NPY_U4:
    return H5T_STD_U32LE;
  case NPY_U8:
  case NPY_TYPE_COUNT:
    break;
  }
  return H5T_STD_U64LE;
}

static bool put_text(hid_t object, const char *name, const char *text) {
  return H5LTset_attribute_string(object, ".", name, text) >= 0;
}

static bool describe(hid_t dataset, const char *name) {
  const struct variable_kind *kind = variable_kind_of(name);
  static const signed char flags[] = {-1, 0, 1};
  if (!kind) return true;
  bool good = put_text(dataset, "long_name", kind->long_name);
  if (good && kind->units) good = put_text(dataset, "units", kind->units);
  if (good && kind->flags) {
    good = H5LTset_attribute_char(dataset, ".", "flag_values", (const char *)flags, 3) >= 0 &&
           put_text(dataset, "flag_meanings", "below within above");
  }
  if (good && strlen(name) == 1 && (name[0] == 'x' || name[0] == 'y')) {
    good = put_text(dataset, "axis", name[0] == 'x' ? "X" : "Y");
  }
  if (good && strcmp(name, "time") == 0) good = put_text(dataset, "axis", "T");
  return good;
}

/* ---- datasets */

static hid_t creation(void) {
  const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
  if (properties < 0) return properties;
  H5Pset_obj_track_times(properties, false);
  H5Pset_attr_creation_order(properties, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
  H5Pset_alloc_time(properties, H5D_ALLOC_TIME_EARLY);
  H5Pset_fill_time(properties, H5D_FILL_TIME_NEVER);
  return properties;
}

/* Makes a dataset; of a stream with one row as a chunk, as far as the library goes, and no rows yet. */
static hid_t make_dataset(hid_t h5, const char *name, const struct npy_form *form, bool stream) {
  hsize_t shape[NPY_MAX_NDIM + 1] = {0}, most[NPY_MAX_NDIM + 1], chunk[NPY_MAX_NDIM + 1];
  const int lead = stream ? 1 : 0, ndim = (int)form->ndim + lead;
  size_t bytes = npy_type_size(form->type);
  for (int i = lead; i < ndim; i++) {
    chunk[i] = most[i] = shape[i] = form->shape[i - lead];
    bytes *= form->shape[i - lead];
  }
  for (int i = lead; i < ndim && bytes > CHUNK_BYTES; i++) {
    const size_t parts = 1 + (bytes - 1) / CHUNK_BYTES, length = (size_t)chunk[i];
    if (length == 0 || parts == 0) break;
    chunk[i] = parts < length ? (length + parts - 1) / parts : 1;
    bytes = bytes / length * (size_t)chunk[i];
  }
  if (stream) {
    most[0] = UNLIMITED;
    chunk[0] = 1;
  }
  const hid_t properties = creation();
  const hid_t space = ndim ? H5Screate_simple(ndim, shape, most) : H5Screate(H5S_SCALAR);
  hid_t dataset = -1;
  if (properties >= 0 && space >= 0 && (!stream || H5Pset_chunk(properties, ndim, chunk) >= 0)) {
    dataset = H5Dcreate2(h5, name, stored_type(form->type), space, H5P_DEFAULT, properties, H5P_DEFAULT);
  }
  if (space >= 0) H5Sclose(space);
  if (properties >= 0) H5Pclose(properties);
  if (dataset >= 0 && !describe(dataset, name)) {
    H5Dclose(dataset);
    return -1;
  }
  return dataset;
}

static enum vordec_status take_name(struct hdf5_sink *sink, const char *name, struct vordec_error *error) {
  const size_t length = strlen(name);
  bool plain = length > 0 && length < ARRAY_NAME_MAX;
  for (size_t i = 0; i < length; i++) plain = plain && name[i] > ' ' && name[i] <= '~' && name[i] != '/';
  if (!plain || name_list_find(&sink->names, name) < sink->names.count) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "%s: '%s' is no name for another array", outfile_path(sink->file),
                       name);
  }
  return name_list_add(&sink->names, name) ? VORDEC_OK : fail_memory(outfile_path(sink->file), error);
}

static enum vordec_status write_whole(struct hdf5_sink *sink, const char *name, const struct npy_form *form,
                                      const void *data, struct vordec_error *error) {
  const hid_t dataset = make_dataset(sink->h5, name, form, false);
  const bool good =
      dataset >= 0 && H5Dwrite(dataset, stored_type(form->type), H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0;
  if (dataset >= 0) H5Dclose(dataset);
  return good ? VORDEC_OK : fail_write(sink, error);
}

static enum vordec_status sink_add(struct array_sink *sink, const char *name, const struct npy_form *form,
                                   const void *data, struct vordec_error *error) {
  struct npy_header header = {.type = form->type, .ndim = form->ndim};
  memcpy(header.shape, form->shape, sizeof header.shape);
  if (!npy_header_measure(&header)) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "%s: %s: the array's shape is too large",
                       outfile_path(own_of(sink)->file), name);
  }
  const enum vordec_status status = take_name(own_of(sink), name, error);
  return status ? status : write_whole(own_of(sink), name, form, data, error);
}

static enum vordec_status sink_add_scalar(struct array_sink *sink, const char *name, enum npy_type type,
                                          const void *value, struct vordec_error *error) {
  struct hdf5_sink *own = own_of(sink);
  if (type == NPY_F8 && strcmp(name, "L") == 0) own->box = *(const double *)value;
  if (type == NPY_F8 && strcmp(name, "dt") == 0) own->dt = *(const double *)value;
  if (type == NPY_I8 && strcmp(name, "stride") == 0) own->stride = (double)*(const int64_t *)value;
  return sink_add(sink, name, &(struct npy_form){.type = type}, value, error);
}

/* ---- streams */

static enum vordec_status sink_add_stream(struct array_sink *sink, const char *name, const struct npy_form *row,
                                          struct array_stream **stream, struct vordec_error *error) {
  struct hdf5_sink *own = own_of(sink);
  *stream = NULL;
  enum vordec_status status = take_name(own, name, error);
  if (status) return status;
  struct hdf5_stream *made = calloc(1, sizeof *made);
  if (!made) return fail_memory(name, error);
  made->stream.sink = sink;
  made->row = *row;
  snprintf(made->name, sizeof made->name, "%s", name);
  made->dataset = make_dataset(own->h5, name, row, true);
  if (made->dataset < 0) {
    free(made);
    return fail_write(own, error);
  }
  made->next = own->streams;
  own->streams = made;
  *stream = &made->stream;
  return VORDEC_OK;
}

static enum vordec_status sink_append(struct array_stream *stream, const void *row, struct vordec_error *error) {
  const struct hdf5_stream *own = (const struct hdf5_stream *)stream;
  hsize_t shape[NPY_MAX_NDIM + 1] = {stream->rows + 1}, start[NPY_MAX_NDIM + 1] = {stream->rows},
                               count[NPY_MAX_NDIM + 1] = {1};
  const int ndim = (int)own->row.ndim + 1;
  for (int i = 1; i < ndim; i++) count[i] = shape[i] = own->row.shape[i - 1];
  bool good = H5Dset_extent(own->dataset, shape) >= 0;
  const hid_t space = good ? H5Dget_space(own->dataset) : -1, memory = H5Screate_simple(ndim, count, NULL);
  good = good && space >= 0 && memory >= 0 &&
         H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL) >= 0 &&
         H5Dwrite(own->dataset, stored_type(own->row.type), memory, space, H5P_DEFAULT, row) >= 0;
  if (space >= 0) H5Sclose(space);
  if (memory >= 0) H5Sclose(memory);
  return good ? VORDEC_OK : fail_write(own_of(stream->sink), error);
}

/* ---- dimensions */

/* The positions or times along a dimension that has some; NULL: it has none. */
static double *coordinate(const struct hdf5_sink *sink, const struct hdf5_dim *dim) {
  const bool grid = strcmp(dim->name, "x") == 0 || strcmp(dim->name, "y") == 0;
  const double box = isnan(sink->box) ? 2 * acos(-1.0) : sink->box;
  double step = NAN;
  if (grid) step = box / (double)dim->length;
  if (strcmp(dim->name, "time") == 0) step = sink->dt * (isnan(sink->stride) ? 1 : sink->stride);
  double *values = isnan(step) ? NULL : malloc((dim->length + 1) * sizeof *values);
  for (size_t i = 0; values && i < dim->length; i++) values[i] = (double)i * step;
  return values;
}

/* A dimension's scale: its coordinates, or a dataset without content that has its length. */
static hid_t make_scale(struct hdf5_sink *sink, const struct hdf5_dim *dim) {
  if (name_list_find(&sink->names, dim->name) < sink->names.count) return H5Dopen2(sink->h5, dim->name, H5P_DEFAULT);
  double *values = coordinate(sink, dim);
  const struct npy_form form = {values ? NPY_F8 : NPY_F4, 1, {dim->length}};
  char text[80];
  const hid_t dataset = make_dataset(sink->h5, dim->name, &form, false);
  bool good = dataset >= 0;
  snprintf(text, sizeof text, NOT_A_VARIABLE, dim->length);
  if (good && values) good = H5Dwrite(dataset, H5T_IEEE_F64LE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0;
  if (good) good = H5DSset_scale(dataset, values ? dim->name : text) >= 0;
  free(values);
  if (good && name_list_add(&sink->names, dim->name)) return dataset;
  if (dataset >= 0) H5Dclose(dataset);
  return -1;
}

static bool attach(struct hdf5_sink *sink, hid_t dataset, const char *name) {
  hsize_t shape[H5S_MAX_RANK];
  const hid_t space = H5Dget_space(dataset);
  const int ndim = space < 0 ? -1 : H5Sget_simple_extent_dims(space, shape, NULL);
  bool good = ndim >= 0;
  if (space >= 0) H5Sclose(space);
  for (int axis = 0; good && axis < ndim; axis++) {
    struct hdf5_dim dim = {.length = (size_t)shape[axis]};
    variable_dim(variable_kind_of(name), (uint32_t)ndim, (uint32_t)axis, dim.length, dim.name);
    if (strcmp(dim.name, name) == 0) continue;
    const hid_t scale = make_scale(sink, &dim);
    good = scale >= 0 && H5DSattach_scale(dataset, scale, (unsigned)axis) >= 0;
    if (scale >= 0) H5Dclose(scale);
  }
  return good;
}

static bool attach_all(struct hdf5_sink *sink) {
  const size_t count = sink->names.count; /* scales come behind them */
  bool good = true;
  for (size_t i = 0; good && i < count; i++) {
    const hid_t dataset = H5Dopen2(sink->h5, sink->names.names[i], H5P_DEFAULT);
    good = dataset >= 0 && attach(sink, dataset, sink->names.names[i]);
    if (dataset >= 0) H5Dclose(dataset);
  }
  return good;
}

/* ---- the file */

static bool close_streams(struct hdf5_sink *sink) {
  bool good = true;
  while (sink->streams) {
    struct hdf5_stream *next = sink->streams->next;
    good = H5Dclose(sink->streams->dataset) >= 0 && good;
    free(sink->streams);
    sink->streams = next;
  }
  return good;
}

static enum vordec_status sink_finish(struct array_sink *sink, struct outfile **file, struct vordec_error *error) {
  struct hdf5_sink *own = own_of(sink);
  if (own->names.count == 0) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "%s: there is no array to write", outfile_path(own->file));
  }
  bool good = close_streams(own) && attach_all(own) && put_text(own->h5, "Conventions", "CF-1.8") &&
              put_text(own->h5, "source", "vordec " VORDEC_GIT_DESCRIBE);
  good = H5Fclose(own->h5) >= 0 && good;
  own->h5 = -1;
  *file = own->file;
  return good ? VORDEC_OK : fail_write(own, error);
}

static void sink_destroy(struct array_sink *sink) {
  struct hdf5_sink *own = own_of(sink);
  close_streams(own);
  if (own->h5 >= 0) H5Fclose(own->h5);
  H5Eclear2(H5E_DEFAULT);
  outfile_destroy(own->file);
  name_list_release(&own->names);
  free(own);
}

static hid_t create_file(struct hdf5_sink *sink) {
  const hid_t access = H5Pcreate(H5P_FILE_ACCESS), properties = H5Pcreate(H5P_FILE_CREATE);
  sink->descriptor.fd = fileno(outfile_stream(sink->file));
  hid_t h5 = -1;
  if (access >= 0 && properties >= 0 && hdf5_descriptor_use(access, &sink->descriptor)) {
    H5Pset_libver_bounds(access, H5F_LIBVER_V18, H5F_LIBVER_V18);
    H5Pset_obj_track_times(properties, false);
    H5Pset_link_creation_order(properties, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
    H5Pset_attr_creation_order(properties, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
    h5 = H5Fcreate(outfile_path(sink->file), H5F_ACC_TRUNC, properties, access);
  }
  if (access >= 0) H5Pclose(access);
  if (properties >= 0) H5Pclose(properties);
  return h5;
}

enum vordec_status hdf5_sink_create(const char *path, struct array_sink **sink, struct vordec_error *error) {
  static const struct array_sink_methods methods = {
      .add = sink_add,
      .add_scalar = sink_add_scalar,
      .add_stream = sink_add_stream,
      .append = sink_append,
      .finish = sink_finish,
      .destroy = sink_destroy,
  };
  *sink = NULL;
  struct hdf5_sink *made = calloc(1, sizeof *made);
  if (!made) return fail_memory(path, error);
  *made = (struct hdf5_sink){.sink.methods = &methods, .h5 = -1, .box = NAN, .dt = NAN, .stride = NAN};
  enum vordec_status status = outfile_create(path, &made->file, error);
  if (!status) made->h5 = create_file(made);
  if (!status && made->h5 < 0) status = fail_write(made, error);
  if (status) {
    sink_destroy(&made->sink);
    return status;
  }
  *sink = &made->sink;
  return VORDEC_OK;
}
