import { isUtf8 } from 'node:buffer';
import { lstatSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import type { ConfigIssue } from '../error';
import { formatPath, type Path } from '../problem';
import { displayPath } from './display-path';
import { leavesRepository } from './links';
import { locator, parseYaml } from './yaml';

const LARGEST_KIB = 256;

/** An input file: what it holds, and how to tell a place in it. */
export interface InputFile {
  /** Relative to the working directory, with "/" between folders. */
  readonly file: string;
  /** The value of its document; undefined where it could not be read. */
  readonly value: unknown;
  /** What is wrong with the file as such. */
  readonly issues: readonly ConfigIssue[];
  /** The issue that a problem of a value is. */
  issue(path: Path, message: string): ConfigIssue;
}

/**
 * Reads a YAML file whole. Never throws: whatever is wrong with it is an issue.
 *
 * @param path of the file
 * @param needs what the message for an empty file asks for, e.g. `istio`
 */
export function readInput(path: string, needs: string): InputFile {
  const file = displayPath(path);
  const whole = (message: string, line?: number): InputFile =>
    unread(file, [{ message, path: '', file, ...(line && { line }) }]);
  let bytes: Buffer;
  try {
    if (lstatSync(path).isSymbolicLink() && leavesRepository(path))
      return whole(
        `is a link that leaves the repository, to ${readlinkSync(path)}: put the file itself in its place`,
      );
    const stats = statSync(path);
    if (!stats.isFile()) return whole("can't be read: it is not a file");
    const { size } = stats;
    if (size > LARGEST_KIB * 1024) {
      return whole(
        `is ${Math.ceil(size / 1024)} KiB, and ${LARGEST_KIB} KiB is the most: is it the right file?`,
      );
    }
    bytes = readFileSync(path);
  } catch (error) {
    return whole(`can't be read: ${(error as NodeJS.ErrnoException).code ?? String(error)}`);
  }
  if (!isUtf8(bytes)) return whole('is not UTF-8 text: save it as UTF-8', lineOfBadByte(bytes));
  const text = bytes.toString('utf8');
  const { value, empty, problems } = parseYaml(text);
  if (empty) return whole(`is empty: declare at least ${needs}`, 1);
  const issues = problems.map((problem) => ({ path: '', file, ...problem }));
  if (value === undefined) return unread(file, issues);
  let locate: ReturnType<typeof locator> | undefined;
  return {
    file,
    value,
    issues,
    issue(at, message) {
      locate ??= locator(text);
      return { message, path: formatPath(at), file, ...locate(at) };
    },
  };
}

function unread(file: string, issues: readonly ConfigIssue[]): InputFile {
  return {
    file,
    value: undefined,
    issues,
    issue: (path, message) => ({ message, path: formatPath(path), file }),
  };
}

function lineOfBadByte(bytes: Buffer): number {
  let line = 1;
  for (let start = 0; start < bytes.length; line++) {
    const newline = bytes.indexOf(0x0a, start);
    const end = newline === -1 ? bytes.length : newline;
    if (!isUtf8(bytes.subarray(start, end))) break;
    start = end + 1;
  }
  return line;
}
