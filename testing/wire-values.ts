/** Values of Kafka's protocol as bytes, of the versions that have neither tags nor compact lengths: for brokers that stand in for a real one. */

function written(length: number, write: (bytes: Buffer) => void): Buffer {
  const bytes = Buffer.alloc(length);
  write(bytes);
  return bytes;
}

export const int16 = (value: number): Buffer => written(2, (bytes) => bytes.writeInt16BE(value));
export const int32 = (value: number): Buffer => written(4, (bytes) => bytes.writeInt32BE(value));
export const int64 = (value: number): Buffer => written(8, (bytes) => bytes.writeBigInt64BE(BigInt(value)));
export const string = (text: string): Buffer =>
  Buffer.concat([int16(Buffer.byteLength(text)), Buffer.from(text)]);
export const array = (items: readonly Buffer[]): Buffer => Buffer.concat([int32(items.length), ...items]);
