/**
 * A file of ksqlDB statements taken apart as ksqlDB's own command line does it: comments go, statements end with a semicolon outside
 * quotes, and `SET 'name' = 'value';` is a setting for the statements after it in the same file.
 */
import { CliError } from '../cli-error.ts';
import type { KsqlSettings } from './ksql-server.ts';

export type KsqlStatement = {
  /** What it makes, as the file writes it. */
  readonly name: string;
  /** With its semicolon. */
  readonly text: string;
  readonly settings: KsqlSettings;
};

/** A quoted text with '' for a quote in it, a quoted name, a comment, the end of a statement, or anything else. */
const PARTS = /'(?:[^']|'')*'|`[^`]*`|--[^\n]*|;|[^'`;-]+|./gs;
const SET = /^SET\s+'([^']+)'\s*=\s*'([^']*)'$/i;
const MAKES = /^CREATE\s.*?\bIF\s+NOT\s+EXISTS\s+(\S+)/is;

/** The statements in order. Fails with `bad-input` where one cannot be applied twice, or has no end. */
export function parseScript(file: string, text: string): readonly KsqlStatement[] {
  const statements: KsqlStatement[] = [];
  let settings: KsqlSettings = {};
  for (const statement of statementsOf(file, text)) {
    const [, setting, value] = SET.exec(statement) ?? [];
    if (setting !== undefined && value !== undefined) settings = { ...settings, [setting]: value };
    else statements.push({ name: nameOf(file, statement), text: `${statement};`, settings });
  }
  return statements;
}

function statementsOf(file: string, text: string): readonly string[] {
  const statements: string[] = [];
  let statement = '';
  for (const [part] of text.matchAll(PARTS)) {
    if (part === ';') {
      statements.push(statement.trim());
      statement = '';
    } else if (!part.startsWith('--')) statement += part;
  }
  if (statement.trim() !== '') throw bad(file, statement.trim(), 'has no semicolon at its end: add it');
  return statements;
}

function nameOf(file: string, statement: string): string {
  const name = MAKES.exec(statement)?.[1];
  if (name === undefined) throw bad(file, statement, 'cannot be applied twice: write CREATE … IF NOT EXISTS');
  return name;
}

function bad(file: string, statement: string, why: string): CliError {
  return new CliError('bad-input', `${file}: "${statement.slice(0, 60)}" ${why}. Nothing was sent.`);
}
