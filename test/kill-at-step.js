// Preloaded by a test: ends the process without a word at the nth change to a folder; a file is half written then.
const fs = require('node:fs');

const [folder, nth] = process.env.KILL_AT_STEP.split('|');
const die = () => process.kill(process.pid, 'SIGKILL');
let changes = 0;

for (const name of [
  'mkdirSync',
  'mkdtempSync',
  'writeFileSync',
  'renameSync',
  'unlinkSync',
  'rmdirSync',
  'rmSync',
]) {
  const original = fs[name];
  fs[name] = (path, data, ...rest) => {
    if (String(path).startsWith(folder) && ++changes === Number(nth)) {
      if (name === 'writeFileSync') original(path, data.slice(0, data.length / 2));
      die();
    }
    return original(path, data, ...rest);
  };
}
