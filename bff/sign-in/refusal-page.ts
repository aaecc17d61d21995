/**
 * What a person sees where a sign-in cannot begin or does not count: browsers come to these addresses by themselves, and a problem in JSON says
 * nothing to anybody there. Programs get the problem. In both languages of the page, because the page has not been loaded.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';

const away = {
  pt: ['O acesso não responde agora', 'Ninguém entrou. Espere um instante e tente de novo.'],
  en: ['The sign-in does not answer now', 'Nobody was signed in. Wait a moment and try again.'],
} as const;

const refused = {
  pt: [
    'Este acesso não vale',
    'Ninguém entrou: ele foi usado antes, ou começou em outra janela. Entre de novo.',
  ],
  en: [
    'This sign-in does not count',
    'Nobody was signed in: it was used before, or began in another window. Sign in again.',
  ],
} as const;

/** For `onSend`: a problem becomes a page if a browser asked for one. Status and headers stay. */
export async function asPage(
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
): Promise<unknown> {
  if (reply.statusCode < 400 || request.headers.accept?.includes('text/html') !== true) return payload;
  reply.type('text/html; charset=utf-8');
  return pageOf(reply.statusCode >= 500 ? away : refused);
}

function pageOf({ pt, en }: typeof away | typeof refused): string {
  return `<!doctype html>
<html lang="pt-BR">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Fluxo: ${pt[0]}</title>
<h1>${pt[0]}</h1>
<p>${pt[1]}</p>
<p><a href="/">Voltar ao Fluxo</a></p>
<section lang="en">
<h2>${en[0]}</h2>
<p>${en[1]}</p>
<p><a href="/">Back to Fluxo</a></p>
</section>
</html>
`;
}
