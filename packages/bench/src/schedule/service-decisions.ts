import { randomBytes } from "node:crypto";
import type { Candidate, PlacementRequest } from "@oak/contracts";
import { createHttpClient } from "@oak/kit";
import { programPath, type TestBed } from "@oak/testkit";
import { startCandidateFeed } from "./candidate-feed.ts";
import { aJob } from "./candidates.ts";

/** What is asked of the service in turns. */
export const QUESTIONS = ["floor", "one", "hundred"] as const;
export type Question = (typeof QUESTIONS)[number];

export interface ServiceSample {
  question: Question;
  candidates: number;
  milliseconds: number;
}

export interface ServiceRun {
  bed: TestBed;
  candidates: readonly Candidate[];
  /** of each question */
  samples: number;
  signal: AbortSignal;
}

const batchSize = 100;
const warmUps = 20;

/**
 * The scheduler as a process of its own, asked over HTTP: `floor` is a request that decides nothing, `one`
 * a batch of one decision, `hundred` a batch of a hundred.
 */
export async function measureService(run: ServiceRun): Promise<ServiceSample[]> {
  const { bed, candidates, samples, signal } = run;
  const feed = await startCandidateFeed(candidates);
  const tierSecret = randomBytes(16).toString("hex");
  const [port = 0] = await bed.leasePorts(1);
  const baseUrl = `http://127.0.0.1:${port}`;
  const scheduler = bed.addProcess({
    name: `scheduler-${candidates.length}`,
    entry: programPath("scheduler"),
    env: {
      ORCHESTRATION_PLANE: "cluster",
      API_PORT: String(port),
      RESOURCE_ABSTRACTOR_PORT: String(feed.port),
      OAK_TIER_SECRET: tierSecret,
      LOG_LEVEL: "warn",
    },
    healthUrl: baseUrl,
  });
  const client = createHttpClient({
    baseUrl,
    headers: { authorization: `Bearer ${tierSecret}` },
    timeoutMs: 30_000,
  });
  try {
    await scheduler.start();
    const ask = createQuestions(client);
    for (let count = 0; count < warmUps; count += 1) await ask.one();
    const results: ServiceSample[] = [];
    for (let round = 0; round < samples; round += 1) {
      for (const question of round % 2 === 0 ? QUESTIONS : QUESTIONS.toReversed()) {
        signal.throwIfAborted();
        const startedMs = performance.now();
        await ask[question]();
        const milliseconds = performance.now() - startedMs;
        results.push({ question, candidates: candidates.length, milliseconds });
      }
    }
    return results;
  } finally {
    client.close();
    await scheduler.stop();
    await feed.close();
  }
}

function createQuestions(
  client: ReturnType<typeof createHttpClient>,
): Record<Question, () => Promise<unknown>> {
  let instance = 0;
  // The service keeps one proposal an instance for a while: a few instances in turn fill no cluster.
  const nextRequest = (): PlacementRequest => {
    instance = (instance + 1) % 20;
    const job = aJob();
    return { attempt_id: `${job._id}/${instance}:bench`, job, exclude: [] };
  };
  const decide = async (count: number): Promise<void> => {
    const requests = Array.from({ length: count }, nextRequest);
    const path = "/api/calculate/batch";
    const answer = await client.request({ method: "POST", path, body: { requests } });
    const { proposals } = answer as { proposals: { candidate_id?: string }[] };
    if (!proposals.every((proposal) => proposal.candidate_id !== undefined)) {
      throw new Error(`Nothing fits, which measures nothing: ${JSON.stringify(proposals[0])}`);
    }
  };
  return {
    floor: () => client.request({ path: "/livez" }),
    one: () => decide(1),
    hundred: () => decide(batchSize),
  };
}
