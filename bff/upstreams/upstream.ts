/**
 * A service behind this one: asked with the caller's own access token, within a time limit, by so many at once and no more, and not at all
 * for a while after it has failed often (opossum). What it refuses (4xx) is an answer and trips nothing.
 * Whatever else goes wrong is `upstream-unavailable`, at once while the circuit is open.
 */

import { Bulkhead } from '@fluxo/http';
import type { ProblemBody } from '@fluxo/schemas';
import { activeTraceparent } from '@fluxo/telemetry';
import CircuitBreaker from 'opossum';
import { PassedOnProblem, signedOut, upstreamUnavailable } from '../problems.ts';

export type UpstreamOptions = {
  /** As people call it. */
  readonly title: string;
  /** Its base URL. */
  readonly url: string;
  /** So many questions at once; more are refused rather than queued. */
  readonly capacity: number;
  readonly timeLimitMs: number;
};

export type Question = {
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT';
  /** Path and query, made of parts that were checked or encoded. */
  readonly path: string;
  readonly accessToken: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer>;
};

export type UpstreamAnswer = { readonly status: number; readonly headers: Headers; readonly text: string };

/** An answer that comes as it is taken; null: it has no body. */
export type OpenedAnswer = Omit<UpstreamAnswer, 'text'> & { readonly body: Response['body'] };

/** What a question brought: read to its end, or only begun. */
type Brought = UpstreamAnswer & Pick<OpenedAnswer, 'body'>;

type Taking = 'whole' | 'as it comes';

const FAILURES_PERCENT_MAX = 50;
const QUESTIONS_MIN = 5;
const OPEN_FOR_MS = 2_000;
const COUNTED_FOR_MS = 10_000;

export class Upstream {
  readonly #options: UpstreamOptions;
  readonly #breaker: CircuitBreaker<[Question, Taking], Brought>;
  readonly #bulkhead: Bulkhead;

  constructor(options: UpstreamOptions) {
    this.#options = options;
    this.#bulkhead = new Bulkhead(options.capacity);
    this.#breaker = new CircuitBreaker(
      (question: Question, taking: Taking) => this.#fetch(question, taking),
      {
        timeout: false, // each question has an AbortSignal of its own, which ends it instead of leaving it behind
        errorThresholdPercentage: FAILURES_PERCENT_MAX,
        volumeThreshold: QUESTIONS_MIN,
        resetTimeout: OPEN_FOR_MS,
        rollingCountTimeout: COUNTED_FOR_MS,
      },
    );
  }

  get title(): string {
    return this.#options.title;
  }

  /** Whether questions are refused because too many have failed, but for one now and then that shows whether it is back. */
  get isOpen(): boolean {
    return !this.#breaker.closed;
  }

  /** The answer (2xx or 304). Throws what the service refused, as it said it, or `upstream-unavailable`. */
  ask(question: Question): Promise<UpstreamAnswer> {
    return this.#ask(question, 'whole');
  }

  /** The same for an answer of any length, as soon as it begins: from there it may take its time. Whoever asks takes it to its end, or cancels it. */
  open(question: Question): Promise<OpenedAnswer> {
    return this.#ask(question, 'as it comes');
  }

  /** Ends the timers of the circuit. */
  close(): void {
    this.#breaker.shutdown();
  }

  async #ask(question: Question, taking: Taking): Promise<Brought> {
    const answer = await this.#bulkhead
      .within(() => this.#breaker.fire(question, taking))
      .catch((error: unknown) => {
        throw upstreamUnavailable(this.#options.title, error);
      });
    if (answer.status < 400) return answer;
    throw answer.status === 401 ? signedOut() : this.#refusalOf(answer);
  }

  async #fetch(question: Question, taking: Taking): Promise<Brought> {
    const { title, url, timeLimitMs } = this.#options;
    const { method = 'GET', path, accessToken, headers = {}, body } = question;
    const late = new AbortController();
    const traceparent = activeTraceparent();
    const timer = setTimeout(() => late.abort(new Error(`no answer within ${timeLimitMs} ms`)), timeLimitMs);
    try {
      const response = await fetch(url + path, {
        method,
        headers: {
          accept: 'application/json',
          ...(traceparent === null ? {} : { traceparent }),
          ...headers,
          authorization: `Bearer ${accessToken}`,
        },
        redirect: 'error',
        signal: late.signal,
        ...(body === undefined ? {} : { body }),
      });
      const { status, headers: answered } = response;
      if (taking === 'as it comes' && response.ok)
        return { status, headers: answered, text: '', body: response.body };
      const text = await response.text();
      if (status >= 500) throw new Error(`the ${title} answers ${status}`);
      return { status, headers: answered, text, body: null };
    } finally {
      clearTimeout(timer);
    }
  }

  #refusalOf({ text, status }: UpstreamAnswer): Error {
    try {
      const body = JSON.parse(text) as ProblemBody;
      if (body.status === status && typeof body.code === 'string') return new PassedOnProblem(body);
    } catch {
      // not a problem of ours: below
    }
    return upstreamUnavailable(this.#options.title, new Error(`it answers ${status} without a problem`));
  }
}
