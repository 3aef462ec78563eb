import type {
  DeleteCommand,
  DeployCommand,
  HeldCopy,
  InstanceKey,
  InventoryReport,
  JobReport,
  JobSpec,
  NamedCopy,
  SyncCommand,
} from "@oak/contracts";
import { instanceKey, JobSpec as JobSpecSchema } from "@oak/contracts";
import {
  acceptDelete,
  acceptDeploy,
  advanceCursor,
  type CommandVerdict,
  digestOf,
  EMPTY_CURSOR,
  jumpCursor,
  type ParentKnown,
  type WantCursor,
} from "@oak/core";
import { fp } from "@oak/kit";
import type { InstanceAssignment } from "../store/instance-record.ts";

/** The instances of this worker: what is stored, and what runs of it. */
export interface Holdings {
  get(key: InstanceKey): HeldCopy | undefined;
  all(): HeldCopy[];
  /** Resolves when the assignment survives a power cut; running, stopping and reporting follow. */
  upsert(assignment: InstanceAssignment): Promise<void>;
  /** Ends the memory of a deletion. */
  forget(key: InstanceKey): Promise<void>;
}

/** What the worker knows of its cluster; survives a restart. */
export interface ClusterKnown extends WantCursor {
  incarnation: string;
  session: number;
}

export interface FollowDeps {
  holdings: Holdings;
  /** Resolves when the state survives a power cut. */
  saveKnown(known: ClusterKnown): Promise<void>;
  publishJob(report: JobReport): void;
  publishInventory(report: InventoryReport): void;
  log: { warn(facts: object, message: string): void };
}

/**
 * The child's side of the assignment protocol: what a command may change, how far the cluster's wishes
 * are followed, and what is said in answer. Commands are taken one after another.
 */
export interface ClusterFollower {
  known(): ClusterKnown;
  /** A registration was answered. A new incarnation starts its own count of wishes. */
  registered(answer: { incarnation: string; session: number }): Promise<void>;
  deploy(command: DeployCommand): Promise<CommandVerdict>;
  remove(command: DeleteCommand): Promise<CommandVerdict>;
  sync(command: SyncCommand): Promise<void>;
  sendInventory(): void;
  /** One status for the cluster, numbered. */
  report(copy: HeldCopy): void;
  /** Numbers for a report that others make: in the same order as all that is said here. */
  numbers(): { session: number; seq: number };
  /** Numbers for the next heartbeat. */
  heartbeat(): { session: number; seq: number; want_rev: number; digest: string };
}

export function createClusterFollower(deps: FollowDeps, stored?: ClusterKnown): ClusterFollower {
  let known: ClusterKnown = stored ?? { incarnation: "", session: 0, ...EMPTY_CURSOR };
  let seq = 0;
  /** the incarnation of the last sync; what it did not name of an earlier one is not wanted any more */
  let syncedWith = "";
  let last: Promise<unknown> = Promise.resolve();

  /** One command at a time: each decides on what the one before it has stored. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work, work);
    last = turn.catch(() => undefined);
    return turn;
  };
  const parent = (): ParentKnown => ({ incarnation: known.incarnation, cursor: known.cursor });
  const nextSeq = (): number => {
    seq += 1;
    return seq;
  };

  const moveTo = async (next: WantCursor): Promise<void> => {
    if (next.cursor === known.cursor && next.ahead.length === known.ahead.length) return;
    const moved = { ...known, ...next };
    await deps.saveKnown(moved);
    fp("engine.cursor_stored", String(next.cursor));
    known = moved;
    await forgetPassed();
  };

  /** Only after the cursor is stored: it is what keeps a late deploy out from then on. */
  const forgetPassed = async (): Promise<void> => {
    for (const copy of deps.holdings.all().filter(isPassed)) {
      await deps.holdings.forget(instanceKey(copy.job_id, copy.instance_number));
    }
  };

  const isPassed = (copy: HeldCopy): boolean =>
    !copy.wanted &&
    copy.status === "UNDEPLOYED" &&
    (copy.incarnation === known.incarnation
      ? copy.want_rev <= known.cursor
      : known.cursor > 0 || syncedWith === known.incarnation);

  const takeDeploy = async (command: DeployCommand, inSync: boolean): Promise<CommandVerdict> => {
    const key = instanceKey(command._id, command.instance_number);
    const held = deps.holdings.get(key);
    const verdict = acceptDeploy(held, command.assignment, parent(), inSync);
    if (verdict === "apply") await deps.holdings.upsert(assignmentOf(key, command));
    else if (held !== undefined && verdict !== "foreign") follower.report(held);
    return verdict;
  };

  const takeDelete = async (command: DeleteCommand): Promise<CommandVerdict> => {
    const key = instanceKey(command.job_id, command.instance_number);
    const held = deps.holdings.get(key);
    const verdict = acceptDelete(held, command.assignment, parent());
    if (verdict === "apply") await deps.holdings.upsert(deletionOf(key, command, held));
    else if (verdict === "repeat" && held === undefined) deps.publishJob(undeployed(command));
    else if (held !== undefined && verdict !== "foreign") follower.report(held);
    return verdict;
  };

  const undeployed = (command: DeleteCommand): JobReport => ({
    sname: command.job_name,
    instance: command.instance_number,
    job_id: command.job_id,
    status: "UNDEPLOYED",
    status_detail: "Nothing runs here under this assignment",
    session: known.session,
    seq: nextSeq(),
    epoch: command.assignment.epoch,
    placement: command.assignment.placement,
  });

  const takeSync = async (command: SyncCommand): Promise<void> => {
    if (command.incarnation !== known.incarnation) return;
    const isLatest = command.want_rev >= known.cursor;
    for (const wanted of command.wanted) await takeDeploy(wanted, isLatest);
    for (const gone of command.gone) await takeDelete(deleteOf(gone, command));
    syncedWith = command.incarnation;
    await moveTo(jumpCursor(known, command.want_rev));
    follower.sendInventory();
  };

  const follower: ClusterFollower = {
    known: () => known,
    registered: (answer) =>
      inTurn(async () => {
        const isSame = answer.incarnation === known.incarnation;
        known = { ...answer, ...(isSame ? pick(known) : EMPTY_CURSOR) };
        seq = 0;
        await deps.saveKnown(known);
      }),
    deploy: (command) =>
      inTurn(async () => {
        const verdict = await takeDeploy(command, false);
        if (verdict !== "foreign") {
          await moveTo(advanceCursor(known, command.assignment.want_rev));
        }
        return verdict;
      }),
    remove: (command) =>
      inTurn(async () => {
        const verdict = await takeDelete(command);
        if (verdict !== "foreign") {
          await moveTo(advanceCursor(known, command.assignment.want_rev));
        }
        return verdict;
      }),
    sync: (command) => inTurn(() => takeSync(command)),
    sendInventory: () => {
      deps.publishInventory({
        session: known.session,
        seq: nextSeq(),
        want_rev: known.cursor,
        digest: digestHeld(deps.holdings.all()),
        held: deps.holdings.all(),
      });
    },
    report: (copy) => deps.publishJob(reportOf(copy, known.session, nextSeq())),
    numbers: () => ({ session: known.session, seq: nextSeq() }),
    heartbeat: () => {
      const held = deps.holdings.all();
      // A deletion that ended after the cursor had passed it is forgotten here.
      if (held.some(isPassed)) void inTurn(forgetPassed);
      return {
        session: known.session,
        seq: nextSeq(),
        want_rev: known.cursor,
        digest: digestHeld(held),
      };
    },
  };
  return follower;
}

const pick = ({ cursor, ahead }: WantCursor): WantCursor => ({ cursor, ahead });

function digestHeld(copies: readonly HeldCopy[]): string {
  return digestOf(
    copies
      .filter((copy) => copy.wanted)
      .map((copy) => ({
        key: instanceKey(copy.job_id, copy.instance_number),
        epoch: copy.epoch,
        placement: copy.placement,
        status: copy.status,
      })),
  );
}

function assignmentOf(key: InstanceKey, command: DeployCommand): InstanceAssignment {
  const { assignment, instance_number, exclusive_ttl_s: ttlS, ...job } = command;
  return {
    key,
    job_id: command._id,
    instance_number,
    ...assignment,
    wanted: true,
    job: JobSpecSchema.parse(job),
    ...(ttlS !== undefined && { exclusive_ttl_s: ttlS }),
  };
}

function deletionOf(
  key: InstanceKey,
  command: DeleteCommand,
  held: HeldCopy | undefined,
): InstanceAssignment {
  const job: JobSpec = {
    _id: command.job_id,
    job_name: held?.job_name ?? command.job_name,
    image: "",
    virtualization: command.virtualization,
  };
  return {
    key,
    job_id: command.job_id,
    instance_number: command.instance_number,
    ...command.assignment,
    wanted: false,
    job,
  };
}

function deleteOf(gone: NamedCopy, command: SyncCommand): DeleteCommand {
  const { job_id, instance_number, epoch, placement } = gone;
  const { incarnation, want_rev } = command;
  return {
    job_name: "",
    virtualization: "docker",
    job_id,
    instance_number,
    assignment: { incarnation, epoch, placement, spec_rev: 0, want_rev },
  };
}

/** The wire form of one status. upstream: `sname`, `instance` and `status` are what it reads. */
function reportOf(copy: HeldCopy, session: number, seq: number): JobReport {
  return {
    sname: copy.job_name,
    instance: copy.instance_number,
    job_id: copy.job_id,
    status: copy.status,
    status_detail: copy.status_detail,
    ...(copy.reason === undefined ? {} : { reason: copy.reason }),
    ...(copy.publicip === undefined ? {} : { publicip: copy.publicip }),
    ...(copy.published_ports === undefined ? {} : { published_ports: copy.published_ports }),
    ...(copy.restarts === undefined ? {} : { restarts: copy.restarts }),
    ...(copy.progress === undefined ? {} : { progress: copy.progress }),
    ...(copy.logs === undefined ? {} : { logs: copy.logs }),
    session,
    seq,
    epoch: copy.epoch,
    placement: copy.placement,
  };
}
