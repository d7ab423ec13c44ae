import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/**
 * Writes out what zod infers. `type MeshInput = z.input<typeof meshSchema>` becomes the object type that it stands
 * for, so that a user's compiler needs no zod, and an editor shows fields instead of a library's insides.
 *
 * @param folder declarations (`.d.ts`) that the compiler wrote; they are changed in place
 */
export function writeOutInferredTypes(folder: string): void {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.d.ts'))
    .map((file) => join(folder, file));
  const program = ts.createProgram(files, {
    module: ts.ModuleKind.Preserve,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    target: ts.ScriptTarget.ES2022,
    strict: true,
    skipLibCheck: true,
  });
  const checker = program.getTypeChecker();
  const printer = ts.createPrinter();
  for (const file of files) {
    const source = program.getSourceFile(file);
    if (!source) throw new Error(`the compiler has not read ${file}`);
    let text = readFileSync(file, 'utf8');
    // From the last on: what comes before keeps its place.
    for (const statement of [...source.statements].reverse()) {
      if (!ts.isTypeAliasDeclaration(statement) || !/\bz\.(?:input|output)</.test(statement.type.getText()))
        continue;
      const node = checker.typeToTypeNode(
        checker.getTypeAtLocation(statement),
        statement,
        ts.NodeBuilderFlags.NoTruncation |
          ts.NodeBuilderFlags.InTypeAlias |
          ts.NodeBuilderFlags.MultilineObjectLiterals,
      );
      if (!node) throw new Error(`${file}: ${statement.name.text} cannot be written out`);
      const plain = printer.printNode(ts.EmitHint.Unspecified, node, source);
      text = text.slice(0, statement.type.getStart()) + plain + text.slice(statement.type.end);
    }
    writeFileSync(file, text);
  }
}
