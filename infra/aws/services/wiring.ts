/**
 * How a program comes to what it uses: addresses in its environment, passwords as secrets, the security groups that may reach the store. One part per
 * store; `joined` makes one wiring of several.
 */
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import type { DataStack } from '../data/data.stack.ts';
import type { DatabaseRole } from '../data/database-users.ts';
import type { KafkaUser } from '../data/kafka-users.ts';
import { AUDIENCE, type IdentityStack } from '../identity/identity.stack.ts';
import { kafkaAccess } from '../platform/kafka-access.ts';
import type { PlatformStack } from '../platform/platform.stack.ts';
import type { ProgramProps } from '../platform/program.ts';

export type Wiring = Pick<ProgramProps, 'environment' | 'secrets' | 'reaches'>;

export type Wired = {
  readonly data: DataStack;
  readonly identity: IdentityStack;
  readonly platform: PlatformStack;
};

export function toKafka(user: KafkaUser, { data, platform }: Wired): Wiring {
  const { registry } = platform;
  return { ...kafkaAccess(user, { data, registry }), reaches: [data.kafka.clients, registry.clients] };
}

export function toPostgres(role: DatabaseRole, { data }: Wired): Partial<Wiring> {
  const { postgres, postgresUsers } = data;
  const secrets = { FLUXO_POSTGRES: ecs.Secret.fromSecretsManager(postgresUsers.addressOf(role)) };
  return { secrets, reaches: [postgres.clients] };
}

/** The view; sessions have a database of their own. */
export function toRedis({ data }: Wired): Partial<Wiring> {
  return { environment: { FLUXO_REDIS: data.cache.address }, reaches: [data.cache.clients] };
}

/** Whose access tokens count. */
export function toSignIn({ identity }: Wired): Partial<Wiring> {
  return {
    environment: {
      FLUXO_OIDC_ISSUER: identity.pool.userPoolProviderUrl,
      FLUXO_OIDC_AUDIENCE: AUDIENCE,
      FLUXO_OIDC_COGNITO_CLIENTS: identity.clientIds.join(','),
    },
  };
}

/** Its figures in its log each minute, where alarms read them (`observability/own-figures.ts`). */
export const toLog: Partial<Wiring> = { environment: { FLUXO_FIGURES_SECONDS: '60' } };

export function joined(...parts: readonly Partial<Wiring>[]): Wiring {
  return {
    environment: Object.assign({}, ...parts.map(({ environment }) => environment)),
    secrets: Object.assign({}, ...parts.map(({ secrets }) => secrets)),
    reaches: parts.flatMap(({ reaches = [] }): readonly ec2.ISecurityGroup[] => reaches),
  };
}
