import { readFile } from "node:fs/promises";
import { beforeAll, expect, test } from "vitest";
import { describeApi } from "../../src/api-document.ts";
import {
  type ApiDocument,
  answerSteps,
  bodySteps,
  createCheck,
  type Described,
  examplesOf,
  type Media,
  operationsOf,
} from "./document.ts";

let text: string;
let document: ApiDocument;
let operations: Described[];

beforeAll(async () => {
  text = await describeApi();
  document = JSON.parse(text);
  operations = operationsOf(document);
});

test("docs/openapi.json is what the code says; otherwise: npm run openapi", async () => {
  const file = new URL("../../../../docs/openapi.json", import.meta.url);
  const committed: ApiDocument = JSON.parse(await readFile(file, "utf8"));
  const namesOf = (one: ApiDocument) => operationsOf(one).map(({ name }) => name);
  // First in few words, then to the letter.
  expect(namesOf(committed)).toEqual(namesOf(document));
  expect(committed).toEqual(document);
});

test("it is made twice alike, and tells nothing of the machine that made it", async () => {
  expect(await describeApi()).toBe(text);
  expect(text).not.toMatch(/127\.0\.0\.1|localhost|file:|\/home\//);
  expect(document).not.toHaveProperty("servers");
});

test("it is OpenAPI 3.1, and every reference leads somewhere", () => {
  expect(document.openapi).toBe("3.1.0");
  const references = new Set(text.match(/"#\/[^"]+"/g)?.map((quoted) => JSON.parse(quoted)));
  const missing = [...references].filter(
    (reference) => !Object.hasOwn(document.components.schemas, reference.split("/").at(-1)),
  );
  expect(missing).toEqual([]);
});

test("every operation has a name of its own, a summary, a tag, and says who may call it", () => {
  const ids = operations.map(({ operation }) => operation.operationId);
  expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  const incomplete = operations.filter(
    ({ operation: { summary, tags, security } }) =>
      !summary || tags?.length !== 1 || security === undefined,
  );
  expect(incomplete.map(({ name }) => name)).toEqual([]);
});

test("every operation tells how it refuses", () => {
  const silent = operations.filter(({ operation }) => {
    const refusals = Object.entries(operation.responses).filter(
      ([status]) => Number(status) >= 400,
    );
    const isGuarded = operation.security.length > 0;
    return (
      !refusals.every(([, { content }]) => content?.["application/json"] !== undefined) ||
      (isGuarded && operation.responses["401"] === undefined)
    );
  });
  expect(silent.map(({ name }) => name)).toEqual([]);
});

/** Every place of an operation where something is sent, with its steps in the document. */
function mediaOf(described: Described): { steps: string[]; media: Media }[] {
  const { requestBody, responses } = described.operation;
  const bodies = Object.entries(requestBody?.content ?? {}).map(([type, media]) => ({
    steps: bodySteps(described, type),
    media,
  }));
  const answers = Object.entries(responses).flatMap(([status, { content = {} }]) =>
    Object.entries(content).map(([type, media]) => ({
      steps: answerSteps(described, status, type),
      media,
    })),
  );
  return [...bodies, ...answers];
}

test("every request and every answer has an example, which fits its schema", () => {
  const check = createCheck(document);
  const faults = operations.flatMap(mediaOf).flatMap(({ steps, media }) => {
    const examples = examplesOf(media);
    if (examples.length === 0) return [`${steps.join(" ")} has no example`];
    if (media.schema === undefined) return [];
    return examples
      .flatMap((example) => check([...steps, "schema"], example))
      .map((fault) => `${steps.join(" ")}: ${fault}`);
  });
  expect(faults).toEqual([]);
});

test("every parameter that must be there has an example", () => {
  const bare = operations.flatMap(({ name, operation }) =>
    (operation.parameters ?? [])
      .filter(({ required, example }) => required === true && example === undefined)
      .map((parameter) => `${name} ${parameter.name}`),
  );
  expect(bare).toEqual([]);
});
