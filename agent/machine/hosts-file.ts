/** Marks the agent's line, so that lines of others stay as they are. */
const MARK = '# meshferry-agent';

/** The address that the agent's line gives, or undefined where it has none. */
export function hostsEntry(text: string): string | undefined {
  const line = text.split('\n').find((each) => each.endsWith(MARK));
  return line?.split(/\s+/)[0];
}

/**
 * The file with the agent's line for `name` at `address`; without one where `address` is undefined. Lines of others
 * for that name are kept, but the first match wins: so ours comes first.
 */
export function withHostsEntry(text: string, address: string | undefined, name: string): string {
  const others = text.split('\n').filter((line) => !line.endsWith(MARK));
  return (address === undefined ? others : [`${address} ${name} ${MARK}`, ...others]).join('\n');
}
