import type * as z from 'zod';
import { didYouMean } from './nearest';
import { type Path, type Problem, valueAt } from './problem';

type RawIssue = Parameters<z.core.$ZodErrorMap>[0];

/** Says in plain words what zod says in types. Given to `safeParse` as its `error`. */
export const inPlainWords: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'invalid_type':
      return wrongType(issue);
    case 'invalid_value':
      return `${show(issue.input)} is not one of ${issue.values.join(', ')}${didYouMean(String(issue.input), issue.values.map(String))}`;
    case 'unrecognized_keys':
      return unknownKeys(issue);
    case 'too_big':
      return 'must be a smaller number';
    case 'too_small':
      return 'must be a larger number';
    default:
      return undefined;
  }
};

/** The problems that zod found in the input, one for each value. */
export function explain(error: z.ZodError, input: unknown): Problem[] {
  return error.issues.flatMap((issue) => problemsOf(issue, []).map((problem) => withValue(problem, input)));
}

function problemsOf(issue: z.core.$ZodIssue, above: Path): Problem[] {
  const path = [...above, ...(issue.path as (string | number)[])];
  switch (issue.code) {
    case 'unrecognized_keys': {
      const messages = issue.message.split('\n');
      return issue.keys.map((key, index) => ({ path: [...path, key], message: messages[index] ?? '' }));
    }
    case 'invalid_key': {
      const message = issue.issues[0]?.message ?? issue.message;
      return [{ path, message: `${show(path.at(-1))} ${message}` }];
    }
    case 'invalid_union': {
      const branch = likeliest(issue.errors);
      return branch ? branch.flatMap((inner) => problemsOf(inner, path)) : [{ path, message: issue.message }];
    }
    default:
      return [{ path, message: issue.message }];
  }
}

/** The alternative of a union that the input has the form of, with the fewest faults. */
function likeliest(branches: readonly z.core.$ZodIssue[][]): z.core.$ZodIssue[] | undefined {
  const faults = (issues: readonly z.core.$ZodIssue[]) =>
    issues.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? issue.keys.length : 1), 0);
  const sameForm = branches.filter(
    (issues) =>
      !issues.some(
        (issue) =>
          issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_value'),
      ),
  );
  return sameForm.sort((a, b) => faults(a) - faults(b))[0];
}

/** "must …" tells a rule; the value in front tells what broke it. */
function withValue(problem: Problem, input: unknown): Problem {
  if (!problem.message.startsWith('must ')) return problem;
  const value = valueAt(input, problem.path);
  if (typeof value === 'object' || value === undefined) return problem;
  return { ...problem, message: `${show(value)} ${problem.message}` };
}

const FORMS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping (lines of "key: value")',
  record: 'a mapping (lines of "key: value")',
};

function wrongType({ expected, input, path, inst }: RawIssue & { code: 'invalid_type' }): string {
  const form = FORMS[expected] ?? expected;
  const key = path?.at(-1);
  if (input === undefined) {
    const meaning = (inst as z.ZodType | undefined)?.description?.replace(/\.$/, '');
    // An alternative of a union does not know the key that it stands at.
    return `${key === undefined ? '' : `${show(key)} `}is missing${meaning ? `: ${lowerFirst(meaning)}` : ''}`;
  }
  if (input === null) return 'has no value: fill it in, or leave the key out';
  if (expected === 'string' && (typeof input === 'number' || typeof input === 'boolean')) {
    return `${input} must be text: put it in quotes, "${input}"`;
  }
  if (typeof input === 'string' && /^[0-9]+$/.test(input) && form.endsWith('number')) {
    return `${show(input)} must be ${form}: leave the quotes out`;
  }
  if (Array.isArray(input)) return `must be ${form}, not a list`;
  if (typeof input === 'object') return `must be ${form}, not a mapping`;
  return `${show(input)} must be ${form}`;
}

/** One line for each unknown key: zod has one message for all of them. */
function unknownKeys({ keys, inst }: RawIssue & { code: 'unrecognized_keys' }): string {
  const known = Object.keys((inst as z.ZodObject | undefined)?.shape ?? {});
  return keys
    .map((key) => `unknown key ${show(key)}${didYouMean(key, known) || `; known here: ${known.join(', ')}`}`)
    .join('\n');
}

/** A value as a message shows it: one line, cut where it is long. */
export function show(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
