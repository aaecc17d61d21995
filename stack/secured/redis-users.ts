/**
 * Who comes to the Redis of a secured stack, and which keys and commands each has, in the words of Redis' ACL. The default user, who needs
 * no name, is off. Users of Redis are not kept to a database, so what keeps sessions from the view and the view from sessions are the keys.
 */
import { createHash } from 'node:crypto';
import { REDIS_VIEW_PREFIX } from '@fluxo/schemas';

/** What clients say about themselves before they ask anything, without what looks at other clients or ends them. */
const CONNECTS = '+@connection -@dangerous +info';
const TRANSACTS = '+multi +exec +discard';
const VIEW = `~${REDIS_VIEW_PREFIX}*`;
const SESSIONS = '~fluxo:bff:*';

export const redisUsers = {
  /** Writes by its scripts, and looks whether anything foreign is there. */
  'sink-redis': `${VIEW} ${CONNECTS} ${TRANSACTS} +get +set +hget +hset +hmget +zadd +scan +dbsize +eval +evalsha +script|load`,
  /** Only reads. */
  'query-api': `%R${VIEW} ${CONNECTS} ${TRANSACTS} +get +hget +hmget +hgetall +zrange +zrangebyscore +zrevrange +zrevrangebyscore +exists`,
  /** Sessions, and nothing of the view. */
  bff: `${SESSIONS} ${CONNECTS} +get +set +del +getdel`,
  /** The audit reads all of the view; a rebuild fills another database and exchanges it with this one. */
  operator: `${VIEW} ${CONNECTS} ${TRANSACTS} +@read +set +hset +zadd +eval +evalsha +script|load +swapdb +flushdb`,
} as const;

/** The lines of an ACL file; of a password it has the hash. */
export function redisAclFile(passwordOf: (user: string) => string): string {
  const lines = Object.entries(redisUsers).map(([user, rights]) => {
    const hash = createHash('sha256').update(passwordOf(user)).digest('hex');
    return `user ${user} on #${hash} ${rights}`;
  });
  return `${['user default off', ...lines].join('\n')}\n`;
}
