/**
 * The programs, and how often each runs. Names, programs and environment are those of `stack/services.ts`; a test compares. This is the stack
 * that a release deploys.
 */
import { Stack, type StackProps } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as route53 from 'aws-cdk-lib/aws-route53';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { accept } from '../accepted.ts';
import type { DataStack } from '../data/data.stack.ts';
import type { DatabaseRole } from '../data/database-users.ts';
import type { KafkaUser } from '../data/kafka-users.ts';
import type { FoundationStack } from '../foundation/foundation.stack.ts';
import { AUDIENCE, type IdentityStack } from '../identity/identity.stack.ts';
import { kafkaAccess } from '../platform/kafka-access.ts';
import type { PlatformStack } from '../platform/platform.stack.ts';
import { HTTP_PORT, Program, type ProgramProps } from '../platform/program.ts';
import type { Settings } from '../settings.ts';
import { Api } from './api.ts';
import { type ApiName, Entrance, entrancePorts } from './entrance.ts';
import { ExportsFunction } from './exports-function.ts';
import { ViewsFunction } from './views-function.ts';
import { Worker } from './worker.ts';

/** Each takes its share of the twelve partitions. */
const STREAMS = 3;
const SINKS = 2;
const RELAYS = 2;
const API_COUNT_MAX = 12;

export type ServicesProps = StackProps & {
  readonly foundation: FoundationStack;
  readonly data: DataStack;
  readonly identity: IdentityStack;
  readonly platform: PlatformStack;
  readonly settings: Settings;
};

type Wiring = Pick<ProgramProps, 'environment' | 'secrets' | 'reaches'>;

export class ServicesStack extends Stack {
  readonly entrance: Entrance;
  readonly apis: readonly Api[];
  readonly workers: readonly Worker[];
  readonly viewsFunction: ViewsFunction;
  readonly exportsFunction: ExportsFunction;
  /** Each has a log group of its name, below /fluxo/. */
  readonly programNames: string[] = [];
  readonly #props: ServicesProps;

  constructor(scope: Construct, id: string, props: ServicesProps) {
    super(scope, id, props);
    this.#props = props;
    const { foundation, data, platform, settings } = props;
    const { domain, zoneId } = settings;
    const zone = route53.HostedZone.fromHostedZoneAttributes(this, 'Zone', {
      hostedZoneId: zoneId,
      zoneName: domain,
    });
    this.entrance = new Entrance(this, 'Entrance', { foundation, domain, zone });
    this.workers = [...this.#streams(), ...this.#sinks(), ...this.#relays()];
    this.apis = [this.#queryApi(), this.#entriesApi(), this.#bff()];
    this.viewsFunction = new ViewsFunction(this, 'ViewsFunction', {
      foundation,
      data,
      registry: platform.registry,
    });
    this.exportsFunction = new ExportsFunction(this, 'ExportsFunction', { foundation, data });
  }

  #streams(): Worker[] {
    return this.#workers('streams', STREAMS, {
      program: 'streams/main.ts',
      memory: { reservedMib: 1_024, limitMib: 3_072 },
      keepsCheckpoints: true,
      ...this.#kafka('streams'),
    });
  }

  #sinks(): Worker[] {
    const memory = { reservedMib: 256, limitMib: 1_024 };
    const { cache } = this.#props.data;
    const redis = { environment: { FLUXO_REDIS: cache.address }, reaches: [cache.clients] };
    return [
      ...this.#workers('sink-redis', SINKS, {
        program: 'sinks/redis/main.ts',
        memory,
        ...this.#joined(this.#kafka('sink-redis'), redis),
      }),
      ...this.#workers('sink-postgres', SINKS, {
        program: 'sinks/postgres/main.ts',
        memory,
        ...this.#joined(this.#kafka('sink-postgres'), this.#postgres('fluxo_sink')),
      }),
    ];
  }

  #relays(): Worker[] {
    return this.#workers('outbox-relay', RELAYS, {
      program: 'entries-api/relay/main.ts',
      memory: { reservedMib: 256, limitMib: 512 },
      ...this.#joined(this.#kafka('outbox-relay'), this.#postgres('fluxo_relay')),
    });
  }

  #queryApi(): Api {
    const { cache, views } = this.#props.data;
    const tiers = {
      environment: { FLUXO_REDIS: cache.address, FLUXO_DYNAMODB: views.address },
      reaches: [cache.clients],
    };
    const cursors = new Secret(this, 'CursorSecret', {
      encryptionKey: this.#props.foundation.secretsKey,
      generateSecretString: { excludePunctuation: true, passwordLength: 64 },
    });
    accept(
      cursors,
      'SMG4',
      'A new one makes cursors that callers hold worthless; it is changed with a release, if at all.',
    );
    const api = this.#api('query-api', {
      program: 'query-api/main.ts',
      memory: { reservedMib: 2_048, limitMib: 4_096 },
      ...this.#joined(this.#kafka('query-api'), this.#postgres('fluxo_reader'), this.#signIn(), tiers, {
        secrets: { FLUXO_CURSOR_SECRET: ecs.Secret.fromSecretsManager(cursors) },
      }),
    });
    views.table.grant(
      api.service.taskDefinition.taskRole,
      'dynamodb:GetItem',
      'dynamodb:BatchGetItem',
      'dynamodb:Query',
    );
    views.table.encryptionKey?.grant(api.service.taskDefinition.taskRole, 'kms:Decrypt', 'kms:DescribeKey');
    return api;
  }

  #entriesApi(): Api {
    return this.#api('entries-api', {
      program: 'entries-api/main.ts',
      memory: { reservedMib: 256, limitMib: 1_024 },
      ...this.#joined(this.#postgres('fluxo_entries'), this.#signIn()),
    });
  }

  #bff(): Api {
    const { data, foundation, identity, settings } = this.#props;
    const secret = new Secret(this, 'PageClientSecret', {
      encryptionKey: foundation.secretsKey,
      secretStringValue: identity.pageClient.userPoolClientSecret,
    });
    accept(
      secret,
      'SMG4',
      'Cognito makes it and never changes it; a new client is a release of the identity stack.',
    );
    const api = this.#api('bff', {
      program: 'bff/main.ts',
      memory: { reservedMib: 512, limitMib: 1_024 },
      ...this.#joined(this.#signIn(), {
        environment: {
          FLUXO_BFF: `https://${settings.domain}`,
          // Sessions have a database of their own: that of the balances holds nothing else.
          FLUXO_REDIS: `${data.cache.address}/1`,
          FLUXO_QUERY_API: this.entrance.addressOf('query-api'),
          FLUXO_ENTRIES_API: this.entrance.addressOf('entries-api'),
          FLUXO_OIDC_CLIENT_ID: identity.pageClient.userPoolClientId,
        },
        secrets: { FLUXO_OIDC_CLIENT_SECRET: ecs.Secret.fromSecretsManager(secret) },
        reaches: [data.cache.clients],
      }),
    });
    for (const name of ['query-api', 'entries-api'] as const)
      this.entrance.balancer.connections.allowFrom(
        api.service,
        ec2.Port.tcp(entrancePorts[name]),
        'the page’s back end',
      );
    return api;
  }

  #workers(
    role: string,
    count: number,
    props: Omit<ProgramProps, 'foundation' | 'imageTag' | 'name'>,
  ): Worker[] {
    return Array.from({ length: count }, (_, index) => {
      const program = this.#program(`${role}-${index + 1}`, props);
      return new Worker(this, { program, machines: this.#props.platform.machines });
    });
  }

  #api(name: ApiName, props: Omit<ProgramProps, 'foundation' | 'imageTag' | 'name'>): Api {
    const { foundation, platform } = this.#props;
    const program = this.#program(name, props);
    const [own] = program.securityGroups;
    own?.connections.allowFrom(this.entrance.balancer, ec2.Port.tcp(HTTP_PORT), 'the load balancer');
    return new Api(this, {
      vpc: foundation.vpc,
      program,
      machines: platform.machines,
      listener: this.entrance.listenerOf(name),
      countMax: API_COUNT_MAX,
    });
  }

  #program(name: string, props: Omit<ProgramProps, 'foundation' | 'imageTag' | 'name'>): Program {
    const { foundation, settings } = this.#props;
    this.programNames.push(name);
    return new Program(this, { foundation, imageTag: settings.imageTag, name, ...props });
  }

  #kafka(user: KafkaUser): Wiring {
    const { data, platform } = this.#props;
    const { registry } = platform;
    return { ...kafkaAccess(user, { data, registry }), reaches: [data.kafka.clients, registry.clients] };
  }

  #postgres(role: DatabaseRole): Partial<Wiring> {
    const { postgres, postgresUsers } = this.#props.data;
    const secrets = { FLUXO_POSTGRES: ecs.Secret.fromSecretsManager(postgresUsers.addressOf(role)) };
    return { secrets, reaches: [postgres.clients] };
  }

  #signIn(): Partial<Wiring> {
    const { pool, pageClient, backOfficeClient } = this.#props.identity;
    return {
      environment: {
        FLUXO_OIDC_ISSUER: pool.userPoolProviderUrl,
        FLUXO_OIDC_AUDIENCE: AUDIENCE,
        FLUXO_OIDC_COGNITO_CLIENTS: `${pageClient.userPoolClientId},${backOfficeClient.userPoolClientId}`,
      },
    };
  }

  #joined(...parts: readonly Partial<Wiring>[]): Wiring {
    return {
      environment: Object.assign({}, ...parts.map(({ environment }) => environment)),
      secrets: Object.assign({}, ...parts.map(({ secrets }) => secrets)),
      reaches: parts.flatMap(({ reaches = [] }): readonly ec2.ISecurityGroup[] => reaches),
    };
  }
}
