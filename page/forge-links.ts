/** Addresses of what a forge shows. */
export interface ForgeLinks {
  commit(id: string): string;
  branch(name: string): string;
  /** A folder of the project, at the commit that was read. */
  folder(path: string): string;
}

/**
 * Links into the forge that a remote is on. GitHub, GitLab and Gitea agree on these paths.
 *
 * @param remote as git has it: `https://host/owner/name.git`, `git@host:owner/name.git` or `ssh://git@host/owner/name`
 * @param commit that is shown
 * @param prefix way from the top of the repository to the project: '' or `infra/mesh/`
 * @returns undefined where the remote is a folder, or on no host
 */
export function forgeLinks(remote: string, commit: string, prefix: string): ForgeLinks | undefined {
  const web = webAddress(remote);
  if (!web) return undefined;
  const to = (...steps: string[]) => `${web}/${steps.map(encodeSteps).join('/')}`;
  return {
    commit: (id) => to('commit', id),
    branch: (name) => to('tree', name),
    folder: (path) => to('tree', commit, `${prefix}${path}`),
  };
}

function webAddress(remote: string): string | undefined {
  const scp = /^[^@/\s]+@([^:/\s]+):(?!\/)(.+)$/.exec(remote);
  const text = scp ? `https://${scp[1]}/${scp[2]}` : remote.replace(/^(ssh|git):\/\//, 'https://');
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.pathname.length < 2) return undefined;
  // A port of ssh or a password in the remote is nothing for a browser.
  const port = /^https?:/.test(remote) ? url.host : url.hostname;
  return `https://${port}${url.pathname.replace(/\/$/, '').replace(/\.git$/, '')}`;
}

function encodeSteps(text: string): string {
  return text.split('/').map(encodeURIComponent).join('/');
}
