/* array_form.h - what an array looks like: type and shape. */
#ifndef VORDEC_FORMATS_ARRAY_FORM_H
#define VORDEC_FORMATS_ARRAY_FORM_H

#include "io/npy_header.h"

#define ARRAY_NAME_MAX 256 /* with the NUL */

struct array_form {
  enum npy_type type;
  uint32_t ndim; /* 0: a scalar */
  size_t shape[NPY_MAX_NDIM];
};

#endif
