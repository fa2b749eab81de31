// deno-fmt-ignore-file -- as it is written for INFINITY.JS
// deno-lint-ignore-file no-console
infinity.loadModule('infinity.smtp');

console.log(infinity.smtp.session.username + ' sends:\n' + infinity.smtp.session.msg);
infinity.smtp.session.received = true;
