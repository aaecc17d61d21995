/** Which form of a statement a caller wants, by its Accept header (RFC 9110, 12.5.1); JSON where it does not say. */
import type { IncomingHttpHeaders } from 'node:http';
import Negotiator from 'negotiator';
import { Problem } from '../problems.ts';
import { camtForm } from './camt-form.ts';
import { csvForm } from './csv-form.ts';
import { jsonForm } from './json-form.ts';
import { ofxForm } from './ofx-form.ts';
import { pdfForm } from './pdf-form.ts';
import type { StatementForm } from './statement-form.ts';

/** The first is the one for callers to whom all are alike. */
export const statementForms: readonly StatementForm[] = [jsonForm, csvForm, ofxForm, camtForm, pdfForm];

const mediaTypes = statementForms.map(({ mediaType }) => mediaType);

/** Throws `not-acceptable`, naming what there is. */
export function chooseForm(headers: IncomingHttpHeaders): StatementForm {
  const chosen = new Negotiator({ headers }).mediaType(mediaTypes);
  const form = statementForms.find(({ mediaType }) => mediaType === chosen);
  if (form !== undefined) return form;
  throw new Problem(
    'not-acceptable',
    `A statement can be had as ${mediaTypes.join(', ')}, and the Accept header takes none of them. Ask with one of these in Accept.`,
  );
}
