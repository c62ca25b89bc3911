/* SPDX-License-Identifier: MIT */
/*
 * zfp_field.c - what zfp makes of a field: bytes and relative L2, over its modes and parameters.
 *
 *   zfp_field FILE N    FILE: N x N doubles, as they lie in memory
 *
 * Prints a CSV line for each: mode, parameter, bytes of the stream (without a header), relative L2 of what comes back.
 *
 *   cc -O2 bench/peers/zfp_field.c -o zfp_field -lzfp -lm      (package libzfp-dev)
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zfp.h>

/* Bytes of the stream, whose parameters are set; fills `back`. 0: it failed. */
static size_t pass(zfp_stream *zfp, const double *field, double *back, size_t n) {
  zfp_field *in = zfp_field_2d((void *)field, zfp_type_double, n, n), *out = zfp_field_2d(back, zfp_type_double, n, n);
  const size_t room = zfp_stream_maximum_size(zfp, in);
  void *buffer = malloc(room);
  size_t bytes = 0;
  if (in && out && buffer) {
    bitstream *stream = stream_open(buffer, room);
    zfp_stream_set_bit_stream(zfp, stream);
    zfp_stream_rewind(zfp);
    bytes = zfp_compress(zfp, in);
    zfp_stream_rewind(zfp);
    if (!zfp_decompress(zfp, out)) bytes = 0;
    stream_close(stream);
  }
  free(buffer);
  zfp_field_free(out);
  zfp_field_free(in);
  return bytes;
}

static double relative_l2(const double *a, const double *b, size_t count) {
  double difference = 0, norm = 0;
  for (size_t i = 0; i < count; i++) {
    difference += (a[i] - b[i]) * (a[i] - b[i]);
    norm += b[i] * b[i];
  }
  return sqrt(difference / norm);
}

static void print_line(zfp_stream *zfp, const char *mode, double parameter, const double *field, double *back,
                       size_t n) {
  const size_t bytes = pass(zfp, field, back, n);
  if (bytes) printf("%s,%.6g,%zu,%.6g\n", mode, parameter, bytes, relative_l2(back, field, n * n));
}

int main(int argc, char **argv) {
  const size_t n = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
  FILE *file = n ? fopen(argv[1], "rb") : NULL;
  double *field = malloc(n * n * sizeof *field + 1), *back = malloc(n * n * sizeof *back + 1);
  zfp_stream *zfp = zfp_stream_open(NULL);
  const int ready = file && field && back && zfp && fread(field, sizeof *field, n * n, file) == n * n;
  double largest = 0;
  for (size_t i = 0; ready && i < n * n; i++) largest = fmax(largest, fabs(field[i]));
  for (double share = 4; ready && share > 1e-6; share /= 2) {
    print_line(zfp, "accuracy", zfp_stream_set_accuracy(zfp, share * largest), field, back, n);
  }
  for (double rate = 0.75; ready && rate < 24; rate *= 1.25) {
    print_line(zfp, "rate", zfp_stream_set_rate(zfp, rate, zfp_type_double, 2, zfp_false), field, back, n);
  }
  for (unsigned bits = 1; ready && bits < 24; bits++) {
    print_line(zfp, "precision", zfp_stream_set_precision(zfp, bits), field, back, n);
  }
  if (!ready) fprintf(stderr, "zfp_field FILE N: cannot read N x N doubles\n");
  if (file) fclose(file);
  zfp_stream_close(zfp);
  free(back);
  free(field);
  return ready ? 0 : 2;
}
