/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "io/npy.h"
#include "scratch.h"

/* Reads hand-made bytes as an .npy file. */
static enum vordec_status read_made(unsigned major, const char *dict, const void *data, size_t data_size,
                                    struct npy_array *array, struct vordec_error *error) {
  unsigned char *bytes = NULL;
  const size_t size = make_npy(&bytes, major, dict, data, data_size);
  write_bytes(scratch("made.npy"), bytes, size);
  free(bytes);
  return npy_read(scratch("made.npy"), array, error);
}

static void what_is_written_is_read(void **state) {
  (void)state;
  static const unsigned char data[8 * 24] = {1, 2, 3, 200, 255, 0, 7};
  static const size_t shape[] = {2, 3, 4};
  const char *path = scratch("round.npy");
  for (int type = 0; type < NPY_TYPE_COUNT; ++type) {
    for (uint32_t ndim = 0; ndim <= 3; ++ndim) {
      struct vordec_error error = {0};
      struct npy_array array;
      const size_t count = ndim == 0 ? 1 : ndim == 1 ? 2 : ndim == 2 ? 6 : 24;
      assert_ok(npy_write(path, (enum npy_type)type, ndim, shape, data, &error), &error);
      assert_ok(npy_read(path, &array, &error), &error);
      assert_int_equal(array.type, type);
      assert_int_equal(array.ndim, ndim);
      assert_memory_equal(array.shape, shape, ndim * sizeof *shape);
      assert_int_equal(array.count, count);
      assert_memory_equal(array.data, data, count * npy_type_size(array.type));
      assert_non_null(strstr(array.name, "round.npy"));
      npy_array_release(&array);
      assert_null(array.data);
    }
  }
  npy_array_release(NULL);
}

/* numpy.save() of the same array gives these bytes. */
static void the_header_is_numpys(void **state) {
  (void)state;
  static const size_t shape[] = {3, 4};
  static const double zeros[12];
  char expected[129];
  struct vordec_error error = {0};
  size_t size = 0;
  snprintf(expected, sizeof expected, "%-117s\n", "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }");
  assert_ok(npy_write(scratch("h.npy"), NPY_F8, 2, shape, zeros, &error), &error);
  unsigned char *bytes = read_bytes(scratch("h.npy"), &size);
  assert_int_equal(size, 128 + sizeof zeros);
  assert_memory_equal(bytes, "\x93NUMPY\x01\x00\x76\x00", 10);
  assert_memory_equal(bytes + 10, expected, 118);
  free(bytes);
}

static void the_longest_header_fits(void **state) {
  (void)state;
  const size_t big = 2000000000000000000u;
  struct npy_header header = {.type = NPY_F8, .ndim = NPY_MAX_NDIM, .shape = {0, big, 1, 1, 1, 1, 1, 1}};
  unsigned char bytes[NPY_FORMAT_MAX_BYTES];
  assert_false(npy_header_measure(&header)); /* numpy refuses it, too: the strides would not fit */
  for (int i = 0; i < 8; ++i) header.shape[i] = SIZE_MAX;
  npy_header_format(&header, bytes);
  assert_true(header.bytes <= NPY_FORMAT_MAX_BYTES);
  assert_int_equal(header.bytes % 64, 0);
  assert_int_equal(bytes[header.bytes - 1], '\n');
}

static void headers_in_any_legal_form_are_read(void **state) {
  (void)state;
  static const struct {
    unsigned major;
    const char *dict;
    enum npy_type type;
    uint32_t ndim;
    size_t data_size;
  } cases[] = {
      {1, "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }", NPY_F8, 1, 16},
      {1, "{'shape':(2,),'fortran_order':False,'descr':'<f8'}\n", NPY_F8, 1, 16},
      {2, " { \"fortran_order\" : False , \"shape\" : ( 2 , 1 ) , \"descr\" : \"<i4\" , } \n", NPY_I4, 2, 8},
      {3, "{'descr': '|b1', 'fortran_order': False, 'shape': (), }", NPY_B1, 0, 1},
      {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2, 1, 2, 1, 1, 1, 1), }", NPY_F4, 8, 16},
      {1, "{'descr': '<i2', 'fortran_order': False, 'shape': (0,), }", NPY_I2, 1, 0},
      {1, "{'descr': '<i2', 'fortran_order': False, 'shape': (0, 7), }", NPY_I2, 2, 0},
      {1, "{'descr': '<u1', 'fortran_order': False, 'shape': (3,), }", NPY_U1, 1, 3},
      {1, "{'descr': '>i1', 'fortran_order': False, 'shape': (3,), }", NPY_I1, 1, 3},
      {1, "{'descr': '<f8', 'fortran_order': True, 'shape': (2,), }", NPY_F8, 1, 16},
      {1, "{'descr': '<f8', 'fortran_order': False, 'shape': (02,), }", NPY_F8, 1, 16},
      {1, "{'descr': '<f8', 'fortran_order': False, 'shape': (2L, 1L), }", NPY_F8, 2, 16},
      {1, "{'descr': '<f8', 'fortran_order': True, 'shape': (1, 2), }", NPY_F8, 2, 16},
  };
  static const unsigned char data[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
    struct vordec_error error = {0};
    struct npy_array array;
    assert_ok(read_made(cases[i].major, cases[i].dict, data, cases[i].data_size, &array, &error), &error);
    assert_int_equal(array.type, cases[i].type);
    assert_int_equal(array.ndim, cases[i].ndim);
    assert_int_equal(array.count * npy_type_size(array.type), cases[i].data_size);
    assert_memory_equal(array.data, data, cases[i].data_size);
    npy_array_release(&array);
  }
}

#define HEAD(descr, shape) "{'descr': '" descr "', 'fortran_order': False, 'shape': " shape ", }"

static void other_headers_are_refused(void **state) {
  (void)state;
  static const struct {
    const char *dict, *part;
  } cases[] = {
      {HEAD("<c16", "(1,)"), "'<c16' (complex)"},
      {HEAD("|O", "(2,)"), "'|O' (Python objects)"},
      {HEAD("|S16", "(1,)"), "'|S16' (text)"},
      {HEAD("<U4", "(1,)"), "'<U4' (text)"},
      {HEAD("<f16", "(1,)"), "'<f16' (extended precision)"},
      {HEAD("<i16", "(1,)"), "'<i16' (unknown)"},
      {HEAD("=f8", "(2,)"), "'=f8'"},
      {HEAD("<M8[ns]", "(2,)"), "(dates)"},
      {HEAD("|V16", "(1,)"), "(raw bytes)"},
      {HEAD("f8", "(2,)"), "'f8' (unknown) is not supported"},
      {HEAD("", "(2,)"), "'' (unknown) is not supported"},
      {"{'descr': [('a', '<f8'), ('b', '<i4')], 'fortran_order': False, 'shape': (1,), }", "structured"},
      {HEAD("<f8", "(1,1,1,1,1,1,1,1,2)"), "9 axes, at most 8"},
      {HEAD("<f8", "(99999999999, 99999999999)"), "too large"},
      {HEAD("<f8", "(99999999999999999999999999,)"), "too large"},
      {HEAD("<f8", "(18446744073709551615, 2)"), "too large"},
      {HEAD("<f8", "(2305843009213693952,)"), "too large"},
      {HEAD("<f8", "(0, 99999999999, 99999999999)"), "too large"},
      {HEAD("<f8", "(3,)"), "shape (3,) of <f8 needs 24 bytes of data, but there are 16"},
      {HEAD("<f8", "(1,)"), "shape (1,) of <f8 needs 8 bytes of data, but there are 16"},
      {HEAD("<f8", "()"), "shape () of <f8 needs 8 bytes"},
      {HEAD("<f8", "(5, 7)"), "shape (5, 7) of <f8 needs 280 bytes"},
      {HEAD("<f8", "(2)"), "malformed"},
      {HEAD("<f8", "(-2,)"), "malformed"},
      {HEAD("<f8", "(2 2,)"), "malformed"},
      {HEAD("<f8", "(,)"), "malformed"},
      {HEAD("<f8", "(2.0,)"), "malformed"},
      {HEAD("<f8", "(2LL,)"), "malformed"},
      {HEAD("<f8", "(L,)"), "malformed"},
      {HEAD("<f8", "[2]"), "malformed"},
      {HEAD("<f8", "(2,"), "malformed"},
      {HEAD("<f8", "(2,,)"), "malformed"},
      {HEAD("<f8", "2"), "malformed"},
      {"", "cut short"},
      {"garbage in here", "malformed"},
      {"{}", "malformed"},
      {"{'descr': '<f8', 'fortran_order': False}", "malformed"},
      {"{'descr': '<f8', 'shape': (2,)}", "malformed"},
      {"{'descr': '<f8', 'fortran_order': 0, 'shape': (2,)}", "malformed"},
      {"{'descr': '<f8', 'fortran_order': Falsehood, 'shape': (2,)}", "malformed"},
      {"{'descr': '<f8' 'fortran_order': False, 'shape': (2,)}", "malformed"},
      {"{'descr': '<f8', 'descr': '<f8', 'fortran_order': False, 'shape': (2,)}", "malformed"},
      {"{'descr': '<f8', 'fortran_order': False, 'shape': (2,), 'more': 1}", "malformed"},
      {"{'descr': '<f8', 'fortran_order': False, 'shape': (2,), } trailing", "malformed"},
      {"{'descr': '<f8', 'fortran_order': False, 'shape': (2,), ", "malformed"},
      {"{'descr': '<f8", "malformed"},
      {"{'descr': '<f8\\x00', 'fortran_order': False, 'shape': (2,)}", "malformed"},
      {"{'descr': '<f888888888888888888888888888888888', 'fortran_order': False, 'shape': (2,)}", "malformed"},
      {"{'descr', '<f8', 'fortran_order': False, 'shape': (2,)}", "malformed"},
  };
  static const unsigned char data[16];
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
    struct vordec_error error = {0};
    struct npy_array array;
    const enum vordec_status status = read_made(1, cases[i].dict, data, sizeof data, &array, &error);
    assert_failure(status, VORDEC_E_INPUT, &error, "made.npy", cases[i].part);
    assert_null(array.data);
  }
}

#define BYTES(text) text, sizeof(text) - 1

static void bad_files_are_refused(void **state) {
  (void)state;
  static const struct {
    const char *bytes;
    size_t size;
    const char *part;
  } cases[] = {
      {BYTES(""), "magic bytes are missing"},
      {BYTES("\x93NUM"), "magic bytes are missing"},
      {BYTES("PK\x03\x04 and so on"), "magic bytes are missing"},
      {BYTES("\x93NUMPY"), "cut short"},
      {BYTES("\x93NUMPY\x01"), "cut short"},
      {BYTES("\x93NUMPY\x01\x00\x10"), "cut short"},
      {BYTES("\x93NUMPY\x01\x00\xff\xff{'descr'"), "cut short"},
      {BYTES("\x93NUMPY\x01\x00\x10\x00{'descr'"), "cut short"},
      {BYTES("\x93NUMPY\x02\x00\xff\xff\xff\xff{'descr'"), "claims 4294967295 bytes"},
      {BYTES("\x93NUMPY\x04\x00\x10\x00\x00\x00{'descr'"), "version 4.0 is not supported"},
      {BYTES("\x93NUMPY\x01\x01\x10\x00{'descr'"), "version 1.1 is not supported"},
      {BYTES("\x93NUMPY\x00\x00\x10\x00{'descr'"), "version 0.0 is not supported"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
    struct vordec_error error = {0};
    struct npy_array array;
    write_bytes(scratch("bad.npy"), cases[i].bytes, cases[i].size);
    assert_failure(npy_read(scratch("bad.npy"), &array, &error), VORDEC_E_INPUT, &error, "bad.npy", cases[i].part);
  }
}

static void unreadable_paths_are_refused(void **state) {
  (void)state;
  struct vordec_error error = {0};
  struct npy_array array;
  assert_int_equal(mkfifo(scratch("pipe.npy"), 0666), 0);
  assert_failure(npy_read(scratch("none.npy"), &array, &error), VORDEC_E_IO, &error, "none.npy", "No such file");
  assert_failure(npy_read(scratch("pipe.npy"), &array, &error), VORDEC_E_INPUT, &error, "pipe.npy", "regular file");
  assert_failure(npy_read(scratch("."), &array, &error), VORDEC_E_INPUT, &error, scratch("."), "regular file");
  assert_failure(npy_write(scratch("none/x.npy"), NPY_F8, 0, NULL, "12345678", &error), VORDEC_E_IO, &error,
                 "none/x.npy", "No such file");
  const size_t huge[] = {SIZE_MAX, 2};
  assert_failure(npy_write(scratch("x.npy"), NPY_F8, 2, huge, "", &error), VORDEC_E_USAGE, &error, "x.npy",
                 "too large");
  assert_failure(npy_write(scratch("x.npy"), NPY_F8, 9, huge, "", &error), VORDEC_E_USAGE, &error, "x.npy",
                 "too large");
  assert_false(file_exists(scratch("x.npy")));
}

static void a_long_path_keeps_its_end_in_messages(void **state) {
  (void)state;
  char name[256];
  memset(name, 'd', sizeof name);
  snprintf(name + 240, sizeof name - 240, "end.npy");
  struct vordec_error error = {0};
  struct npy_array array;
  write_bytes(scratch(name), "x", 1);
  assert_failure(npy_read(scratch(name), &array, &error), VORDEC_E_INPUT, &error, "dddend.npy: ", "...");
}

static struct npy_array array_of(enum npy_type type, size_t count, void *data) {
  return (struct npy_array){.type = type, .ndim = 1, .shape = {count}, .count = count, .data = data, .name = "F: key"};
}

static void doubles_come_from_every_number(void **state) {
  (void)state;
  float f4[] = {0.5f, -INFINITY};
  double f8[] = {0.1, NAN};
  int8_t i1[] = {-128, 127};
  int16_t i2[] = {-32768, 32767};
  int32_t i4[] = {INT32_MIN, INT32_MAX};
  int64_t i8[] = {-9007199254740992, 9007199254740992};
  uint8_t u1[] = {0, 255};
  uint16_t u2[] = {0, 65535};
  uint32_t u4[] = {0, UINT32_MAX};
  uint64_t u8[] = {0, 9007199254740992};
  /* IEEE 754 binary16: one, the smallest, the largest below normal, the largest, infinity, NaN and minus zero. */
  uint16_t halves[][2] = {{0x3c00, 0xc000}, {0x0001, 0x83ff}, {0x7bff, 0xfc00}, {0x7e00, 0x8000}};
  const struct {
    struct npy_array array;
    double expected[2];
  } cases[] = {
      {array_of(NPY_F4, 2, f4), {0.5, -INFINITY}},
      {array_of(NPY_F8, 2, f8), {0.1, NAN}},
      {array_of(NPY_I1, 2, i1), {-128, 127}},
      {array_of(NPY_I2, 2, i2), {-32768, 32767}},
      {array_of(NPY_I4, 2, i4), {-2147483648.0, 2147483647.0}},
      {array_of(NPY_I8, 2, i8), {-9007199254740992.0, 9007199254740992.0}},
      {array_of(NPY_U1, 2, u1), {0, 255}},
      {array_of(NPY_U2, 2, u2), {0, 65535}},
      {array_of(NPY_U4, 2, u4), {0, 4294967295.0}},
      {array_of(NPY_U8, 2, u8), {0, 9007199254740992.0}},
      {array_of(NPY_F2, 2, halves[0]), {1, -2}},
      {array_of(NPY_F2, 2, halves[1]), {0x1p-24, -0x3ffp-24}},
      {array_of(NPY_F2, 2, halves[2]), {65504, -INFINITY}},
      {array_of(NPY_F2, 2, halves[3]), {NAN, 0}},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
    struct vordec_error error = {0};
    double *values = NULL;
    assert_ok(npy_to_f64(&cases[i].array, &values, &error), &error);
    for (int j = 0; j < 2; ++j) {
      const double expected = cases[i].expected[j];
      assert_true(values[j] == expected || (isnan(values[j]) && isnan(expected)));
    }
    free(values);
  }
}

static void inexact_conversions_are_refused(void **state) {
  (void)state;
  struct vordec_error error = {0};
  double *f64 = NULL;
  int64_t *i64 = NULL;
  uint8_t *flags = NULL;
  int64_t large[] = {1, 9007199254740993};
  uint64_t unsigned_huge[] = {1, UINT64_MAX};
  double fraction[] = {1.0, 2.0, 2.5}, huge[] = {9223372036854775808.0}, nan[] = {NAN};
  uint8_t u1[] = {0, 1, 2}, b1[] = {0, 1, 7};
  struct npy_array a = array_of(NPY_I8, 2, large);
  assert_failure(npy_to_f64(&a, &f64, &error), VORDEC_E_INPUT, &error, "F: key", "element 1 is 9007199254740993");
  a = array_of(NPY_U8, 2, unsigned_huge);
  assert_failure(npy_to_f64(&a, &f64, &error), VORDEC_E_INPUT, &error, "F: key", "element 1 is 18446744073709551615");
  assert_failure(npy_to_i64(&a, &i64, &error), VORDEC_E_INPUT, &error, "F: key", "element 1 is 18446744073709551615");
  assert_failure(npy_to_bool(&a, &flags, &error), VORDEC_E_INPUT, &error, "F: key", "element 1 is 1844674407370955161");
  a = array_of(NPY_F8, 3, fraction);
  assert_failure(npy_to_i64(&a, &i64, &error), VORDEC_E_INPUT, &error, "F: key", "element 2 is 2.5 where an integer");
  assert_failure(npy_to_bool(&a, &flags, &error), VORDEC_E_INPUT, &error, "F: key", "element 1 is 2 where 0 or 1");
  a = array_of(NPY_F8, 1, huge);
  assert_failure(npy_to_i64(&a, &i64, &error), VORDEC_E_INPUT, &error, "F: key", "an integer is needed");
  a = array_of(NPY_F8, 1, nan);
  assert_failure(npy_to_i64(&a, &i64, &error), VORDEC_E_INPUT, &error, "F: key", "is nan");
  assert_failure(npy_to_bool(&a, &flags, &error), VORDEC_E_INPUT, &error, "F: key", "is nan");
  a = array_of(NPY_U1, 3, u1);
  assert_failure(npy_to_bool(&a, &flags, &error), VORDEC_E_INPUT, &error, "F: key", "element 2 is 2");
  a = array_of(NPY_B1, 3, b1);
  assert_failure(npy_to_f64(&a, &f64, &error), VORDEC_E_INPUT, &error, "F: key", "booleans");
  assert_failure(npy_to_i64(&a, &i64, &error), VORDEC_E_INPUT, &error, "F: key", "booleans");
  assert_null(f64);
  assert_null(i64);
  assert_null(flags);
}

static void integers_and_booleans_convert(void **state) {
  (void)state;
  struct vordec_error error = {0};
  int64_t *i64 = NULL;
  uint8_t *flags = NULL;
  double f8[] = {-9223372036854775808.0, 0.0, 1e15};
  const int64_t f8_expected[] = {INT64_MIN, 0, 1000000000000000};
  struct npy_array a = array_of(NPY_F8, 3, f8);
  assert_ok(npy_to_i64(&a, &i64, &error), &error);
  assert_memory_equal(i64, f8_expected, sizeof f8_expected);
  free(i64);
  int64_t i8[] = {INT64_MIN, INT64_MAX};
  a = array_of(NPY_I8, 2, i8);
  assert_ok(npy_to_i64(&a, &i64, &error), &error);
  assert_memory_equal(i64, i8, sizeof i8);
  free(i64);
  uint8_t b1[] = {0, 1, 255}; /* numpy takes any byte but 0 as true */
  a = array_of(NPY_B1, 3, b1);
  assert_ok(npy_to_bool(&a, &flags, &error), &error);
  assert_memory_equal(flags, ((uint8_t[]){0, 1, 1}), 3);
  free(flags);
  float f4[] = {1.0f, -0.0f};
  a = array_of(NPY_F4, 2, f4);
  assert_ok(npy_to_bool(&a, &flags, &error), &error);
  assert_memory_equal(flags, ((uint8_t[]){1, 0}), 2);
  free(flags);
  a = array_of(NPY_F4, 0, f4);
  assert_ok(npy_to_bool(&a, &flags, &error), &error);
  assert_non_null(flags);
  free(flags);
}

static void scalars_have_one_element(void **state) {
  (void)state;
  struct vordec_error error = {0};
  double value = 0.0;
  int64_t integer = 0;
  float data[] = {128.0f, 0.25f};
  struct npy_array a = array_of(NPY_F4, 1, data);
  assert_ok(npy_scalar_i64(&a, &integer, &error), &error);
  assert_int_equal(integer, 128);
  a.ndim = 0;
  a.data = data + 1;
  assert_ok(npy_scalar_f64(&a, &value, &error), &error);
  assert_true(value == 0.25);
  assert_failure(npy_scalar_i64(&a, &integer, &error), VORDEC_E_INPUT, &error, "F: key", "0.25");
  a = array_of(NPY_F4, 2, data);
  assert_failure(npy_scalar_f64(&a, &value, &error), VORDEC_E_INPUT, &error, "F: key", "shape (2,) where one number");
  a = array_of(NPY_F4, 0, data);
  assert_failure(npy_scalar_i64(&a, &integer, &error), VORDEC_E_INPUT, &error, "F: key", "shape (0,) where one number");
  a = array_of(NPY_B1, 1, data);
  assert_failure(npy_scalar_i64(&a, &integer, &error), VORDEC_E_INPUT, &error, "F: key", "booleans");
}

static void shapes_are_written_as_numpy_does(void **state) {
  (void)state;
  char text[NPY_SHAPE_TEXT_MAX];
  const size_t shape[] = {3, 14, 159, SIZE_MAX, SIZE_MAX, SIZE_MAX, SIZE_MAX, SIZE_MAX};
  assert_string_equal(npy_shape_text(shape, 0, text, sizeof text), "()");
  assert_string_equal(npy_shape_text(shape, 1, text, sizeof text), "(3,)");
  assert_string_equal(npy_shape_text(shape, 3, text, sizeof text), "(3, 14, 159)");
  npy_shape_text(shape, 8, text, sizeof text);
  assert_int_equal(text[strlen(text) - 1], ')');
  assert_string_equal(npy_shape_text(shape, 3, text, 6), "(3, 1");
}

/* Every half comes back from its value, and from what is a little nearer to it than to its neighbour; what lies in the
 * middle goes to the even one. */
static void halves_are_the_nearest(void **state) {
  (void)state;
  for (uint32_t bits = 0; bits < 0x7c00; bits++) {
    const double value = npy_half_value((uint16_t)bits),
                 next = bits + 1 < 0x7c00 ? npy_half_value((uint16_t)(bits + 1)) : 65536;
    const double middle = (value + next) / 2;
    assert_int_equal(npy_half(value), bits);
    assert_int_equal(npy_half(-value), bits | 0x8000);
    assert_int_equal(npy_half(nextafter(middle, 0)), bits);
    assert_int_equal(npy_half(nextafter(middle, 1e9)), bits + 1);
    assert_int_equal(npy_half(middle), bits + (bits & 1));
  }
  assert_int_equal(npy_half((double)INFINITY), 0x7c00);
  assert_true(isnan(npy_half_value(npy_half((double)NAN))));
  assert_int_equal(npy_half(1e-300), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(halves_are_the_nearest),
      cmocka_unit_test(what_is_written_is_read),
      cmocka_unit_test(the_header_is_numpys),
      cmocka_unit_test(the_longest_header_fits),
      cmocka_unit_test(headers_in_any_legal_form_are_read),
      cmocka_unit_test(other_headers_are_refused),
      cmocka_unit_test(bad_files_are_refused),
      cmocka_unit_test(unreadable_paths_are_refused),
      cmocka_unit_test(a_long_path_keeps_its_end_in_messages),
      cmocka_unit_test(doubles_come_from_every_number),
      cmocka_unit_test(inexact_conversions_are_refused),
      cmocka_unit_test(integers_and_booleans_convert),
      cmocka_unit_test(scalars_have_one_element),
      cmocka_unit_test(shapes_are_written_as_numpy_does),
  };
  return cmocka_run_group_tests_name("npy", tests, scratch_setup, scratch_teardown);
}
