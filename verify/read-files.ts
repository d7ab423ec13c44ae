import { fields, type Manifest } from '../manifests/manifest';
import { type ReadCache, readManifests, type UnreadableDocument } from '../manifests/read';
import type { Finding } from './finding';
import { looseRenderer, Packages, type Renderer } from './packages';
import type { ManifestFile } from './states';

/** A text, and what the user calls the file it is from. */
export interface TextFile {
  readonly file: string;
  readonly text: string;
}

/** A file that cannot be read as text. */
export interface UnreadableFile {
  readonly file: string;
  /** Why, in a few words. */
  readonly reason: string;
}

/** Ids of the findings about reading, and what holds where there is none. */
export const READING_CHECKS = [
  { id: 'MF001', title: 'every manifest can be read' },
  { id: 'MF003', title: 'templates and patches are checked as what they render to' },
] as const;

/** What files hold, and what could not be read. */
export interface FilesRead {
  readonly files: readonly ManifestFile[];
  readonly findings: readonly Finding[];
}

/**
 * Reads manifests. A file that cannot be read is a finding; one that a chart takes as a template, or a kustomization as
 * a patch, holds no manifests yet, and is left out.
 *
 * @param onFile called after each file
 */
export function readFiles(
  texts: Iterable<TextFile | UnreadableFile>,
  onFile: () => void = () => undefined,
): FilesRead {
  const cache: ReadCache = new Map();
  const packages = new Packages();
  const read: (ManifestFile & { readonly unreadable: readonly UnreadableDocument[] })[] = [];
  const findings: Finding[] = [];
  for (const one of texts) {
    const { file } = one;
    if ('reason' in one) findings.push(unreadable(file, 1, one.reason));
    else {
      packages.add(file, one.text);
      const { sources, unreadable } = readManifests(file, one.text, cache);
      if (sources.length + unreadable.length > 0) read.push({ file, sources, unreadable });
    }
    onFile();
  }
  const files: ManifestFile[] = [];
  const skipped = new Skipped();
  for (const { file, sources, unreadable: broken } of read) {
    const renderer = packages.rendererOf(file);
    if (renderer) {
      skipped.add(renderer);
      continue;
    }
    const whole = sources.filter(({ manifest }) => !isPatch(manifest));
    const kustomization = packages.kustomizationOf(file);
    const kept = kustomization ? whole.map((source) => ({ ...source, kustomization })) : whole;
    if (kept.length > 0) files.push({ file, sources: kept });
    if (whole.length < sources.length) skipped.add(looseRenderer(file, 'patch'));
    for (const { text, line, reason } of broken.filter(looksLikeManifest))
      if (TEMPLATE.test(text) || TEMPLATE_NAME.test(file)) skipped.add(looseRenderer(file, 'template'));
      else findings.push(unreadable(file, line, reason));
  }
  return { files, findings: [...findings, ...skipped.notes()] };
}

/** Marks of templates of Go, Helm, Jinja, FreeMarker and ERB, and of names that are filled in. */
const TEMPLATE = /\{\{|\$\{|<%|<#|<[A-Z][A-Z0-9_]+>/;

/** Endings that templates have before `.yaml`. */
const TEMPLATE_NAME = /\.(ftl|gotmpl|j2|jinja2?|tmpl|tpl)\.(ya?ml|json)$/;

const PLURAL = { template: 'templates', patch: 'patches' } as const;

/** Files that are left out, by what renders them. */
class Skipped {
  readonly #files = new Map<string, { readonly renderer: Renderer; count: number }>();

  add(renderer: Renderer): void {
    const known = this.#files.get(renderer.file);
    if (known) known.count++;
    else this.#files.set(renderer.file, { renderer, count: 1 });
  }

  notes(): Finding[] {
    return [...this.#files.values()].map(({ renderer: { file, takes, command }, count }) => ({
      id: 'MF003',
      severity: 'note',
      message: `${count === 1 ? `1 ${takes} is` : `${count} ${PLURAL[takes]} are`} not checked: only what is rendered is a manifest`,
      object: '',
      path: '',
      file,
      line: 1,
      fix: `check what it renders to: ${command}`,
    }));
  }
}

/** Other YAML, such as a workflow of CI, may be broken as it likes. */
function looksLikeManifest({ text }: UnreadableDocument): boolean {
  return text === '' || /^\s*"?apiVersion"?\s*:/m.test(text);
}

function unreadable(file: string, line: number, reason: string): Finding {
  return {
    id: 'MF001',
    severity: 'error',
    message: `cannot be read: ${reason}`,
    object: '',
    path: '',
    file,
    line,
    fix: 'correct the file at this line, or pass over it with --ignore if it is no manifest',
  };
}

/** Kinds whose pods need a selector, and labels for it. */
const TEMPLATED = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet']);

/** Whether an object is no whole one: it holds a directive of a patch, or neither selects its pods nor labels them. */
function isPatch(manifest: Manifest): boolean {
  const { selector, template } = fields(manifest.spec);
  const labels = fields(fields(template).metadata).labels;
  const partial = TEMPLATED.has(String(manifest.kind)) && selector === undefined && labels === undefined;
  return (partial && manifest.spec !== undefined) || hasDirective(manifest);
}

/** Whether a value holds a directive of a strategic merge patch. */
function hasDirective(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.some(hasDirective);
  return Object.entries(value).some(
    ([key, below]) =>
      key === '$patch' || key === '$retainKeys' || key.startsWith('$setElementOrder/') || hasDirective(below),
  );
}
