/**
 * Which files nobody needs: those that cannot be reached from an entry point by following imports. Entry points are programs
 * (main.ts, bin/, plain JavaScript that package.json or a person starts), the index.ts of a package, tests, benchmarks and
 * scripts, and files that another one names in quotes to start them. A file that only its own unit test imports is unused: testing it needs nobody.
 */
import type { SourceText } from './source-text.ts';
import { type Finding, type Rule, resolvedFrom } from './tidy-rules.ts';

const isEntry = (path: string): boolean =>
  /(?:^|\/)main\.ts$|\.bench\.ts$|\.test\.ts$|\.js$|\.d\.ts$|^scripts\/|^[^/]+\/index\.ts$/.test(path);

export const noUnusedFiles: Rule = ({ sources }): readonly Finding[] => {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const reached = new Set<string>();
  const queue = sources.filter(({ path }) => isEntry(path)).map(({ path }) => path);
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (reached.has(path)) continue;
    reached.add(path);
    queue.push(...targetsOf(byPath.get(path) as SourceText, byPath));
  }
  return sources
    .filter(({ path }) => !reached.has(path))
    .map(({ path }) => ({
      path,
      line: 1,
      message: 'nothing that runs needs this file: use it or remove it',
    }));
};

function targetsOf(source: SourceText, byPath: ReadonlyMap<string, SourceText>): string[] {
  const imported = source.imports.map(({ specifier }) => targetOf(source.path, specifier));
  const tested = source.path.replace(/\.test\.ts$/, '.ts');
  return [...imported, ...programsNamedIn(source)].filter((path) => byPath.has(path) && path !== tested);
}

function targetOf(path: string, specifier: string): string {
  const name = specifier.match(/^@fluxo\/([^/]+)$/)?.[1];
  return name === undefined ? resolvedFrom(path, specifier) : `${name}/index.ts`;
}

/** Files that are started or loaded by name, from the root of the checkout or from where the name stands. */
function programsNamedIn(source: SourceText): string[] {
  const names = [...source.codeWithStrings.matchAll(/(['"])([\w./-]+\.(?:ts|js))\1/g)].map(
    (match) => match[2] as string,
  );
  return names.flatMap((name) => [name, resolvedFrom(source.path, name)]);
}
