/* SPDX-License-Identifier: MIT */
/*
 * format_reader MODULE WHAT FILE SECONDS: reads a file for the process that started it, which asks through a socket.
 *
 * The libraries that read such files have faults that a damaged one brings to light; here they end nobody else.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <vordec/vordec.h>

#include "formats/format_module.h"
#include "reader_answers.h"
#include "reader_confine.h"
#include "reader_user.h"

static bool say(enum reader_call call, const char *text) {
  struct reader_reply reply = {.call = call};
  reader_message_text(reply.text, sizeof reply.text, text);
  return reader_message_send(READER_SOCKET, &reply, sizeof reply);
}

/* How long an answer may take. */
struct patience {
  unsigned wanted; /* by the other; 0: what it takes */
  uint64_t file_bytes;
};

static struct patience patience_for(const char *path, const char *wanted) {
  struct stat info;
  return (struct patience){(unsigned)strtoul(wanted, NULL, 10), stat(path, &info) == 0 ? (uint64_t)info.st_size : 0};
}

static void watch(const struct patience *patience, uint64_t slab_bytes) {
  reader_confine_watch(patience->wanted ? patience->wanted : reader_confine_seconds(patience->file_bytes, slab_bytes));
}

static void serve(struct reader_answers *answers, const struct patience *patience) {
  struct reader_request request;
  struct reader_reply reply;
  while (reader_message_receive(READER_SOCKET, &request, sizeof request) == READER_GOT) {
    watch(patience, request.tray); /* which is as large as the largest slab */
    reader_answers_give(answers, &request, &reply);
    if (request.call == READER_CLOSE_SLABS) continue;
    if (!reader_message_send(READER_SOCKET, &reply, sizeof reply)) return;
  }
}

static bool open_file(char **words, struct array_source **source) {
  const struct array_format *format = NULL;
  struct vordec_error error = {0};
  enum vordec_status status = format_module_load(words[1], words[2], words[3], &format, &error);
  if (!status) status = format->open(words[3], source, &error);
  if (!status) return say(READER_OPENED, (*source)->format);
  struct reader_reply reply = {.call = READER_OPENED, .status = status, .reason = error.reason};
  reader_message_text(reply.message, sizeof reply.message, error.message);
  reader_message_send(READER_SOCKET, &reply, sizeof reply);
  return false;
}

int main(int argc, char **argv) {
  struct reader_answers answers = {.tray.fd = READER_TRAY};
  if (argc != 5 || !say(READER_HELLO, vordec_git_describe())) return 2;
  const struct patience patience = patience_for(argv[3], argv[4]);
  reader_confine();
  reader_user_follow();
  watch(&patience, 0);
  if (!open_file(argv, &answers.source)) return 1;
  serve(&answers, &patience);
  reader_confine_watch(0);
  reader_answers_release(&answers);
  return 0;
}
