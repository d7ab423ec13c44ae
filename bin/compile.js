// Runs a TypeScript program: compiled into one file by esbuild, kept with V8's code cache, and compiled anew as soon
// as any file that went into it changes. Plain JavaScript, since it is what makes TypeScript run.
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const { homedir } = require('node:os');
const path = require('node:path');
const vm = require('node:vm');

/** Raised whenever what is kept changes its form. */
const FORMAT = 1;

/**
 * Runs a program as if by `require`.
 *
 * @param {string} entry its TypeScript file
 * @returns what it exports
 */
function run(entry) {
  const file = path.resolve(entry);
  const kept = path.join(
    cacheFolder(),
    createHash('sha256').update(`${FORMAT} ${process.version} ${process.arch} ${file}`).digest('hex'),
  );
  const program = read(kept) ?? compile(file, kept);
  return execute(program, file, kept);
}

/** Not in a temporary folder that others can write to: what lies here is run. */
function cacheFolder() {
  return path.join(process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'meshferry', 'programs');
}

/** A program that was compiled before, unless a file that went into it has changed since. */
function read(kept) {
  try {
    const { inputs, code } = JSON.parse(fs.readFileSync(`${kept}.json`, 'utf8'));
    for (let i = 0; i < inputs.length; i += 2) if (stamp(inputs[i]) !== inputs[i + 1]) return undefined;
    return { code, cachedData: readOptional(`${kept}.v8`) };
  } catch {
    return undefined;
  }
}

/** Changes whenever a file is written, replaced or removed; a size and three times are cheaper than its content. */
function stamp(file) {
  const stats = fs.statSync(file, { throwIfNoEntry: false });
  return stats ? `${stats.size} ${stats.mtimeMs} ${stats.ctimeMs} ${stats.ino}` : 'none';
}

function compile(file, kept) {
  const { buildSync } = require('esbuild');
  // Before the compiler reads: a file that is written meanwhile must count as changed.
  const before = Date.now();
  const { outputFiles, metafile } = buildSync({
    entryPoints: [file],
    absWorkingDir: path.dirname(file),
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    external: ['esbuild'],
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    metafile: true,
    write: false,
    logLevel: 'silent',
  });
  const code = outputFiles[0].text;
  const inputs = Object.keys(metafile.inputs).map((input) => path.resolve(path.dirname(file), input));
  const stamps = inputs.flatMap((input) => [input, changedSince(input, before) ? 'changed' : stamp(input)]);
  writeOptional(`${kept}.json`, JSON.stringify({ inputs: stamps, code }));
  fs.rmSync(`${kept}.v8`, { force: true });
  return { code };
}

function changedSince(file, time) {
  return (fs.statSync(file, { throwIfNoEntry: false })?.ctimeMs ?? Number.POSITIVE_INFINITY) >= time;
}

function execute({ code, cachedData }, file, kept) {
  const script = new vm.Script(`(function(exports,require,module,__filename,__dirname){${code}\n})`, {
    filename: file,
    cachedData,
  });
  const module = { exports: {} };
  const require = moduleRequire(file);
  if (!cachedData || script.cachedDataRejected) {
    // At the end of the program, when V8 knows which of its functions are needed.
    process.once('exit', () => writeOptional(`${kept}.v8`, script.createCachedData()));
  }
  script.runInThisContext()(module.exports, require, module, file, path.dirname(file));
  return module.exports;
}

/** What the compiled file still asks for: Node's own modules, and the compiler. */
function moduleRequire(file) {
  const { createRequire } = require('node:module');
  const ofFile = createRequire(file);
  return (name) => (name === 'esbuild' ? require(name) : ofFile(name));
}

function readOptional(file) {
  try {
    return fs.readFileSync(file);
  } catch {
    return undefined;
  }
}

/** Whole or not at all, whoever else writes; without a place to keep it, a program is compiled each time. */
function writeOptional(file, data) {
  const beside = `${file}.${process.pid}`;
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    fs.writeFileSync(beside, data, { mode: 0o600 });
    fs.renameSync(beside, file);
  } catch {
    fs.rmSync(beside, { force: true });
  }
}

module.exports = { run };
