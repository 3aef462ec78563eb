import { expect, test } from "vitest";
import { lifecycleDiagram } from "./lifecycle-diagram.ts";

const document = `# Lifecycle of an instance

What clients see of an instance, as a status. Statuses in one box may follow each other in any order; an
arrow leads from each status of its box to each of the other. This page is made from the transition table in
\`packages/core/src/lifecycle/transitions.ts\`; a test keeps it current (\`npx vitest run packages/core -u\`
writes it anew).

\`\`\`mermaid
${lifecycleDiagram()}
\`\`\`

- An instance begins as \`REQUESTED\`. Refusals are alternatives of it: the instance still waits, says why no
  place was found, and is tried again.
- \`CLUSTER_SCHEDULED\`: the root has chosen a cluster. \`NODE_SCHEDULED\`: the cluster has chosen a worker.
- What follows is the worker's word: \`CREATING\` (it has stored the assignment, and pulls or makes the
  container), \`CREATED\`, \`RUNNING\`, \`FAILED\`, \`DEAD\`.
- Back to waiting goes whatever is placed anew: its worker fell silent, the workload failed there for good, or
  the cluster handed it back.
- \`COMPLETED\` and \`UNDEPLOYED\` are final: the first for one-shot workloads that ended well, the second for what
  was deleted.

## Moving

\`POST /api/service/{id}/instance/{n}/move\` brings a running instance to another worker of its cluster. All the while it
is \`RUNNING\`; what becomes of the move is in \`status_detail\`:

| \`status_detail\` | what it means |
|---|---|
| \`moving to <worker>\` | a second copy is being made there; the first one serves |
| what the new copy says, with the new \`worker_id\` | new connections go to the new copy; the first one ends when nobody is connected to it any more, at the latest after \`drain_s\` seconds (30 unless given) |
| \`not moved: <reason>\` | there is no such worker, no room, or the second copy did not come up; the first one goes on |

- When the first worker is lost, or the first copy fails for good, while the second one comes up, the second one takes over
  at once. When the second one is lost while the first one is drained, the first one takes over again.
- A later request takes the place of one that is under way. Deletion ends both copies.
- Answered with 409: what does not run; a service that must never run twice (\`onDisconnect: exclusive\`, \`one_shot\`) or
  whose data lies on the worker (volumes); a move to where it runs. Which workers there are only the cluster knows, so an
  unknown one shows in \`status_detail\`.
- Whether somebody is connected is what the worker's net-manager sees ([networking.md](networking.md)). Without it the first copy runs for the whole of \`drain_s\`.

## Updating

\`PUT /api/service/{id}\` makes a service what a document says. A rollout changes no running copy: it makes instances with new numbers, of the
new revision, and takes those of the old one away. What a copy is made of, or where it may stand, makes a revision (image, command,
environment, ports, amounts, volumes, constraints, \`onDisconnect\` and the like). Everything else changes at once and replaces nothing, and so does
what says the same as before.

| field of \`rollout\` | what it means | if absent |
|---|---|---|
| \`maxSurge\` | instances more than wanted while it goes on | 1 |
| \`maxUnavailable\` | ready instances that may be missing meanwhile | 0 |
| \`pauseS\` | seconds between two steps | 0 |

| state | what it means |
|---|---|
| \`progressing\` | new instances are made; an old one goes when a new one has been running for \`OAK_ROLLOUT_READY_S\` (5 seconds) |
| \`completed\` | every instance is of the new revision |
| \`rolling_back\` | the new revision failed: its instances go, those of the revision before stay or are made again |
| \`rolled_back\` | every instance is of the revision before; \`reason\` and \`message\` tell why |
| \`failed\` | neither the new revision nor the one before came up; as many instances as are wanted are left, the best of them |

- A revision has failed when one of its instances is \`FAILED\` or \`DEAD\`, cannot be made (its image does not exist), was restarted three times, or when
  nothing went on for \`OAK_ROLLOUT_DEADLINE_S\` (10 minutes). With a fixed host port or full workers no instance more can be made: \`message\`
  says so, and \`maxUnavailable\` lets an old one make room first.
- Only what the rollout has made fails it: restarts of instances that were there before count from its beginning, and those that had failed
  are made anew. A revision that was on its way itself is not gone back to. After \`failed\` the same document, sent once more, begins anew.
- The state stands in the document of the service and is changed by compare-and-set, so it goes on after the root's death. Each instance is
  made of its own revision, at the root and in its cluster, however often it is placed anew.
- Another update takes the place of one that is under way. Scaling, \`POST\` and \`DELETE\` of instances change how many there are in the end; what is added is of
  the present revision.
- Name and addresses stay for as long as the service lives. Data in volumes stays on its worker: new instances may run elsewhere.
- The last ten revisions are kept; \`POST /api/service/{id}/rollback\` goes back to one of them.

The steps are decided by \`planRollout\` in \`root-orchestrator/system-manager/src/domain/plan-rollout.ts\`.
`;

test("docs/lifecycle.md shows the transition table as it is", async () => {
  await expect(document).toMatchFileSnapshot("../../../docs/lifecycle.md");
});
