import { InstanceFeed, JobFeed } from "@oak/contracts";
import {
  type Clock,
  component,
  createTask,
  type HttpClient,
  type Logger,
  type Metrics,
} from "@oak/kit";
import type { Directory } from "../directory.ts";
import { followFeed } from "./feed.ts";

export interface FollowDirectoryDeps {
  /** To the resource abstractor of the tier. */
  abstractor: HttpClient;
  directory: Directory;
  logger: Logger;
  metrics: Metrics;
  clock: Clock;
}

const backoff = { baseMs: 100, maxMs: 5_000 };

/** Keeps the directory as the resource abstractor has it. */
export function followDirectory(deps: FollowDirectoryDeps) {
  const { abstractor, directory } = deps;
  const jobs = createTask({
    ...deps,
    name: "follow-jobs",
    backoff,
    run: (signal) =>
      followFeed(
        abstractor,
        {
          path: "/api/v1/jobs",
          schema: JobFeed,
          onReset: directory.jobs.reset,
          onChange: directory.jobs.change,
        },
        signal,
      ),
  });
  const instances = createTask({
    ...deps,
    name: "follow-instances",
    backoff,
    run: (signal) =>
      followFeed(
        abstractor,
        {
          path: "/api/v1/instances",
          schema: InstanceFeed,
          onReset: directory.instances.reset,
          onChange: directory.instances.change,
        },
        signal,
      ),
  });
  return [component("job feed", jobs), component("instance feed", instances)];
}
