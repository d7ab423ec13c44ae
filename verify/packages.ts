import { posix } from 'node:path';
import { readYaml } from '../manifests/go-yaml';
import { fields, items, text } from '../manifests/manifest';
import { YamlError } from '../manifests/yaml-error';

/** Names under which kustomize looks for its file. */
const KUSTOMIZATION = /^(kustomization\.ya?ml|Kustomization)$/;

/** A patch by the name of its file or folder, where no kustomization that lists it is at hand. */
const NAMED_PATCH = /(^|[-_.])patch(es)?([-_.]|$)/i;

/** What makes manifests out of files that are none yet. */
export interface Renderer {
  /** File that says so: a Chart.yaml, a kustomization.yaml, or the file itself. */
  readonly file: string;
  readonly takes: 'template' | 'patch';
  /** Command whose output can be checked. */
  readonly command: string;
}

/** Helm charts and kustomizations among the files, and what they take as templates and patches. */
export class Packages {
  readonly #charts = new Map<string, Renderer>();
  readonly #patches = new Map<string, Renderer>();
  readonly #resources = new Map<string, string>();

  /** Takes a file into account. */
  add(file: string, content: string): void {
    const { dir, base } = posix.parse(file);
    if (base === 'Chart.yaml')
      this.#charts.set(dir, renderer(file, 'template', `helm template ${dir || '.'}`));
    if (!KUSTOMIZATION.test(base)) return;
    const kustomization = renderer(file, 'patch', `kustomize build ${dir || '.'}`);
    const lists = fields(parsed(content));
    for (const path of patchesOf(lists)) this.#patches.set(posix.join(dir, path), kustomization);
    for (const path of items(lists.resources)) this.#resources.set(posix.join(dir, String(path)), file);
  }

  /** The kustomization that lists a file as a resource. */
  kustomizationOf(file: string): string | undefined {
    return this.#resources.get(posix.normalize(file));
  }

  /** What takes a file as a template or a patch, undefined for a file that stands for itself. */
  rendererOf(file: string): Renderer | undefined {
    const steps = file.split('/');
    for (let length = steps.length - 1; length >= 1; length--)
      if (steps[length] === 'templates' || steps[length] === 'charts') {
        const chart = this.#charts.get(steps.slice(0, length).join('/'));
        if (chart) return chart;
      }
    const listed = this.#patches.get(posix.normalize(file));
    if (listed) return listed;
    const named = steps.some((step) => NAMED_PATCH.test(step));
    return named ? looseRenderer(file, 'patch') : undefined;
  }
}

/** What renders a file whose chart or kustomization is not at hand. */
export function looseRenderer(file: string, takes: Renderer['takes']): Renderer {
  return renderer(file, takes, takes === 'patch' ? 'kustomize build FOLDER' : 'helm template CHART');
}

function renderer(file: string, takes: Renderer['takes'], build: string): Renderer {
  return { file, takes, command: `${build} | meshferry verify -` };
}

/** Files that a kustomization lists as patches, as it writes them. */
function patchesOf(lists: Readonly<Record<string, unknown>>): string[] {
  const { patches, patchesStrategicMerge, patchesJson6902 } = lists;
  // A patch is a path, or holds one; old files list paths as `patches` too. Some write the patch itself instead.
  return [...items(patches), ...items(patchesJson6902), ...items(patchesStrategicMerge)]
    .map((patch) => text(patch) ?? text(fields(patch).path))
    .filter((path) => path !== undefined && !path.includes('\n')) as string[];
}

function parsed(content: string): unknown {
  try {
    return readYaml(content).value;
  } catch (error) {
    if (error instanceof YamlError) return undefined;
    throw error;
  }
}
