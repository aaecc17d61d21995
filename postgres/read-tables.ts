/**
 * The tables that the sinks write from the topics, and how they are made a second time, in a schema of their own, as the same tables to
 * everybody: columns, constraints, indexes by their names, row-level security and grants, all out of the catalogue, so that no migration
 * is said twice. What people have entered (outbox, keys, submissions) is nowhere else and has no part in this.
 */
import { type ClientBase, escapeIdentifier, escapeLiteral } from 'pg';

/** Where readers look. */
export const READ_SCHEMA = 'fluxo';

/** In the order in which they are locked: `positions` first, as by whoever writes or takes a snapshot. */
export const readTables = [
  'positions',
  'ledger',
  'rejections',
  'daily_balances',
  'balance_accounts',
  'balance_totals',
  'balance_kinds',
  'balance_methods',
  'merchants',
  'merchant_accounts',
  'merchant_calendar',
] as const;

/** Statements that make the copies, in their order. $1: the tables, $2: the schema of the copies. */
const STATEMENTS = `
WITH source AS (
  SELECT oid, relname, relacl, relrowsecurity, format('%I.%I', $2::text, relname) AS copy FROM pg_class
  WHERE relnamespace = '${READ_SCHEMA}'::regnamespace AND relname = ANY ($1::text[])
)
SELECT 1 AS step, copy AS name,
  format('CREATE TABLE %s (LIKE ${READ_SCHEMA}.%I INCLUDING ALL EXCLUDING INDEXES)', copy, relname) AS statement
FROM source
UNION ALL SELECT 2, conname, format('ALTER TABLE %s ADD CONSTRAINT %I %s', copy, conname, pg_get_constraintdef(key.oid))
FROM source JOIN pg_constraint AS key ON conrelid = source.oid AND contype IN ('p', 'u')
UNION ALL SELECT 3, 'index', replace(pg_get_indexdef(indexrelid), format(' ON ${READ_SCHEMA}.%I ', relname), format(' ON %s ', copy))
FROM source JOIN pg_index ON indrelid = source.oid
WHERE NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
UNION ALL SELECT 4, copy, format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', copy) FROM source WHERE relrowsecurity
UNION ALL SELECT 5, policyname, concat_ws(' ',
  format('CREATE POLICY %I ON %s AS %s FOR %s TO %s', policyname, copy, permissive, cmd,
    (SELECT string_agg(format('%I', role), ', ') FROM unnest(roles) AS role)),
  'USING (' || qual || ')', 'WITH CHECK (' || with_check || ')')
FROM source JOIN pg_policies ON schemaname = '${READ_SCHEMA}' AND tablename = relname
UNION ALL SELECT 6, copy, format('GRANT %s ON %s TO %I', privilege_type, copy, pg_get_userbyid(grantee))
FROM source, aclexplode(relacl) AS acl WHERE grantee <> 0 AND grantee <> grantor
ORDER BY step, name, statement`;

/** Views and rules of others that hang on the tables: they would go with them. $1: the tables. */
const DEPENDENTS = `
SELECT DISTINCT format('%s on %s', rewrite.ev_class::regclass, refobjid::regclass) AS dependent
FROM pg_depend JOIN pg_rewrite AS rewrite ON classid = 'pg_rewrite'::regclass AND objid = rewrite.oid
JOIN pg_class AS source ON refclassid = 'pg_class'::regclass AND refobjid = source.oid
WHERE relnamespace = '${READ_SCHEMA}'::regnamespace AND relname = ANY ($1::text[]) AND rewrite.ev_class <> source.oid ORDER BY 1`;

/** Makes empty copies of the tables in a new schema, after dropping what stands in a schema of that name. As their owner. */
export async function copyReadTables(client: ClientBase, schema: string): Promise<void> {
  const name = escapeIdentifier(schema);
  await client.query(`DROP SCHEMA IF EXISTS ${name} CASCADE; CREATE SCHEMA ${name}`);
  const { rows } = await client.query<{ statement: string }>(STATEMENTS, [readTables, schema]);
  for (const { statement } of rows) await client.query(statement);
}

/** Whatever others have hung on the tables, in words; empty if nothing. */
export async function dependentsOfReadTables(client: ClientBase): Promise<readonly string[]> {
  const { rows } = await client.query<{ dependent: string }>(DEPENDENTS, [readTables]);
  return rows.map(({ dependent }) => dependent);
}

/**
 * Locks the tables against everybody and puts the copies in their place; in the caller's transaction, whose commit is the moment. Fails with
 * SQLSTATE 55P03 where the locks are not to be had within `lockMs`.
 */
export async function exchangeReadTables(
  client: ClientBase,
  { schema, lockMs }: { readonly schema: string; readonly lockMs: number },
): Promise<void> {
  const live = readTables.map((table) => `${READ_SCHEMA}.${table}`).join(', ');
  await client.query(`SET LOCAL lock_timeout = ${escapeLiteral(`${lockMs}ms`)}`);
  await client.query(`LOCK TABLE ${live} IN ACCESS EXCLUSIVE MODE`);
  await client.query(`DROP TABLE ${live}`);
  const moves = readTables.map(
    (table) => `ALTER TABLE ${escapeIdentifier(schema)}.${table} SET SCHEMA ${READ_SCHEMA}`,
  );
  await client.query([...moves, `DROP SCHEMA ${escapeIdentifier(schema)}`].join('; '));
}
