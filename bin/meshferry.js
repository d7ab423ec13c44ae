#!/usr/bin/env node
// The program: compiled already in an installed package, from its sources in a checkout.
const { existsSync } = require('node:fs');
const path = require('node:path');
const { run } = require('./compile');

const built = path.join(__dirname, '../lib/cli.js');
const sources = path.join(__dirname, '../cli/main.ts');
const { main } = run(existsSync(sources) ? sources : built);
main(process.argv, run);
