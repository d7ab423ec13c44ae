#!/usr/bin/env node
// The program: from its sources in a checkout, built already in an installed package.
const { existsSync } = require('node:fs');
const path = require('node:path');
const { run } = require('./compile');

const sources = path.join(__dirname, '../cli');
const isCheckout = existsSync(path.join(sources, 'main.ts'));
/** A part of the program that is compiled and kept by itself: no command waits for what another needs. */
const load = (name, started) =>
  run(isCheckout ? path.join(sources, `${name}.ts`) : path.join(__dirname, `../lib/cli/${name}.js`), started);

try {
  load('main').main(process.argv, { load, runApp: run, root: path.join(__dirname, '..') });
} catch (error) {
  // Not even the part that reports errors could be loaded.
  process.stderr.write(`✖ ${error.message}\n`);
  process.exitCode = 70;
}
