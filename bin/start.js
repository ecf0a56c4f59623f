"use strict";

const { join } = require("node:path");

/** Runs the command line on what was built into `dist`. */
exports.start = async function start(args) {
  require("node:module").enableCompileCache?.();
  if (args.length === 1 && args[0] === "--version") {
    const { name, version } = require("../package.json");
    process.stdout.write(`${name}/${version} ${process.platform}-${process.arch} node-${process.version}\n`);
    return;
  }
  const { execute } = await import("../dist/execute.js");
  await execute({ args, dir: join(__dirname, "..") });
};
