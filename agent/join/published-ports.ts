/**
 * Ports of the machine that iptables rules forward to another address, as Docker and Podman do for a published port.
 * Rules for loopback alone are left out: they forward nothing that comes from outside.
 *
 * @param rules what `iptables -t nat -S` prints
 */
export function publishedPorts(rules: string): ReadonlySet<number> {
  const ports = new Set<number>();
  for (const rule of rules.split('\n')) {
    if (!/ -j DNAT( |$)/.test(rule) || / (-d 127\.|-i lo )/.test(rule) || /^-A OUTPUT /.test(rule)) continue;
    const [, first, last] = / --dports? (\d+)(?::(\d+))?/.exec(rule) ?? [];
    if (first === undefined) continue;
    for (let port = Number(first); port <= Number(last ?? first); port++) ports.add(port);
  }
  return ports;
}
