import fc from 'fast-check';
import { defineMesh, defineMigration } from '../config';
import { renderMesh, renderPhase } from '../constructs';
import { plan } from '../plan/plan';
import { meshInput, migrationInput } from '../test/arbitraries';
import { verifyManifests } from '.';

/** Errors in what a mesh and each phase of a migration render to, and references that only the cluster can meet. */
function look(manifests: readonly object[]) {
  return verifyManifests(manifests.map((manifest) => ({ manifest: JSON.parse(JSON.stringify(manifest)) })));
}

test('everything that is rendered passes every check', () => {
  fc.assert(
    fc.property(migrationInput(), meshInput(), (input, meshDeclared) => {
      const [migration, mesh] = [defineMigration(input), defineMesh(meshDeclared)];
      expect(look(renderMesh(mesh)).filter(({ id }) => id !== 'MF201')).toEqual([]);
      for (const phase of plan(migration)) {
        const findings = look(Object.values(renderPhase(migration, mesh, phase)).flat());
        const errors = findings.filter(({ severity }) => severity === 'error');
        // Generated rules can hide each other (/a before /ab): that is told, and is no fault of the rendering.
        const hidden = (input.rules ?? []).length > 1 ? ['MF401', 'MF402'] : [];
        expect(errors.filter(({ id }) => !hidden.includes(id))).toEqual([]);
      }
    }),
    { numRuns: 100 },
  );
});
