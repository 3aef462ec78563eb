import { MongoServerError, MongoServerSelectionError } from "mongodb";
import { expect, test } from "vitest";
import { databaseErrorToAppError, isDuplicateKey } from "./database-errors.ts";

test("a server that cannot be reached is unavailable", () => {
  const error = new MongoServerSelectionError("none", new Error() as never);
  expect(databaseErrorToAppError(error)).toMatchObject({ code: "unavailable", status: 503 });
});

test("a server that is just electing is unavailable", () => {
  const error = new MongoServerError({ message: "not primary", code: 10107 });
  expect(databaseErrorToAppError(error)).toMatchObject({ code: "unavailable" });
});

test("a refused duplicate is a conflict that does not tell of what", () => {
  const error = new MongoServerError({ message: "dup key: name_1", code: 11000 });
  expect(isDuplicateKey(error)).toBe(true);
  expect(databaseErrorToAppError(error)).toMatchObject({ code: "conflict", detail: undefined });
});

test("any other error is none of the database's", () => {
  expect(databaseErrorToAppError(new Error("bug"))).toBeUndefined();
  expect(databaseErrorToAppError("text")).toBeUndefined();
});

test("a kept connection that broke is unavailable, though the driver does not wrap it", () => {
  const error = Object.assign(new Error("write EPIPE"), { code: "EPIPE" });
  expect(databaseErrorToAppError(error)).toMatchObject({ code: "unavailable" });
});
