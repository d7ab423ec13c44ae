// Runs a TypeScript program: compiled into one file by esbuild, kept with V8's code cache, and compiled anew as soon
// as any file that went into it changes. Plain JavaScript, since it is what makes TypeScript run.
//
// What is kept lies in one folder for each program:
//   program.js   the compiled program; its last line, a comment, names the files it was made from, with their stamps
//   <id>.v8      what V8 made of the program.js of that id
const fs = require('node:fs');
const path = require('node:path');
const vm = require('node:vm');

/** Raised whenever what is kept changes its form. */
const FORMAT = 3;
const SOURCE = /\.[cm]?[jt]sx?$/;
const SETTINGS = ['package.json', 'tsconfig.json'];

/**
 * Runs a program as if by `require`.
 *
 * @param {string} entry its TypeScript or JavaScript file
 * @param {(id: string) => void} [started] told, right before the program runs, which one it is: another as soon as any
 *   file that went into it has changed; not called for debugging, where nothing is kept
 * @returns what it exports
 */
function run(entry, started) {
  const file = path.resolve(entry);
  if (process.env.MESHFERRY_DEBUG) return debug(file);
  const cache = cacheFolder();
  const folder = cache && path.join(cache, file.slice(path.parse(file).root.length));
  const program = (folder && read(folder)) ?? compile(file, folder);
  started?.(program.id);
  return execute(file, folder, program);
}

/**
 * What lies here is run, so that it is used only where it is the user's own: `meshferry` and what is below it, by owner
 * and mode and not through a link. Undefined where there is no such place: a program is then compiled each time.
 */
function cacheFolder() {
  const cache = [process.env.XDG_CACHE_HOME, path.join(require('node:os').homedir(), '.cache')].find(
    (folder) => folder && path.isAbsolute(folder),
  );
  if (!cache) return undefined;
  const folders = [
    path.join(cache, 'meshferry'),
    path.join(cache, 'meshferry', `${FORMAT}-${process.version}-${process.arch}`),
  ];
  try {
    const found = folders.map((folder) => fs.lstatSync(folder, { throwIfNoEntry: false }));
    return found.every((stats) => !stats || isOwn(stats, 'isDirectory')) ? folders[1] : undefined;
  } catch {
    return undefined;
  }
}

/** Not by `recursive`, which never ends below /proc: there a folder is not found, and cannot be made either. */
function makeFolder(folder) {
  try {
    fs.mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (error.code === 'EEXIST') return;
    if (error.code !== 'ENOENT' || path.dirname(folder) === folder) throw error;
    makeFolder(path.dirname(folder));
    fs.mkdirSync(folder, { mode: 0o700 });
  }
}

function isOwn(stats, is) {
  const user = process.geteuid?.();
  return stats[is]() && (user === undefined || (stats.uid === user && (stats.mode & 0o022) === 0));
}

/** A program that was compiled before, unless a file that went into it has changed since. */
function read(folder) {
  try {
    const code = readOwn(path.join(folder, 'program.js')).toString('latin1');
    const { id, stamps } = JSON.parse(code.slice(code.lastIndexOf('\n//') + 3));
    for (let i = 0; i < stamps.length; i += 2) if (stamp(stamps[i]) !== stamps[i + 1]) return undefined;
    return { code, id, cachedData: readOptional(path.join(folder, `${id}.v8`)) };
  } catch {
    return undefined;
  }
}

/**
 * Changes whenever a file is written, replaced or removed: a size and two times are cheaper than its content. Of a
 * folder, whenever a source comes or goes: `a.ts` is read before `a/index.ts`.
 */
function stamp(file) {
  if (file.endsWith(path.sep))
    return fs
      .readdirSync(file)
      .filter((name) => SOURCE.test(name))
      .join();
  const stats = fs.statSync(file, { throwIfNoEntry: false });
  return stats ? `${stats.size} ${stats.mtimeMs} ${stats.ctimeMs} ${stats.ino}` : 'none';
}

function compile(file, folder) {
  // Before the compiler reads: a file that is written meanwhile must count as changed.
  const before = Date.now();
  const { outputFiles, metafile } = bundle(file, {
    minifySyntax: true,
    minifyWhitespace: true,
    metafile: true,
  });
  const inputs = Object.keys(metafile.inputs).map((input) => path.resolve(path.dirname(file), input));
  const stamps = [...inputs, ...surroundings(inputs)].flatMap((input) => [
    input,
    changedSince(input, before) ? 'changed' : stamp(input),
  ]);
  const id = `${before}-${process.pid}`;
  const code = `(function(exports,require,module,__filename,__dirname){${ascii(outputFiles[0].text)}\n})\n//${ascii(JSON.stringify({ id, stamps }))}`;
  if (folder) {
    for (const old of listOptional(folder)) if (old.endsWith('.v8')) removeOptional(path.join(folder, old));
    writeOptional(path.join(folder, 'program.js'), code);
  }
  return { code, id };
}

function bundle(file, options) {
  const { buildSync } = require('esbuild');
  try {
    return buildSync({
      entryPoints: [file],
      absWorkingDir: path.dirname(file),
      bundle: true,
      platform: 'node',
      target: 'node20',
      format: 'cjs',
      external: ['esbuild'],
      legalComments: 'none',
      write: false,
      logLevel: 'silent',
      ...options,
    });
  } catch (error) {
    if (!error.errors?.length) throw error;
    const messages = error.errors.map(({ text, location }) =>
      location ? `✖ ${text} → at ${location.file}:${location.line}:${location.column + 1}` : `✖ ${text}`,
    );
    throw Object.assign(new Error(messages.join('\n')), { name: 'CompileError' });
  }
}

/** What decides, beside the files themselves, which files an import means. */
function surroundings(inputs) {
  const folders = new Set(
    inputs.filter((input) => !input.includes(`node_modules${path.sep}`)).map(path.dirname),
  );
  return [...folders].flatMap((folder) => [
    `${folder}${path.sep}`,
    ...SETTINGS.map((name) => path.join(folder, name)),
  ]);
}

/** One byte a character is the quickest to read. esbuild escapes all others but those in tagged templates. */
function ascii(text) {
  return text.replace(
    /[^\0-\x7f]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function changedSince(file, time) {
  return (fs.statSync(file, { throwIfNoEntry: false })?.ctimeMs ?? 0) >= time;
}

/** Scripts that V8 has not cached yet, by the file that is to hold what it knows of them. */
const unsaved = new Map();

/** At the end of the program V8 knows which of its functions are needed; after a failure it does not. */
function saveUnlessFailed(exitCode) {
  if (exitCode !== 0) return;
  for (const [file, script] of unsaved) writeOptional(file, script.createCachedData());
}

function execute(file, folder, { code, id, cachedData }) {
  const script = new vm.Script(code, { filename: file, cachedData });
  if (folder && (!cachedData || script.cachedDataRejected)) {
    if (unsaved.size === 0) process.once('exit', saveUnlessFailed);
    unsaved.set(path.join(folder, `${id}.v8`), script);
  }
  const module = { exports: {} };
  script.runInThisContext()(module.exports, requireFor(file), module, file, path.dirname(file));
  return module.exports;
}

/** Slower, but its stacks name the lines of the sources. */
function debug(file) {
  const { Module } = require('node:module');
  process.setSourceMapsEnabled(true);
  const module = new Module(file);
  module.paths = Module._nodeModulePaths(path.dirname(file));
  module._compile(bundle(file, { sourcemap: 'inline' }).outputFiles[0].text, file);
  return module.exports;
}

/** What the compiled file still asks for: Node's own modules, and the compiler. */
function requireFor(file) {
  let ofFile;
  return (name) => {
    if (name === 'esbuild') return require(name);
    ofFile ??= require('node:module').createRequire(file);
    return ofFile(name);
  };
}

function listOptional(folder) {
  try {
    return fs.readdirSync(folder);
  } catch {
    return [];
  }
}

function readOptional(file) {
  try {
    return readOwn(file);
  } catch {
    return undefined;
  }
}

/** A file that is no link, and that nobody else could have written. */
function readOwn(file) {
  const descriptor = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW);
  try {
    if (!isOwn(fs.fstatSync(descriptor), 'isFile')) throw new Error(`${file} is not the user's own`);
    return fs.readFileSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** Whole or not at all, whoever else writes; without a place to keep it, a program is compiled each time. */
function writeOptional(file, data) {
  const beside = `${file}.${process.pid}`;
  try {
    makeFolder(path.dirname(file));
    removeOptional(beside);
    fs.writeFileSync(beside, data, { mode: 0o600, flag: 'wx' });
    fs.renameSync(beside, file);
  } catch {
    removeOptional(beside);
  }
}

function removeOptional(file) {
  try {
    fs.rmSync(file, { force: true });
  } catch {
    // Nothing can be written there: nothing was.
  }
}

module.exports = { run };
