/**
 * The audit that goes on: `fluxo audit --watch`, one of it. It reads every topic and every view and may write none; of Kafka it is the user `auditor`, of
 * Postgres the role that reads, at Cognito a client that looks at balances. The operations API asks it how its last round ended.
 */
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { accept } from '../accepted.ts';
import type { FoundationStack } from '../foundation/foundation.stack.ts';
import { HTTP_PORT, Program } from '../platform/program.ts';
import { INTERNAL_NAMES } from '../platform/registry.ts';
import type { Settings } from '../settings.ts';
import type { Entrance } from './entrance.ts';
import { joined, toKafka, toPostgres, toRedis, toSignIn, type Wired, type Wiring } from './wiring.ts';
import { Worker } from './worker.ts';

export const AUDITOR = 'auditor';

/** FLUXO_AUDIT. */
export const AUDIT_ADDRESS = `http://${AUDITOR}.${INTERNAL_NAMES}:${HTTP_PORT}`;

export type AuditorProps = Wired & {
  readonly foundation: FoundationStack;
  readonly settings: Settings;
  readonly entrance: Entrance;
};

export class Auditor extends Construct {
  readonly #program: Program;
  readonly #props: AuditorProps;

  constructor(scope: Construct, id: string, props: AuditorProps) {
    super(scope, id);
    this.#props = props;
    const { foundation, settings, platform, data, entrance } = props;
    const program = new Program(this, {
      foundation,
      imageTag: settings.imageTag,
      name: AUDITOR,
      program: 'cli/main.ts',
      args: ['audit', '--watch', '--every', '600'],
      // A pass over half a million submissions, and the pages of each view (decision 0014).
      memory: { reservedMib: 1_024, limitMib: 2_048 },
      ...this.#wiring(),
    });
    this.#program = program;
    new Worker(this, { program, machines: platform.machines, isFound: true });
    entrance.letIn(program, 'query-api', 'the audit');
    const { taskRole } = program.task;
    data.views.table.grant(taskRole, 'dynamodb:Query', 'dynamodb:Scan');
    data.views.table.encryptionKey?.grant(taskRole, 'kms:Decrypt', 'kms:DescribeKey');
  }

  /** Lets this program ask how the last round ended. */
  tells({ own }: Program): void {
    this.#program.own.connections.allowFrom(own, ec2.Port.tcp(HTTP_PORT), 'the operations API');
  }

  #wiring(): Wiring {
    const { data, entrance, identity } = this.#props;
    return joined(
      toKafka('auditor', this.#props),
      toPostgres('fluxo_auditor', this.#props),
      toRedis(this.#props),
      toSignIn(this.#props),
      {
        environment: {
          FLUXO_DYNAMODB: data.views.address,
          FLUXO_QUERY_API: entrance.addressOf('query-api'),
          FLUXO_OIDC_CLIENT_ID: identity.auditorClient.userPoolClientId,
        },
        secrets: { FLUXO_OIDC_CLIENT_SECRET: ecs.Secret.fromSecretsManager(this.#clientSecret()) },
      },
    );
  }

  #clientSecret(): Secret {
    const { foundation, identity } = this.#props;
    const secret = new Secret(this, 'ClientSecret', {
      encryptionKey: foundation.secretsKey,
      secretStringValue: identity.auditorClient.userPoolClientSecret,
    });
    accept(
      secret,
      'SMG4',
      'Cognito makes it and never changes it; a new client is a release of the identity stack.',
    );
    return secret;
  }
}
