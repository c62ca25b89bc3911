/* SPDX-License-Identifier: MIT */
/*
 * trajectory_layout.h - where in a file's arrays the frames of a trajectory are.
 *
 * trajectory_find.h finds it.
 */
#ifndef VORDEC_FORMATS_TRAJECTORY_LAYOUT_H
#define VORDEC_FORMATS_TRAJECTORY_LAYOUT_H

#include "trajectory_axes.h"

/* What a user says of a file. */
struct trajectory_request {
  const char *path;
  const char *key;    /* an array, or two with a comma between, of u and v; NULL: to be found */
  const char *axes;   /* letters with commas between, "b,t,y,x,c"; NULL: to be found */
  const char *sample; /* which one, from 0 on; NULL: the only one */
  const char *frames; /* "A:B:S" as Python slices; NULL: all */
  bool velocity;      /* the arrays hold velocities, whose curl is wanted */
  double box;         /* side of the box; 0: what the file says */
  double dt;          /* time from one chosen frame to the next; 0: what the file says; NAN: nobody asks */
};

/* Points along a side of the smallest grid. */
#define TRAJECTORY_LEAST_N 4

/* The layout of files that vordec writes. */
#define TRAJECTORY_OWN "vordec"

struct trajectory_layout {
  const char *name;                 /* of a known layout, for people; NULL: none */
  size_t arrays;                    /* 1, or 2 with one component each */
  char key[2][ARRAY_NAME_MAX];      /* equal in shape */
  char axes[TRAJECTORY_AXES_BYTES]; /* of the arrays: a letter an axis */
  bool velocity;                    /* they hold (u, v), along x and y; else the vorticity */
  size_t margin[NPY_MAX_NDIM];      /* by axis: cells at each end that belong to no frame, such as halos */
  double shift[2][2];               /* by how many cells u and v, each, stand beside the grid's points, along x and y */
  char position[3][ARRAY_NAME_MAX]; /* arrays with the positions along t, x and y; empty: none */
  bool by_name[3];                  /* such an array is found by its name and length alone, and may be something else */
  char unread[3][ARRAY_NAME_MAX];   /* arrays that are called like positions, but are taken for none; empty: none */
  const char *unread_why[3];        /* what speaks against them */
  double box, box_y;                /* the sides of the box where the layout itself fixes them; NAN */
  bool in_time;                     /* chosen among others, as the only array that changes in time */
  bool fno_sample;                  /* taken for one sample of a Fourier neural operator's set */
  bool v_first;                     /* of a velocity in one array the component along y comes before that along x */
  char wall[2][ARRAY_NAME_MAX];     /* a boundary that is not periodic, as the file says, and its kind; empty: none */
  bool unplaced;                    /* u and v have axes of different names, and nothing says how far they are apart */
  bool turned;                      /* the user names first what is called v */
  bool guessed;                     /* the shape alone says what the axes are */
  bool unfamiliar;                  /* the file has names for the grid's axes, but none that is known */
  bool by_matlab;                   /* likewise, and MATLAB wrote them: y, x, t is what they are taken for */
  bool series;                      /* the frames are arrays of their own: KEY/STEP, in the order of the steps */
};

enum { TRAJECTORY_T = 0, TRAJECTORY_X, TRAJECTORY_Y };

#endif
