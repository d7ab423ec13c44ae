import starlight from '@astrojs/starlight';
import { defineConfig } from 'astro/config';
import mermaid from 'astro-mermaid';
import starlightLinksValidator from 'starlight-links-validator';
import starlightLlmsTxt from 'starlight-llms-txt';

/** Starlight over the pages that main.ts writes from docs/. `SITE_URL` is where the site will be. */
export default defineConfig({
  site: process.env.SITE_URL ?? 'http://localhost:4321',
  telemetry: false,
  integrations: [
    mermaid(),
    starlight({
      title: 'meshferry',
      description:
        'Carry a service from a virtual machine into Kubernetes across an Istio mesh, one reviewed pull request at a time.',
      plugins: [starlightLinksValidator(), starlightLlmsTxt()],
      sidebar: [
        { label: 'Tutorials', items: [{ autogenerate: { directory: 'tutorials' } }] },
        { label: 'How-to guides', items: [{ autogenerate: { directory: 'how-to' } }] },
        { label: 'Reference', items: [{ autogenerate: { directory: 'reference' } }] },
        { label: 'Explanation', items: [{ autogenerate: { directory: 'explanation' } }] },
        { label: 'Checks', collapsed: true, items: [{ autogenerate: { directory: 'checks' } }] },
      ],
    }),
  ],
});
