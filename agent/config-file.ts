import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parse, stringify } from 'yaml';
import { type AgentConfig, DEFAULTS } from './config';
import { checkConfig } from './config-check';
import { Failure } from './failure';
import { writeAtomically } from './machine/atomic-file';

/** The configuration with its defaults filled in; the defaults alone if there is no file yet. */
export function loadConfig(file: string): AgentConfig {
  if (!existsSync(file)) return DEFAULTS;
  const settings = readYaml(file) as Partial<AgentConfig>;
  const config: AgentConfig = {
    ...DEFAULTS,
    ...settings,
    mesh: { ...DEFAULTS.mesh, ...settings.mesh },
    package: { ...DEFAULTS.package, ...settings.package },
  };
  checkConfig(config, file);
  return config;
}

/** Changes the configuration, and writes all of it that differs from the defaults. */
export function changeConfig(file: string, change: (config: AgentConfig) => AgentConfig): AgentConfig {
  const config = change(loadConfig(file));
  checkConfig(config, file);
  mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
  writeAtomically(file, stringify(withoutDefaults(config)), { mode: 0o644 });
  return config;
}

function withoutDefaults(config: AgentConfig): Record<string, unknown> {
  const differs = (value: object, defaults: object): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(value).filter(
        ([key, each]) => JSON.stringify(each) !== JSON.stringify((defaults as Record<string, unknown>)[key]),
      ),
    );
  const top = differs(config, DEFAULTS);
  if (top.mesh) top.mesh = differs(config.mesh, DEFAULTS.mesh);
  if (top.package) top.package = differs(config.package, DEFAULTS.package);
  return top;
}

const MEND = 'correct it, or remove it and set everything again';

/** Content of the file: a mapping with known keys, and so is each mapping in it. */
function readYaml(file: string): object {
  let content: unknown;
  try {
    content = parse(readFileSync(file, 'utf8')) ?? {};
  } catch (error) {
    throw new Failure('usage', `${file} is not YAML: ${firstLine(error)}`, MEND);
  }
  for (const [path, known] of Object.entries(KEYS)) {
    const part = path === '' ? content : (content as Record<string, unknown>)[path];
    if (part === undefined) continue;
    const what = path === '' ? file : `${path} (${file})`;
    if (part === null || typeof part !== 'object' || Array.isArray(part)) {
      throw new Failure('usage', `${what} is not a mapping`, MEND);
    }
    const unknown = Object.keys(part).find((key) => !known.includes(key));
    if (unknown === undefined) continue;
    throw new Failure('usage', `${what} has the unknown key ${unknown}`, `known keys: ${known.join(', ')}`);
  }
  return content as object;
}

/** Keys of the file, and of each mapping in it. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  '': [
    ...['uuid', 'workloadGroup', 'nodeIp', 'nodeIpIsLocal', 'apiServer', 'mesh', 'package', 'keepPorts'],
    ...['dnsCapture', 'metricsPort', 'bearerTokenDays'],
  ],
  workloadGroup: ['namespace', 'name'],
  apiServer: ['url'],
  mesh: ['namespace', 'revision', 'gatewayService', 'istiodAddress'],
  package: ['url', 'version', 'sha256', 'plainHttp'],
};

function firstLine(error: unknown): string {
  return String((error as Error).message).split('\n')[0] ?? '';
}
