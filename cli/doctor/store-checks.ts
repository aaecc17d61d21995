/**
 * What the doctor asks of the stores: that they answer, hold the tables of this release, and have been written completely. Complete means
 * that a missing document is known not to exist; until then readers go to another store or to the topic.
 */
import type { View } from '@fluxo/audit';
import { openLocalCodecs } from '@fluxo/kafka';
import { type DatabaseState, databaseState } from '@fluxo/postgres';
import { PARTITIONS_DEFAULT, servedTopics } from '@fluxo/schemas';
import { type RedisMemory, redisMemory } from '@fluxo/sinks';
import { asRole } from '@fluxo/stack';
import { addressesOf } from '../stack-connection.ts';
import type { Terminal } from '../terminal.ts';
import { storeViews } from '../views.ts';
import { type Check, fail, ok, type Verdict, warn } from './check.ts';
import { aheadOf, clockVerdict } from './machine-checks.ts';

const ANSWER_WITHIN_MS = 5_000;
const MIB = 1024 ** 2;
/** The part of its limit from which on Redis is nearly full. */
const MEMORY_WARN = 0.9;
const MIGRATE =
  'Run `node postgres/main.ts` with the owner’s address in FLUXO_POSTGRES; on one machine `npm run stack -- up --detach --only migrate` does it.';

/** A check for each store of this environment. The views read positions only, so their codecs need no registry. */
export async function storeChecks(terminal: Terminal, partitions: number | null): Promise<readonly Check[]> {
  const count = partitions ?? PARTITIONS_DEFAULT;
  const views = storeViews(terminal, { codecs: await openLocalCodecs(), partitions: count });
  return [
    ...views.map((view) => viewCheck(view, count)),
    memoryCheck(addressesOf(terminal).redis),
    migrationsCheck(terminal),
  ];
}

function memoryCheck(url: string): Check {
  return {
    name: 'Redis memory',
    advice: 'It cannot be told without Redis: begin with that.',
    look: async () => [memoryVerdict(await redisMemory(url))],
  };
}

/** What to say of the room that Redis has. */
export function memoryVerdict({ usedBytes, maxBytes, doesEvict }: RedisMemory): Verdict {
  if (doesEvict)
    return fail(
      'keys are evicted when it is full, and a day that was evicted looks like a day without movements',
      'Set maxmemory-policy to noeviction; its sink takes no other.',
    );
  const used = `${Math.ceil(usedBytes / MIB)} MiB are used`;
  if (maxBytes === null) return ok(`${used}, and there is no limit`);
  const found = `${used} of ${Math.floor(maxBytes / MIB)}`;
  if (usedBytes >= maxBytes)
    return fail(
      `it is full: ${found}`,
      'Raise maxmemory. Nothing is lost: its sink waits where it stands, and readers are served elsewhere, or told to come back.',
    );
  return usedBytes > MEMORY_WARN * maxBytes ? warn(found, 'Raise maxmemory before it is full.') : ok(found);
}

function viewCheck(view: View, partitions: number): Check {
  return {
    name: view.name,
    advice: `Start it (\`npm run stack -- status\` says what runs). Nothing is lost: its sink builds it anew from the topics.`,
    look: async () => {
      try {
        return [await completeness(view, partitions)];
      } finally {
        await view.close();
      }
    },
  };
}

async function completeness(view: View, partitions: number): Promise<Verdict> {
  const names = [...servedTopics.map(({ name }) => name), ...(view.alsoFollows ?? [])];
  const building: string[] = [];
  for (const name of names)
    for (let partition = 0; partition < partitions; partition += 1) {
      const position = await view.position(name, partition);
      if (position !== 'elsewhere' && position < 0) building.push(`${name}-${partition}`);
    }
  if (building.length === 0) return ok(`answers, and has all ${names.length} topics completely`);
  return warn(
    `is still being built: ${building.length} of ${names.length * partitions} partitions are not complete, such as ${building[0]}`,
    'Does its sink run (`npm run stack -- status`)? `fluxo lag --watch` shows how far it is; until then readers are served elsewhere.',
  );
}

function migrationsCheck(terminal: Terminal): Check {
  return {
    name: 'database',
    advice: `${MIGRATE} If it is the right to look that is missing, name the owner’s address in FLUXO_POSTGRES.`,
    look: async () => {
      // The list of migrations is its owner's to read; on one machine the owner's password is everybody's.
      const isLocal = (terminal.env['FLUXO_POSTGRES'] ?? '') === '';
      const { postgres } = addressesOf(terminal);
      const url = isLocal ? asRole(postgres, 'fluxo_owner') : postgres;
      const askedMs = Date.now();
      const state = await databaseState({ url, timeoutMs: ANSWER_WITHIN_MS });
      const aheadMs = aheadOf(state.nowMs, { askedMs, answeredMs: Date.now() });
      return [...stateVerdicts(state), clockVerdict('Postgres', aheadMs)];
    },
  };
}

/** What to say of migrations and roles. */
export function stateVerdicts({
  missingMigrations,
  unknownMigrations,
  missingRoles,
}: DatabaseState): readonly Verdict[] {
  const verdicts: Verdict[] = [];
  if (missingMigrations.length > 0)
    verdicts.push(fail(`migrations have not run: ${missingMigrations.join(', ')}`, MIGRATE));
  if (unknownMigrations.length > 0)
    verdicts.push(
      warn(
        `a later release has run migrations this one does not know: ${unknownMigrations.join(', ')}`,
        'Run the programs of that release.',
      ),
    );
  if (missingRoles.length > 0)
    verdicts.push(
      fail(
        `roles are missing: ${missingRoles.join(', ')}`,
        'Run `node postgres/main.ts` with an administrator’s address in FLUXO_POSTGRES_ADMIN.',
      ),
    );
  return verdicts.length > 0 ? verdicts : [ok('every migration has run, every role is there')];
}
