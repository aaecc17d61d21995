/**
 * Documents as rows: a row of the document, which carries the revision, and rows of its lists. Only a document with a higher revision
 * replaces what is stored, and then its lists are replaced as a whole, in the same transaction.
 */
import type { PoolClient } from '@fluxo/postgres';
import { given, insertInto, type Row, takenFromNew } from './rows.ts';

export type DocumentLayout = {
  readonly table: string;
  /** What identifies a document; every list begins with the same columns. */
  readonly key: readonly string[];
  readonly columns: readonly string[];
  /** Table → its columns. */
  readonly lists: Readonly<Record<string, readonly string[]>>;
};

export type DocumentRows = {
  readonly row: Row & { readonly revision: number };
  /** Table → rows. */
  readonly lists: Readonly<Record<string, readonly Row[]>>;
};

/** Writes what is newer than the stored; returns how many documents that were. Of several under one key the newest counts. */
export async function writeDocuments(
  client: PoolClient,
  layout: DocumentLayout,
  documents: readonly DocumentRows[],
): Promise<number> {
  const newest = newestOf(layout, documents);
  const { table, key, columns } = layout;
  const { rows } = await client.query<Row>(
    `${insertInto(table, columns)}
     ON CONFLICT (${key.join(', ')}) DO UPDATE SET ${takenFromNew(columns)}
     WHERE stored.revision < excluded.revision
     RETURNING ${key.join(', ')}`,
    [JSON.stringify([...newest.values()].map(({ row }) => row))],
  );
  const written = rows.map((row) => newest.get(keyOf(layout, row)) as DocumentRows);
  for (const list of Object.keys(layout.lists)) await replaceList(client, layout, list, written);
  return written.length;
}

async function replaceList(
  client: PoolClient,
  { key, lists }: DocumentLayout,
  table: string,
  documents: readonly DocumentRows[],
): Promise<void> {
  const sameKey = key.map((column) => `stored.${column} = given.${column}`).join(' AND ');
  await client.query(`DELETE FROM ${table} AS stored USING ${given(table)} AS given WHERE ${sameKey}`, [
    JSON.stringify(documents.map(({ row }) => row)),
  ]);
  await client.query(insertInto(table, lists[table] ?? []), [
    JSON.stringify(documents.flatMap((document) => document.lists[table] ?? [])),
  ]);
}

function newestOf(
  layout: DocumentLayout,
  documents: readonly DocumentRows[],
): ReadonlyMap<string, DocumentRows> {
  const newest = new Map<string, DocumentRows>();
  for (const document of documents) {
    const key = keyOf(layout, document.row);
    const known = newest.get(key);
    if (known === undefined || known.row.revision < document.row.revision) newest.set(key, document);
  }
  return newest;
}

/** Ids hold no "|", so keys cannot run into each other. */
function keyOf({ key }: DocumentLayout, row: Row): string {
  return key.map((column) => String(row[column])).join('|');
}
