# SPDX-License-Identifier: MIT
"""The conformance suite: what conforms passes, and each thing that can be wrong with a plugin is found as what it is."""

import json
import os
import pathlib
import unittest

from cli_support import BAD_USAGE, DIFFERENT, FAILED, CommandTest

MUTANTS = pathlib.Path(os.environ["VORDEC_MUTANTS"])

# plugin: groups that are checked, and all checks that fall short there with a part of what is said.
FAULTS = {
    # loading
    "crash_in_entry": ("table", {"table: entry": "crashed (SIGSEGV)"}),
    "thread_in_entry": ("table", {"table: entry": "started a thread"}),
    "memory_in_entry": ("table", {"table: entry": "takes memory from the host"}),
    "wrong_major": ("table", {"table: fields": "abi_major is 2"}),
    "short_table": ("table", {"table: entry": "its table has"}),
    "misnamed": ("table", {"table: fields": "it calls itself 'somebody', but the file is called 'misnamed'"}),
    "empty_slot": ("table", {"table: fields": "the required slot plan_create is empty"}),
    "any_abi": ("table", {"table: other ABI": "returns a table for ABI 98"}),
    "full_interfaces": ("table", {"table: interfaces": 'get_interface("") is not NULL'}),
    "two_exports": ("file", {"file: exports": "exports 2 symbols, 'vordec_stub_marker' among them"}),
    "lends_for_ever": ("table", {"table: interfaces": "vordec.stream/1 is short or lacks a slot"}),
    # devices
    "hang_in_probe": ("device", {"device: probe": "timed out after 1 s", "device: choice": "timed out after 1 s"}),
    "fickle_probe": ("device", {"device: probe": "a second probe() reports different devices"}),
    "leak_in_probe": ("device", {"device: probe": "leaves 2 blocks of memory behind"}),
    "opens_anything": ("device", {"device: unknown": "which does not exist, succeeds"}),
    "silent_error": ("device", {"device: unknown": "returned unsupported and filled the error with ok",
                                "device: no memory": "returned no-memory and filled the error with ok"}),
    "leaks_session": ("device", {"device: open": "close() leaves 2 blocks"}),
    # plans
    "exit_in_plan": ("memory", {f"memory: {name}": "ended the process with exit status 3"
                                for name in ("decode", "balance", "plans", "decodes")}),
    "claims_any_fft": ("plan", {"plan: unknown FFT": "claims to use it"}),
    "takes_any_window": ("plan", {"plan: unknown window": "smoothing window 99, which does not exist, is accepted"}),
    "failed_for_memory": ("plan", {"plan: too big": "failed (none) instead of no-memory",
                                   "plan: no memory": "without allocation 1 and all after it, plan_create() says failed",
                                   "plan: after failure": "says failed (none) instead of no-memory"}),
    "says_device_memory": ("device,plan", {"device: no memory": "gives the reason memory; it is the host that has none",
                                           "plan: no memory": "gives the reason memory; it is the host",
                                           "plan: after failure": "gives the reason memory; it is the host"}),
    "leaks_failed_plan": ("plan", {"plan: too big": "leaves memory behind", "plan: no memory": "leaves 1 blocks",
                                   "plan: after failure": "leaves 1 blocks"}),
    "leaks_plan": ("memory", {"memory: balance": "each plan leaves 11 blocks"}),
    "leaks_unseen": ("memory", {"memory: plans": "let the process grow by 4."}),
    # decodes: outside what they may touch
    "abort_in_decode": ("scalars", {"scalars: values": "crashed (SIGABRT)", "scalars: overflow": "crashed (SIGABRT)"}),
    "hang_in_decode": ("scalars", {"scalars: values": "timed out after 1 s", "scalars: overflow": "timed out"}),
    "writes_past": ("scalars", {"scalars: values": "touched memory 0 bytes past the end of omega_lp (SIGSEGV)"}),
    "writes_before": ("combine", {"combine: residuals": "decode() wrote outside omega_lp",
                                  "combine: kept modes": "touched memory 8 bytes before omega_lp (SIGSEGV)",
                                  "combine: bands": "touched memory 8 bytes before omega_lp (SIGSEGV)"}),
    "writes_input": ("scalars", {"scalars: values": "wrote to z, which is an input",
                                 "scalars: overflow": "wrote to z, which is an input"}),
    "reads_past": ("scalars", {"scalars: values": "0 bytes past the end of z", "scalars: overflow": "the end of z"}),
    # decodes: wrong
    "leaves_nan": ("omega_lp", {f"omega_lp: {name}": "left omega_lp unwritten"
                                for name in ("single modes", "lone modes", "direct sums", "all modes")}),
    "forgets_mask": ("mask", {f"mask: {name}": "left mask unwritten" for name in ("threshold", "amplitudes", "majority")}),
    "off_by_a_little": ("omega_lp", {f"omega_lp: {name}": "off by 1e-09 on average"
                                     for name in ("single modes", "lone modes", "direct sums", "all modes")}),
    "no_nyquist": ("omega_lp", {"omega_lp: single modes": "Re of mode 4 alone", "omega_lp: lone modes": "mode 2 the only one",
                                "omega_lp: all modes": "off by"}),
    "forgets_lone": ("omega_lp", {"omega_lp: lone modes": "mode 3 the only one"}),
    "sees_dust": ("mask", {"mask: amplitudes": "far below 1e-12, leaves support in 1 cells"}),
    "one_round_less": ("mask", {"mask: majority": "8 rounds are not 8 rounds"}),
    "always_support": ("combine", {"combine: residuals": "gate signed"}),
    "rounds_k_up": ("combine", {f"combine: {name}": "omega_hat" for name in ("residuals", "kept modes", "bands")}),
    "wrong_energy": ("scalars", {"scalars: values": "energy_lp"}),
    "hides_overflow": ("scalars", {"scalars: values": "enstrophy_lp", "scalars: overflow": "as if it did not"}),
    # decodes: not the same again
    "batch_shows": ("bits", {"bits: batch": "place 0 of 1 states in a batch of 1 has different bits than place 0 of 17"}),
    "time_shows": ("bits", {"bits: batch": "has different bits", "bits: repeats": "decode 3 of the same states",
                            "bits: threads": "threads give different bits", "bits: outputs": "alone have different bits"}),
    "process_shows": ("bits,company", {"company: next process": "another process gives different bits"}),
    # evidence
    "counts_nothing": ("evidence", {"evidence: decode": "no dispatch was recorded",
                                 "evidence: libvordec": "refused (evidence)"}),
    "lost_dispatch": ("evidence", {"evidence: decode": "11 of 12 dispatches completed",
                                   "evidence: libvordec": "3 of 4 dispatches completed"}),
    "too_long_stages": ("evidence", {"evidence: decode": "its work took", "evidence: libvordec": "its work took"}),
    "other_device": ("evidence", {"evidence: decode": "UUID", "evidence: libvordec": "UUID"}),
    "claims_gpu": ("evidence", {"evidence: decode": "worked on a device of type host, but probing reported discrete",
                                "evidence: libvordec": "refused (evidence)"}),
    "breaks_promise": ("evidence", {"evidence: decode": "probing promised the device's own timestamps",
                                    "evidence: libvordec": "refused (evidence)"}),
    "infinite_warmup": ("evidence", {"evidence: decode": "warmup_ms is inf", "evidence: stage times": "warmup_ms is inf",
                                     "evidence: libvordec": "refused (evidence)"}),
    "colours_name": ("device", {"device: probe": "has bytes that may not be shown"}),
    "shouts_fft": ("table", {"table: fields": "'DIRECT' cannot be the name of one"}),
    # gradients
    "adjoint_conjugates": ("adjoint", {"adjoint: sums": "(Im low) is", "adjoint: products": "so this is not the transpose of the decode"}),
    "adjoint_halves": ("adjoint", {"adjoint: sums": "(Re low) is", "adjoint: products": "so this is not the transpose of the decode"}),
    "adjoint_forgets_hat": ("adjoint", {"adjoint: sums": "cotangents of omega_lp omega_hat"}),
    "adjoint_keeps_ignored": ("adjoint", {"adjoint: sums": "no anchors"}),
    "adjoint_k_of_first": ("adjoint", {"adjoint: sums": "state 1, K = 3: the derivative by entry 62 (kept modes)",
                                       "adjoint: products": "so this is not the transpose of the decode",
                                       "adjoint: batches": "have different bits than they have alone"}),
    "adjoint_k_of_most": ("adjoint", {"adjoint: sums": "(kept modes) is 0.001; it has to be 0",
                                      "adjoint: products": "so this is not the transpose of the decode"}),
    "adjoint_of_k": ("adjoint", {"adjoint: sums": "(K) is 1; it has to be 0",
                                 "adjoint: products": "so this is not the transpose of the decode"}),
    "adjoint_leaves_rest": ("adjoint", {"adjoint: sums": "(K) is nan; it has to be 0", "adjoint: products": "nan"}),
    "adjoint_ungated": ("adjoint", {"adjoint: sums": "mask 0: the derivative by the residual",
                                    "adjoint: products": "so this is not the transpose of the decode"}),
    "adjoint_always_support": ("adjoint", {"adjoint: sums": "signed gate"}),
    "adjoint_batch_shows": ("adjoint", {"adjoint: batches": "state 4 of 5 have different bits than they have alone"}),
    "adjoint_any_fft": ("adjoint", {"adjoint: refusals": 'the FFT "no-such-fft", which does not exist, is accepted'}),
    "adjoint_uncounted": ("adjoint", {"adjoint: evidence": "no dispatch was recorded"}),
    "memory_in_adjoint": ("adjoint", {f"adjoint: {name}": "run() takes memory from the host" for name in
                                      ("sums", "products", "batches", "evidence")}),
    "leaks_adjoint": ("adjoint", {"adjoint: no memory": "a failed create() leaves memory behind"}),
    "shared_k_of_first": ("shared", {f"shared: {name}": "the derivative of state 1 by entry" for name in ("bits", "handles")}),
    "shared_leaves_rest": ("shared", {f"shared: {name}": "nan, and that of run() 0" for name in ("bits", "handles")}),
    "shared_too_small": ("shared", {f"shared: {name}": "cannot hold 4 states of"
                                    for name in ("bits", "handles", "evidence", "no memory")}),
    "shared_claims_fd": ("shared", {"shared: handles": "memory_fd() of memory with an address says ok"}),
    "shared_uncounted": ("shared", {"shared: evidence": "no dispatch was recorded"}),
    "shared_leaks": ("shared", {"shared: no memory": "a failed create() leaves memory behind"}),
    "fills_no_byte": ("bandwidth", {"bandwidth: fill": "asked to fill 1 bytes, it did so with 0"}),
    "fills_for_long": ("bandwidth", {"bandwidth: fill": "one run of fill() took 1000 s in a call of"}),
    # rollouts
    # residuals
    "band_forgets_step": ("residual", {f"residual: {name}": "omega_hat" for name in
                                       ("drawn phases", "given phases", "rollout")}),
    "band_step_of_first": ("residual", {**{f"residual: {name}": "omega_hat" for name in
                                           ("drawn phases", "given phases", "rollout")},
                                        "residual: bits": "a state alone has different bits than in a batch"}),
    "band_keeps_kept": ("residual", {f"residual: {name}": "omega_hat" for name in
                                     ("drawn phases", "given phases", "rollout")}),
    "band_forgets_half": ("residual", {"residual: drawn phases": "omega_hat", "residual: rollout": "omega_hat"}),
    "band_short_seed": ("residual", {f"residual: {name}": "omega_hat" for name in
                                     ("drawn phases", "given phases", "rollout")}),
    "band_ignores_phases": ("residual", {"residual: given phases": "omega_hat"}),
    "band_energy_of_mode": ("residual", {f"residual: {name}": "omega_hat" for name in
                                         ("drawn phases", "given phases", "rollout")}),
    "band_any_energy": ("residual", {"residual: overflow": "whose mid band overflows: ok instead of input"}),
    "band_leaks_plan": ("residual", {"residual: no memory": "leaves memory behind"}),
    "memory_in_prepare": ("residual", {f"residual: {name}": "prepare() takes memory from the host" for name in
                                       ("drawn phases", "given phases", "bits", "rollout", "overflow")}),
    "rolls_transposed": ("rollout", {"rollout: steps": "of its size",
                                     "rollout: deterministic": "do not have the bits of sums in order"}),
    "split_shows": ("rollout", {"rollout: splits": "12 steps at once and 12 single steps end in different bits",
                                "rollout: deterministic": "do not have the bits of sums in order",
                                "rollout: batch": "state 0 of 5 has different bits after 16 steps than alone"}),
    "sums_backwards": ("rollout", {"rollout: deterministic": "do not have the bits of sums in order"}),
    "decodes_the_last": ("rollout", {"rollout: decode": "omega_lp (decoded in place): off by",
                                     "rollout: not finite": "instead of input",
                                     "rollout: batch decode": "state 3 of 6, decoded in place, has different bits",
                                     "rollout: batch not finite": "ok instead of input"}),
    "decodes_anything": ("rollout,stream", {"rollout: not finite": "instead of input",
                                            "rollout: batch not finite": "ok instead of input",
                                            "stream: failure": "instead of input"}),
    "rolls_uncounted": ("rollout", {"rollout: evidence": "advance(1): no dispatch",
                                    "rollout: batch evidence": "advance(1) of 7 states: no dispatch"}),
    "leaks_rollout": ("rollout", {"rollout: no memory": "a failed create() leaves memory behind",
                                  "rollout: batch no memory": "a failed create() leaves memory behind"}),
    "states_show": ("rollout", {"rollout: batch": "state 1 of 5 has different bits after 16 steps than alone"}),
    "decodes_the_first": ("rollout", {"rollout: batch decode": "state 3 of 6, decoded in place, has different bits",
                                      "rollout: batch not finite": "instead of input"}),
    "reads_one": ("rollout", {"rollout: batch": "state 1 of 5 has different bits after 16 steps than alone",
                              "rollout: batch decode": "decode"}),
    "trail_keeps_last": ("trail", {"trail: rows": "row 0 of 3, 1 state(s) of d = 14, after every 1 steps: different bits",
                                   "trail: not finite": "decode() of the two before that one"}),
    "trail_stays": ("trail", {"trail: rows": "what is held after a walk and a step is not what advance() leaves"}),
    "trail_repeats": ("trail", {"trail: decode": "state 1 of what is held, one of 3 in a decode, has different bits",
                                "trail: not finite": "ok instead of input"}),
    "trail_checks_first": ("trail", {"trail: not finite": "ok instead of input"}),
    "walk_uncounted": ("trail", {"trail: evidence": "records 4 dispatches, fewer than steps"}),
    "memory_in_walk": ("trail", {f"trail: {name}": "walk() takes memory from the host" for name in
                                 ("rows", "decode", "not finite", "evidence")}),
    "leaks_trail": ("trail", {"trail: no memory": "leaves memory behind"}),
    # simulations
    "forgets_mean": ("simulate", {"simulate: steps": "reference_mean"}),
    "forgets_dealias": ("simulate", {"simulate: steps": "dealias"}),
    "forgets_filter": ("simulate", {"simulate: steps": "filter"}),
    "flow_split_shows": ("simulate", {"simulate: splits": "12 steps at once and 12 single steps end in different bits",
                                      "simulate: members": "has different bits than it has alone"}),
    "members_show": ("simulate", {"simulate: members": "has different bits than it has alone"}),
    "gets_floats": ("simulate", {"simulate: steps": "of its size", "simulate: decay": "of its size",
                                 "simulate: round trip": "goes on with different bits"}),
    "gets_too_much": ("simulate", {"simulate: steps": "get() writes outside of its output",
                                   **{f"simulate: {name}": "0 bytes past the end of omega (get) (SIGSEGV)" for name in
                                      ("decay", "round trip", "splits", "members", "not finite")}}),
    "hides_breakdown": ("simulate", {"simulate: not finite": "is claimed to be finite after 60 steps"}),
    "counts_from_nought": ("simulate", {"simulate: not finite": "after one step it reports that step 0, member 1"}),
    "flows_uncounted": ("simulate", {"simulate: evidence": "no dispatch was recorded"}),
    "memory_in_advance": ("simulate", {f"simulate: {name}": "advance() takes memory from the host" for name in
                                       ("steps", "decay", "round trip", "splits", "members", "not finite", "evidence")}),
    "leaks_flow": ("simulate", {"simulate: no memory": "a failed create() leaves memory behind"}),
    # encoders
    "encodes_conjugates": ("encode", {"encode: modes": "low: the coefficient at index"}),
    "high_by_difference": ("encode", {"encode: modes": "high is", "encode: little": "high is off by"}),
    "support_of_plus": ("encode", {"encode: mask": "0 rounds: support is"}),
    "encode_batch_shows": ("encode", {"encode: batches": "field 4 of 5 has different bits than it has alone"}),
    "encodes_the_first": ("encode", {"encode: members": "member 1, encoded where it is, has different bits"}),
    "encodes_any_window": ("encode", {"encode: refusals": "smoothing window 99, which does not exist, is accepted"}),
    "encodes_uncounted": ("encode", {"encode: evidence": "no dispatch was recorded"}),
    "memory_in_encode": ("encode", {f"encode: {name}": "encode() takes memory from the host" for name in
                                    ("modes", "little", "mask", "batches", "members", "evidence")}),
    "leaks_encoder": ("encode", {"encode: no memory": "a failed create() leaves memory behind"}),
    # exports
    "export_stays_behind": ("export", {f"export: {name}": "does not have the bits of decode()"
                                       for name in ("fields", "states", "handles")}),
    "export_takes_first": ("export", {"export: states": "omega_lp of state 1, of states in the plan's memory"}),
    "export_believes": ("export", {"export: states": "a state whose entry 0 is nan: ok instead of input"}),
    "export_hides_wrong": ("export", {"export: states": "a state whose entry 0 is wrong has a number in cell 0"}),
    "export_too_small": ("export", {f"export: {name}": "cannot hold 4 states of"
                                    for name in ("fields", "states", "handles", "evidence", "no memory")}),
    "export_lends_fd": ("export", {"export: handles": "memory_fd() hands out the same descriptor twice"}),
    "export_survives_exec": ("export", {"export: handles": "memory_fd() is not closed on exec"}),
    "export_leaks": ("export", {"export: no memory": "plan_create() leaves memory behind"}),
    "export_uncounted": ("export", {"export: evidence": "no dispatch was recorded"}),
    # shelves
    "shelf_remembers": ("shelf", {f"shelf: {name}": ", in a later copy, is"
                                  for name in ("fields", "states", "handles")}),
    "shelf_comes_late": ("shelf", {f"shelf: {name}": ", in a copy, is" for name in ("fields", "states", "handles")}),
    "shelf_takes_first": ("shelf", {"shelf: fields": "number 0 of member 1", "shelf: states": "number 0 of state 1",
                                    "shelf: handles": "number 0 of state 1"}),
    "shelf_lends_fd": ("shelf", {"shelf: handles": "memory_fd() hands out the same descriptor twice"}),
    "shelf_leaks": ("shelf", {"shelf: no memory": "create() leaves memory behind"}),
    # comparers
    "shells_off_by_one": ("compare", {"compare: sums": "shell 0 is"}),
    "variance_by_difference": ("compare", {"compare: sums": "a variance is", "compare: offset": "the variance is"}),
    "forgets_factor": ("compare", {"compare: sums": "it has to be"}),
    "adds_anew": ("compare", {"compare: kept": "a sum of fields: cell 0 is"}),
    "compares_the_first": ("compare", {"compare: members": "member 2, taken where it is: cell 0 is"}),
    "compares_lp": ("compare", {"compare: decodes": "omega_hat, taken where it is: cell 0 is"}),
    "compares_uncounted": ("compare", {"compare: evidence": "no dispatch was recorded"}),
    "memory_in_compare": ("compare", {f"compare: {name}": "compare() takes memory from the host" for name in
                                      ("sums", "offset", "kept", "members", "decodes", "evidence")}),
    "leaks_comparer": ("compare", {"compare: no memory": "a failed create() leaves memory behind"}),
    # forks
    "child_shows": ("fork", {"fork: adopt": "has different bits in the child after the fork"}),
    "child_flow_shows": ("fork", {"fork: simulation": "a simulation has different bits in the child after the fork"}),
    "child_encode_shows": ("fork", {"fork: encoder": "an encoder measures different bits in the child after the fork"}),
    "child_compare_shows": ("fork", {"fork: comparer": "a comparer finds different bits in the child after the fork"}),
    "hang_in_child": ("fork", {"fork: adopt": "timed out after"}),
    "refuses_child": ("fork", {f"fork: {name}": "adopt(): failed: not in this process" for name in
                               ("adopt", "simulation", "encoder", "comparer")}),
    # streams
    "stream_shows": ("stream", {f"stream: {name}": "does not have the bits of decode()"
                                for name in ("turns", "rollout", "failure", "fields")}),
    "keeps_job": ("stream", {f"stream: {name}": "touched job, which was gone by then (SIGSEGV)"
                             for name in ("turns", "evidence", "rollout", "failure", "fields")}),
    "memory_in_submit": ("stream", {f"stream: {name}": "submit() takes memory from the host"
                                    for name in ("turns", "evidence", "rollout", "failure", "fields")}),
    "waits_uncounted": ("stream", {"stream: evidence": "no dispatch was recorded"}),
    "rolls_on": ("stream", {"stream: rollout": "a rollout that goes on before wait(): state 0 of 1"}),
    "failed_stays": ("stream", {"stream: failure": "submit() and wait() of a rollout's state that is not finite: failed"}),
    "lends_askew": ("stream", {"stream: memory": "is not aligned to 64"}),
    "lends_dirty": ("stream", {"stream: memory": "byte 0 is not zero"}),
    "lends_and_leaks": ("stream", {"stream: memory": "leaves 15 blocks of memory behind",
                                   "stream: no memory": "leaves memory behind"}),
    "frees_null": ("stream", {"stream: memory": "crashed (SIGSEGV)"}),
    "writes_lent": ("stream", {"stream: fields": "wrote between the fields in lent memory"}),
    "lends_nothing": ("stream", {"stream: no memory": "says ok instead of no-memory"}),
    "link_for_long": ("stream", {"stream: link": "one run of link() took 1000 s in a call of"}),
    # manners
    "memory_in_decode": ("memory", {"memory: decode": "decode() takes memory from the host"}),
    "prints": ("device,silence", {"silence: output": "prints to standard output: 'opening a session'"}),
    "logs_lines": ("manners", {"manners: log": "more than one line"}),
}

TEXTS = {"plugin", "vordec_version"}


class SuiteTest(CommandTest):
    def check(self, plugin, *options):
        """The exit code and the JSON object of a run. What hangs is waited for a second; what does not may be slow."""
        limit = 1 if "/decode_hang_" in plugin else 60
        done = self.call("check-plugin", plugin, "--quick", "--json", "--time-limit", limit, *options)
        self.assertIn(done.returncode, (0, FAILED, DIFFERENT), done.stderr)
        return done.returncode, json.loads(done.stdout), done.stderr

    def plugin(self, name):
        return str(MUTANTS / f"decode_{name}.so")

    @staticmethod
    def fell_short(report):
        return {f"{check['group']}: {check['name']}": check["detail"]
                for check in report["checks"] if check["outcome"] == "fell short"}


class Faults(SuiteTest):
    def test_each_is_found(self):
        for name, (groups, expected) in FAULTS.items():
            with self.subTest(name):
                code, report, stderr = self.check(self.plugin(name), "--only", groups)
                found = self.fell_short(report)
                self.assertEqual(code, DIFFERENT, stderr)
                self.assertEqual(set(found), set(expected), found)
                for check, part in expected.items():
                    self.assertIn(part, found[check])
                    self.assertIn(part, stderr)

    def test_nothing_is_found_where_nothing_is_wrong(self):
        code, report, stderr = self.check(self.plugin("nothing"))
        self.assertEqual((code, self.fell_short(report), report["fell_short"]), (0, {}, 0), stderr)
        self.assertEqual([check for check in report["checks"] if check["outcome"] == "skipped"], [])
        self.assertTrue(report["conclusive"])

    def test_what_is_optional_is_skipped(self):
        code, report, stderr = self.check(self.plugin("bare"), "--only", "table,rollout,simulate,encode,adjoint,shared,compare,export,shelf,bandwidth,stream,fork")
        self.assertEqual((code, report["fell_short"]), (0, 0), stderr)
        self.assertEqual({check["group"] for check in report["checks"] if check["outcome"] == "skipped"},
                         {"rollout", "simulate", "encode", "adjoint", "shared", "compare", "export", "shelf", "bandwidth", "stream", "fork"})
        self.assertTrue(report["conclusive"])

    def test_a_crash_does_not_end_the_run(self):
        """Every check is made, in a fresh child behind each crash; those that decode nothing pass."""
        _, whole, _ = self.check(self.plugin("nothing"))
        code, report, _ = self.check(self.plugin("writes_past"))
        self.assertEqual(code, DIFFERENT)
        self.assertEqual([(check["group"], check["name"]) for check in report["checks"]],
                         [(check["group"], check["name"]) for check in whole["checks"]])
        outcomes = {f"{check['group']}: {check['name']}": check["outcome"] for check in report["checks"]}
        self.assertEqual(outcomes["silence: output"], "passed")
        self.assertEqual(outcomes["memory: plans"], "passed")
        self.assertEqual(outcomes["mask: majority"], "passed")
        self.assertGreater(report["fell_short"], 10)

    def test_every_mutant_is_in_the_table(self):
        built = {path.name[len("decode_"):-len(".so")] for path in MUTANTS.glob("decode_*.so")}
        self.assertEqual(built, set(FAULTS) | {"nothing", "bare"})


class Files(SuiteTest):
    def test_not_a_plugin(self):
        """Told from the file, before any of it runs."""
        elf = pathlib.Path(self.plugin("nothing")).read_bytes()
        files = {
            "decode_text.so": (b"this is not a shared object\n", "it is no ELF file"),
            "decode_empty.so": (b"", "it is no ELF file"),
            "decode_short.so": (elf[:40], "its ELF header is cut off"),
            "decode_elf32.so": (elf[:4] + b"\x01" + elf[5:], "another class: 32-bit"),
            "decode_machine.so": (elf[:18] + b"\xf3\x00" + elf[20:], "for another machine"),
            "decode_program.so": (elf[:16] + b"\x02\x00" + elf[18:], "not a shared object"),
            "decode_Upper.so": (elf, "must be called decode_NAME.so"),
            "plugin.so": (elf, "must be called decode_NAME.so"),
        }
        for name, (content, part) in files.items():
            with self.subTest(name):
                (self.folder / name).write_bytes(content)
                code, report, _ = self.check(self.path(name))
                self.assertEqual(code, DIFFERENT)
                self.assertEqual(set(self.fell_short(report)), {"file: format"})
                self.assertIn(part, self.fell_short(report)["file: format"])
                self.assertFalse(report["conclusive"])

    def test_damaged(self):
        """A file cut off anywhere, and one with flipped bytes, is a finding, never the end of the command."""
        elf = pathlib.Path(self.plugin("nothing")).read_bytes()
        for i in range(1, 8):
            (self.folder / "decode_nothing.so").write_bytes(elf[:len(elf) * i // 8])
            code, _, _ = self.check(self.path("decode_nothing.so"), "--only", "table")
            self.assertIn(code, (0, DIFFERENT))

    def test_bad_usage(self):
        plugin = self.plugin("nothing")
        for part, arguments in {
            "PATH or NAME is missing": [],
            "unexpected argument 'b.so'": ["a.so", "b.so"],
            "no-such.so: No such file": [self.path("no-such.so")],
            "not a regular file": [str(self.folder)],
            "expected a number above 0": [plugin, "--time-limit", "0"],
            "'moods' is not a group of checks": [plugin, "--only", "mask,moods"],
            "[decode] backend = 'NO'": ["NO"],
            "writes no metrics": [plugin, "--metrics-json", "m.json"],
        }.items():
            with self.subTest(part):
                done = self.call("check-plugin", *arguments)
                self.assertEqual(done.returncode, BAD_USAGE, done.stderr)
                self.assertIn(part, done.stderr)
                self.assertEqual(done.stdout, "")

    def test_by_name_and_relative(self):
        code, report, _ = self.check("nothing", "--plugins-path", MUTANTS, "--only", "device")
        self.assertEqual((code, report["plugin"]), (0, str(MUTANTS / "decode_nothing.so")))
        os.symlink(self.plugin("nothing"), self.path("decode_nothing.so"))
        code, report, _ = self.check("decode_nothing.so", "--only", "evidence")
        self.assertEqual((code, report["plugin"]), (0, self.path("decode_nothing.so")))

    def test_no_device(self):
        """Nothing to decode on is no shortfall, and no success."""
        code, report, stderr = self.check(self.plugin("nothing"), "--device", "7")
        self.assertEqual((code, report["conclusive"], report["device"], report["fell_short"]), (FAILED, False, None, 0))
        self.assertIn("its only device does not match '7'", stderr)
        self.assertIn("nothing was decoded", stderr)

    def test_report(self):
        code, report, stderr = self.check(self.plugin("two_exports"), "--only", "file,manners")
        self.assertEqual(code, DIFFERENT)
        self.assertEqual(set(report), TEXTS | {"quick", "device", "conclusive", "passed", "fell_short", "skipped",
                                               "checks"})
        self.assertEqual(report["device"], {"index": 0, "name": "direct sums on one thread", "type": "host",
                                            "driver": "the C library"})
        for check in report["checks"]:
            self.assertEqual(set(check), {"group", "name", "what", "outcome", "detail", "seconds"})
            self.assertIn(check["what"] if not check["detail"] else check["detail"], stderr)
            self.assertTrue(0 <= check["seconds"] < 60)
        self.assertEqual(report["passed"] + report["fell_short"] + report["skipped"], len(report["checks"]))


if __name__ == "__main__":
    unittest.main()
