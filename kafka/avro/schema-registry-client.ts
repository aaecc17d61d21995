/**
 * A schema registry behind the Confluent HTTP API. `@kafkajs/confluent-schema-registry` registers and fetches schemas; it has
 * no call that lists the versions of a subject or sets its compatibility alone, so those two are plain requests. Every
 * request has a time limit, and a registry that cannot be reached is told apart from one that refuses: the first is
 * `temporarily-unavailable`, and only its caller knows how long to wait. A look-up is never refused: a page of a proxy, an expired
 * password or a redirect says nothing about the schemas, so it is an answer that is still to come. Versions never change, so each is fetched once.
 */
import { COMPATIBILITY, SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry';
import type { AvroSchema } from './avro-schema.ts';
import {
  type CompatibilityLevel,
  type RegisteredSchema,
  RegistryFailure,
  type RegistryPort,
} from './registry-port.ts';

type Middleware = NonNullable<ConstructorParameters<typeof SchemaRegistry>[0]['middlewares']>[number];

type Answer = { readonly status: number; readonly text: string };

const TIMEOUT_MS = 5_000;
const CONTENT_TYPE = 'application/vnd.schemaregistry.v1+json';

export class SchemaRegistryClient implements RegistryPort {
  readonly #url: string;
  readonly #registry: SchemaRegistry;
  readonly #versions = new Map<string, RegisteredSchema>();

  /** `url`: base of the API, such as `http://127.0.0.1:21002/apis/ccompat/v7`. Nothing is sent yet. */
  constructor(url: string) {
    this.#url = url.replace(/\/+$/, '');
    this.#registry = new SchemaRegistry({
      host: this.#url,
      clientId: 'fluxo',
      retry: { retries: 0 },
      middlewares: [withTimeout],
    });
  }

  async register(subject: string, schema: AvroSchema): Promise<number> {
    // The library insists on being told the level that is in force; `setCompatibility` is what sets it.
    const level = await this.compatibilityOf(subject);
    const compatibility = Object.values(COMPATIBILITY).find((each) => each === level) ?? COMPATIBILITY.NONE;
    try {
      const { id } = await this.#registry.register(
        { type: SchemaType.AVRO, schema: JSON.stringify(schema) },
        { subject, compatibility, updateConfig: false },
      );
      return id;
    } catch (error) {
      throw asFailure(error, `registering a schema under ${subject}`);
    }
  }

  async schemasUnder(subject: string): Promise<readonly RegisteredSchema[]> {
    const doing = `listing the versions of ${subject}`;
    const versions = (await this.#lookUp(`/subjects/${encodeURIComponent(subject)}/versions`, doing)) ?? [];
    if (!Array.isArray(versions)) throw oddAnswer(200, JSON.stringify(versions), doing);
    return Promise.all(
      (versions as number[]).toSorted((a, b) => a - b).map((version) => this.#fetch(subject, version)),
    );
  }

  async setCompatibility(subject: string, level: CompatibilityLevel): Promise<void> {
    const path = `/config/${encodeURIComponent(subject)}`;
    const { status, text } = await this.#request('PUT', path, { compatibility: level });
    if (status !== 200) throw refusal(status, text, `setting the compatibility of ${subject} to ${level}`);
  }

  /** The level that is in force for the subject; null if it has none of its own. Fails with `temporarily-unavailable`. */
  async compatibilityOf(subject: string): Promise<string | null> {
    const path = `/config/${encodeURIComponent(subject)}`;
    const config = await this.#lookUp(path, `reading the compatibility of ${subject}`);
    return (config as { compatibilityLevel: string } | null)?.compatibilityLevel ?? null;
  }

  async #fetch(subject: string, version: number): Promise<RegisteredSchema> {
    const name = `${subject}/${version}`;
    const known = this.#versions.get(name);
    if (known !== undefined) return known;
    try {
      const id = await this.#registry.getRegistryId(subject, version);
      // Asked for a schema without an id the library would never answer.
      if (!Number.isInteger(id)) throw new TypeError('no id in the answer');
      const registered = { id, version, schema: schemaOf(await this.#registry.getSchema(id)) };
      this.#versions.set(name, registered);
      return registered;
    } catch (error) {
      if (error instanceof RegistryFailure) throw error;
      const { status = 0, message } = error as { status?: number; message: string };
      throw oddAnswer(status, message, `fetching version ${version} of ${subject}`);
    }
  }

  /** What the registry says; null where it says that there is nothing. Fails with `temporarily-unavailable` only. */
  async #lookUp(path: string, doing: string): Promise<unknown> {
    const { status, text } = await this.#request('GET', path);
    const answer = jsonIn(text);
    if (status === 200 && answer !== undefined) return answer;
    // A 404 without the registry's own number is somebody else's: taken for "no schemas" it would make good records malformed.
    if (status === 404 && hasErrorCode(answer)) return null;
    throw oddAnswer(status, text, doing);
  }

  async #request(method: 'GET' | 'PUT', path: string, body?: object): Promise<Answer> {
    try {
      const response = await fetch(`${this.#url}${path}`, {
        method,
        headers: { 'content-type': CONTENT_TYPE, accept: `${CONTENT_TYPE}, application/json` },
        signal: AbortSignal.timeout(TIMEOUT_MS),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: response.status, text: await response.text() };
    } catch (error) {
      throw unavailable(this.#url, error);
    }
  }
}

/** Undefined if it is no JSON. */
function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function hasErrorCode(answer: unknown): boolean {
  return typeof (answer as { error_code?: unknown } | null | undefined)?.error_code === 'number';
}

/** The schema as JSON, with defaults and logical types, of an avsc type the library has made of it. */
function schemaOf(type: unknown): AvroSchema {
  const avroType = type as { schema?: (options: object) => unknown };
  const schema = avroType.schema?.({ exportAttrs: true });
  if (schema === undefined)
    throw new RegistryFailure('registry-refused', 'a schema under this subject is not Avro');
  return JSON.parse(JSON.stringify(schema)) as AvroSchema;
}

/** The library itself waits for ever. */
const withTimeout: Middleware = () => ({
  request: (request) => Promise.resolve(request.enhance({ timeout: TIMEOUT_MS })),
});

function unavailable(url: string, cause: unknown): RegistryFailure {
  const { message } = cause as Error;
  return new RegistryFailure(
    'temporarily-unavailable',
    `the schema registry at ${url} does not answer (${message}): schemas cannot be learnt until it does`,
    cause,
  );
}

function oddAnswer(status: number, text: string, doing: string): RegistryFailure {
  return new RegistryFailure(
    'temporarily-unavailable',
    `${doing} was answered with status ${status} and "${text.slice(0, 500)}": that is not what a registry answers to a look-up, ` +
      'so schemas cannot be learnt until it does. Look at its address, at its permissions and at what stands before it.',
  );
}

/** The library reports a broken connection as status 400 without the body that a registry's own 400 has. */
const BROKEN_CONNECTION = 'Error, status 400';

function asFailure(error: unknown, doing: string): RegistryFailure {
  if (error instanceof RegistryFailure) return error;
  const { status = 0, message } = error as { status?: number; message: string };
  const isBroken = message.includes(BROKEN_CONNECTION);
  return refusal(isBroken ? 503 : status, message, doing);
}

function refusal(status: number, text: string, doing: string): RegistryFailure {
  const what = `${doing} failed with status ${status}: ${text.slice(0, 500)}`;
  if (status >= 500 || status === 429 || status === 408)
    return new RegistryFailure('temporarily-unavailable', what);
  if (status === 409)
    return new RegistryFailure(
      'incompatible-schema',
      `${what}. The change would break readers or writers of a former version: add fields with a default, change nothing else`,
    );
  return new RegistryFailure('registry-refused', what);
}
