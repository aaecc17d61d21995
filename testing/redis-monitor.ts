/** Every command that a Redis carries out, as its MONITOR tells. By a socket of its own: ioredis fails where the first command comes together with the answer to MONITOR. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

/** A line is `+1795733254.704704 [0 127.0.0.1:33046] "evalsha" "2b76…"`; commands of a script have the source `lua`. */
const TOLD = /^\+\S+ \[\d+ (\S+)\] "([^"]+)"/;

/** Tells of all commands from its resolving on, in lower case, with who sent them; until what it resolves with is called. */
export async function monitorRedis(
  url: string,
  heard: (command: string, source: string) => void,
): Promise<() => void> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const lines = createInterface({ input: socket });
  lines.on('line', (line) => {
    const [, source, command] = TOLD.exec(line) ?? [];
    if (source !== undefined && command !== undefined) heard(command.toLowerCase(), source);
  });
  socket.write('MONITOR\r\n');
  const [answer] = (await once(lines, 'line')) as [string];
  if (answer !== '+OK') throw new Error(`Redis answers ${answer} to MONITOR`);
  return () => void socket.destroy();
}
