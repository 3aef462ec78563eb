import type { Job } from "@oak/contracts";
import { expect, test } from "vitest";
import { aJob } from "../../test/documents.ts";
import { createApplicationNames } from "./application-names.ts";

function scene() {
  const jobs = new Map<string, Job>();
  const names = createApplicationNames({ job: (id) => jobs.get(id) });
  const put = (changes: Partial<Job>): Job => {
    const job = aJob(changes);
    jobs.set(job._id, job);
    names.note(job._id);
    return job;
  };
  const end = (job: Job): Job[] => {
    jobs.set(job._id, { ...job, deleted: true });
    return names.note(job._id);
  };
  return { names, put, end, jobs };
}

test("a name is that of the user who has had it for longest", () => {
  const { names, put } = scene();
  const second = put({ owner: "late", created_at: 2 });
  expect(names.nameOf(second)).toBe("app.test");
  const first = put({ owner: "early", created_at: 1 });
  const third = put({ owner: "early", created_at: 3 });
  expect([first, second, third].map(names.nameOf)).toEqual([
    "app.test",
    "app.test of late",
    "app.test",
  ]);
});

test("it passes on when the last service of its user has ended, and all of that name are told", () => {
  const { names, put, end } = scene();
  const own = [1, 2].map((created_at) => put({ owner: "early", created_at }));
  const other = put({ owner: "late", created_at: 3 });
  expect(end(own[0]!)).toEqual([]);
  expect(names.nameOf(other)).toBe("app.test of late");
  expect(end(own[1]!)).toEqual([other]);
  expect(names.nameOf(other)).toBe("app.test");
});

test("what is dropped without a word counts no more", () => {
  const { names, put, jobs } = scene();
  const first = put({ owner: "early", created_at: 1 });
  const second = put({ owner: "late", created_at: 2 });
  jobs.delete(first._id);
  expect(names.note(first._id)).toEqual([second]);
});
