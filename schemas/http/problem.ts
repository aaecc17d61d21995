/** What every HTTP service of the system answers when it does not answer what was asked: RFC 9457, with a code that stays. */
export type ProblemBody<Code extends string = string> = {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  /** For programs: never changes its meaning. */
  readonly code: Code;
  /** For people: what happened, what it means, what to do. */
  readonly detail: string;
  readonly requestId: string;
  readonly errors?: readonly (ParameterError | BodyError)[];
};

/** What is wrong with one parameter of the request. */
export type ParameterError = {
  readonly in: 'path' | 'query' | 'header';
  readonly parameter: string;
  readonly detail: string;
};

/** What is wrong with one place in the body: an RFC 6901 pointer, '' for the whole of it. */
export type BodyError = { readonly in: 'body'; readonly pointer: string; readonly detail: string };

export const problemSchema = {
  $id: 'Problem',
  type: 'object',
  description: 'Why there is no answer (RFC 9457).',
  required: ['type', 'title', 'status', 'code', 'detail', 'requestId'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string', description: 'Stable name of the reason, for programs.' },
    detail: { type: 'string', description: 'What happened, what it means and what to do, for people.' },
    requestId: { type: 'string', description: 'Names this request in the logs.' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['in', 'detail'],
        properties: {
          in: { type: 'string', enum: ['path', 'query', 'header', 'body'] },
          parameter: { type: 'string', description: 'Its name, unless it is in the body.' },
          pointer: { type: 'string', description: 'RFC 6901, in the body.' },
          detail: { type: 'string' },
        },
      },
    },
  },
} as const;
