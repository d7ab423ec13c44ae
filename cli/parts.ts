/** Files of this folder that are compiled by themselves: no command waits for what another needs. */
export const PARTS = ['diff', 'discover', 'gate', 'move', 'plan', 'render', 'status', 'verify'] as const;

/** One of them. */
export type Part = (typeof PARTS)[number];
