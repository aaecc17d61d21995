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
import type { FoundationStack } from '../foundation/foundation.stack.ts';
import type { IdentityStack } from '../identity/identity.stack.ts';
import type { PlatformStack } from '../platform/platform.stack.ts';
import { HTTP_PORT, Program, type ProgramProps } from '../platform/program.ts';
import type { Settings } from '../settings.ts';
import { Api, type ApiCount } from './api.ts';
import { AUDIT_ADDRESS, AUDITOR, Auditor } from './auditor.ts';
import { type ApiName, Entrance } from './entrance.ts';
import { ExportsFunction } from './exports-function.ts';
import { ViewsFunction } from './views-function.ts';
import { joined, toKafka, toLog, toPostgres, toRedis, toSignIn } from './wiring.ts';
import { Worker } from './worker.ts';

/** Each takes its share of the twelve partitions. */
const STREAMS = 3;
const SINKS = 2;
const RELAYS = 2;
const APIS: ApiCount = { min: 2, max: 12 };
/** Each remembers an hour of its own: a second one would show another. */
const OPERATIONS_APIS: ApiCount = { min: 1, max: 1 };

export type ServicesProps = StackProps & {
  readonly foundation: FoundationStack;
  readonly data: DataStack;
  readonly identity: IdentityStack;
  readonly platform: PlatformStack;
  readonly settings: Settings;
};

type OwnProps = Omit<ProgramProps, 'foundation' | 'imageTag' | 'name'>;

export class ServicesStack extends Stack {
  readonly entrance: Entrance;
  readonly apis: readonly Api[];
  readonly entriesApi: Api;
  readonly workers: readonly Worker[];
  readonly viewsFunction: ViewsFunction;
  readonly exportsFunction: ExportsFunction;
  readonly auditor: Auditor;
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
    const sinks = this.#sinks();
    const processors = [...this.#streams(), ...this.#relays()];
    this.workers = [...sinks, ...processors];
    this.auditor = this.#auditor();
    this.entriesApi = this.#entriesApi();
    this.apis = [this.#queryApi(), this.entriesApi, this.#operationsApi(), this.#bff()];
    this.viewsFunction = new ViewsFunction(this, 'ViewsFunction', {
      foundation,
      data,
      registry: platform.registry,
    });
    this.exportsFunction = new ExportsFunction(this, 'ExportsFunction', { foundation, data });
    // Who reads is there before who writes (decision 0042): CloudFormation waits until each is well.
    for (const { service } of processors)
      service.node.addDependency(...sinks, this.auditor, this.viewsFunction);
    this.entriesApi.service.node.addDependency(...processors);
  }

  #streams(): Worker[] {
    return this.#workers('streams', STREAMS, {
      program: 'streams/main.ts',
      memory: { reservedMib: 1_024, limitMib: 3_072 },
      keepsCheckpoints: true,
      ...toKafka('streams', this.#props),
    });
  }

  #sinks(): Worker[] {
    const memory = { reservedMib: 256, limitMib: 1_024 };
    return [
      ...this.#workers('sink-redis', SINKS, {
        program: 'sinks/redis/main.ts',
        memory,
        ...joined(toKafka('sink-redis', this.#props), toRedis(this.#props)),
      }),
      ...this.#workers('sink-postgres', SINKS, {
        program: 'sinks/postgres/main.ts',
        memory,
        ...joined(toKafka('sink-postgres', this.#props), toPostgres('fluxo_sink', this.#props)),
      }),
    ];
  }

  #relays(): Worker[] {
    return this.#workers('outbox-relay', RELAYS, {
      program: 'entries-api/relay/main.ts',
      memory: { reservedMib: 256, limitMib: 512 },
      ...joined(toKafka('outbox-relay', this.#props), toPostgres('fluxo_relay', this.#props), toLog),
    });
  }

  #queryApi(): Api {
    const { views } = this.#props.data;
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
      ...joined(
        toKafka('query-api', this.#props),
        toPostgres('fluxo_reader', this.#props),
        toSignIn(this.#props),
        toRedis(this.#props),
        toLog,
        {
          environment: { FLUXO_DYNAMODB: views.address },
          secrets: { FLUXO_CURSOR_SECRET: ecs.Secret.fromSecretsManager(cursors) },
        },
      ),
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
      ...joined(toPostgres('fluxo_entries', this.#props), toSignIn(this.#props)),
    });
  }

  #operationsApi(): Api {
    const api = this.#api(
      'operations-api',
      {
        program: 'operations-api/main.ts',
        memory: { reservedMib: 256, limitMib: 1_024 },
        ...joined(toKafka('operations-api', this.#props), toSignIn(this.#props), {
          environment: { FLUXO_AUDIT: AUDIT_ADDRESS },
        }),
      },
      OPERATIONS_APIS,
    );
    this.auditor.tells(api.program);
    return api;
  }

  #auditor(): Auditor {
    const { entrance } = this;
    this.programNames.push(AUDITOR);
    return new Auditor(this, 'Auditor', { ...this.#props, entrance });
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
      ...joined(toSignIn(this.#props), {
        environment: {
          FLUXO_BFF: `https://${settings.domain}`,
          // CloudFront and the load balancer.
          FLUXO_PROXIES: '2',
          // Sessions have a database of their own: that of the balances holds nothing else.
          FLUXO_REDIS: `${data.cache.address}/1`,
          FLUXO_QUERY_API: this.entrance.addressOf('query-api'),
          FLUXO_ENTRIES_API: this.entrance.addressOf('entries-api'),
          FLUXO_OPERATIONS_API: this.entrance.addressOf('operations-api'),
          FLUXO_OIDC_CLIENT_ID: identity.pageClient.userPoolClientId,
        },
        secrets: { FLUXO_OIDC_CLIENT_SECRET: ecs.Secret.fromSecretsManager(secret) },
        reaches: [data.cache.clients],
      }),
    });
    for (const name of ['query-api', 'entries-api', 'operations-api'] as const)
      this.entrance.letIn(api.program, name, 'the page’s back end');
    return api;
  }

  #workers(role: string, count: number, props: OwnProps): Worker[] {
    return Array.from({ length: count }, (_, index) => {
      const program = this.#program(`${role}-${index + 1}`, props);
      return new Worker(this, { program, machines: this.#props.platform.machines });
    });
  }

  #api(name: ApiName, props: OwnProps, count = APIS): Api {
    const { foundation, platform } = this.#props;
    const program = this.#program(name, props);
    program.own.connections.allowFrom(this.entrance.balancer, ec2.Port.tcp(HTTP_PORT), 'the load balancer');
    return new Api(this, {
      vpc: foundation.vpc,
      program,
      machines: platform.machines,
      listener: this.entrance.listenerOf(name),
      count,
    });
  }

  #program(name: string, props: OwnProps): Program {
    const { foundation, settings } = this.#props;
    this.programNames.push(name);
    return new Program(this, { foundation, imageTag: settings.imageTag, name, ...props });
  }
}
