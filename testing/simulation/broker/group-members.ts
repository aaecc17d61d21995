/**
 * Who is in a consumer group: members by their id, static ones also by the name that stays over their restarts, dynamic ones
 * that were given an id and have not used it yet, and who leads. Says which identity is a member's; decides nothing.
 */
import { kafkaErrors as E } from '../../../kafka/error-codes.ts';
import type {
  JoinGroupAnswer,
  JoinGroupRequest,
  MemberIdentity,
  SyncGroupAnswer,
} from '../../../kafka/requests.ts';
import type { SimulatedTimer } from '../timeline.ts';

export type Answer<Result> = (result: Result) => void;

export type Member = {
  id: string;
  readonly instanceId: string | null;
  metadata: Uint8Array;
  sessionTimeoutMs: number;
  rebalanceTimeoutMs: number;
  assignment: Uint8Array;
  session: SimulatedTimer | null;
  /** Where the answer to a join or a sync goes that waits for the others. */
  joining: Answer<JoinGroupAnswer> | null;
  syncing: Answer<SyncGroupAnswer> | null;
};

export const NOTHING = new Uint8Array();

export class GroupMembers {
  readonly #members = new Map<string, Member>();
  readonly #static = new Map<string, string>();
  readonly announced = new Set<string>();
  leader: string | null = null;

  get all(): Iterable<Member> {
    return this.#members.values();
  }

  get size(): number {
    return this.#members.size;
  }

  /** Those that wait for the end of the join phase. */
  get joined(): readonly Member[] {
    return [...this.#members.values()].filter(({ joining }) => joining !== null);
  }

  /** The member with this id, which must be one. */
  get(id: string): Member {
    return this.#members.get(id) as Member;
  }

  named(instanceId: string): Member | undefined {
    const id = this.#static.get(instanceId);
    return id === undefined ? undefined : this.get(id);
  }

  add(id: string, request: JoinGroupRequest): Member {
    const { instanceId, metadata, sessionTimeoutMs, rebalanceTimeoutMs } = request;
    const timeouts = { sessionTimeoutMs, rebalanceTimeoutMs };
    const waiting = { session: null, joining: null, syncing: null };
    const member: Member = { id, instanceId, metadata, ...timeouts, assignment: NOTHING, ...waiting };
    this.#members.set(id, member);
    if (instanceId !== null) this.#static.set(instanceId, id);
    this.leader ??= id;
    return member;
  }

  /** A newcomer of the same name takes the place, and the lead if the one before had it. */
  rename(member: Member, id: string): void {
    this.#members.delete(member.id);
    if (this.leader === member.id) this.leader = id;
    member.id = id;
    this.#members.set(id, member);
    this.#static.set(member.instanceId as string, id);
  }

  remove(member: Member): void {
    this.#members.delete(member.id);
    if (member.instanceId !== null) this.#static.delete(member.instanceId);
    if (this.leader === member.id) this.leader = [...this.#members.keys()][0] ?? null;
  }

  /** Why this is no member, as an error number. */
  problemWith({ memberId, instanceId }: Pick<MemberIdentity, 'memberId' | 'instanceId'>): number {
    if (instanceId !== null) {
      const owner = this.#static.get(instanceId);
      if (owner === undefined) return E.UNKNOWN_MEMBER_ID;
      if (owner !== memberId) return E.FENCED_INSTANCE_ID;
    }
    return this.#members.has(memberId) ? E.NONE : E.UNKNOWN_MEMBER_ID;
  }
}
