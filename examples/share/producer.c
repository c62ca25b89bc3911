/* SPDX-License-Identifier: MIT */
/*
 * The producer: decodes into memory of the device, and hands it to whoever connects to a Unix socket.
 *
 *   producer INI SOCKET ROUNDS
 *
 * Each round is one connection: a slot is acquired, decoded into and sent; the consumer's end of the connection,
 * whether it said so or died, gives the slot back. "producer INI SOCKET 1 leave" goes, with all that is its own, before
 * the consumer has looked: what was imported stays.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <vordec/error.h>
#include <vordec/vordec.h>

#include "share_message.h"

enum { N = 64, M = 13, D = 2 * M + 4, STATES = 3 };

struct producer {
  struct vordec_runtime *runtime;
  struct vordec_layout *layout;
  struct vordec_decoder *decoder;
  struct vordec_export *fields;
};

/* The low modes: |k| <= 2, which are 13. */
static void make_mask(uint8_t mask[N * N]) {
  for (int i = 0; i < N * N; i++) {
    const int ky = i / N < N / 2 ? i / N : i / N - N, kx = i % N < N / 2 ? i % N : i % N - N;
    mask[i] = kx * kx + ky * ky <= 4;
  }
}

static enum vordec_status open_all(const char *ini, struct producer *producer, struct vordec_error *error) {
  static uint8_t mask_low[N * N];
  make_mask(mask_low);
  const struct vordec_layout_desc shape = {.n = N, .mask_low = mask_low, .k_cut = 2, .resid_mid_cut = NAN};
  const struct vordec_decoder_desc wanted = {.batch = STATES, .outputs = VORDEC_OMEGA_LP};
  const struct vordec_export_desc slots = {.count = STATES, .slots = 1};
  enum vordec_status status = vordec_runtime_open(ini, &producer->runtime, error);
  if (!status) status = vordec_layout_create(&shape, &producer->layout, error);
  if (!status) status = vordec_decoder_create(producer->runtime, producer->layout, &wanted, &producer->decoder, error);
  if (!status) status = vordec_export_create(producer->decoder, &slots, &producer->fields, error);
  return status;
}

static void close_all(struct producer *producer) {
  vordec_export_destroy(producer->fields);
  vordec_decoder_destroy(producer->decoder);
  vordec_layout_destroy(producer->layout);
  vordec_runtime_destroy(producer->runtime);
  *producer = (struct producer){0};
}

/* Decodes states that differ from round to round. The consumer has no semaphore here, so the decode is waited for. */
static enum vordec_status decode(const struct producer *producer, size_t slot, int round, struct vordec_error *error) {
  double z[STATES][D] = {{0}};
  for (int i = 0; i < STATES; i++) {
    z[i][1] = cos(0.5 * i + round);
    z[i][M + 1] = sin(0.5 * i + round);
    z[i][5] = 0.5;
  }
  const struct vordec_export_io io = {.count = STATES, .z = z[0]};
  const enum vordec_status status = vordec_export_decode(producer->fields, slot, &io, NULL, error);
  return status ? status : vordec_export_wait(producer->fields, slot, NULL, error);
}

static enum vordec_status describe(const struct producer *producer, size_t slot, struct share_message *message,
                                   struct vordec_error *error) {
  struct vordec_decoder_info info;
  struct vordec_exported_memory memory = {.struct_size = sizeof memory};
  vordec_decoder_get(producer->decoder, &info);
  const enum vordec_status status =
      vordec_export_describe(producer->fields, slot, VORDEC_EXPORTED_OMEGA_LP, &memory, error);
  if (status) return status;
  const uint64_t bytes = STATES * memory.pitch;
  *message = (struct share_message){
      .size = memory.size, .offset = memory.offset, .bytes = bytes, .dedicated = memory.dedicated};
  memcpy(message->uuid, info.device.uuid, sizeof message->uuid);
  void *copy = malloc(bytes);
  if (!copy) return vordec_fail(error, VORDEC_E_NO_MEMORY, 0, "out of memory");
  const enum vordec_status read =
      vordec_export_read(producer->fields, slot, VORDEC_EXPORTED_OMEGA_LP, 0, bytes, copy, error);
  if (!read) vordec_hash(copy, bytes, message->digest);
  free(copy);
  return read;
}

/* The file descriptor travels beside the message; the kernel gives the consumer one of its own. */
static int send_message(int connection, const struct share_message *message, int fd) {
  union {
    struct cmsghdr head;
    char space[CMSG_SPACE(sizeof(int))];
  } control = {.space = {0}};
  struct iovec part = {.iov_base = (void *)(uintptr_t)message, .iov_len = sizeof *message};
  struct msghdr all = {
      .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.space, .msg_controllen = sizeof control.space};
  struct cmsghdr *head = CMSG_FIRSTHDR(&all);
  head->cmsg_level = SOL_SOCKET;
  head->cmsg_type = SCM_RIGHTS;
  head->cmsg_len = CMSG_LEN(sizeof fd);
  memcpy(CMSG_DATA(head), &fd, sizeof fd);
  return sendmsg(connection, &all, MSG_NOSIGNAL) == (ssize_t)sizeof *message ? 0 : -1;
}

/* Serves one consumer; `leave`: without waiting for it. */
static enum vordec_status serve(struct producer *producer, int connection, int round, int leave,
                                struct vordec_error *error) {
  struct share_message message;
  size_t slot = 0;
  int fd = -1;
  enum vordec_status status = vordec_export_acquire(producer->fields, &slot, error);
  if (status) return status;
  status = decode(producer, slot, round, error);
  if (!status) status = describe(producer, slot, &message, error);
  if (!status) status = vordec_export_memory_fd(producer->fields, slot, VORDEC_EXPORTED_OMEGA_LP, &fd, error);
  if (!status) {
    if (leave) close_all(producer);
    send_message(connection, &message, fd);
    close(fd); /* ours: the consumer has its own */
    char end;
    while (!leave && read(connection, &end, 1) > 0) continue; /* until it is done, or dead */
  }
  if (!leave) vordec_export_release(producer->fields, slot, 0, NULL);
  return status;
}

static int listen_at(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  const int listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
  if (listening < 0 || bind(listening, (const struct sockaddr *)&address, sizeof address) || listen(listening, 1)) {
    perror(path);
    exit(1);
  }
  return listening;
}

int main(int argc, char **argv) {
  struct producer producer = {0};
  struct vordec_error error = {0};
  if (argc < 4) {
    fprintf(stderr, "usage: producer INI SOCKET ROUNDS [leave]\n");
    return 2;
  }
  const int rounds = atoi(argv[3]), leave = argc > 4;
  enum vordec_status status = open_all(argv[1], &producer, &error);
  const int listening = status ? -1 : listen_at(argv[2]);
  for (int round = 0; round < rounds && !status; round++) {
    const int connection = accept(listening, NULL, NULL);
    if (connection < 0) break;
    status = serve(&producer, connection, round, leave, &error);
    close(connection);
  }
  if (status) fprintf(stderr, "producer: %s\n", error.message);
  if (listening >= 0) unlink(argv[2]);
  close_all(&producer);
  return vordec_status_exit_code(status);
}
