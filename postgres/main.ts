/**
 * Makes the database ready for this release, then ends: the tables by FLUXO_POSTGRES (the owner), and before them, where
 * FLUXO_POSTGRES_ADMIN names an administrator, roles and database, all roles with the owner's password. Where nothing is missing
 * it changes nothing.
 */
import { migrate } from './migrate.ts';
import { setUpDatabase } from './roles.ts';

const environment = process.env;

try {
  const url = required('FLUXO_POSTGRES');
  const { pathname, password } = new URL(url);
  const admin = environment['FLUXO_POSTGRES_ADMIN'];
  if (admin !== undefined)
    await setUpDatabase({ admin, database: pathname.slice(1), password: decodeURIComponent(password) });
  const names = await migrate({ url, log: console.error });
  console.log(`${names.length} migrations run${names.length === 0 ? '' : `: ${names.join(', ')}`}`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

function required(name: string): string {
  const value = environment[name];
  if (value !== undefined && value !== '') return value;
  throw new Error(`${name} is not set: it must be the address of the database, with the role that owns it`);
}
