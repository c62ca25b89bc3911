/* SPDX-License-Identifier: MIT */
#include "array_slabs.h"

#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

/* ---- runs: elements of a slab that lie side by side in row-major order */

/* An array whose elements are read run by run, in its own order. */
struct elements {
  const struct npy_array *form; /* without data, or with */
  bool fortran;
  /* Copies `count` of them from `first` on. */
  enum vordec_status (*read)(void *ctx, size_t first, size_t count, void *to, struct vordec_error *error);
  void *ctx;
};

/* A slab as an array of its own, of one of that shape. */
static enum vordec_status gather(const struct npy_array *slab, const size_t *shape, const size_t *start,
                                 const struct elements *elements, struct vordec_error *error) {
  size_t whole = slab->ndim, run = 1; /* axes from `whole` on are taken whole, so one run goes through them */
  while (whole > 0 && slab->shape[whole - 1] == shape[whole - 1]) run *= shape[--whole];
  if (whole > 0) run *= slab->shape[--whole];
  size_t index[NPY_MAX_NDIM] = {0};
  char *to = slab->data;
  for (size_t left = slab->count; left > 0; left -= run) {
    size_t first = 0;
    for (size_t axis = 0; axis < slab->ndim; axis++) first = first * shape[axis] + start[axis] + index[axis];
    const enum vordec_status status = elements->read(elements->ctx, first, run, to, error);
    if (status) return status;
    to += run * npy_type_size(slab->type);
    for (size_t axis = whole; axis-- > 0;) {
      if (++index[axis] < slab->shape[axis]) break;
      index[axis] = 0;
    }
  }
  return VORDEC_OK;
}

static enum vordec_status fail_memory(const char *name, struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "%s: out of memory", name);
}

/* Where the elements of an array lie in Fortran order, those of its axes in reverse lie in C's. */
static void turn_round(size_t *lengths, uint32_t ndim) {
  for (uint32_t i = 0; i < ndim / 2; i++) {
    const size_t length = lengths[i];
    lengths[i] = lengths[ndim - 1 - i];
    lengths[ndim - 1 - i] = length;
  }
}

static enum vordec_status gather_fortran(struct npy_array *slab, const size_t *shape, const size_t *start,
                                         const struct elements *elements, struct vordec_error *error) {
  size_t lengths[NPY_MAX_NDIM], first[NPY_MAX_NDIM];
  memcpy(lengths, shape, sizeof lengths);
  memcpy(first, start, slab->ndim * sizeof *first);
  turn_round(slab->shape, slab->ndim);
  turn_round(lengths, slab->ndim);
  turn_round(first, slab->ndim);
  const enum vordec_status status = gather(slab, lengths, first, elements, error);
  turn_round(slab->shape, slab->ndim);
  return status ? status : npy_from_fortran(slab, error);
}

static enum vordec_status read_slab(const struct elements *elements, const size_t *start, const size_t *count,
                                    double *values, struct vordec_error *error) {
  const struct npy_array *form = elements->form;
  struct npy_array slab = *form;
  double *converted = NULL;
  slab.count = 1;
  for (uint32_t axis = 0; axis < form->ndim; axis++) slab.count *= slab.shape[axis] = count[axis];
  if (slab.count == 0) return VORDEC_OK;
  slab.data = malloc(slab.count * npy_type_size(slab.type));
  if (!slab.data) return fail_memory(form->name, error);
  enum vordec_status status = elements->fortran ? gather_fortran(&slab, form->shape, start, elements, error)
                                                : gather(&slab, form->shape, start, elements, error);
  if (!status) status = npy_to_f64(&slab, &converted, error);
  if (!status) memcpy(values, converted, slab.count * sizeof *values);
  free(converted);
  free(slab.data);
  return status;
}

/* ---- an array in memory */

struct whole_slabs {
  struct array_slabs slabs;
  struct npy_array array;
};

static enum vordec_status whole_run(void *ctx, size_t first, size_t count, void *to, struct vordec_error *error) {
  (void)error;
  const struct npy_array *array = ctx;
  const size_t size = npy_type_size(array->type);
  memcpy(to, (const char *)array->data + first * size, count * size);
  return VORDEC_OK;
}

static enum vordec_status whole_read(struct array_slabs *slabs, const size_t *start, const size_t *count,
                                     double *values, struct vordec_error *error) {
  struct npy_array *array = &((struct whole_slabs *)slabs)->array;
  const struct elements elements = {array, false, whole_run, array};
  return read_slab(&elements, start, count, values, error);
}

static void whole_close(struct array_slabs *slabs) {
  struct whole_slabs *whole = (struct whole_slabs *)slabs;
  npy_array_release(&whole->array);
  free(whole);
}

enum vordec_status array_slabs_of(struct npy_array *array, struct array_slabs **slabs, struct vordec_error *error) {
  static const struct array_slabs_methods methods = {whole_read, whole_close};
  struct whole_slabs *whole = malloc(sizeof *whole);
  *slabs = NULL;
  if (!whole) {
    fail_memory(array->name, error);
    npy_array_release(array);
    return VORDEC_E_NO_MEMORY;
  }
  *whole = (struct whole_slabs){.slabs = {&methods, array->ndim, {0}}, .array = *array};
  memcpy(whole->slabs.shape, array->shape, sizeof array->shape);
  *array = (struct npy_array){0};
  *slabs = &whole->slabs;
  return VORDEC_OK;
}

/* ---- a stream */

/* In Fortran order neighbours along the first axis lie side by side, and what follows them far away: slabs of one entry
 * there are read several at a time, and kept. */
struct kept_slabs {
  double *values; /* NULL: there are none */
  size_t start[NPY_MAX_NDIM], count[NPY_MAX_NDIM];
};

struct stream_slabs {
  struct array_slabs slabs;
  struct npy_stream *stream;
  struct npy_array form; /* without data */
  struct kept_slabs kept;
};

static enum vordec_status stream_run(void *ctx, size_t first, size_t count, void *to, struct vordec_error *error) {
  return npy_stream_read(ctx, first, count, to, error);
}

static size_t product(const size_t *lengths, uint32_t count) {
  size_t product = 1;
  for (uint32_t i = 0; i < count; i++) product *= lengths[i];
  return product;
}

static bool is_kept(const struct kept_slabs *kept, const size_t *start, const size_t *count, uint32_t ndim) {
  const size_t rest = (ndim - 1) * sizeof *start;
  return kept->values && start[0] >= kept->start[0] && start[0] - kept->start[0] < kept->count[0] &&
         memcmp(kept->start + 1, start + 1, rest) == 0 && memcmp(kept->count + 1, count + 1, rest) == 0;
}

static enum vordec_status keep(struct stream_slabs *own, const size_t *start, const size_t *count,
                               struct vordec_error *error) {
  const struct elements elements = {&own->form, true, stream_run, own->stream};
  struct kept_slabs *kept = &own->kept;
  const uint32_t ndim = own->slabs.ndim;
  const size_t one = product(count, ndim), most = ARRAY_WHOLE_BYTES / sizeof(double) / one;
  const size_t left = own->slabs.shape[0] - start[0];
  free(kept->values);
  memcpy(kept->start, start, ndim * sizeof *start);
  memcpy(kept->count, count, ndim * sizeof *count);
  kept->count[0] = most < 1 ? 1 : most < left ? most : left;
  kept->values = malloc(kept->count[0] * one * sizeof *kept->values);
  if (!kept->values) return fail_memory(own->form.name, error);
  const enum vordec_status status = read_slab(&elements, kept->start, kept->count, kept->values, error);
  if (!status) return VORDEC_OK;
  free(kept->values);
  kept->values = NULL;
  return status;
}

static enum vordec_status stream_read(struct array_slabs *slabs, const size_t *start, const size_t *count,
                                      double *values, struct vordec_error *error) {
  struct stream_slabs *own = (struct stream_slabs *)slabs;
  const struct elements elements = {&own->form, own->stream->header.fortran, stream_run, own->stream};
  const size_t one = product(count, slabs->ndim);
  if (!elements.fortran || count[0] != 1 || one == 0) return read_slab(&elements, start, count, values, error);
  const enum vordec_status status =
      is_kept(&own->kept, start, count, slabs->ndim) ? VORDEC_OK : keep(own, start, count, error);
  if (!status) memcpy(values, own->kept.values + (start[0] - own->kept.start[0]) * one, one * sizeof *values);
  return status;
}

static void stream_close(struct array_slabs *slabs) {
  struct stream_slabs *own = (struct stream_slabs *)slabs;
  npy_stream_close(own->stream);
  free(own->kept.values);
  free(own);
}

enum vordec_status array_slabs_of_stream(struct npy_stream *stream, struct array_slabs **slabs,
                                         struct vordec_error *error) {
  static const struct array_slabs_methods methods = {stream_read, stream_close};
  const struct npy_header *header = &stream->header;
  struct stream_slabs *own = malloc(sizeof *own);
  *slabs = NULL;
  if (!own) {
    fail_memory(stream->name, error);
    npy_stream_close(stream);
    return VORDEC_E_NO_MEMORY;
  }
  *own = (struct stream_slabs){.slabs = {&methods, header->ndim, {0}}, .stream = stream};
  own->form.type = header->type;
  own->form.ndim = header->ndim;
  memcpy(own->form.shape, header->shape, sizeof header->shape);
  memcpy(own->form.name, stream->name, sizeof stream->name);
  memcpy(own->slabs.shape, header->shape, sizeof header->shape);
  *slabs = &own->slabs;
  return VORDEC_OK;
}

void array_slabs_close(struct array_slabs *slabs) {
  if (slabs) slabs->methods->close(slabs);
}
