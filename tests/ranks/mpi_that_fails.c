/* SPDX-License-Identifier: MIT */
/* Preloaded into the command: an MPI that does not start. */
__attribute__((visibility("default"))) int MPI_Init_thread(int *argc, char ***argv, int wanted, int *given);

int MPI_Init_thread(int *argc, char ***argv, int wanted, int *given) {
  (void)argc;
  (void)argv;
  (void)wanted;
  (void)given;
  return 1;
}
