/**
 * The one plugin of the benchmark's Haraka: it accepts every recipient, counts the messages, and
 * discards them. Speaks to the benchmark as control.ts does.
 */
"use strict";

let received = 0;

exports.register = function () {
  // It listens a little later: the benchmark waits for that.
  const port = Number(process.env.BENCH_PORT);
  process.stdout.write(`${JSON.stringify({ port, pid: process.pid })}\n`);
  process.stdin.setEncoding("utf8");
  process.stdin.on("data", (text) => {
    process.stdout.write(`${JSON.stringify({ received })}\n`.repeat(text.split("\n").length - 1));
  });
  process.stdin.on("end", () => process.exit(0));
};

// No question to the name server for each connection; the others ask none either.
exports.hook_lookup_rdns = function (next) {
  next(OK, "localhost");
};

exports.hook_rcpt = function (next) {
  next(OK);
};

exports.hook_queue = function (next) {
  received++;
  next(OK);
};
