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
  readonly errors?: readonly ParameterError[];
};

/** What is wrong with one parameter of the request. */
export type ParameterError = {
  readonly in: 'path' | 'query';
  readonly parameter: string;
  readonly detail: string;
};

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
        required: ['in', 'parameter', 'detail'],
        properties: {
          in: { type: 'string', enum: ['path', 'query'] },
          parameter: { type: 'string' },
          detail: { type: 'string' },
        },
      },
    },
  },
} as const;
