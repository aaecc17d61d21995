/** The query API as a client sees it: JSON or a problem document (RFC 9457). Every failure says what it means for the person. */
import type { ApiAccess } from '@fluxo/identity';
import { CliError, messageOf } from './cli-error.ts';

const ANSWER_WITHIN_MS = 10_000;

type ApiProblem = { readonly code?: string; readonly title?: string; readonly detail?: string };

export class QueryApi {
  readonly #baseUrl: string;
  readonly #access: ApiAccess;
  readonly #signal: AbortSignal;

  constructor(baseUrl: string, access: ApiAccess, signal: AbortSignal) {
    this.#baseUrl = baseUrl.replace(/\/+$/, '');
    this.#access = access;
    this.#signal = signal;
  }

  /** The document at this path, which only those let in may read. Fails with `not-found` or `stack-failed`. */
  async get(path: string): Promise<unknown> {
    const { status, body } = await this.ask(path, await this.#headers());
    if (status === 200) return body;
    const { code, title, detail } = (body ?? {}) as ApiProblem;
    throw new CliError(
      status === 404 ? 'not-found' : 'stack-failed',
      `${detail ?? title ?? `The query API answered ${status}`} (${code ?? status}, from ${this.#baseUrl}${path})`,
    );
  }

  /** Status and JSON of whatever the API answers; body null if that is no JSON. Fails with `stack-failed` if nothing comes. */
  async ask(
    path: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<{ readonly status: number; readonly body: unknown }> {
    try {
      const signal = AbortSignal.any([this.#signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]);
      const response = await fetch(`${this.#baseUrl}${path}`, { headers, signal });
      return { status: response.status, body: parseOrNull(await response.text()) };
    } catch (error) {
      this.#signal.throwIfAborted();
      throw new CliError(
        'stack-failed',
        `No query API answers at ${this.#baseUrl} (${causeOf(error)}).\n` +
          'Start a stack with `npm start`, or name the one you mean with FLUXO_PORT_BASE or FLUXO_QUERY_API.',
        { cause: error },
      );
    }
  }

  async #headers(): Promise<Readonly<Record<string, string>>> {
    try {
      return await this.#access();
    } catch (error) {
      throw new CliError(
        'stack-failed',
        `The sign-in provider of the stack gives no access token (${causeOf(error)}), so the query API cannot be read.\n` +
          'Start a stack with `npm start`, or where only the provider is stopped `npm run stack -- start identity`; FLUXO_TOKEN is a token from elsewhere.',
        { cause: error },
      );
    }
  }
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** fetch hides the reason in `cause`. */
export function causeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return messageOf(cause ?? error);
}
