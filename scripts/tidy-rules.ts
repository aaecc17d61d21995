/**
 * The rules of the house that a machine can check, as functions over the text of the files: who may import whom, what pure
 * code may not touch, how files look. Each finding says where, what, and what to write instead. Which folders there are and
 * what they may import is data that `tidy.test.ts` holds; nothing here reads a file.
 */
import { lineAt, readSource, type SourceText } from './source-text.ts';

/** One row of the table of the house. The longest folder (or file) that a path begins with is the one that counts. */
export type Room = {
  readonly folder: string;
  /** Folders it may import, or everything. A package is imported by its name, a folder of the same package relatively. */
  readonly mayImport: readonly string[] | 'everything';
  /** Packages whose types it may name although it may not call them: who calls is wired in a main.ts. */
  readonly mayNameTypesOf?: readonly string[];
  /** Whether it may use Node's own modules and packages from npm; false for what must be data and pure functions only. */
  readonly mayUseLibraries: boolean;
};

/** A workspace's package.json: all it declares, by the folder it stands in ('' is the root). */
export type Manifest = { readonly folder: string; readonly dependencies: readonly string[] };

export type Checkout = {
  readonly rooms: readonly Room[];
  readonly manifests: readonly Manifest[];
  readonly sources: readonly SourceText[];
};

export type Finding = { readonly path: string; readonly line: number; readonly message: string };

export type Rule = (checkout: Checkout) => readonly Finding[];

const LINES_MAX = 400;

/** Tests, and what only tests use: they may import and do what production code may not. */
const isTest = (path: string): boolean => /\.(test|contract)\.ts$/.test(path) || isSystemTest(path);

const isSystemTest = (path: string): boolean => /^(test|testing)\//.test(path);

const isUnitTest = (path: string): boolean => path.endsWith('.test.ts') && !isSystemTest(path);

const isGenerated = (path: string): boolean => path.startsWith('schemas/generated/');

const packageOf = (path: string): string => path.slice(0, Math.max(0, path.indexOf('/')));

export function checkoutOf(
  files: Readonly<Record<string, string>>,
  house: Pick<Checkout, 'rooms' | 'manifests'>,
): Checkout {
  const sources = Object.entries(files).map(([path, text]) => readSource(path, text));
  return { ...house, sources };
}

function roomOf({ rooms }: Checkout, path: string): Room | undefined {
  const holds = ({ folder }: Room): boolean => path === folder || path.startsWith(`${folder}/`);
  return rooms.filter(holds).toSorted((a, b) => b.folder.length - a.folder.length)[0];
}

/** A relative import as a path from the root. */
export function resolvedFrom(path: string, specifier: string): string {
  const parts = path.split('/').slice(0, -1);
  for (const part of specifier.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}

/** The third column of the house: stages meet only in schemas, the engine knows no cash, the domain knows no Kafka. */
export const importsOfTheHouse: Rule = (checkout) =>
  checkout.sources.flatMap((source) => {
    const room = roomOf(checkout, source.path);
    if (room === undefined)
      return [finding(source, 1, 'this folder has no row in the table of tidy.test.ts: add one')];
    return source.imports.flatMap(({ specifier, isTypeOnly, line }) => {
      const message = objectionTo(checkout, { source, room, specifier, isTypeOnly });
      return message === undefined ? [] : [finding(source, line, message)];
    });
  });

type Question = {
  readonly source: SourceText;
  readonly room: Room;
  readonly specifier: string;
  readonly isTypeOnly: boolean;
};

function objectionTo(checkout: Checkout, question: Question): string | undefined {
  const { source, room, specifier } = question;
  if (room.mayImport === 'everything' || isTest(source.path)) return undefined;
  if (specifier.startsWith('.')) return objectionToFile(checkout, question);
  if (specifier.startsWith('@fluxo/')) return objectionToPackage(question);
  if (room.mayUseLibraries) return undefined;
  return `${room.folder} uses no library, not even Node's: take '${specifier}' as an argument from whoever calls`;
}

function objectionToFile(checkout: Checkout, { source, room, specifier }: Question): string | undefined {
  const target = resolvedFrom(source.path, specifier);
  if (packageOf(target) !== packageOf(source.path))
    return `reaches into another package: import '@fluxo/${packageOf(target)}' through its index.ts`;
  const other = roomOf(checkout, target)?.folder;
  if (other === undefined || other === room.folder || room.mayImport.includes(other)) return undefined;
  return `${room.folder} may not import ${other}: ${advice(room)}`;
}

function objectionToPackage({ room, specifier, isTypeOnly }: Question): string | undefined {
  const [, name = '', ...inside] = specifier.split('/');
  if (inside.length > 0) return `has a way into ${name} of its own: import '@fluxo/${name}', its index.ts`;
  if (room.mayImport.includes(name)) return undefined;
  if (isTypeOnly && room.mayNameTypesOf?.includes(name)) return undefined;
  return `${room.folder} may not import ${name}: ${advice(room)}`;
}

function advice({ mayImport }: Room): string {
  if (mayImport === 'everything' || mayImport.length === 0)
    return 'declare what it needs as an interface of its own (ports.ts) and let main.ts plug it in';
  return `it may import ${mayImport.join(', ')}; let what stages agree on stand in schemas/`;
}

/**
 * What is imported is declared: by the workspace itself; what only tests import may be declared anywhere. There are packages of types
 * alone, such as those of Lambda's events: whoever names only types may do with them.
 */
export const declaredDependencies: Rule = ({ manifests, sources }) => {
  const everything = new Set(
    manifests.flatMap(({ folder, dependencies }) => [`@fluxo/${folder}`, ...dependencies]),
  );
  return sources.flatMap((source) => {
    const own = manifests.find(({ folder }) => folder === packageOf(source.path));
    const declared = own === undefined || isTest(source.path) ? everything : new Set(own.dependencies);
    return source.imports.flatMap(({ specifier, line, isTypeOnly }) => {
      const name = packageNameOf(specifier);
      if (isTypeOnly && declared.has(`@types/${name}`)) return [];
      if (name === undefined || declared.has(name) || name === `@fluxo/${packageOf(source.path)}`) return [];
      const place = own === undefined ? 'package.json' : `${own.folder}/package.json`;
      return [finding(source, line, `imports ${name}, which ${place} does not declare: add it there`)];
    });
  });
};

/** What is declared is imported, so that nobody installs what nobody uses. The root's are tools; types come with what they type. */
export const noIdleDependencies: Rule = ({ manifests, sources }) =>
  manifests
    .filter(({ folder }) => folder !== '')
    .flatMap(({ folder, dependencies }) => {
      const folders = folder === 'testing' ? ['testing/', 'test/'] : [`${folder}/`];
      const own = sources.filter(({ path }) => folders.some((each) => path.startsWith(each)));
      const used = new Set(
        own.flatMap(({ imports }) => imports.map((each) => packageNameOf(each.specifier))),
      );
      return dependencies
        .filter((name) => !name.startsWith('@types/') && !used.has(name))
        .map((name) => ({
          path: `${folder}/package.json`,
          line: 1,
          message: `declares ${name}, which nothing in ${folder}/ imports: remove it`,
        }));
    });

function packageNameOf(specifier: string): string | undefined {
  if (specifier.startsWith('.') || specifier.startsWith('node:')) return undefined;
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0];
}

/** Clients of servers are spoken to in one place each. */
const clients: Readonly<Record<string, RegExp>> = {
  kafkajs: /^(kafka|test)\//,
  '@platformatic/kafka': /^(kafka|test)\//,
  '@kafkajs/confluent-schema-registry': /^(kafka|test)\//,
  avsc: /^(kafka|test)\//,
  'ksqldb-client': /^cli\/ksql\//,
  pg: /^(postgres|audit|test|testing)\//,
  'node-pg-migrate': /^(postgres|test|testing)\//,
  ioredis: /^(sinks\/redis|query-api|bff\/sessions|audit|stack|test|testing|bench\/reading)\//,
};

export const clientsInOnePlace: Rule = ({ sources }) =>
  sources.flatMap((source) =>
    source.imports.flatMap(({ specifier, line }) => {
      const home = clients[packageNameOf(specifier) ?? ''];
      if (home === undefined || home.test(source.path)) return [];
      return [
        finding(
          source,
          line,
          `imports ${specifier} itself: use what @fluxo/kafka or the store's adapter offers`,
        ),
      ];
    }),
  );

/** Where neither clock nor chance may reach: what is computed there is a function of the log alone (I12). */
const PURE = /^(domain|streams\/engine|streams\/topologies)\//;

export const noClockNorChance: Rule = ({ sources }) =>
  matches(
    sources.filter(({ path }) => PURE.test(path) && !isTest(path)),
    /\bDate\.now\b|\bnew Date\(\s*\)|\bMath\.random\b|\bperformance\.now\b|\bhrtime\b|\brandomUUID\b|\bset(?:Timeout|Interval|Immediate)\b|\bprocess\./g,
    (what) =>
      `${what} in pure code: take the time as an argument (recordedAt, or the engine's Clock), chance from the caller`,
  );

export const noFloats: Rule = ({ sources }) =>
  matches(
    sources.filter(({ path }) => !path.startsWith('bench/')),
    /\bparseFloat\b|\.toFixed\b/g,
    (what) =>
      `${what} makes a float of what may be money: money is an integer of minor units (domain/money), text comes from Intl`,
  );

export const noAny: Rule = ({ sources }) =>
  matches(
    sources.filter(({ path }) => path.endsWith('.ts')),
    /(?<=[:<|&,(]\s*|\bas\s+|\bextends\s+|=>?\s*)\bany\b(?!\s*\()/g,
    () => 'the type any switches checking off: write unknown and look, or name the type',
  );

/** The catalogue is the one place where a topic's name may be written. */
export const topicNamesInTheCatalogue: Rule = ({ sources }) =>
  sources
    .filter(({ path }) => path !== 'schemas/topics.ts' && !isTest(path) && !isGenerated(path))
    .flatMap((source) =>
      [...source.codeWithStrings.matchAll(/\bcash\.[a-z-]+\.v\d+/g)].map(({ 0: name, index }) =>
        finding(
          source,
          lineAt(source.text, index),
          `writes the topic name ${name}: take it from topics of @fluxo/schemas`,
        ),
      ),
    );

export const noLonelyTests: Rule = ({ sources }) =>
  matches(
    sources,
    /\b(?:test|it|describe|each)\.only\b|\bf(?:it|describe)\s*\(/g,
    (what) => `${what} keeps all other tests from running: remove it`,
  );

export const noUnfinishedMarks: Rule = ({ sources }) =>
  sources.flatMap((source) =>
    [...source.comments.matchAll(/\b(?:FIXME|TODO|XXX|HACK)\b/g)].map(({ 0: mark, index }) =>
      finding(
        source,
        lineAt(source.text, index),
        `${mark}: do it now, or open an issue that says what is missing`,
      ),
    ),
  );

export const shortFiles: Rule = ({ sources }) =>
  sources
    .filter(({ path }) => !isGenerated(path))
    .flatMap((source) => {
      const lines = source.text.split('\n').length - 1;
      if (lines <= LINES_MAX) return [];
      return [finding(source, LINES_MAX, `${lines} lines, more than ${LINES_MAX}: split it by what it does`)];
    });

/** A unit test may go without: it stands beside the file that it is about. */
export const openingComment: Rule = ({ sources }) =>
  sources
    .filter(({ path }) => !isGenerated(path) && !isUnitTest(path))
    .filter(({ text }) => !/^(?:#!.*\n)?\s*(?:import\b[^;]*;\s*)*\/\*/.test(text))
    .map((source) =>
      finding(source, 1, 'opens with no paragraph: say what the file is, what it guarantees, what it is not'),
    );

export const tidyNames: Rule = ({ sources }) =>
  sources.flatMap((source) => {
    const drawer = source.path.match(
      /(?:^|\/)(utils?|helpers?|common|managers?|shared|misc|lib)(?=[/.])/,
    )?.[1];
    if (drawer !== undefined)
      return [
        finding(
          source,
          1,
          `${drawer} says nothing: name the file by what is in it, and put it where that belongs`,
        ),
      ];
    const file = source.path.slice(source.path.lastIndexOf('/') + 1);
    if (/^[a-z0-9]+(?:[-.][a-z0-9]+)*$/.test(file)) return [];
    return [finding(source, 1, `${file} is not in kebab-case: write it like get-balance.route.ts`)];
  });

export const noDefaultExports: Rule = ({ sources }) =>
  matches(
    sources.filter(({ path }) => path.endsWith('.ts') && !path.endsWith('.d.ts')),
    /\bexport\s+default\b/g,
    () => 'a default export has as many names as importers: export it by its name',
  );

/** Folders that exist on one machine only. */
export const noPlacesOfOneMachine: Rule = ({ sources }) =>
  sources.flatMap((source) =>
    [...source.text.matchAll(/(?<![\w.$}/*])\/(?:home|Users|work|root)\/\w+/g)].map(({ 0: place, index }) =>
      finding(
        source,
        lineAt(source.text, index),
        `${place} is a place on one machine: derive it from the checkout or the environment`,
      ),
    ),
  );

function matches(
  sources: readonly SourceText[],
  pattern: RegExp,
  message: (what: string) => string,
): readonly Finding[] {
  return sources.flatMap((source) =>
    [...source.code.matchAll(pattern)].map(({ 0: what, index }) =>
      finding(source, lineAt(source.text, index), message(what)),
    ),
  );
}

function finding({ path }: SourceText, line: number, message: string): Finding {
  return { path, line, message };
}
