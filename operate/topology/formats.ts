import { printable } from '../../text/printable';
import { edgeWords, type Node, type Topology } from './graph';

const MARKS: Readonly<Record<Node['kind'], string>> = {
  caller: '○',
  gateway: '◇',
  service: '●',
  vm: '▣',
  kubernetes: '⬢',
};

/** Text for a terminal: who calls, then who answers. */
export function topologyText({ nodes, edges }: Topology): string {
  const line = (id: string) => {
    const node = nodes.find((one) => one.id === id);
    return node ? `${MARKS[node.kind]} ${printable(node.label)}` : id;
  };
  const detailOf = (id: string) => {
    const text = nodes.find((one) => one.id === id)?.detail;
    return text ? `  (${printable(text)})` : '';
  };
  const into = edges.filter(({ to }) => to === 'service');
  const out = edges.filter(({ from }) => from === 'service');
  return [
    ...into.map((edge) => `${line(edge.from)}${spaced(edgeWords(edge))}`),
    '  │',
    `${line('service')}${detailOf('service')}`,
    ...out.map((edge, index) => {
      const branch = index === out.length - 1 ? '└─' : '├─';
      return `  ${branch} ${line(edge.to)}${spaced(edgeWords(edge))}${detailOf(edge.to)}`;
    }),
  ].join('\n');
}

/** A flowchart for Markdown that renders Mermaid. */
export function topologyMermaid({ nodes, edges }: Topology): string {
  const name = new Map(nodes.map(({ id }, index) => [id, `n${index}`]));
  const shapes: Readonly<Record<Node['kind'], readonly [string, string]>> = {
    caller: ['(["', '"])'],
    gateway: ['{{"', '"}}'],
    service: ['(["', '"])'],
    vm: ['["', '"]'],
    kubernetes: ['("', '")'],
  };
  return [
    'flowchart LR',
    ...nodes.map(({ id, kind, label }) => {
      const [open, close] = shapes[kind];
      return `  ${name.get(id)}${open}${mermaidText(`${MARKS[kind]} ${label}`)}${close}`;
    }),
    ...edges.map((edge) => {
      const words = edgeWords(edge);
      const arrow = edge.declared === 0 ? '-.->' : '-->';
      return `  ${name.get(edge.from)} ${arrow}${words ? `|"${mermaidText(words)}"|` : ''} ${name.get(edge.to)}`;
    }),
    '',
  ].join('\n');
}

/** A graph for Graphviz. */
export function topologyDot({ nodes, edges }: Topology): string {
  const shapes: Readonly<Record<Node['kind'], string>> = {
    caller: 'ellipse',
    gateway: 'diamond',
    service: 'ellipse',
    vm: 'box3d',
    kubernetes: 'hexagon',
  };
  return [
    'digraph topology {',
    '  rankdir=LR;',
    ...nodes.map(
      ({ id, kind, label }) => `  ${dotText(id)} [shape=${shapes[kind]}, label=${dotText(label)}];`,
    ),
    ...edges.map((edge) => {
      const style = edge.declared === 0 ? ', style=dashed' : '';
      return `  ${dotText(edge.from)} -> ${dotText(edge.to)} [label=${dotText(edgeWords(edge))}${style}];`;
    }),
    '}',
    '',
  ].join('\n');
}

function spaced(words: string): string {
  return words === '' ? '' : `  ${words}`;
}

/** Mermaid reads no escape in a quoted text but entities, which it writes `#…;`. */
function mermaidText(text: string): string {
  return printable(text).replaceAll(/[#"<>&;`\\]/g, (character) => `#${character.codePointAt(0)};`);
}

function dotText(text: string): string {
  return `"${printable(text).replaceAll(/["\\]/g, '\\$&')}"`;
}
