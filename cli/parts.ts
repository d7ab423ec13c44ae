/** Files of this folder that are compiled by themselves: no command waits for what another needs. */
export const PARTS = [
  'commands/adopt',
  'agent/commands',
  'commands/check',
  'commands/dashboard',
  'commands/diff',
  'commands/discover',
  'commands/freeze',
  'commands/gate',
  'commands/history',
  'commands/new',
  'commands/plan',
  'commands/render',
  'commands/report',
  'commands/status',
  'commands/topology',
  'commands/verify',
  'move/commands',
] as const;

/** One of them. */
export type Part = (typeof PARTS)[number];
