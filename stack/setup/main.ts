/**
 * `npm run setup` once Node 24 is there: what the servers need on this machine, first the page,
 * then the tools of the system, the downloads, and Postgres, which has come as a package. With Docker only the page is needed. `--quiet` says nothing when there
 * is nothing to do; `--without-dynamodb` leaves DynamoDB Local out, and `--without-watchers` Prometheus, Alertmanager and the
 * broker's exporter, which a stack has only on demand; `--with-watchers` insists on them.
 */
import { isDockerUsable } from '../docker.ts';
import { cacheOf, placeOf } from '../place.ts';
import { runProgram } from '../program.ts';
import { ensureBinaries } from '../servers/postgres-files.ts';
import { postgresUser } from '../servers/server-user.ts';
import { ensureClassArchives } from './class-archives.ts';
import { downloadNames, downloadServers, missingDownloads } from './downloads.ts';
import { ensurePage } from './page.ts';
import { ensureTools, ensureWatchers } from './system-tools.ts';

async function setUp(say: (line: string) => void): Promise<void> {
  const env = process.env;
  ensurePage(placeOf(env).checkout, console.log);
  const hasWatchers = !process.argv.includes('--without-watchers');
  if (hasWatchers) ensureWatchers({ isDemanded: process.argv.includes('--with-watchers'), say: console.log });
  if (isDockerUsable(env))
    return say('Docker answers: Kafka, the registry, Redis and PostgreSQL will run as containers.');
  const cache = cacheOf(env);
  const hasDynamodb = !process.argv.includes('--without-dynamodb');
  const missing = missingDownloads(cache, downloadNames({ hasDynamodb, hasWatchers }));
  ensureTools({ needsMaven: missing.length > 0, cache, say: console.log });
  if (missing.length > 0) await downloadServers(cache, missing, console.log);
  ensureBinaries(postgresUser());
  await ensureClassArchives(env, console.log);
  say('Everything is in place. Next: npm start');
}

const isQuiet = process.argv.includes('--quiet');
await runProgram(() => setUp((line) => isQuiet || console.log(line)));
