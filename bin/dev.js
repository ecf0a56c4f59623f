#!/usr/bin/env node
// Runs src/ as it is, without a build: Node.js strips the types.
"use strict";

const { join } = require("node:path");

async function start() {
  const root = join(__dirname, "..");
  const { execute, settings } = await import("@oclif/core");
  settings.enableAutoTranspile = false;
  const pjson = require("../package.json");
  await execute({
    args: process.argv.slice(2),
    development: true,
    loadOptions: {
      root,
      ignoreManifest: true,
      pjson: { ...pjson, oclif: { ...pjson.oclif, commands: "./src/commands" } },
    },
  });
}

start().catch((error) => {
  console.error(error);
  process.exit(1);
});
