/** How a program comes to Kafka and to the registry: addresses in its environment, name and password from its own secret. */
import * as ecs from 'aws-cdk-lib/aws-ecs';
import type { DataStack } from '../data/data.stack.ts';
import type { KafkaUser } from '../data/kafka-users.ts';
import type { Registry } from './registry.ts';

export type KafkaAccess = {
  readonly environment: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, ecs.Secret>>;
};

export function kafkaAccess(
  user: KafkaUser,
  { data, registry }: { readonly data: DataStack; readonly registry: Registry },
): KafkaAccess {
  const secret = data.kafka.users.secretOf(user);
  return {
    environment: { FLUXO_KAFKA: data.kafka.brokers, FLUXO_REGISTRY: registry.address },
    secrets: {
      FLUXO_KAFKA_USER: ecs.Secret.fromSecretsManager(secret, 'username'),
      FLUXO_KAFKA_PASSWORD: ecs.Secret.fromSecretsManager(secret, 'password'),
    },
  };
}
