import { expect, test } from "vitest";
import { CliError } from "../errors.ts";
import { pick } from "./pick.ts";
import { serviceCandidate } from "./resolve.ts";

function aService(id: string, application: string, name: string, namespace = "test") {
  return serviceCandidate({
    microserviceID: id,
    microservice_name: name,
    microservice_namespace: namespace,
    application_name: application,
    application_namespace: "prod",
  });
}

const services = [
  aService("1", "shop", "web"),
  aService("2", "blog", "web"),
  aService("3", "blog", "db", "data"),
];

const idOf = (word: string): unknown => pick("service", word, services)["microserviceID"];

test.each([
  ["3", "3"],
  ["db", "3"],
  ["db.data", "3"],
  ["shop.web", "1"],
  ["blog.prod.web", "2"],
  ["blog.prod.web.test", "2"],
])("%s means one service", (word, id) => {
  expect(idOf(word)).toBe(id);
});

test("a name that several have is none of them, and the names that tell them apart are listed", () => {
  const error = failureOf(() => idOf("web"));
  expect(error).toMatchObject({ exitCode: 2, message: '2 services are called "web"' });
  expect(error.advice).toEqual(["Say which one:", "shop.prod.web.test 1", "blog.prod.web.test 2"]);
});

test("what is not there is not found, and the nearest name is said", () => {
  expect(failureOf(() => idOf("shop.wed"))).toMatchObject({
    exitCode: 4,
    advice: ["did you mean shop.web?"],
  });
  expect(failureOf(() => pick("service", "x", []))).toMatchObject({
    advice: ["there is no service at all"],
  });
});

function failureOf(action: () => unknown): CliError {
  try {
    action();
  } catch (error) {
    if (error instanceof CliError) return error;
  }
  throw new Error("it was found");
}
