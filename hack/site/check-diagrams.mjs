import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import purify from 'dompurify';
import mermaid from 'mermaid';

// A browser draws the diagrams, so a mistake in one would show there alone. Their grammar needs no browser: only the
// library that cleans labels does, and here nothing is shown.
Object.assign(purify, { addHook() {}, sanitize: (text) => text });

const CONTENT = 'src/content/docs';
for (const file of readdirSync(CONTENT, { recursive: true }).filter((name) => name.endsWith('.md'))) {
  const page = readFileSync(join(CONTENT, file), 'utf8');
  for (const [, diagram] of page.matchAll(/```mermaid\n([\s\S]*?)```/g)) {
    await mermaid.parse(diagram).catch((error) => {
      console.error(`✖ a diagram of docs/${file} is not Mermaid: ${error.message}`);
      process.exitCode = 1;
    });
  }
}
