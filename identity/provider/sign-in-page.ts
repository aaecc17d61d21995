/**
 * The page on which a person chooses whom to be: `GET /interaction/{uid}` shows it, `POST` signs in; and the one on which a person signs out.
 * No script, nothing from elsewhere.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Provider } from 'oidc-provider';
import { demoPeople, personNamed } from '../demo-people.ts';

const PAGE_PATH = /^\/interaction\/[\w-]+$/;

/** Whether this request is for the page. */
export const isForSignInPage = (url: string) => PAGE_PATH.test(url);

/** Answers it. A page that is too old, or of another browser, is refused by the provider's own cookie. */
export async function answerSignInPage(
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const { prompt } = await provider.interactionDetails(request, response);
    if (request.method === 'POST') await signIn(provider, request, response);
    else if (prompt.name === 'login') show(response, 200, choice());
    else await refuse(provider, request, response);
  } catch {
    show(
      response,
      400,
      '<p>This sign-in is over or belongs to another browser. Go back and start again.</p>',
    );
  }
}

async function signIn(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const id = new URLSearchParams(await text(request)).get('person') ?? '';
  if (personNamed(id) === undefined) show(response, 400, choice());
  else await provider.interactionFinished(request, response, { login: { accountId: id } });
}

/** What remains to be asked is consent to something a grant does not cover: nobody here may give it. */
async function refuse(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  await provider.interactionFinished(request, response, { error: 'access_denied' });
}

function choice(): string {
  const buttons = Object.entries(demoPeople)
    .map(([id, { name }]) => `<p><button name="person" value="${id}">${name}</button></p>`)
    .join('');
  return `<p>The demonstration has no passwords. Who are you?</p><form method="post">${buttons}</form>`;
}

function show(response: ServerResponse, status: number, content: string): void {
  response.writeHead(status, pageHeaders);
  response.end(pageOf(content));
}

/** Of every page here. */
export const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
} as const;

export function pageOf(content: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Fluxo: sign in</title><h1>Fluxo, on this machine</h1>${content}</html>`;
}

/** The provider's own form, with the button that makes it count: without it anybody's link would sign a person out. */
export function signOutForm(form: string): string {
  return `<p>Sign out of this machine's sign-in too?</p>${form}<p><button form="op.logoutForm" name="logout" value="yes">Sign out</button></p>`;
}
