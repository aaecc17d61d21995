/**
 * Redis (or Valkey) as a native process of this stack alone. It keeps nothing on disk: what it holds is a view that the sink
 * rebuilds from Kafka, and losing it at every stop proves that daily. It never evicts: a view that forgot one key would be wrong.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { portOffsets } from '../addresses.ts';
import { dataFolder, type Place } from '../place.ts';
import { redisAclFile } from '../secured/redis-users.ts';
import { isSecured, passwordOf } from '../secured/secrets.ts';
import { findRedisServer } from '../setup/system-tools.ts';
import { StackError } from '../stack-error.ts';
import type { Command } from './command.ts';

export const redisSettings = [
  '--save',
  '',
  '--appendonly',
  'no',
  '--maxmemory-policy',
  'noeviction',
] as const;

export function prepareRedis(place: Place): Command {
  const program = findRedisServer();
  if (program === null)
    throw new StackError('tool-missing', 'There is no redis-server here. Run: npm run setup');
  const folder = dataFolder(place, 'redis');
  mkdirSync(folder, { recursive: true });
  const port = String(place.portBase + portOffsets.redis);
  return {
    program,
    args: [
      '--port',
      port,
      '--bind',
      '127.0.0.1',
      '--dir',
      folder,
      '--daemonize',
      'no',
      ...redisSettings,
      ...users(place, folder),
    ],
    env: {},
    workingFolder: folder,
  };
}

/** Where the stack is secured, the file that says who may come. */
function users(place: Place, folder: string): readonly string[] {
  if (!isSecured(place)) return [];
  const file = join(folder, 'users.acl');
  writeFileSync(
    file,
    redisAclFile((user) => passwordOf(place, user)),
    { mode: 0o600 },
  );
  return ['--aclfile', file];
}
