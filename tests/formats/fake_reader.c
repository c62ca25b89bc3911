/* SPDX-License-Identifier: MIT */
/*
 * fake_reader LIE WHAT FILE SECONDS: answers as format_reader does, out of an .npz file, but for one lie.
 *
 * What a library does that a damaged file has broken is one of these, or like one.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vordec/vordec.h>

#include "formats/array_file.h"
#include "formats/reader/reader_answers.h"
#include "formats/reader/reader_confine.h"
#include "formats/reader/reader_user.h"

#define WRITTEN "reader-wrote-this"
#define KEPT "reader-keeps-this" /* which the test has written */

struct packet {
  struct reader_reply reply;
  char more[64];
  size_t bytes; /* that are sent */
};

/* ---- lies about one reply */

/* Also where a sanitizer would have a say. */
static void end_by(int number) {
  signal(number, SIG_DFL);
  raise(number);
}

static void die(struct packet *packet) {
  (void)packet;
  end_by(SIGSEGV);
}
static void abort_(struct packet *packet) {
  (void)packet;
  end_by(SIGABRT);
}
static void divide(struct packet *packet) {
  (void)packet;
  end_by(SIGFPE);
}
static void never_end(struct packet *packet) {
  (void)packet;
  end_by(SIGPROF);
}
static void be_killed(struct packet *packet) {
  (void)packet;
  end_by(SIGKILL);
}
static void take_long(struct packet *packet) {
  (void)packet;
  end_by(SIGXCPU);
}
static void leave(struct packet *packet) {
  (void)packet;
  _exit(7);
}
static void leave_well(struct packet *packet) {
  (void)packet;
  _exit(0);
}
static void hang_up(struct packet *packet) {
  (void)packet;
  close(READER_SOCKET);
  pause();
}
static void be_short(struct packet *packet) {
  packet->bytes = sizeof packet->reply - 1;
}
static void be_long(struct packet *packet) {
  packet->bytes = sizeof packet->reply + 1;
}
static void be_late(struct packet *packet) {
  packet->reply.turn--;
}
static void answer_another(struct packet *packet) {
  packet->reply.call++;
}
static void invent_status(struct packet *packet) {
  packet->reply.status = VORDEC_E_FAILED + 1;
}
static void invent_reason(struct packet *packet) {
  packet->reply.status = VORDEC_E_INPUT;
  packet->reply.reason = VORDEC_REASON_COUNT;
  strcpy(packet->reply.message, "a reason");
}
static void fail_silently(struct packet *packet) {
  packet->reply.status = VORDEC_E_INPUT;
}
static void fail_in_two_lines(struct packet *packet) {
  packet->reply.status = VORDEC_E_INPUT;
  strcpy(packet->reply.message, "one\ntwo\x1b[2J");
}
static void text_without_end(struct packet *packet) {
  memset(packet->reply.text, 'x', sizeof packet->reply.text);
}
static void message_without_end(struct packet *packet) {
  packet->reply.status = VORDEC_E_INPUT;
  memset(packet->reply.message, 'x', sizeof packet->reply.message);
}
static void too_many_axes(struct packet *packet) {
  packet->reply.ndim = NPY_MAX_NDIM + 1;
}
static void all_axes(struct packet *packet) {
  packet->reply.ndim = UINT32_MAX;
}
static void no_type(struct packet *packet) {
  packet->reply.type = NPY_TYPE_COUNT;
}
static void large_shape(struct packet *packet) {
  packet->reply.ndim = 2;
  packet->reply.shape[0] = packet->reply.shape[1] = UINT64_C(1) << 40;
}
static void more_bytes(struct packet *packet) {
  packet->reply.bytes += 8;
}
static void all_bytes(struct packet *packet) {
  packet->reply.bytes = UINT64_MAX;
}
static void no_bytes(struct packet *packet) {
  packet->reply.bytes = 0;
}
static void more_names(struct packet *packet) {
  packet->reply.count += 2;
}
static void all_names(struct packet *packet) {
  packet->reply.count = UINT64_MAX;
}
static void never_done(struct packet *packet) {
  packet->reply.found = 1;
  packet->reply.at = 0;
}
static void always_more(struct packet *packet) {
  packet->reply.found = 1;
  packet->reply.at = packet->reply.at + 1;
}
static void many_numbers(struct packet *packet) {
  packet->reply.count = UINT64_MAX / 8 + 2;
  packet->reply.bytes = packet->reply.count * 8;
}
static void shrink(struct packet *packet) {
  (void)packet;
  if (ftruncate(READER_TRAY, 0) == 0) abort();
}

/* ---- more than an answer */

static void write_file(struct packet *packet) {
  const int fd = open(WRITTEN, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (fd >= 0) packet->reply.bytes = 0; /* nobody prevented it */
}
static void truncate_file(struct packet *packet) {
  if (truncate(KEPT, 0) == 0) packet->reply.bytes = 0;
}
static void run_program(struct packet *packet) {
  (void)packet;
  execl("/bin/true", "true", (char *)NULL);
}
static void signal_parent(struct packet *packet) {
  if (kill(getppid(), 0) == 0) packet->reply.bytes = 0;
}

/* ---- lies on the tray, which is mapped once more for them */

static void scribble(int value, size_t first) {
  char *tray = mmap(NULL, READER_TRAY_LEAST, PROT_READ | PROT_WRITE, MAP_SHARED, READER_TRAY, 0);
  if (tray != MAP_FAILED) memset(tray + first, value, READER_TRAY_LEAST - first);
}
static void names_without_end(struct packet *packet) {
  scribble('n', 0);
  packet->reply.bytes = READER_TRAY_LEAST;
}
static void empty_names(struct packet *packet) {
  scribble(0, 0);
  packet->reply.bytes = 64;
}

static const struct {
  const char *name;
  enum reader_call call; /* whose reply it is about */
  void (*tell)(struct packet *packet);
} lies[] = {
#define ABOUT(call, lie)                                                                                               \
  { #call " " #lie, READER_##call, lie }
#define ABOUT_ALL(lie)                                                                                                 \
  ABOUT(ARRAYS, lie), ABOUT(DESCRIBE, lie), ABOUT(READ, lie), ABOUT(OPEN_SLABS, lie), ABOUT(READ_SLAB, lie),           \
      ABOUT(CLOSE_SLABS, lie), ABOUT(AXIS_NAME, lie), ABOUT(ATTRIBUTE, lie), ABOUT(TEXT, lie), ABOUT(PIECE, lie)
    ABOUT_ALL(die),
    ABOUT_ALL(leave),
    ABOUT_ALL(be_short),
    ABOUT_ALL(be_long),
    ABOUT_ALL(be_late),
    ABOUT_ALL(answer_another),
    ABOUT_ALL(text_without_end),
    ABOUT_ALL(fail_silently),
    ABOUT_ALL(shrink),
    ABOUT(HELLO, die),
    ABOUT(HELLO, leave),
    ABOUT(HELLO, text_without_end),
    ABOUT(OPENED, die),
    ABOUT(OPENED, leave_well),
    ABOUT(OPENED, text_without_end),
    ABOUT(OPENED, message_without_end),
    ABOUT(OPENED, be_short),
    ABOUT(READ, abort_),
    ABOUT(READ, divide),
    ABOUT(READ, never_end),
    ABOUT(READ, be_killed),
    ABOUT(READ, take_long),
    ABOUT(READ, leave_well),
    ABOUT(READ, hang_up),
    ABOUT(READ, invent_status),
    ABOUT(READ, invent_reason),
    ABOUT(READ, fail_in_two_lines),
    ABOUT(READ, message_without_end),
    ABOUT(READ, too_many_axes),
    ABOUT(READ, all_axes),
    ABOUT(READ, no_type),
    ABOUT(READ, large_shape),
    ABOUT(READ, more_bytes),
    ABOUT(READ, all_bytes),
    ABOUT(READ, no_bytes),
    ABOUT(DESCRIBE, too_many_axes),
    ABOUT(DESCRIBE, all_axes),
    ABOUT(DESCRIBE, no_type),
    ABOUT(DESCRIBE, large_shape),
    ABOUT(OPEN_SLABS, too_many_axes),
    ABOUT(OPEN_SLABS, all_axes),
    ABOUT(OPEN_SLABS, no_type),
    ABOUT(OPEN_SLABS, large_shape),
    ABOUT(READ_SLAB, more_bytes),
    ABOUT(READ_SLAB, all_bytes),
    ABOUT(READ_SLAB, no_bytes),
    ABOUT(ARRAYS, names_without_end),
    ABOUT(ARRAYS, empty_names),
    ABOUT(ARRAYS, more_bytes),
    ABOUT(ARRAYS, all_bytes),
    ABOUT(ARRAYS, no_bytes),
    ABOUT(ARRAYS, more_names),
    ABOUT(ARRAYS, all_names),
    ABOUT(ARRAYS, never_done),
    ABOUT(ARRAYS, always_more),
    ABOUT(OTHERS, names_without_end),
    ABOUT(OTHERS, all_names),
    ABOUT(READ, write_file),
    ABOUT(READ, truncate_file),
    ABOUT(READ, run_program),
    ABOUT(READ, signal_parent),
    ABOUT(ATTRIBUTE, many_numbers),
    ABOUT(ATTRIBUTE, all_bytes),
};
#define LIES (sizeof lies / sizeof *lies)

/* ---- */

static bool answer(const struct reader_reply *reply, const char *lie) {
  struct packet packet = {.reply = *reply, .bytes = sizeof *reply};
  for (size_t i = 0; i < LIES; i++) {
    if (strcmp(lies[i].name, lie) == 0 && lies[i].call == reply->call) lies[i].tell(&packet);
  }
  return reader_message_send(READER_SOCKET, &packet, packet.bytes);
}

static bool say(enum reader_call call, const char *text, const char *lie) {
  struct reader_reply reply = {.call = call};
  reader_message_text(reply.text, sizeof reply.text, text);
  return answer(&reply, lie);
}

/* Nobody waits for this one. */
static bool is_silent(uint32_t call, const char *lie) {
  return call == READER_CLOSE_SLABS && strncmp(lie, "CLOSE_SLABS ", 12) != 0;
}

/* No lies, but what a library may do for ever. */
static void dawdle(uint32_t call, const char *how) {
  if (call == READER_READ_SLAB && strcmp(how, "loops") == 0) {
    alarm(20); /* should nobody else end it */
    for (volatile bool ends = false; !ends;) continue;
  }
  if (call == READER_OPEN_SLABS && strcmp(how, "sleeps") == 0) raise(SIGSTOP);
}

/* fake_reader: prints the names of the lies. */
static int list_lies(void) {
  for (size_t i = 0; i < LIES; i++) puts(lies[i].name);
  return 0;
}

int main(int argc, char **argv) {
  struct reader_answers answers = {.tray.fd = READER_TRAY};
  struct reader_request request;
  struct reader_reply reply;
  struct vordec_error error;
  if (argc < 5) return list_lies();
  const char *lie = argv[1];
  if (!say(READER_HELLO, strcmp(lie, "other version") == 0 ? "0.0" : vordec_git_describe(), lie)) return 2;
  if (array_file_open(argv[3], &answers.source, &error)) return 3;
  reader_confine();
  reader_user_follow();
  if (!say(READER_OPENED, "fake", lie)) return 2;
  while (reader_message_receive(READER_SOCKET, &request, sizeof request) == READER_GOT) {
    reader_answers_give(&answers, &request, &reply);
    if (!is_silent(request.call, lie) && !answer(&reply, lie)) break;
    dawdle(request.call, lie);
  }
  reader_answers_release(&answers);
  return 0;
}
