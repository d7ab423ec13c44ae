import htm from 'htm';
import { h, type VNode } from 'preact';

/** Markup as a tree: whatever is put into it is text, and never becomes markup. */
export const html = htm.bind(h) as (strings: TemplateStringsArray, ...values: unknown[]) => VNode;

export type { VNode };
