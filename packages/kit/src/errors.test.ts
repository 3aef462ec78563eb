import { expect, test } from "vitest";
import { AppError, commonErrors, defineErrors } from "./errors.ts";

const errors = defineErrors({ job_unknown: { status: 404, title: "No such service" } });

test("a table makes one factory for each code", () => {
  const error = errors.job_unknown("No service 12");
  expect(error).toBeInstanceOf(AppError);
  expect(error).toMatchObject({
    code: "job_unknown",
    status: 404,
    title: "No such service",
    message: "No service 12",
  });
});

test("without a detail the title is the message", () => {
  expect(errors.job_unknown().message).toBe("No such service");
});

test("the cause is kept", () => {
  const cause = new Error("io");
  expect(commonErrors.unavailable({ cause }).cause).toBe(cause);
});

test("invalid input may be answered with 400 in place of 422", () => {
  expect(commonErrors.invalid_input().status).toBe(422);
  expect(commonErrors.invalid_input({ status: 400 }).status).toBe(400);
});
