/* SPDX-License-Identifier: MIT */
#include "trajectory_remarks.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

__attribute__((format(printf, 2, 3))) static void tell(const struct trajectory_listener *listener, const char *format,
                                                       ...) {
  char remark[4 * ARRAY_NAME_MAX + 512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(remark, sizeof remark, format, arguments);
  va_end(arguments);
  listener->tell(listener->ctx, remark);
}

static void tell_of_choice(const struct trajectory *trajectory, const struct trajectory_listener *listener) {
  const struct trajectory_layout *layout = &trajectory->layout;
  if (layout->in_time) {
    tell(listener, "%s: %s is taken for the %s, since it is the only array that changes in time; --key names another",
         trajectory->path, layout->key[0], layout->velocity ? "velocity" : "vorticity");
  }
  if (layout->fno_sample) {
    tell(listener,
         "%s: %s beside a is taken for one sample of a Fourier neural operator's set, with x before y in a box of side "
         "%g; --axes and --box name others",
         trajectory->path, layout->key[0], trajectory->grid.box);
  }
}

static void tell_of_velocity(const struct trajectory *trajectory, const struct trajectory_listener *listener) {
  const struct trajectory_layout *layout = &trajectory->layout;
  if (layout->turned) {
    tell(listener, "%s: %s is taken for the velocity along x, since --key names it first", trajectory->path,
         layout->key[0]);
  }
  if (layout->v_first) {
    tell(listener, "%s: of %s the first component is read as v, along y, since the file names it first",
         trajectory->path, layout->key[0]);
  }
  if (layout->unplaced) {
    tell(listener,
         "%s: the axes of %s and %s have different names, but no positions; both are taken to be given at the same "
         "points",
         trajectory->path, layout->key[0], layout->key[1]);
  }
  if (layout->velocity && !isfinite(trajectory->grid.box)) {
    tell(listener,
         "%s does not say how large its box is; the curl is taken in one of side 2 pi, and --box L names another",
         trajectory->path);
  }
}

static void tell_of_axes(const struct trajectory *trajectory, const struct trajectory_listener *listener) {
  const struct trajectory_layout *layout = &trajectory->layout;
  if (layout->unfamiliar) {
    tell(listener,
         "%s: what the axes of %s are called is not known; of those of the grid the first is taken for y and the "
         "second for x, and --axes names others",
         trajectory->path, layout->key[0]);
  }
  if (trajectory->grid.counted) {
    tell(listener,
         "%s: the positions in %s only count the points; the side of the box is taken to be %g, and --box L names "
         "another",
         trajectory->path, layout->position[TRAJECTORY_X], trajectory->grid.box);
  }
  if (layout->wall[0][0]) {
    tell(listener, "%s: %s is %s, but the box is taken to be periodic; what comes of it is wrong near the edges",
         trajectory->path, layout->wall[0], layout->wall[1]);
  }
  if (layout->by_matlab) {
    tell(listener,
         "%s does not say what the axes of %s are; its rows are taken for y and its columns for x, as MATLAB shows "
         "them, and --axes names others",
         trajectory->path, layout->key[0]);
  }
}

static void tell_of_times(const struct trajectory *trajectory, const struct trajectory_listener *listener) {
  const struct trajectory_time_units *units = &trajectory->time_units;
  if (!units->text[0]) return;
  tell(listener, "%s: its times are given in '%s'%s", trajectory->path, units->text,
       units->dates       ? "; they are read in seconds"
       : units->size != 1 ? "; they are converted to seconds"
                          : ", a unit that is not known; they are taken as they are");
}

/* Arrays that look like positions or times and are taken for none, where nothing else says what they would. */
static void tell_of_unread(const struct trajectory *trajectory, bool timed,
                           const struct trajectory_listener *listener) {
  const struct trajectory_layout *layout = &trajectory->layout;
  for (size_t which = TRAJECTORY_T; which <= TRAJECTORY_Y; which++) {
    const bool time = which == TRAJECTORY_T;
    const bool wanted = time ? timed && trajectory->frames > 1 && isnan(trajectory->dt) : isnan(trajectory->grid.box);
    if (!layout->unread[which][0] || !wanted) continue;
    tell(listener, "%s: %s is not taken for the %s, because it %s; %s", trajectory->path, layout->unread[which],
         time ? "times of the frames" : "points' positions", layout->unread_why[which],
         time ? "--dt DT says what time lies between them" : "--box L says how large the box is");
  }
}

void trajectory_remarks_tell(const struct trajectory *trajectory, bool timed,
                             const struct trajectory_listener *listener) {
  tell_of_choice(trajectory, listener);
  tell_of_axes(trajectory, listener);
  tell_of_velocity(trajectory, listener);
  tell_of_times(trajectory, listener);
  tell_of_unread(trajectory, timed, listener);
}
