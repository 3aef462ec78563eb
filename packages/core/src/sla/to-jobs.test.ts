import { Job, type Microservice } from "@oak/contracts";
import { expect, test } from "vitest";
import { aService } from "../../test/sla-documents.ts";
import { toJobs } from "./to-jobs.ts";

const id = "65f0c0ffee65f0c0ffee65f0";
const application = {
  applicationID: "75f0c0ffee65f0c0ffee65f0",
  application_name: "Shop",
  application_namespace: "prod",
  userId: "ada",
};

function jobOf(extra: object = {}): Job {
  const [job] = toJobs(application, [aService(extra) as Microservice], { ids: [id], now: 5 });
  if (job === undefined) throw new Error("no job");
  return job;
}

test("a job satisfies its schema and wants no instance yet", () => {
  const job = jobOf();
  expect(Job.parse(job)).toEqual(job);
  expect(job.members).toEqual([]);
  expect(job.next_instance_progressive_number).toBe(0);
});

test("the job name joins application and service, and its key has no case", () => {
  expect(jobOf()).toMatchObject({
    job_name: "Shop.prod.web.prod",
    job_name_key: "shop.prod.web.prod",
  });
});

test("container is stored as docker, other runtimes by their name", () => {
  expect(jobOf().virtualization).toBe("docker");
  expect(jobOf({ virtualization: "runsc" }).virtualization).toBe("runsc");
});

test("code becomes the image, whatever an unknown key of that name says", () => {
  expect(jobOf({ image: "other" })).toMatchObject({
    image: "registry.example/web:1",
    code: "registry.example/web:1",
  });
});

test("ports are stored in one spelling", () => {
  expect(jobOf({ port: "80, 0:53/udp" }).port).toBe("80:80/tcp;0:53/udp");
});

test("addresses appear only when they were given", () => {
  expect(jobOf()).not.toHaveProperty("RR_ip");
  expect(jobOf({ addresses: { rr_ip: "10.30.30.30" } })).toMatchObject({
    RR_ip: "10.30.30.30",
    RR_ip_v6: null,
  });
});

test("unknown keys are kept, those of the server are not taken from the document", () => {
  const job = jobOf({ vcpu: 3, instance_list: [1], members: [9], rev: 8, status: "RUNNING" });
  expect(job).toMatchObject({ vcpu: 3, members: [], rev: 0 });
  expect(job).not.toHaveProperty("instance_list");
  expect(job).not.toHaveProperty("status");
});
