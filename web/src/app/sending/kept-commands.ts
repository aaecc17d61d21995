/**
 * Commands as this device keeps them, each in a place of its own under its person: windows that are open side by side never write over
 * what another one has entered. What cannot be read is left out: it was never shown as sent.
 */
import type { Command } from './command.ts';

const POSTED_MAX = 20;
const placeOf = (person: string): string => `fluxo.outbox.${encodeURIComponent(person)}/`;

/** In the order in which they were entered. Of what is posted only the latest are kept on; a refusal stays until somebody has seen to it. */
export function readKept(person: string): readonly Command[] {
  const place = placeOf(person);
  const keys = Object.keys(localStorage).filter((key) => key.startsWith(place));
  const commands = keys
    .map((key) => commandIn(localStorage.getItem(key)))
    .filter((command) => command !== null)
    .toSorted((a, b) => (a.madeAt < b.madeAt ? -1 : Number(a.madeAt > b.madeAt)));
  const old = oldOf(commands);
  for (const { id } of old) forget(person, id);
  return commands.filter((command) => !old.includes(command));
}

/** What is posted and not among the latest of that. */
export function oldOf(commands: readonly Command[]): readonly Command[] {
  return commands.filter(({ state }) => state.name === 'posted').slice(0, -POSTED_MAX);
}

/** Whether a change of this place in the device's store is about this person's commands. */
export function isKeptFor(person: string, key: string | null): boolean {
  return key?.startsWith(placeOf(person)) ?? true;
}

export function keep(person: string, command: Command): void {
  localStorage.setItem(placeOf(person) + command.id, JSON.stringify(command));
}

export function forget(person: string, id: string): void {
  localStorage.removeItem(placeOf(person) + id);
}

function commandIn(text: string | null): Command | null {
  try {
    const value = JSON.parse(text ?? 'null') as Partial<Command> | null;
    return typeof value?.id === 'string' && value.state !== undefined ? (value as Command) : null;
  } catch {
    return null;
  }
}
