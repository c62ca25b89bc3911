/* SPDX-License-Identifier: MIT */
/* The list of subcommands, and what their exit codes mean. */
#include "command.h"

const struct command *const commands[] = {
    &command_decode,   &command_gather,  &command_snapshots, &command_report,       &command_perf_kernel,
    &command_simulate, &command_encode,  &command_learn,     &command_loss,         &command_parity,
    &command_bench,    &command_devices, &command_doctor,    &command_check_plugin, &command_config,
};
const size_t command_count = sizeof commands / sizeof *commands;

const struct exit_meaning exit_meanings[] = {
    {EXIT_DONE, "done"},
    {EXIT_FAILED, "failed while running"},
    {EXIT_BAD_USAGE, "bad usage, configuration or input"},
    {EXIT_REFUSED, "refused by policy"},
    {EXIT_DIFFERENT, "a comparison failed"},
    {EXIT_INTERRUPTED, "interrupted"},
};
const size_t exit_meaning_count = sizeof exit_meanings / sizeof *exit_meanings;
