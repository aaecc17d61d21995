/**
 * What goes on beside a stack that is deployed: `fluxo audit --watch`, which recounts everything round after round and looks at every view there is.
 * docker-compose.yml, `infra/kubernetes` and `infra/aws` are compared with this as with `services.ts`. A stack on one machine does without: there a
 * person types the command.
 */
import type { Addresses } from './addresses.ts';
import { portOffsets } from './addresses.ts';
import { readsKafka, signsIn, type WorkerService } from './services.ts';

export type AuditorService = WorkerService & {
  /** What comes behind the program. */
  readonly args: readonly string[];
};

export const auditor: AuditorService = {
  name: 'auditor',
  kind: 'worker',
  program: 'cli/main.ts',
  args: ['audit', '--watch', '--every', '600'],
  portOffset: portOffsets.audit,
  // It waits for nobody by itself: a view that is not there yet is not judged, and the next round is ten minutes later.
  dependsOn: ['kafka', 'registry', 'provision', 'migrate', 'provision-dynamodb', 'query-api', 'identity'],
  // It does its work from the first moment on. Its /readyz is about what it found: whether the last round could look at everything.
  ready: { kind: 'http', path: '/livez' },
  environment: (at: Addresses) => ({
    ...readsKafka(at),
    FLUXO_REDIS: at.redis,
    FLUXO_POSTGRES: at.postgres,
    FLUXO_DYNAMODB: at.dynamodb,
    FLUXO_QUERY_API: at.queryApi,
    ...signsIn(at),
    FLUXO_INSTANCE: 'auditor',
  }),
};
