import type { Instance, Job } from "@oak/contracts";
import { expect, test } from "vitest";
import { createDirectory } from "./directory.ts";

const id = "a".repeat(24);
const aJob = (changes: Partial<Job> = {}): Job =>
  ({ _id: id, job_name: "App.a.Web.b", rev: 1, members: [], deleted: false, ...changes }) as Job;
const aRecord = (changes: Partial<Instance> = {}): Instance =>
  ({
    _id: `${id}/0`,
    job_id: id,
    child: "c",
    epoch: 1,
    placement: 1,
    phase: "assigned",
    fenced: [],
    seen: null,
    ...changes,
  }) as Instance;

function aDirectory() {
  const changes: string[] = [];
  const directory = createDirectory(({ jobName }) => changes.push(jobName));
  directory.jobs.reset([aJob()]);
  directory.instances.reset([aRecord()]);
  return { directory, news: () => changes.splice(0) };
}

test("it is loaded when both feeds were read", () => {
  const directory = createDirectory(() => undefined);
  directory.jobs.reset([]);
  expect(directory.isLoaded()).toBe(false);
  directory.instances.reset([]);
  expect(directory.isLoaded()).toBe(true);
});

test("a name is found without case, and not when its service is deleted", () => {
  const { directory } = aDirectory();
  expect(directory.jobNamed("app.A.web.B")?._id).toBe(id);
  directory.jobs.change([aJob({ rev: 2, deleted: true })], []);
  expect(directory.jobNamed("App.a.Web.b")).toBeUndefined();
});

test("a name that is used again belongs to the new service, whatever comes of the old one", () => {
  const { directory } = aDirectory();
  const next = aJob({ _id: "b".repeat(24) });
  directory.jobs.change([next, aJob({ rev: 2, deleted: true })], []);
  directory.jobs.change([], [id]);
  expect(directory.jobNamed(next.job_name)?._id).toBe(next._id);
});

test("what nobody can see is no news", () => {
  const { directory, news } = aDirectory();
  news();
  directory.jobs.change([aJob()], []);
  directory.instances.change([aRecord({ status_detail: "pulling" })], []);
  expect(news()).toEqual([]);
});

test.each<Partial<Instance>>([
  { epoch: 2 },
  { placement: 2 },
  { phase: "releasing" },
  { child: null },
  { fenced: [{ child: "b", epoch: 1, placement: 0, want_rev: 1, ends_at: 9 }] },
])("%j of an instance is news", (change) => {
  const { directory, news } = aDirectory();
  news();
  directory.instances.change([aRecord(change)], []);
  expect(news()).toEqual(["App.a.Web.b"]);
});

test("a reset drops what it does not name, and tells so", () => {
  const { directory, news } = aDirectory();
  news();
  directory.instances.reset([]);
  expect(directory.recordsOf(id)).toEqual([]);
  directory.jobs.reset([]);
  expect(directory.job(id)).toBeUndefined();
  expect(news()).toEqual(["App.a.Web.b", "App.a.Web.b"]);
});
