/** The bare minimum that servers are compared with: a `node:http` server that looks the same answers up by address and does nothing else. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Answer = { readonly headers: Readonly<Record<string, string>>; readonly body: string };

/** Path → what is answered to it. */
export type Answers = readonly (readonly [path: string, answer: Answer])[];

/** Serves them on a free port of loopback; which one. */
export async function serveBare(answers: Answers): Promise<number> {
  const byPath = new Map(answers);
  const server = createServer((request, response) => {
    const { headers, body } = byPath.get(request.url ?? '') as Answer;
    response.writeHead(200, headers);
    response.end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** What the server at this address answers to these paths, without the headers that Node adds to every answer by itself. */
export async function answersOf(address: string, paths: Iterable<string>): Promise<Answers> {
  const answers: [string, Answer][] = [];
  for (const path of paths) {
    const response = await fetch(address + path);
    if (response.status !== 200) throw new Error(`${path} was answered with ${response.status}`);
    const headers = Object.fromEntries(response.headers);
    for (const name of ['date', 'connection', 'keep-alive']) delete headers[name];
    answers.push([path, { headers, body: await response.text() }]);
  }
  return answers;
}
