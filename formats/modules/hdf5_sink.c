/* SPDX-License-Identifier: MIT */
#include "hdf5_sink.h"

#include <hdf5.h>
#include <hdf5_hl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "hdf5_dataset.h"
#include "hdf5_output.h"
#include "io/outfile.h"
#include "name_list.h"
#include "variable.h"
#include "vordec_version.h"

#define NOT_A_VARIABLE "This is a netCDF dimension but not a netCDF variable. %10zu"
#define LEAST_CHUNK 256 /* bytes */

struct hdf5_dim {
  char name[ARRAY_NAME_MAX];
  size_t length;
};

struct hdf5_stream {
  struct array_stream stream;
  struct hdf5_form form;
  hid_t dataset;
  struct hdf5_stream *next;
};

struct hdf5_sink {
  struct array_sink sink;
  struct array_storage storage;
  struct hdf5_output output;
  struct name_list names;
  struct hdf5_stream *streams;
  double box, dt, stride; /* NAN: not said */
};

static struct hdf5_sink *own_of(const struct array_sink *sink) {
  return (struct hdf5_sink *)sink;
}

static enum vordec_status fail_memory(const char *path, struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "%s: out of memory", path);
}

static const char *path_of(const struct hdf5_sink *sink) {
  return sink->output.path;
}

/* ---- attributes: of a fixed length, as netCDF writes them */

static bool put_text(hid_t object, const char *name, const char *text) {
  return H5LTset_attribute_string(object, ".", name, text) >= 0;
}

/* What stands for a value that is missing. */
static bool describe_fill(hid_t dataset, enum npy_type type) {
  const double wide = (double)NAN;
  const float narrow = NAN;
  return type == NPY_F8 ? H5LTset_attribute_double(dataset, ".", "_FillValue", &wide, 1) >= 0
                        : H5LTset_attribute_float(dataset, ".", "_FillValue", &narrow, 1) >= 0;
}

static bool describe_flags(hid_t dataset, const struct variable_kind *kind) {
  char values[8];
  size_t count = 1;
  for (const char *c = kind->meanings; *c; c++) count += *c == ' ';
  for (size_t i = 0; i < count && i < sizeof values; i++) values[i] = (char)(kind->first + (signed char)i);
  return H5LTset_attribute_char(dataset, ".", "flag_values", values, count) >= 0 &&
         put_text(dataset, "flag_meanings", kind->meanings);
}

static bool describe(hid_t dataset, const char *name, const struct hdf5_form *form) {
  const struct variable_kind *kind = variable_kind_of(name);
  if (!kind) return true;
  bool good = put_text(dataset, "long_name", kind->long_name);
  if (good && kind->units) good = put_text(dataset, "units", kind->units);
  if (good && form->may_miss) good = describe_fill(dataset, form->type);
  if (good && kind->meanings) good = describe_flags(dataset, kind);
  /* x and y get none: VTK takes axes X and Y for longitude and latitude, and bends the plane around a sphere. */
  if (good && strcmp(name, VARIABLE_TIME) == 0) good = put_text(dataset, "axis", "T");
  return good;
}

/* ---- datasets */

static hid_t make_dataset(const struct hdf5_sink *sink, const char *name, const struct hdf5_form *form) {
  const hid_t dataset = hdf5_dataset_make(sink->output.h5, name, form);
  if (dataset < 0 || describe(dataset, name, form)) return dataset;
  H5Dclose(dataset);
  return -1;
}

static enum vordec_status take_name(struct hdf5_sink *sink, const char *name, struct vordec_error *error) {
  const size_t length = strlen(name);
  bool plain = length > 0 && length < ARRAY_NAME_MAX;
  for (size_t i = 0; i < length; i++) plain = plain && name[i] > ' ' && name[i] <= '~' && name[i] != '/';
  if (!plain || name_list_find(&sink->names, name) < sink->names.count) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "%s: no array can be added under the name '%s'", path_of(sink), name);
  }
  return name_list_add(&sink->names, name) ? VORDEC_OK : fail_memory(path_of(sink), error);
}

/* Whether the rows of an array are states, or parts of them, that somebody may want one by one. A chunk takes some room
 * of its own, so a few numbers do not get one. */
static bool has_states(const char *name, const struct npy_form *array) {
  const bool states = name[0] == 'z' && (name[1] == '\0' || name[1] == '_');
  return states && array->ndim == 2 && array->shape[1] * npy_type_size(array->type) >= LEAST_CHUNK;
}

/* Fields may hold what was not computed; what is only an element or an axis is not worth compressing. */
static struct hdf5_form form_of(const struct hdf5_sink *sink, const char *name, const struct npy_form *array,
                                int lead) {
  const struct variable_kind *kind = variable_kind_of(name);
  const bool real = array->type == NPY_F4 || array->type == NPY_F8;
  struct hdf5_form form = {.type = array->type,
                           .ndim = (int)array->ndim + lead,
                           .grows = lead > 0,
                           .apart = lead == 0 && has_states(name, array),
                           .compress = array->ndim > 0 ? sink->storage.compress : 0,
                           .may_miss = kind && kind->dims[VARIABLE_DIMS - 1] && real};
  for (uint32_t i = 0; i < array->ndim; i++) form.shape[(int)i + lead] = array->shape[i];
  return form;
}

static enum vordec_status sink_add(struct array_sink *sink, const char *name, const struct npy_form *form,
                                   const void *data, struct vordec_error *error);

/* NetCDF has no halves: they become the floats of their values. NULL: no memory. */
static float *floats_of(const uint16_t *halves, size_t count) {
  float *floats = malloc((count + 1) * sizeof *floats);
  for (size_t i = 0; floats && i < count; i++) floats[i] = (float)npy_half_value(halves[i]);
  return floats;
}

static enum vordec_status add_halves(struct hdf5_sink *sink, const char *name, const struct npy_header *header,
                                     const uint16_t *halves, struct vordec_error *error) {
  struct npy_form form = {.type = NPY_F4, .ndim = header->ndim};
  memcpy(form.shape, header->shape, sizeof form.shape);
  float *floats = floats_of(halves, header->data_bytes / sizeof *halves);
  if (!floats) return fail_memory(path_of(sink), error);
  const enum vordec_status status = sink_add(&sink->sink, name, &form, floats, error);
  free(floats);
  return status;
}

static enum vordec_status sink_add(struct array_sink *sink, const char *name, const struct npy_form *form,
                                   const void *data, struct vordec_error *error) {
  struct hdf5_sink *own = own_of(sink);
  struct npy_header header = {.type = form->type, .ndim = form->ndim};
  memcpy(header.shape, form->shape, sizeof header.shape);
  if (!npy_header_measure(&header)) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "%s: %s: the array's shape is too large", path_of(own), name);
  }
  if (form->type == NPY_F2) return add_halves(own, name, &header, data, error);
  const enum vordec_status status = take_name(own, name, error);
  if (status) return status;
  const struct hdf5_form whole = form_of(own, name, form, 0);
  const hid_t dataset = make_dataset(own, name, &whole), type = hdf5_dataset_type(form->type);
  bool good = dataset >= 0;
  if (good && hdf5_output_leads(&own->output)) good = H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0;
  if (dataset >= 0) good = H5Dclose(dataset) >= 0 && good;
  return good ? VORDEC_OK : hdf5_output_fail(&own->output, error);
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
  made->form = form_of(own, name, row, 1);
  made->dataset = make_dataset(own, name, &made->form);
  if (made->dataset < 0) {
    free(made);
    return hdf5_output_fail(&own->output, error);
  }
  made->next = own->streams;
  own->streams = made;
  *stream = &made->stream;
  return VORDEC_OK;
}

static enum vordec_status sink_append(struct array_stream *stream, const void *row, struct vordec_error *error) {
  const struct hdf5_stream *own = (const struct hdf5_stream *)stream;
  return hdf5_dataset_append(own->dataset, &own->form, stream->rows, row)
             ? VORDEC_OK
             : hdf5_output_fail(&own_of(stream->sink)->output, error);
}

/* ---- what several processes write together */

static enum vordec_status sink_add_block(struct array_sink *sink, const char *name, const struct npy_form *form,
                                         const struct array_block *block, const void *rows, struct vordec_error *error);

static enum vordec_status add_half_block(struct hdf5_sink *sink, const char *name, const struct npy_form *form,
                                         const struct array_block *block, const uint16_t *halves,
                                         struct vordec_error *error) {
  struct npy_form wide = *form;
  size_t count = block->count;
  for (uint32_t i = 1; i < form->ndim; i++) count *= form->shape[i];
  float *floats = floats_of(halves, count);
  if (!floats) return fail_memory(path_of(sink), error);
  wide.type = NPY_F4;
  const enum vordec_status status = sink_add_block(&sink->sink, name, &wide, block, floats, error);
  free(floats);
  return status;
}

static enum vordec_status sink_add_block(struct array_sink *sink, const char *name, const struct npy_form *form,
                                         const struct array_block *block, const void *rows,
                                         struct vordec_error *error) {
  struct hdf5_sink *own = own_of(sink);
  if (form->type == NPY_F2) return add_half_block(own, name, form, block, rows, error);
  const enum vordec_status status = take_name(own, name, error);
  if (status) return status;
  const struct hdf5_form whole = form_of(own, name, form, 0);
  const hid_t dataset = make_dataset(own, name, &whole);
  bool good = dataset >= 0 && hdf5_dataset_put_rows(dataset, &whole, block, rows, own->output.transfer);
  if (dataset >= 0) good = H5Dclose(dataset) >= 0 && good;
  return good ? VORDEC_OK : hdf5_output_fail(&own->output, error);
}

static enum vordec_status sink_extend(struct array_stream *stream, struct vordec_error *error) {
  const struct hdf5_stream *own = (const struct hdf5_stream *)stream;
  return hdf5_dataset_extend(own->dataset, &own->form, stream->rows + 1)
             ? VORDEC_OK
             : hdf5_output_fail(&own_of(stream->sink)->output, error);
}

static enum vordec_status sink_put(struct array_stream *stream, const struct array_block *block, const void *rows,
                                   struct vordec_error *error) {
  const struct hdf5_stream *own = (const struct hdf5_stream *)stream;
  const struct hdf5_output *output = &own_of(stream->sink)->output;
  return hdf5_dataset_put_rows(own->dataset, &own->form, block, rows, output->transfer)
             ? VORDEC_OK
             : hdf5_output_fail(output, error);
}

/* ---- what lies in other files */

static enum vordec_status sink_add_virtual(struct array_sink *sink, const char *name, const struct npy_form *row,
                                           const struct array_piece *pieces, size_t count, struct vordec_error *error) {
  struct hdf5_sink *own = own_of(sink);
  const enum vordec_status status = take_name(own, name, error);
  if (status) return status;
  struct hdf5_form form = form_of(own, name, row, 1);
  form.grows = false;
  for (size_t i = 0; i < count; i++) form.shape[0] += pieces[i].rows;
  const hid_t dataset = hdf5_dataset_make_virtual(own->output.h5, name, &form, pieces, count);
  const bool good = dataset >= 0 && describe(dataset, name, &form);
  if (dataset >= 0) H5Dclose(dataset);
  return good ? VORDEC_OK : hdf5_output_fail(&own->output, error);
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
  if (name_list_find(&sink->names, dim->name) < sink->names.count)
    return H5Dopen2(sink->output.h5, dim->name, H5P_DEFAULT);
  double *values = coordinate(sink, dim);
  const struct hdf5_form form = {.type = values ? NPY_F8 : NPY_F4, .ndim = 1, .shape = {dim->length}};
  char text[80];
  const hid_t dataset = make_dataset(sink, dim->name, &form);
  bool good = dataset >= 0;
  snprintf(text, sizeof text, NOT_A_VARIABLE, dim->length);
  if (good && values && hdf5_output_leads(&sink->output))
    good = H5Dwrite(dataset, H5T_IEEE_F64LE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0;
  if (good) good = H5DSset_scale(dataset, values ? dim->name : text) >= 0;
  free(values);
  if (good && name_list_add(&sink->names, dim->name)) return dataset;
  if (dataset >= 0) H5Dclose(dataset);
  return -1;
}

/* Samples that follow each other in time are times. */
static void name_dim(const struct hdf5_sink *sink, const char *name, uint32_t ndim, uint32_t axis,
                     struct hdf5_dim *dim) {
  variable_dim(variable_kind_of(name), ndim, axis, dim->length, dim->name);
  if (sink->storage.series && strcmp(dim->name, VARIABLE_SAMPLE) == 0) {
    snprintf(dim->name, sizeof dim->name, VARIABLE_TIME);
  }
}

/* The array that says of each field which it is. */
static bool name_coordinates(const struct hdf5_sink *sink, hid_t dataset, const char *name, int ndim) {
  const struct variable_kind *kind = variable_kind_of(name);
  const bool fields = kind && kind->dims[VARIABLE_DIMS - 1] && ndim == VARIABLE_DIMS;
  const bool steps = name_list_find(&sink->names, VARIABLE_STEP) < sink->names.count;
  return !fields || !steps || put_text(dataset, "coordinates", VARIABLE_STEP);
}

static bool attach(struct hdf5_sink *sink, hid_t dataset, const char *name) {
  hsize_t shape[H5S_MAX_RANK];
  const hid_t space = H5Dget_space(dataset);
  const int ndim = space < 0 ? -1 : H5Sget_simple_extent_dims(space, shape, NULL);
  bool good = ndim >= 0 && name_coordinates(sink, dataset, name, ndim);
  if (space >= 0) H5Sclose(space);
  for (int axis = 0; good && axis < ndim; axis++) {
    struct hdf5_dim dim = {.length = (size_t)shape[axis]};
    name_dim(sink, name, (uint32_t)ndim, (uint32_t)axis, &dim);
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
    char name[ARRAY_NAME_MAX]; /* a copy: the list grows, and moves, with each scale */
    snprintf(name, sizeof name, "%s", sink->names.names[i]);
    const hid_t dataset = H5Dopen2(sink->output.h5, name, H5P_DEFAULT);
    good = dataset >= 0 && attach(sink, dataset, name);
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
    return vordec_fail(error, VORDEC_E_USAGE, 0, "%s: there is no array to write", path_of(own));
  }
  bool good = close_streams(own) && attach_all(own) && put_text(own->output.h5, "Conventions", VARIABLE_CONVENTIONS) &&
              put_text(own->output.h5, "source", "vordec " VORDEC_GIT_DESCRIBE);
  good = hdf5_output_close(&own->output) && good;
  *file = own->output.file;
  return good ? VORDEC_OK : hdf5_output_fail(&own->output, error);
}

static void sink_destroy(struct array_sink *sink) {
  struct hdf5_sink *own = own_of(sink);
  close_streams(own);
  hdf5_output_release(&own->output);
  name_list_release(&own->names);
  free(own);
}

static enum vordec_status make_sink(const char *path, const struct array_storage *storage, struct hdf5_sink **sink,
                                    struct vordec_error *error) {
  static const struct array_sink_methods methods = {
      .add = sink_add,
      .add_scalar = sink_add_scalar,
      .add_stream = sink_add_stream,
      .append = sink_append,
      .add_virtual = sink_add_virtual,
      .add_block = sink_add_block,
      .extend = sink_extend,
      .put = sink_put,
      .finish = sink_finish,
      .destroy = sink_destroy,
  };
  *sink = malloc(sizeof **sink);
  if (!*sink) return fail_memory(path, error);
  **sink = (struct hdf5_sink){
      .sink.methods = &methods, .storage = *storage, .output.h5 = -1, .box = NAN, .dt = NAN, .stride = NAN};
  return VORDEC_OK;
}

/* Hands it out, if it was started. */
static enum vordec_status hand_out(struct hdf5_sink *made, enum vordec_status status, struct array_sink **sink) {
  *sink = status ? NULL : &made->sink;
  if (status) sink_destroy(&made->sink);
  return status;
}

enum vordec_status hdf5_sink_create(const char *path, const struct array_storage *storage, struct array_sink **sink,
                                    struct vordec_error *error) {
  struct hdf5_sink *made = NULL;
  *sink = NULL;
  const enum vordec_status status = make_sink(path, storage, &made, error);
  if (status || !made) return status;
  return hand_out(made, hdf5_output_create(path, storage->refers, &made->output, error), sink);
}

enum vordec_status hdf5_sink_share(const struct array_shared *shared, const struct hdf5_team *team,
                                   const struct array_storage *storage, struct array_sink **sink,
                                   struct vordec_error *error) {
  struct hdf5_sink *made = NULL;
  *sink = NULL;
  const enum vordec_status status = make_sink(shared->path, storage, &made, error);
  if (status || !made) {
    outfile_destroy(shared->file);
    return status;
  }
  return hand_out(made, hdf5_output_share(shared, team, &made->output, error), sink);
}
