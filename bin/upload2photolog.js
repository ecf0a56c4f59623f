#!/usr/bin/env node
// The original's name for `photolog upload`. The guard of run.js comes first, so this too is written for any Node.js.
process.argv.splice(2, 0, "upload");
require("./run.js");
