import { render } from 'preact-render-to-string';
import type { Topology } from '../operate/topology/graph';
import { html } from './html';
import { STYLE } from './style';
import { topologyPicture } from './topology-picture';

/** The topology as an SVG file of its own. */
export function topologySvg(topology: Topology): string {
  const { props, type } = topologyPicture(topology);
  const style = html`<style dangerouslySetInnerHTML=${{ __html: STYLE }} />`;
  const { children, ...attributes } = props as { children?: unknown };
  return `${render(html`<${type} xmlns="http://www.w3.org/2000/svg" ...${attributes}>${style}${children}</${type}>`)}\n`;
}
