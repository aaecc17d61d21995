/**
 * A browser without a screen, for tests of the page's back end: it keeps the cookies it is given as a browser would, signs a demo person in
 * through the provider's own forms, sends what the page would send, and reads server-sent events.
 */
import type { PersonId } from '@fluxo/identity';
import type { LiveEvent, SessionBody } from '@fluxo/schemas';

/** What was answered, read as the type that the address has. */
export type Answered<Body> = { readonly status: number; readonly body: Body };

export type SeenEvent = LiveEvent & { readonly id: string | null };

const ANSWER_WITHIN_MS = 30_000;
const REDIRECTS_MAX = 12;

export class PageBrowser {
  readonly bff: string;
  readonly cookies = new Map<string, string>();
  /** Every `set-cookie` it was given, as it came. */
  readonly setCookies: string[] = [];
  /** The body of every answer of the BFF. */
  readonly answers: string[] = [];
  csrfToken = '';

  /** `bff` is the base URL of the page. */
  constructor(bff: string) {
    this.bff = bff;
  }

  /** One request, redirects not followed. */
  async send(address: string | URL, init: RequestInit = {}): Promise<Response> {
    const url = new URL(address, this.bff);
    const answer = await fetch(url, {
      ...init,
      redirect: 'manual',
      headers: { ...(init.headers as Record<string, string>), cookie: this.cookieHeader },
      signal: init.signal ?? AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    this.#keepCookies(answer);
    return answer;
  }

  get cookieHeader(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  /** Signs in; the address at which the person ends. */
  async signIn(person: PersonId, returnTo = '/'): Promise<URL> {
    const answer = await this.send(await this.callbackOf(person, returnTo));
    const next = answer.headers.get('location');
    if (next === null) throw new Error(`the callback answers ${answer.status}: ${await answer.text()}`);
    this.csrfToken = (await this.get<SessionBody>('/api/session')).body.csrfToken;
    return new URL(next, this.bff);
  }

  /** The address with which the provider sends the person back, not asked for yet. */
  async callbackOf(person: PersonId, returnTo = '/'): Promise<URL> {
    let at = new URL(`/auth/login?returnTo=${encodeURIComponent(returnTo)}`, this.bff);
    for (let count = 0; count < REDIRECTS_MAX; count += 1) {
      const isChoice = at.pathname.startsWith('/interaction/');
      const answer = await this.send(
        at,
        isChoice ? { method: 'POST', body: new URLSearchParams({ person }) } : {},
      );
      await answer.arrayBuffer();
      const next = answer.headers.get('location');
      if (next === null) throw new Error(`${at.href} answers ${answer.status} where it should go on`);
      at = new URL(next, at);
      if (at.pathname === '/auth/callback') return at;
    }
    throw new Error('the sign-in goes round in circles');
  }

  async get<Body>(path: string): Promise<Answered<Body>> {
    const answer = await this.send(path);
    const text = await answer.text();
    this.answers.push(text);
    return { status: answer.status, body: JSON.parse(text) as Body };
  }

  /** What the page sends to change something; `headers` replace its own. */
  async command(
    method: 'POST' | 'PUT',
    path: string,
    { body, headers }: { readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> } = {},
  ): Promise<{ readonly status: number; readonly headers: Headers; readonly body: Record<string, unknown> }> {
    const answer = await this.send(path, {
      method,
      headers: {
        origin: new URL(this.bff).origin,
        'x-csrf-token': this.csrfToken,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    this.answers.push(text);
    return {
      status: answer.status,
      headers: answer.headers,
      body: JSON.parse(text) as Record<string, unknown>,
    };
  }

  /** The events of an address, until the line ends or the signal cuts it. */
  async *events(path: string, signal: AbortSignal, lastEventId?: string): AsyncGenerator<SeenEvent> {
    const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
    const answer = await this.send(path, { headers, signal });
    if (answer.status !== 200 || answer.body === null)
      throw new Error(`${path} answers ${answer.status}: ${await answer.text()}`);
    let text = '';
    const decoder = new TextDecoder();
    for await (const piece of answer.body) {
      text += decoder.decode(piece as Uint8Array, { stream: true });
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const event = eventOf(block);
        if (event !== null) yield event;
      }
    }
  }

  #keepCookies(answer: Response): void {
    for (const cookie of answer.headers.getSetCookie()) {
      this.setCookies.push(cookie);
      const [, name = '', value = ''] = cookie.match(/^([^=]+)=([^;]*)/) ?? [];
      if (value === '') this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
  }
}

/** Comments and the `retry` of the beginning are no events. */
function eventOf(block: string): SeenEvent | null {
  const fields = Object.fromEntries(
    block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
  );
  const { event, data, id = null } = fields;
  if (event === undefined || data === undefined) return null;
  return { event, data: JSON.parse(data), id } as SeenEvent;
}
