/** The judge of answers must see each planted fault, and none where there is none. */
import { expect, test } from '@jest/globals';
import { Judge } from './judge.ts';
import { type Document, operationsOf } from './operations.ts';

const document: Document = {
  paths: {
    '/things': {
      get: {
        responses: {
          200: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } } } },
          304: {},
        },
      },
    },
  },
  components: {
    schemas: {
      Thing: {
        type: 'object',
        required: ['name'],
        properties: { name: { $ref: '#/components/schemas/Name' } },
      },
      Name: { type: 'string', pattern: '^[a-z]+$' },
    },
  },
};
const [operation] = operationsOf(document);
const json = { contentType: 'application/json; charset=utf-8' };

test.each([
  ['what is documented', { status: 200, ...json, body: '{"name":"a"}' }, null],
  ['a status without content', { status: 304, contentType: '', body: '' }, null],
  ['a failure', { status: 500, ...json, body: '{}' }, 'the service failed: 500'],
  [
    'a status that nobody documented',
    { status: 404, ...json, body: '{}' },
    'status 404 is not documented, only 200, 304',
  ],
  ['another media type', { status: 200, contentType: 'text/html', body: '' }, '200 comes as "text/html"'],
  ['a body that lacks something', { status: 200, ...json, body: '{}' }, "must have required property 'name'"],
  ['a part of another form', { status: 200, ...json, body: '{"name":"A"}' }, '/name must match pattern'],
] as const)('%s', (_name, answer, complaint) => {
  if (operation === undefined) throw new Error('the document has an operation');
  const complaints = new Judge(document).complaints(operation, answer);
  if (complaint === null) expect(complaints).toEqual([]);
  else expect(complaints).toEqual([expect.stringContaining(complaint)]);
});
