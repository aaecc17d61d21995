/**
 * One consumer group of the classic protocol as its coordinator keeps it: members with their sessions, and the way of a
 * rebalance (`preparing`: everybody joins again; `completing`: the leader says who gets what; `stable`). Static members (KIP-345)
 * keep their place while their session lasts, and a newcomer of the same name takes it over and fences the one before (KIP-814:
 * without a rebalance if the group is stable). The rules are those of Kafka 4.3's GroupMetadataManager, compared with a real one
 * by `test/simulation/broker-groups.contract.ts`.
 */
import { kafkaErrors as E } from '../../../kafka/error-codes.ts';
import type {
  JoinGroupAnswer,
  JoinGroupRequest,
  MemberIdentity,
  SyncGroupAnswer,
  SyncGroupRequest,
} from '../../../kafka/requests.ts';
import type { SimulatedTimer, Timeline } from '../timeline.ts';
import { type Answer, GroupMembers, type Member, NOTHING } from './group-members.ts';

export class Group {
  readonly #timeline: Timeline;
  readonly #newMemberId: (name: string) => string;
  readonly #members = new GroupMembers();
  #state: 'empty' | 'preparing' | 'completing' | 'stable' = 'empty';
  #generation = 0;
  #joinTimer: SimulatedTimer | null = null;
  #syncTimer: SimulatedTimer | null = null;

  constructor(timeline: Timeline, newMemberId: (name: string) => string) {
    this.#timeline = timeline;
    this.#newMemberId = newMemberId;
  }

  join(request: JoinGroupRequest, clientId: string, answer: Answer<JoinGroupAnswer>): void {
    const { memberId, instanceId } = request;
    if (memberId === '') {
      const id = this.#newMemberId(instanceId ?? clientId);
      if (instanceId === null) {
        this.#announce(id, request.sessionTimeoutMs);
        answer(refusedJoin(E.MEMBER_ID_REQUIRED, id));
        return;
      }
      const elder = this.#members.named(instanceId);
      if (elder === undefined) this.#admit(request, id, answer);
      else this.#replace(elder, { request, id, answer });
      return;
    }
    if (this.#members.announced.delete(memberId)) {
      this.#admit(request, memberId, answer);
      return;
    }
    const errorCode = this.#members.problemWith(request);
    if (errorCode !== E.NONE) answer(refusedJoin(errorCode, memberId));
    else this.#joinAgain(this.#members.get(memberId), request, answer);
  }

  sync(request: SyncGroupRequest, answer: Answer<SyncGroupAnswer>): void {
    const problem = this.problemWithGeneration(request);
    const errorCode = problem === E.NONE && this.#state === 'preparing' ? E.REBALANCE_IN_PROGRESS : problem;
    if (errorCode !== E.NONE) {
      answer({ errorCode, assignment: NOTHING });
      return;
    }
    const member = this.#members.get(request.memberId);
    if (this.#state === 'stable') {
      this.#beat(member);
      answer({ errorCode, assignment: member.assignment });
      return;
    }
    member.syncing?.({ errorCode: E.REBALANCE_IN_PROGRESS, assignment: NOTHING });
    member.syncing = answer;
    if (member.id === this.#members.leader) this.#settle(request.assignments);
  }

  heartbeat(request: MemberIdentity): number {
    const problem = this.problemWithGeneration(request);
    if (problem !== E.NONE) return problem;
    this.#beat(this.#members.get(request.memberId));
    return this.#state === 'preparing' ? E.REBALANCE_IN_PROGRESS : E.NONE;
  }

  leave({ memberId, instanceId }: Pick<MemberIdentity, 'memberId' | 'instanceId'>): number {
    if (this.#members.announced.delete(memberId)) return E.NONE;
    const id =
      instanceId !== null && memberId === '' ? (this.#members.named(instanceId)?.id ?? '') : memberId;
    const problem = this.#members.problemWith({ memberId: id, instanceId });
    if (problem === E.NONE) this.#remove(this.#members.get(id));
    return problem;
  }

  /** Why offsets of this membership may not be committed. */
  problemWithCommit(request: MemberIdentity, isTransactional: boolean): number {
    const { generationId, memberId, instanceId } = request;
    if (generationId < 0 && this.#state === 'empty') return E.NONE;
    if (generationId >= 0 || memberId !== '' || instanceId !== null) {
      const problem = this.problemWithGeneration(request);
      if (problem !== E.NONE) return problem;
    } else if (!isTransactional) return E.UNKNOWN_MEMBER_ID;
    return !isTransactional && this.#state === 'completing' ? E.REBALANCE_IN_PROGRESS : E.NONE;
  }

  problemWithGeneration(identity: MemberIdentity): number {
    const problem = this.#members.problemWith(identity);
    if (problem !== E.NONE) return problem;
    return identity.generationId === this.#generation ? E.NONE : E.ILLEGAL_GENERATION;
  }

  #admit(request: JoinGroupRequest, id: string, answer: Answer<JoinGroupAnswer>): void {
    const member = this.#members.add(id, request);
    member.joining = answer;
    this.#beat(member);
    this.#prepare();
  }

  #replace(
    member: Member,
    newcomer: { request: JoinGroupRequest; id: string; answer: Answer<JoinGroupAnswer> },
  ): void {
    const { request, id, answer } = newcomer;
    member.joining?.(refusedJoin(E.FENCED_INSTANCE_ID, member.id));
    member.syncing?.({ errorCode: E.FENCED_INSTANCE_ID, assignment: NOTHING });
    member.joining = null;
    member.syncing = null;
    this.#members.rename(member, id);
    this.#update(member, request);
    this.#beat(member);
    if (this.#state === 'stable') {
      answer({ ...this.#joined(member), skipAssignment: this.#members.leader === id });
      return;
    }
    member.joining = answer;
    this.#prepare();
  }

  #joinAgain(member: Member, request: JoinGroupRequest, answer: Answer<JoinGroupAnswer>): void {
    const isSame = Buffer.compare(member.metadata, request.metadata) === 0;
    const mayKeep =
      this.#state === 'completing' || (this.#state === 'stable' && member.id !== this.#members.leader);
    this.#beat(member);
    if (isSame && mayKeep) {
      answer(this.#joined(member));
      return;
    }
    member.joining?.(refusedJoin(E.REBALANCE_IN_PROGRESS, member.id));
    this.#update(member, request);
    member.joining = answer;
    this.#prepare();
  }

  /** Holds a rebalance up for a dynamic member that was given its id, until it uses it or its session is over. */
  #announce(id: string, sessionTimeoutMs: number): void {
    this.#members.announced.add(id);
    this.#timeline.after(sessionTimeoutMs, () => {
      if (this.#members.announced.delete(id) && this.#state === 'preparing') this.#prepare();
    });
  }

  #update(member: Member, request: JoinGroupRequest): void {
    member.metadata = request.metadata;
    member.sessionTimeoutMs = request.sessionTimeoutMs;
    member.rebalanceTimeoutMs = request.rebalanceTimeoutMs;
  }

  /** Everybody must join again; goes on at once if everybody has. */
  #prepare(): void {
    if (this.#state !== 'preparing') {
      for (const member of this.#members.all) {
        member.assignment = NOTHING;
        member.syncing?.({ errorCode: E.REBALANCE_IN_PROGRESS, assignment: NOTHING });
        member.syncing = null;
      }
      this.#state = 'preparing';
      this.#cancelTimers();
      this.#waitForJoins();
    }
    if (this.#members.announced.size === 0 && [...this.#members.all].every(({ joining }) => joining !== null))
      this.#completeJoin();
  }

  #waitForJoins(): void {
    const waitMs = Math.max(0, ...[...this.#members.all].map((member) => member.rebalanceTimeoutMs));
    this.#joinTimer = this.#timeline.after(waitMs, () => {
      this.#joinTimer = null;
      this.#completeJoin();
    });
  }

  /** The next generation of those who joined; dynamic members who did not are gone, static ones keep their place. */
  #completeJoin(): void {
    for (const member of this.#members.all)
      if (member.joining === null && member.instanceId === null) this.#forget(member);
    const { joined } = this.#members;
    if (this.#members.size > 0 && joined.length === 0) {
      this.#waitForJoins();
      return;
    }
    this.#cancelTimers();
    this.#generation += 1;
    this.#state = this.#members.size === 0 ? 'empty' : 'completing';
    if (!joined.some(({ id }) => id === this.#members.leader)) this.#members.leader = joined[0]?.id ?? null;
    const answers = joined.map((member) => ({ member, answer: member.joining }));
    for (const member of joined) member.joining = null;
    for (const { member, answer } of answers) {
      this.#beat(member);
      answer?.(this.#joined(member));
    }
    if (this.#state === 'completing')
      this.#waitForSync(Math.max(...joined.map((each) => each.rebalanceTimeoutMs)));
  }

  /** Members that have not asked for their part in time are taken for dead. */
  #waitForSync(waitMs: number): void {
    this.#syncTimer = this.#timeline.after(waitMs, () => {
      this.#syncTimer = null;
      const late = [...this.#members.all].filter(({ syncing }) => syncing === null);
      for (const member of late) this.#forget(member);
      if (late.length > 0) this.#prepare();
    });
  }

  #settle(assignments: SyncGroupRequest['assignments']): void {
    for (const member of this.#members.all)
      member.assignment = assignments.find(({ memberId }) => memberId === member.id)?.assignment ?? NOTHING;
    this.#state = 'stable';
    this.#cancelTimers();
    for (const member of this.#members.all) {
      const answer = member.syncing;
      member.syncing = null;
      if (answer !== null) this.#beat(member);
      answer?.({ errorCode: E.NONE, assignment: member.assignment });
    }
  }

  #joined(member: Member): JoinGroupAnswer {
    const isLeader = member.id === this.#members.leader;
    const members = [...this.#members.all].map(({ id, instanceId, metadata }) => ({
      memberId: id,
      instanceId,
      metadata,
    }));
    return {
      errorCode: E.NONE,
      generationId: this.#generation,
      memberId: member.id,
      leader: this.#members.leader ?? '',
      skipAssignment: false,
      members: isLeader ? members : [],
    };
  }

  /** A sign of life: the session begins anew. A member that waits for an answer of ours is alive. */
  #beat(member: Member): void {
    if (member.session !== null) member.session.isCancelled = true;
    member.session = this.#timeline.after(member.sessionTimeoutMs, () => {
      if (member.joining !== null || member.syncing !== null) this.#beat(member);
      else this.#remove(member);
    });
  }

  #remove(member: Member): void {
    this.#forget(member);
    if (this.#state !== 'empty') this.#prepare();
  }

  #forget(member: Member): void {
    if (member.session !== null) member.session.isCancelled = true;
    member.joining?.(refusedJoin(E.UNKNOWN_MEMBER_ID, member.id));
    member.syncing?.({ errorCode: E.UNKNOWN_MEMBER_ID, assignment: NOTHING });
    this.#members.remove(member);
  }

  #cancelTimers(): void {
    for (const timer of [this.#joinTimer, this.#syncTimer]) if (timer !== null) timer.isCancelled = true;
    this.#joinTimer = null;
    this.#syncTimer = null;
  }
}

function refusedJoin(errorCode: number, memberId: string): JoinGroupAnswer {
  return { errorCode, generationId: -1, memberId, leader: '', skipAssignment: false, members: [] };
}
