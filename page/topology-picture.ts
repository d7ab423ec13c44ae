import { type Edge, edgeWords, type Node, type Topology } from '../operate/topology/graph';
import { html, type VNode } from './html';

const WIDTH = 880;
const ROW = 84;
const BOX = { width: 204, height: 48 };
const COLUMNS = { start: 0, middle: 244, end: 676 } as const;
const LONGEST_LABEL = 22;
const LONGEST_DETAIL = 29;

interface Place {
  readonly x: number;
  readonly y: number;
}

/** The topology as a picture: callers and ways in on the left, the service, then the VM and the pods. */
export function topologyPicture({ nodes, edges }: Topology): VNode {
  const columns: Readonly<Record<keyof typeof COLUMNS, readonly Node[]>> = {
    start: nodes.filter(({ kind }) => kind === 'caller' || kind === 'gateway'),
    middle: nodes.filter(({ kind }) => kind === 'service'),
    end: nodes.filter(({ kind }) => kind === 'vm' || kind === 'kubernetes'),
  };
  const height = ROW * Math.max(...Object.values(columns).map((column) => column.length)) + 8;
  const places = new Map<string, Place>();
  for (const [name, column] of Object.entries(columns) as [keyof typeof COLUMNS, readonly Node[]][]) {
    const top = (height - ROW * column.length) / 2 + (ROW - BOX.height) / 2;
    for (const [index, { id }] of column.entries())
      places.set(id, { x: COLUMNS[name], y: top + index * ROW });
  }
  const words = edges.map((edge) => sentence(edge, nodes)).join(' ');
  return html`<svg class="topology" viewBox="-4 0 ${WIDTH + 8} ${height}" role="img" aria-label=${words}>
    ${edges.map((edge) => edgePicture(edge, places))}
    ${nodes.map((node) => nodePicture(node, places.get(node.id) as Place))}
  </svg>`;
}

function nodePicture({ kind, label, detail }: Node, { x, y }: Place): VNode {
  return html`<g class="node ${kind}" transform="translate(${x} ${y})">
    <title>${detail ? `${label}: ${detail}` : label}</title>
    <rect width=${BOX.width} height=${BOX.height} rx=${kind === 'vm' ? 3 : 12} />
    ${mark(kind)}
    <text x="36" y=${detail ? 21 : 29}>${short(label)}</text>
    ${detail && html`<text class="detail" x="36" y="37">${short(detail, LONGEST_DETAIL)}</text>`}
  </g>`;
}

/** The VM's mark is a machine, the pods' a hexagon: neither is told apart by colour alone. */
function mark(kind: Node['kind']): VNode {
  if (kind === 'vm') return html`<path class="mark" d="M10 14h16v8H10zM10 26h16v8H10zM13 18h2M13 30h2" />`;
  if (kind === 'kubernetes') return html`<path class="mark" d="M18 14l9 5v10l-9 5-9-5V19z" />`;
  if (kind === 'gateway') return html`<path class="mark" d="M18 14l10 10-10 10-10-10z" />`;
  return html`<circle class="mark" cx="18" cy="24" r="8" />`;
}

function edgePicture(edge: Edge, places: ReadonlyMap<string, Place>): VNode {
  const from = places.get(edge.from) as Place;
  const to = places.get(edge.to) as Place;
  const [x1, y1] = [from.x + BOX.width, from.y + BOX.height / 2];
  const [x2, y2] = [to.x, to.y + BOX.height / 2];
  const bend = Math.min(52, (x2 - x1) / 2);
  const { declared, traffic } = edge;
  const width = 1.5 + (declared ?? 20) / 25;
  const quality = [
    traffic?.success === undefined ? '' : `${Number(traffic.success.toFixed(2))} % ok`,
    traffic?.latency === undefined ? '' : `${Math.round(traffic.latency)} ms`,
  ].filter(Boolean);
  const amount = [
    declared === undefined ? '' : `${declared} %`,
    traffic ? `${Number(traffic.perSecond.toFixed(1))}/s` : '',
  ].filter(Boolean);
  return html`<g class="edge ${edge.to}${declared === 0 ? ' none' : ''}">
    <path d="M${x1} ${y1}C${x1 + bend} ${y1} ${x1 + bend / 2} ${y2} ${x1 + 2 * bend} ${y2}H${x2}" stroke-width=${width} />
    ${isSplit(edge) ? atEnd(x2 - 10, y2, amount.join(' · '), `${quality.join(' · ')}${lock(traffic?.mutualTls)}`) : html`<text x=${x1 + 6} y=${y2 < y1 ? y1 + 17 : y1 - 8}>${amount.join(' · ')}</text>`}
  </g>`;
}

/** Above and below the end of an edge, where it is level: there no two edges are near each other. */
function atEnd(x: number, y: number, above: string, below: string): VNode[] {
  return [
    html`<text x=${x} y=${y - 9} text-anchor="end">${above}</text>`,
    ...(below === ''
      ? []
      : [html`<text class="detail" x=${x} y=${y + 17} text-anchor="end">${below}</text>`]),
  ];
}

function isSplit({ declared }: Edge): boolean {
  return declared !== undefined;
}

function lock(mutualTls: number | undefined): string {
  if (mutualTls === undefined) return '';
  return mutualTls >= 99.95 ? ' · mTLS' : ` · ${Math.round(mutualTls)} % mTLS`;
}

function sentence(edge: Edge, nodes: readonly Node[]): string {
  const label = (id: string) => nodes.find((node) => node.id === id)?.label ?? id;
  const words = edgeWords(edge);
  return `${label(edge.from)} to ${label(edge.to)}${words && `: ${words}`}.`;
}

function short(text: string, most: number = LONGEST_LABEL): string {
  const characters = [...text];
  return characters.length > most ? `${characters.slice(0, most - 1).join('')}…` : text;
}
