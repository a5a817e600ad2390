// Lists the public surface of the npm packages: `node packaging/surface.mjs FOLDER`, which gets the
// declarations. What is listed are the names that each entry exports, and the declarations of these
// names and of those that they mention, without documentation.

import { join, relative } from "node:path";
import ts from "typescript5.0";
import { declareSurface, SUBPATHS } from "../bindings-node/build.mjs";

const folder = process.argv[2];
declareSurface(folder, "--removeComments");

const entries = { index: "index", diagnosis: "diagnosis", ...SUBPATHS };
const fileOf = (entry) => join(folder, `${entries[entry]}.d.ts`);
const program = ts.createProgram(Object.keys(entries).map(fileOf), {
  module: ts.ModuleKind.CommonJS,
  moduleResolution: ts.ModuleResolutionKind.Node10,
  types: [],
});
const checker = program.getTypeChecker();

/** The declarations, by the files that have them. */
const declarations = new Map();
const seen = new Set();

for (const entry of Object.keys(entries).sort()) {
  const module = checker.getSymbolAtLocation(program.getSourceFile(fileOf(entry)));
  const exported = checker.getExportsOfModule(module);
  console.log(`\n[${entry}]`);
  for (const name of exported.map((symbol) => symbol.name).sort()) console.log(name);
  for (const symbol of exported) add(symbol);
}
for (const file of [...declarations.keys()].sort()) {
  console.log(`\n[declarations of ${file}]`);
  const statements = [...declarations.get(file)].sort((one, other) => one.pos - other.pos);
  for (const statement of statements) console.log(statement.getText());
}

/** Adds the declarations of a name, and of the names that they mention. */
function add(named) {
  const symbol = named.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(named) : named;
  if (seen.has(symbol)) return;
  seen.add(symbol);
  for (const declaration of symbol.declarations ?? []) {
    const statement = statementOf(declaration);
    const source = statement?.getSourceFile();
    const file = source && relative(folder, source.fileName).replaceAll("\\", "/");
    // Others are declared by packages that these depend on, or are parameters.
    if (file === undefined || file.startsWith("..")) continue;
    if (!declarations.has(file)) declarations.set(file, new Set());
    declarations.get(file).add(statement);
    visit(statement);
  }
}

function visit(node) {
  if (ts.isIdentifier(node)) {
    const symbol = checker.getSymbolAtLocation(node);
    if (symbol !== undefined) add(symbol);
  }
  ts.forEachChild(node, visit);
}

/** The statement of a file that contains a declaration, unless that is a member or a parameter. */
function statementOf(declaration) {
  const holder = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
  return ts.isSourceFile(holder.parent) ? holder : undefined;
}
