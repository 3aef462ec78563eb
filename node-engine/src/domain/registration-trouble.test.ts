import { HttpError, UnexpectedAnswerError, UnreachableError } from "@oak/kit";
import { expect, test } from "vitest";
import { explainRegistration } from "./registration-trouble.ts";

const attempt = { target: "cluster.example:10100", hasJoinSecret: true };
const answered = (status: number, error = "some_code") =>
  new HttpError("POST /api/node/register", { status, body: { error, message: "words" } });
const silent = (code: string) =>
  new UnreachableError("POST /api/node/register", {
    isTimeout: false,
    cause: Object.assign(new Error(code), { code }),
  });

test.each([
  ["join_refused", answered(401), /^OAK_WORKER_JOIN_SECRET is not the join secret of the cluster/],
  ["worker_alive_elsewhere", answered(409), /remove the state directory/],
  ["cluster_unavailable", answered(503), /not ready/],
  ["registration_refused", answered(422), /words/],
  ["not_a_cluster", answered(404), /cluster\.example:10100 is no cluster-manager/],
  ["not_a_cluster", new UnexpectedAnswerError("POST /x", undefined), /no cluster-manager/],
  ["address_unknown", silent("ENOTFOUND"), /cannot be resolved; OAK_CLUSTER_ADDRESS/],
  ["cluster_unreachable", silent("ECONNREFUSED"), /cluster\.example:10100: ECONNREFUSED/],
  [
    "cluster_unreachable",
    new UnreachableError("POST /x", { isTimeout: true, cause: undefined }),
    /no answer in time/,
  ],
  ["cluster_unreachable", new Error("anything else"), /anything else/],
])("%s is told from the others", (reason, error, words) => {
  const trouble = explainRegistration(error, attempt);

  expect(trouble.reason).toBe(reason);
  expect(trouble.detail).toMatch(words);
});

test("a worker without a secret is told to get one", () => {
  const trouble = explainRegistration(answered(401), { ...attempt, hasJoinSecret: false });

  expect(trouble.reason).toBe("no_join_secret");
});

test("a host with several addresses, none of which answers, is explained by one of them", () => {
  const each = Object.assign(new Error("refused"), { code: "ECONNREFUSED" });
  const cause = new AggregateError([each, each]);

  const trouble = explainRegistration(
    new UnreachableError("POST /x", { isTimeout: false, cause }),
    attempt,
  );

  expect(trouble.detail).toMatch(/ECONNREFUSED/);
});
