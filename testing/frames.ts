/**
 * Kafka's frames on a socket: four bytes of length, then a header that says what kind of request it is and who asks. This is all
 * of the protocol that the proxy before a broker understands.
 */
import type { Socket } from 'node:net';

/** Kafka's numbers for the requests that tests lose, hold or wait for. */
export const apiKeys = {
  produce: 0,
  fetch: 1,
  listOffsets: 2,
  offsetFetch: 9,
  joinGroup: 11,
  heartbeat: 12,
  syncGroup: 14,
  initProducerId: 22,
  endTxn: 26,
  txnOffsetCommit: 28,
} as const;

export type RequestKind = keyof typeof apiKeys;

const kinds = new Map<number, RequestKind>(
  Object.entries(apiKeys).map(([kind, key]) => [key, kind as RequestKind]),
);

export type RequestHeader = {
  /** Null for kinds that no test cares about. */
  readonly kind: RequestKind | null;
  readonly correlationId: number;
  /** The name a process gives itself: for ours that of the instance. */
  readonly clientId: string;
};

/** length int32, api_key int16, api_version int16, correlation_id int32, client_id nullable string. */
export function requestHeader(frame: Buffer): RequestHeader {
  const length = Math.max(0, frame.readInt16BE(12));
  return {
    kind: kinds.get(frame.readInt16BE(4)) ?? null,
    correlationId: frame.readInt32BE(8),
    clientId: frame.toString('utf8', 14, 14 + length),
  };
}

/** length int32, correlation_id int32. */
export const answeredId = (frame: Buffer): number => frame.readInt32BE(4);

/** Calls `take` with every complete frame, its length included. */
export function onFrames(socket: Socket, take: (frame: Buffer) => void): void {
  let chunks: Buffer[] = [];
  let bytes = 0;
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    bytes += chunk.length;
    // Joined only when a frame is complete: an answer of megabytes comes in hundreds of chunks.
    while (bytes >= 4) {
      if ((chunks[0] as Buffer).length < 4) chunks = [Buffer.concat(chunks)];
      const length = 4 + (chunks[0] as Buffer).readInt32BE(0);
      if (bytes < length) return;
      const joined = Buffer.concat(chunks);
      take(joined.subarray(0, length));
      chunks = [joined.subarray(length)];
      bytes -= length;
    }
  });
}
