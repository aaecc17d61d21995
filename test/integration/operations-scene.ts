/**
 * A Kafka, a registry and a processor, and the operations API in front of them as a value, with a sign-in provider of the test's own. What is refused
 * is refused by the real processor; what is sent again goes into the real log.
 */
import { Shutdown } from '@fluxo/http';
import { OPERATOR, ProviderKeys, ROLES_CLAIM, TokenVerifier } from '@fluxo/identity';
import { brokerAccess, Cluster, SchemaRegistryClient } from '@fluxo/kafka';
import {
  buildApp,
  KafkaPipeline,
  latestAudit,
  lookAt,
  PipelineWatch,
  Rejections,
  trailsOf,
} from '@fluxo/operations-api';
import type { RejectionBody, RejectionPageBody, ReplayBody } from '@fluxo/schemas';
import { Registry } from '@fluxo/telemetry';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { captureTerminal } from '../../cli/captured-terminal.ts';
import { runCli } from '../../cli/run-cli.ts';
import { type RunningCommand, startFluxo } from '../../testing/fluxo-command.ts';
import { startStack, type TestStack } from '../../testing/stacks.ts';
import { AUDIENCE, TokenIssuer, type TokenShape } from '../../testing/token-issuer.ts';

const SERVICES = ['kafka', 'registry', 'provision', 'streams-1'] as const;
const SAMPLES_MAX = 3;

/** Olga. */
export const operator: TokenShape = {
  claims: { sub: 'olga', scope: 'operations:read rejections:replay', [ROLES_CLAIM]: [OPERATOR] },
};

export type Answer<Body> = { readonly status: number; readonly body: Body };

export class OperationsScene {
  readonly stack: TestStack;
  readonly issuer: TokenIssuer;
  readonly watch: PipelineWatch;
  readonly app: FastifyInstance;
  /** What was reported as a failure of ours, and looks that failed. */
  readonly failures: unknown[];
  #audit: RunningCommand | undefined;
  readonly #cluster: Cluster;
  readonly #logs: KafkaPipeline;

  private constructor(
    parts: Pick<OperationsScene, 'stack' | 'issuer' | 'watch' | 'app' | 'failures'>,
    reach: Reach,
  ) {
    this.stack = parts.stack;
    this.issuer = parts.issuer;
    this.watch = parts.watch;
    this.app = parts.app;
    this.failures = parts.failures;
    this.#cluster = reach.cluster;
    this.#logs = reach.logs;
  }

  static async open(): Promise<OperationsScene> {
    const stack = await startStack({ only: SERVICES });
    const issuer = await TokenIssuer.start();
    const reach = await reachOf(stack);
    const failures: unknown[] = [];
    const watch = new PipelineWatch({
      look: () => lookAt(reach.logs, Date.now),
      everyMs: 10_000,
      samplesMax: SAMPLES_MAX,
      reportFailure: (error) => failures.push(error),
    });
    const keys = new ProviderKeys(issuer.url, () => undefined);
    const access = new TokenVerifier({ issuer: issuer.url, audience: AUDIENCE, keys });
    const rejections = rejectionsOver(reach, stack);
    const over = { watch, rejections, logs: reach.logs, audit: stack.addresses.audit };
    const { app } = await appOver({ ...over, access, failures });
    return new OperationsScene({ stack, issuer, watch, app, failures }, reach);
  }

  /** Over the same brokers, for whoever comes. */
  another(options: { readonly triedWithinMs?: number; readonly requestTimeoutMs?: number } = {}) {
    const { requestTimeoutMs, ...tried } = options;
    const rejections = rejectionsOver({ cluster: this.#cluster, logs: this.#logs }, this.stack, tried);
    const { watch, failures } = this;
    const over = { watch, rejections, logs: this.#logs, audit: this.stack.addresses.audit };
    return appOver({ ...over, access: 'off', failures, requestTimeoutMs });
  }

  async end(): Promise<void> {
    await this.#audit?.end();
    await this.app.close();
    await this.#cluster.close();
    await this.issuer.goAway();
    await this.stack.destroy();
  }

  /** As this caller; an operator unless another is given. */
  async ask<Body>(request: InjectOptions | string, shape: TokenShape = operator): Promise<Answer<Body>> {
    const headers = { authorization: `Bearer ${await this.issuer.token(shape)}` };
    const asked = typeof request === 'string' ? { url: request } : request;
    const answer = await this.app.inject({ ...asked, headers });
    return { status: answer.statusCode, body: answer.json<Body>() };
  }

  async rejections(query = ''): Promise<RejectionPageBody> {
    const { status, body } = await this.ask<RejectionPageBody>(`/v1/operations/rejections${query}`);
    if (status !== 200) throw new Error(JSON.stringify(body));
    return body;
  }

  /** Until there are so many. */
  async untilRefused(count: number): Promise<readonly RejectionBody[]> {
    for (;;) {
      const { rejections } = await this.rejections('?limit=200');
      if (rejections.length >= count) return rejections;
    }
  }

  replay(place: string, dryRun: boolean): Promise<Answer<ReplayBody>> {
    const url = `/v1/operations/rejections/${place}/replay`;
    return this.ask<ReplayBody>({ method: 'POST', url, payload: { dryRun } });
  }

  async submit(...lines: readonly object[]): Promise<void> {
    await this.fluxo(['submit', '-'], lines.map((line) => JSON.stringify(line)).join('\n'));
  }

  async submissions(): Promise<readonly Record<string, unknown>[]> {
    const text = await this.fluxo(['tail', 'submissions', '--from', 'beginning', '--no-follow', '--json']);
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** An audit that goes on, where the API looks for one. */
  auditing(): RunningCommand {
    const { port } = new URL(this.stack.addresses.audit);
    this.#audit = startFluxo(
      ['audit', '--watch', '--every', '1', '--timeout', '0', '--port', port],
      this.stack.env,
    );
    return this.#audit;
  }

  /** What the command prints. */
  async fluxo(args: readonly string[], stdin = ''): Promise<string> {
    const terminal = captureTerminal({ stdin, env: { ...this.stack.env, PATH: process.env['PATH'] ?? '' } });
    if ((await runCli(args, terminal)) !== 0) throw new Error(terminal.errors());
    return terminal.output();
  }
}

type Reach = { readonly cluster: Cluster; readonly logs: KafkaPipeline };

async function reachOf({ addresses }: TestStack): Promise<Reach> {
  const cluster = await Cluster.connect({
    ...brokerAccess(addresses.kafka, {}),
    clientId: 'operations-test',
  });
  return { cluster, logs: new KafkaPipeline(cluster, new SchemaRegistryClient(addresses.registry)) };
}

function rejectionsOver(
  { logs }: Reach,
  { addresses }: TestStack,
  options: { readonly triedWithinMs?: number } = {},
): Rejections {
  const access = brokerAccess(addresses.kafka, {});
  return new Rejections({ logs, access, clientId: 'operations-test', ...options });
}

type Parts = {
  readonly watch: PipelineWatch;
  readonly rejections: Rejections;
  readonly logs: KafkaPipeline;
  /** Where a watching audit would be. */
  readonly audit: string;
  readonly access: TokenVerifier | 'off';
  readonly failures: unknown[];
  readonly requestTimeoutMs?: number | undefined;
};

async function appOver({ watch, rejections, logs, audit, ...parts }: Parts) {
  const { access, failures, requestTimeoutMs } = parts;
  const shutdown = new Shutdown();
  const app = await buildApp({
    services: {
      watch,
      rejections,
      audit: () => latestAudit(audit),
      trails: (question) => trailsOf(logs, question),
    },
    access,
    metrics: new Registry(),
    shutdown,
    readiness: () => ({ ready: !shutdown.isAnnounced }),
    reportFailure: (error) => failures.push(error),
    ...(requestTimeoutMs === undefined ? {} : { requestTimeoutMs }),
  });
  return { app, shutdown };
}
