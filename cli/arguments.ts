/** How arguments of the command line are read; what does not fit its form ends in a usage error before anything is done. */
import { REJECTION_CODES } from '@fluxo/domain';
import { allTopics, parseDate, shortNameOf, type TopicDefinition } from '@fluxo/schemas';
import { InvalidArgumentError } from 'commander';

/** A reader of whole numbers in plain digits, both ends included. */
export function wholeNumber(range: { readonly from: number; readonly to: number }): (text: string) => number {
  return (text) => {
    const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= range.from && number <= range.to) return number;
    throw new InvalidArgumentError(`It must be a whole number from ${range.from} to ${range.to}.`);
  };
}

/** The topic of this name, in full (`cash.ledger.v1`) or short (`ledger`). */
export function topicNamed(text: string): TopicDefinition {
  const found = allTopics.find((topic) => topic.name === text || shortNameOf(topic) === text);
  if (found !== undefined) return found;
  throw new InvalidArgumentError(`The topics are: ${allTopics.map(shortNameOf).join(', ')}.`);
}

/** A code of spec.md 3.2. */
export function rejectionCode(text: string): string {
  if (REJECTION_CODES.some((code) => code === text)) return text;
  throw new InvalidArgumentError(`The codes are: ${REJECTION_CODES.join(', ')}.`);
}

/** A date that a calendar has, as it was written. */
export function isoDate(text: string): string {
  if (parseDate(text) !== null) return text;
  throw new InvalidArgumentError('It must be a date in the form YYYY-MM-DD.');
}

/** An id in the form of spec.md section 2. */
export function merchantIdNamed(text: string): string {
  if (/^[A-Za-z0-9._~-]{1,64}$/.test(text)) return text;
  throw new InvalidArgumentError('A merchant id has 1 to 64 letters, digits or the characters . _ ~ -');
}

/** The end of a command's help: how it is used. */
export function examples(...lines: readonly string[]): string {
  return `\n${lines.length === 1 ? 'Example' : 'Examples'}:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;
}
