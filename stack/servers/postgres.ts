/**
 * PostgreSQL as a native process of this stack: what the entries API has accepted and not yet handed to Kafka is here and nowhere
 * else, so it is written to disk before it is acknowledged, also on a laptop. Data survives restarts. Passwords are those of a
 * stack on loopback, known to everybody; what keeps roles apart is what each may do.
 */
import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LOCAL_PASSWORD, portOffsets } from '../addresses.ts';
import type { Place } from '../place.ts';
import { StackError } from '../stack-error.ts';
import type { Command } from './command.ts';
import { ensureBinaries, ensureDataFolder } from './postgres-files.ts';
import { postgresUser, type ServerUser } from './server-user.ts';

/** Settings of the server, native and in a container alike. */
export const postgresSettings = [
  '-c',
  'max_connections=100',
  '-c',
  'timezone=UTC',
  // A client that has died in the middle of a transaction must not hold its locks for hours.
  '-c',
  'tcp_keepalives_idle=30',
  '-c',
  'idle_in_transaction_session_timeout=60s',
] as const;

/** Makes the database cluster if there is none, and says how to start it. */
export function preparePostgres(place: Place): Command {
  const user = postgresUser();
  const binaries = ensureBinaries(user);
  const folder = ensureDataFolder(place, user);
  const cluster = join(folder, 'cluster');
  if (!existsSync(join(cluster, 'PG_VERSION'))) initialise({ binaries, folder, cluster, user });
  const port = String(place.portBase + portOffsets.postgres);
  return {
    program: join(binaries, 'bin', 'postgres'),
    args: [
      '-D',
      cluster,
      '-c',
      'listen_addresses=127.0.0.1',
      '-c',
      `port=${port}`,
      '-c',
      'unix_socket_directories=',
      ...postgresSettings,
    ],
    env: {},
    workingFolder: folder,
    ...(user === null ? {} : { user }),
  };
}

type Initialisation = {
  readonly binaries: string;
  readonly folder: string;
  readonly cluster: string;
  readonly user: ServerUser | null;
};

/** initdb removes what it has begun when it fails; one that was killed leaves a folder without PG_VERSION. */
function initialise({ binaries, folder, cluster, user }: Initialisation): void {
  rmSync(cluster, { recursive: true, force: true });
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, LOCAL_PASSWORD, { mode: 0o600 });
  if (user !== null) chownSync(passwordFile, user.uid, user.gid);
  const args = [
    `--pgdata=${cluster}`,
    '--username=postgres',
    '--auth=scram-sha-256',
    `--pwfile=${passwordFile}`,
    '--encoding=UTF8',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    '--no-instructions',
  ];
  const { status, stdout, stderr, error } = spawnSync(join(binaries, 'bin', 'initdb'), args, {
    encoding: 'utf8',
    cwd: folder,
    ...user,
  });
  rmSync(passwordFile, { force: true });
  if (status === 0) return;
  throw new StackError(
    'not-ready',
    `PostgreSQL's data folder could not be made: ${error?.message ?? `${stdout}${stderr}`.slice(-1_000)}`,
  );
}
