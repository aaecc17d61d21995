/**
 * Which variables a program reads, found in its source and in everything it imports: a name in quotes (`environment['FLUXO_KAFKA']`,
 * `requiredSetting('FLUXO_KAFKA')`). It follows imports by text, and a package of ours as a whole, so it finds rather too many than too few. Names
 * without which it does not start are those that its own file demands.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readSource, type SourceText } from '../scripts/source-text.ts';
import { resolvedFrom } from '../scripts/tidy-rules.ts';

const checkout = fileURLToPath(new URL('../', import.meta.url));
const sources = new Map<string, SourceText>();

function sourceAt(path: string): SourceText {
  const known = sources.get(path) ?? readSource(path, readFileSync(join(checkout, path), 'utf8'));
  sources.set(path, known);
  return known;
}

/** Files of ours that this one imports when it runs, and those it starts as threads (`new URL('./thread.ts', …)`). */
function importsOf(path: string): readonly string[] {
  const { imports, codeWithStrings } = sourceAt(path);
  const types = new Set(imports.filter(({ isTypeOnly }) => isTypeOnly).map(({ specifier }) => specifier));
  const named = [...codeWithStrings.matchAll(/'(\.{1,2}\/[^']+\.ts|@fluxo\/[\w-]+)'/g)].map(
    ([, name = '']) => name,
  );
  return named
    .filter((name) => !types.has(name))
    .map((name) =>
      name.startsWith('.') ? resolvedFrom(path, name) : `${name.slice('@fluxo/'.length)}/index.ts`,
    )
    .filter((file) => existsSync(join(checkout, file)));
}

/** `program`: path from the checkout. */
export function namesReadBy(program: string): ReadonlySet<string> {
  const seen = new Set([program]);
  for (const path of seen) for (const imported of importsOf(path)) seen.add(imported);
  return new Set([...seen].flatMap((path) => quotedIn(sourceAt(path).codeWithStrings)));
}

export function namesDemandedBy(program: string): readonly string[] {
  const demanded = sourceAt(program).codeWithStrings.matchAll(/requiredSetting\('(\w+)'\)/g);
  return [...demanded].map(([, name = '']) => name);
}

function quotedIn(code: string): readonly string[] {
  return [...code.matchAll(/'(FLUXO_[A-Z0-9_]+)'/g)].map(([, name = '']) => name);
}
