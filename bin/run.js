#!/usr/bin/env node
// Written for any Node.js ever made: it has to run where photolog itself cannot even be parsed.
var needed = [22, 19];
var running = process.versions.node.split(".").map(Number);
if (running[0] < needed[0] || (running[0] === needed[0] && running[1] < needed[1])) {
  process.stderr.write(
    "photolog needs Node.js " +
      needed.join(".") +
      " or newer, but this is " +
      process.version +
      " (" +
      process.execPath +
      ").\n",
  );
  process.exit(1);
}
require("./start.js")
  .start(process.argv.slice(2))
  .catch(function (error) {
    process.stderr.write(String((error && error.stack) || error) + "\n");
    process.exit(1);
  });
