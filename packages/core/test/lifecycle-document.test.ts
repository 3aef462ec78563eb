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
`;

test("docs/lifecycle.md shows the transition table as it is", async () => {
  await expect(document).toMatchFileSnapshot("../../../docs/lifecycle.md");
});
