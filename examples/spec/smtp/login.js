// deno-fmt-ignore-file -- as it is written for INFINITY.JS
// deno-lint-ignore-file prefer-const
infinity.loadModule('infinity.smtp');
let session = infinity.smtp.session;

session.authenticated = session.username === 'youraccount@example.com' && session.password === 'yourpassword';
