/**
 * What every route that submits something does with it: accept it under its Idempotency-Key, answer 202, or wait for the ledger where the
 * caller prefers that and answer 201. A repetition gets the first answer, whatever it prefers.
 */
import { createHash } from 'node:crypto';
import type { SubmissionBody } from '@fluxo/schemas';
import { recordedTraceparent } from '@fluxo/telemetry';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '../problems.ts';
import type { Acceptance, Answer, RequestName, SubmissionState } from '../store/entries-store.ts';
import type { NewSubmission } from '../submissions/new-submission.ts';
import { readKey, readWaitMs } from './parameters.ts';
import type { Services } from './services.ts';

type Submitted = FastifyRequest<{ Params: { merchantId: string } }>;

/** Accepts one submission and answers. */
export async function acceptOne(
  services: Services,
  [request, reply]: readonly [Submitted, FastifyReply],
  submission: NewSubmission,
): Promise<FastifyReply> {
  const { merchantId } = request.params;
  const waitMs = readWaitMs(request.headers);
  const accepted = bodyOf(merchantId, submission.id, { type: submission.type, state: 'accepted' });
  const answer = { status: 202, body: accepted };
  const acceptance = await accept(services, request, { answer, submissions: [submission], waitMs });
  if (waitMs === 0 || acceptance.outcome === 'repeated') return send(reply, acceptance.answer);
  return send(reply, await waited(services, request, { submission, answer, waitMs }));
}

/** Accepts what the answer speaks of; the answer that counts. Throws a problem where the key stands for something else. */
export async function accept(
  { store }: Services,
  request: Submitted,
  what: { readonly answer: Answer; readonly submissions: readonly NewSubmission[]; readonly waitMs: number },
): Promise<Extract<Acceptance, { answer: Answer }>> {
  const acceptance = await store.accept({
    ...nameOf(request),
    traceparent: recordedTraceparent(),
    ...what,
  });
  return answered(acceptance);
}

/** Refuses for a reason that may have come since the first request with this key: that one's answer, if it was accepted. */
export async function refuse(
  { store }: Services,
  [request, reply]: readonly [Submitted, FastifyReply],
  reason: Problem,
): Promise<FastifyReply> {
  const repetition = await store.repetitionOf(nameOf(request));
  if (repetition === null) throw reason;
  return send(reply, answered(repetition).answer);
}

function answered(acceptance: Acceptance): Extract<Acceptance, { answer: Answer }> {
  if ('answer' in acceptance) return acceptance;
  throw acceptance.outcome === 'mismatch' ? keyReused() : inFlight();
}

function nameOf(request: Submitted): RequestName {
  const { merchantId } = request.params;
  return { merchantId, key: readKey(request.headers), fingerprint: fingerprintOf(request) };
}

export function send(reply: FastifyReply, { status, body }: Answer): FastifyReply {
  const { status: location } = body as { readonly status?: string };
  if (location !== undefined) reply.header('location', location);
  return reply.code(status).header('cache-control', 'no-store').send(body);
}

/** What a caller is told of a submission in this state. */
export function bodyOf(merchantId: string, submissionId: string, state: SubmissionState): SubmissionBody {
  const { type, legs, code, detail } = state;
  const [first] = legs ?? [];
  return {
    merchantId,
    submissionId,
    type,
    state: state.state,
    status: `/v1/merchants/${merchantId}/submissions/${submissionId}`,
    ...(first === undefined
      ? {}
      : { ledgerSeq: first.ledgerSeq, businessDate: first.businessDate, legs: legs ?? [] }),
    ...(code === undefined || detail === undefined ? {} : { code, detail }),
  };
}

/** The answer after waiting, which is the first one from then on. */
async function waited(
  { store, waiting }: Services,
  request: Submitted,
  {
    submission,
    answer,
    waitMs,
  }: {
    readonly submission: NewSubmission;
    readonly answer: Answer;
    readonly waitMs: number;
  },
): Promise<Answer> {
  const { merchantId } = request.params;
  const state = await waiting.decided(merchantId, submission.id, waitMs).catch(() => null);
  const decided =
    state === null
      ? answer
      : { status: state.state === 'posted' ? 201 : 202, body: bodyOf(merchantId, submission.id, state) };
  await store.decide(merchantId, readKey(request.headers), decided).catch(() => undefined);
  return decided;
}

function fingerprintOf({ method, url, bodyBytes }: Submitted): Buffer {
  return createHash('sha256').update(`${method} ${url}\n`).update(bodyBytes).digest();
}

function keyReused(): Problem {
  return new Problem(
    'idempotency-key-reused',
    'This Idempotency-Key was used for another request to this merchant: another address or another body. Nothing was accepted; use a new key for a new request, and the old body for the old key.',
  );
}

function inFlight(): Problem {
  return new Problem(
    'request-in-flight',
    'The first request with this Idempotency-Key is still being answered. Repeat it after the time in Retry-After for its answer.',
  );
}
