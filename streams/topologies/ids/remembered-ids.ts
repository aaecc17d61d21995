/**
 * The ids a partition remembers (spec.md 3.2) and what is remembered of each: 64 bytes in typed arrays and some of an index, not
 * a web of objects, so that ten million of them fit into a gigabyte and cost the garbage collector nothing.
 *
 * Entries stand in segments in the order in which they came; when everything in the oldest segment is past its time it goes
 * as a whole. The index leads from merchant and id to the newest entry. What is said again under an id is a new entry; the one
 * before stays where it is until its segment goes, so that `forgetLast` finds it.
 *
 * `keep` says what is remembered at a moment without copying it: a segment that would change afterwards is copied first, on the
 * first change. Hardly any does: entries are added behind, and only being taken back changes one that is there.
 */
import type { RememberedId } from '@fluxo/domain';
import {
  ENTRY_WORDS,
  type EntryArray,
  readEntry,
  type SingleEntry,
  writeEntry,
  writeReversed,
  writeSingle,
} from './id-entry.ts';
import { hashOf, IdKey, type IdText, KEY_WORDS, MERCHANT_WORD } from './id-key.ts';
import { RefIndex } from './ref-index.ts';
import { TextTable } from './text-table.ts';

const SEGMENT_BITS = 12;
const SEGMENT_ENTRIES = 2 ** SEGMENT_BITS;
const ENTRY_BYTES = ENTRY_WORDS * 4;

/** The room of a new segment, in entries; it doubles until it is a whole one. Many a partition never fills it. */
const SEGMENT_ENTRIES_FIRST = 256;

/** Room in the index is made beforehand for no more ids than this (256 MB): what was announced may be much more than what comes. */
const RESERVED_MAX = 2 ** 24 - 1;

/** Where an entry stands: its segment's number times `SEGMENT_ENTRIES`, and its place in it. */
type Ref = number;

/** Some of what is remembered, oldest first, as bytes that do not change. */
export type KeptSegment = {
  readonly length: number;
  /** No entry was recorded later, epoch milliseconds. */
  readonly latest: number;
  readonly bytes: Uint8Array;
};

export type KeptIds = { readonly texts: readonly string[]; readonly segments: readonly KeptSegment[] };

function segmentNumberOf(ref: Ref): number {
  return ref >>> SEGMENT_BITS;
}

/** Its place in its segment. */
function placeOf(ref: Ref): number {
  return ref & (SEGMENT_ENTRIES - 1);
}

class Segment implements EntryArray {
  words: Int32Array;
  doubles: Float64Array;
  readonly texts: TextTable;
  length = 0;
  /** No entry was recorded later, epoch milliseconds. */
  latest = 0;

  constructor(texts: TextTable, words = new Int32Array(SEGMENT_ENTRIES_FIRST * ENTRY_WORDS)) {
    this.words = words;
    this.doubles = new Float64Array(words.buffer);
    this.texts = texts;
  }

  /** Makes room for so many entries. What stands in a `keep` stays where it was. */
  reserve(entries: number): void {
    const room = this.words.length / ENTRY_WORDS;
    if (entries <= room) return;
    const words = new Int32Array(Math.max(entries, Math.min(2 * room, SEGMENT_ENTRIES)) * ENTRY_WORDS);
    words.set(this.words);
    this.words = words;
    this.doubles = new Float64Array(words.buffer);
  }

  copy(): Segment {
    return Object.assign(new Segment(this.texts, this.words.slice()), {
      length: this.length,
      latest: this.latest,
    });
  }
}

export class RememberedIds {
  readonly #segments: Segment[] = [];
  /** The numbers of the segments in use, oldest first, and of those that wait to be used again. */
  readonly #order: number[] = [];
  readonly #free: number[] = [];
  readonly #texts = new TextTable();
  readonly #key = new IdKey();
  readonly #index = new RefIndex((ref) => this.#isAt(ref));
  /** Segments that stand in the last `keep`: they are not changed, but replaced. */
  readonly #kept = new Set<Segment>();

  /** How many ids it knows. */
  get size(): number {
    return this.#index.size;
  }

  /** What they take in memory. */
  get bytes(): number {
    return this.#segments.reduce((sum, { words }) => sum + words.byteLength, this.#index.bytes);
  }

  /** What is remembered under this id of this merchant (its number in the partition). */
  find(merchant: number, id: IdText): RememberedId | undefined {
    const ref = this.#refOf(merchant, id);
    return ref < 0 ? undefined : readEntry(this.#segmentOf(ref), placeOf(ref));
  }

  /** Remembers this in place of whatever the id stood for. Returns what `forgetLast` takes. */
  remember(merchant: number, id: IdText, value: RememberedId): Ref {
    const former = this.#refOf(merchant, id);
    const ref = this.#appendKey(former, value.recordedAt);
    writeEntry(this.#segmentOf(ref), placeOf(ref), value);
    return former;
  }

  /** As `remember`, of an entry of one leg with this fingerprint: what a restore remembers by the million, without lists. */
  rememberSingle(merchant: number, id: IdText, value: SingleEntry, fingerprint: number): void {
    const ref = this.#appendKey(this.#refOf(merchant, id), value.recordedAt);
    writeSingle(this.#segmentOf(ref), placeOf(ref), { value, fingerprint });
  }

  /** Takes the last `remember` back, which returned `former`; only before anything was forgotten. */
  forgetLast(former: Ref): void {
    const number = this.#order.at(-1) as number;
    const segment = this.#segments[number] as Segment;
    segment.length -= 1;
    const ref = number * SEGMENT_ENTRIES + segment.length;
    if (former < 0) this.#index.remove(this.#hashAt(ref), ref);
    else this.#index.replace(this.#hashAt(ref), ref, former);
    if (segment.length === 0) this.#free.push(this.#order.pop() as number);
  }

  /** Notes whether what stands under this id was taken back (I8). */
  markReversed(merchant: number, id: string, isReversed: boolean): void {
    const ref = this.#refOf(merchant, id);
    if (ref < 0) return;
    const number = segmentNumberOf(ref);
    const segment = this.#segments[number] as Segment;
    if (this.#kept.delete(segment)) this.#segments[number] = segment.copy();
    writeReversed(this.#segmentOf(ref), placeOf(ref), isReversed);
  }

  /** Forgets what was recorded before this time (epoch milliseconds), a whole segment at a time: some of it may stay a while. */
  forgetBefore(recordedAt: number): void {
    for (let number = this.#order[0]; number !== undefined; number = this.#order[0]) {
      const segment = this.#segments[number] as Segment;
      if (segment.latest >= recordedAt) return;
      const first = number * SEGMENT_ENTRIES;
      for (let ref = first; ref < first + segment.length; ref += 1)
        this.#index.remove(this.#hashAt(ref), ref);
      this.#free.push(this.#order.shift() as number);
    }
  }

  /**
   * What is remembered now; only when nothing is left that `forgetLast` may take back. It stays as it is until `release` or the
   * next `keep`.
   */
  keep(): KeptIds {
    this.#kept.clear();
    const segments = this.#order.map((number) => {
      const segment = this.#segments[number] as Segment;
      this.#kept.add(segment);
      const { length, latest, words } = segment;
      return { length, latest, bytes: new Uint8Array(words.buffer, 0, length * ENTRY_BYTES) };
    });
    return { texts: this.#texts.all, segments };
  }

  /** Nobody reads what was kept any more. */
  release(): void {
    this.#kept.clear();
  }

  /** Begins to take over what was kept, with these texts and at most so many ids; before anything else is remembered. */
  prepareFor(texts: readonly string[], ids: number): void {
    for (const text of texts) this.#texts.numberOf(text);
    this.expect(ids);
  }

  /** Makes room in the index for so many ids more, so that it need not grow again and again; `shrink` takes back what was too much. */
  expect(ids: number): void {
    this.#index.reserve(Math.min(this.size + ids, RESERVED_MAX));
  }

  /** Gives back the room of ids that were expected and did not come. */
  shrink(): void {
    this.#index.shrink();
  }

  /** Remembers a segment behind those that are there. Its merchants get the numbers they have here: `numberOf` their former one. */
  takeOver({ length, latest, bytes }: KeptSegment, numberOf: (former: number) => number): void {
    if (length < 1 || length > SEGMENT_ENTRIES || bytes.length !== length * ENTRY_BYTES)
      throw new Error(`a segment of ${length} ids has ${bytes.length} bytes`);
    const number = this.#nextSegment();
    const segment = this.#segments[number] as Segment;
    segment.reserve(length);
    new Uint8Array(segment.words.buffer).set(bytes);
    Object.assign(segment, { length, latest });
    for (let entry = 0; entry < length; entry += 1) {
      const merchant = entry * ENTRY_WORDS + MERCHANT_WORD;
      segment.words[merchant] = numberOf(segment.words[merchant] as number);
      this.#lookUp(number * SEGMENT_ENTRIES + entry);
    }
  }

  /** Lets the index lead to this entry, which is newer than any other. */
  #lookUp(ref: Ref): void {
    this.#key.copy(this.#segmentOf(ref).words, placeOf(ref) * ENTRY_WORDS);
    const { hash } = this.#key;
    const former = this.#index.find(hash);
    if (former < 0) this.#index.add(hash, ref);
    else this.#index.replace(hash, former, ref);
  }

  #refOf(merchant: number, id: IdText): Ref {
    this.#key.set(merchant, id);
    return this.#index.find(this.#key.hash);
  }

  #segmentOf(ref: Ref): Segment {
    return this.#segments[segmentNumberOf(ref)] as Segment;
  }

  #hashAt(ref: Ref): number {
    return hashOf(this.#segmentOf(ref).words, placeOf(ref) * ENTRY_WORDS);
  }

  /** Whether the entry there has the key looked for. */
  #isAt(ref: Ref): boolean {
    const { words } = this.#segmentOf(ref);
    const at = placeOf(ref) * ENTRY_WORDS;
    for (let index = 0; index < KEY_WORDS; index += 1)
      if (words[at + index] !== this.#key.words[index]) return false;
    return true;
  }

  /** Room for one more entry, at the end, under the key that was looked up last and led to `former`. */
  #appendKey(former: Ref, recordedAt: number): Ref {
    const { words: key, hash } = this.#key;
    const ref = this.#append(recordedAt);
    const { words } = this.#segmentOf(ref);
    const at = placeOf(ref) * ENTRY_WORDS;
    for (let index = 0; index < KEY_WORDS; index += 1) words[at + index] = key[index] as number;
    if (former < 0) this.#index.add(hash, ref);
    else this.#index.replace(hash, former, ref);
    return ref;
  }

  /** Room for one more entry, at the end. */
  #append(recordedAt: number): Ref {
    let number = this.#order.at(-1);
    if (number === undefined || (this.#segments[number] as Segment).length === SEGMENT_ENTRIES)
      number = this.#nextSegment();
    const segment = this.#segments[number] as Segment;
    segment.latest = Math.max(segment.latest, recordedAt);
    segment.reserve(segment.length + 1);
    segment.length += 1;
    return number * SEGMENT_ENTRIES + segment.length - 1;
  }

  #nextSegment(): number {
    const number = this.#free.pop() ?? this.#segments.push(new Segment(this.#texts)) - 1;
    const segment = this.#segments[number] as Segment;
    if (this.#kept.delete(segment)) this.#segments[number] = new Segment(this.#texts);
    else Object.assign(segment, { length: 0, latest: 0 });
    this.#order.push(number);
    return number;
  }
}
