import { type ASTNode, Environment } from '@marcbachmann/cel-js';
import type { JsonSchema } from '../imports/schemas';
import { fields, items, type Path } from '../manifests/manifest';

/** A CEL rule that an object breaks. */
export interface BrokenRule {
  readonly path: Path;
  /** The rule in the CRD's own words, or what went wrong with it. */
  readonly message: string;
  /** The rule itself. */
  readonly rule: string;
}

interface Rule {
  readonly rule: string;
  readonly message?: string;
}

type Evaluate = (context: { self: unknown }) => unknown;

/** The value of `url(text)`, one of the functions that Kubernetes adds to CEL. */
class CelUrl {
  readonly scheme: string;

  constructor(text: string) {
    this.scheme = text.startsWith('/') ? '' : new URL(text).protocol.slice(0, -1);
  }
}

const environment = new Environment({ unlistedVariablesAreDyn: true })
  .registerType('kubernetes.URL', CelUrl)
  .registerFunction('url(string): kubernetes.URL', (text: string) => new CelUrl(text))
  .registerFunction('kubernetes.URL.getScheme(): string', (url: CelUrl) => url.scheme)
  .registerFunction('string.matchesInAnyCase(string): bool', (text: string, pattern: string) =>
    new RegExp(pattern, 'i').test(text),
  );
const programs = new Map<string, Evaluate>();
const withRules = new WeakMap<object, boolean>();

/**
 * The CEL rules of a schema that a value breaks, as the API server finds them when the object is created.
 * As there, a rule that cannot be evaluated counts as broken.
 */
export function* brokenRules(schema: JsonSchema, value: unknown, path: Path = []): Generator<BrokenRule> {
  if (value === undefined || value === null || !hasRules(schema)) return;
  for (const { rule, message } of items(schema['x-kubernetes-validations']) as Rule[]) {
    const problem = evaluate(rule, asCel(schema, value));
    if (problem !== undefined) yield { path, rule, message: message ?? problem };
  }
  const properties = fields(schema.properties) as Record<string, JsonSchema>;
  for (const [key, below] of Object.entries(fields(value))) {
    const next = properties[key] ?? schema.additionalProperties;
    if (typeof next === 'object' && next) yield* brokenRules(next as JsonSchema, below, [...path, key]);
  }
  if (typeof schema.items === 'object' && schema.items)
    for (const [index, item] of items(value).entries())
      yield* brokenRules(schema.items as JsonSchema, item, [...path, index]);
}

/** Why a text is no CEL expression, undefined where it is one. */
export function celProblem(expression: string): string | undefined {
  try {
    environment.parse(expression);
    return undefined;
  } catch (error) {
    return (error as Error).message.split('\n')[0];
  }
}

/** What is wrong, undefined where nothing is. */
function evaluate(rule: string, self: unknown): string | undefined {
  try {
    let program = programs.get(rule);
    if (!program) {
      program = environment.parse(translated(rule)) as Evaluate & { ast: ASTNode };
      programs.set(rule, program);
    }
    return program({ self }) === true ? undefined : `must satisfy ${rule}`;
  } catch (error) {
    return `${rule} cannot be evaluated: ${(error as Error).message.split('\n')[0]}`;
  }
}

/**
 * A rule in words that the library knows. Its `has` takes no index: `("path" in self[0])` is the same as
 * `has(self[0].path)`. And an expression of JavaScript has its flags apart, where RE2 writes them into it.
 */
function translated(rule: string): string {
  return rule
    .replaceAll(/\bhas\(([\w.]+\[\d+\])\.(\w+)\)/g, '("$2" in $1)')
    .replaceAll(/\.matches\((r?""")\^\(\?i\)/g, '.matchesInAnyCase($1^');
}

/** Words of CEL. Kubernetes writes a field of that name `__namespace__` in a rule. */
const RESERVED = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);

/** A value as a rule sees it: whole numbers apart from others, and what the API server fills in filled in. */
function asCel(schema: JsonSchema, value: unknown): unknown {
  if (schema.type === 'integer' && Number.isInteger(value)) return BigInt(value as number);
  if (Array.isArray(value)) return value.map((item) => asCel(fields(schema.items), item));
  if (typeof value !== 'object' || value === null) return value;
  const properties = fields(schema.properties);
  const present = Object.entries(value).map(([key, below]) => [
    key in properties && RESERVED.has(key) ? `__${key}__` : key,
    asCel(fields(properties[key] ?? schema.additionalProperties), below),
  ]);
  const filledIn = Object.entries(properties)
    .filter(([key, below]) => !(key in value) && fields(below).default !== undefined)
    .map(([key, below]) => [key, asCel(fields(below), fields(below).default)]);
  return Object.fromEntries([...present, ...filledIn]);
}

/** Whether a schema holds rules anywhere: most parts of an object need no look. */
function hasRules(schema: JsonSchema): boolean {
  const known = withRules.get(schema);
  if (known !== undefined) return known;
  const below = [...Object.values(fields(schema.properties)), schema.items, schema.additionalProperties];
  const result =
    'x-kubernetes-validations' in schema ||
    below.some((next) => typeof next === 'object' && next !== null && hasRules(next as JsonSchema));
  withRules.set(schema, result);
  return result;
}
