import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeApi } from "../../src/api-document.ts";
import type { Answer } from "../harness.ts";
import {
  type ApiDocument,
  answerSteps,
  bodySteps,
  createCheck,
  type Described,
  examplesOf,
  operationsOf,
} from "./document.ts";
import {
  brokenFrom,
  hostileBodies,
  hostilePathParts,
  hostileQueries,
  type Schema,
} from "./mutations.ts";
import { startWorld, type World } from "./world.ts";

/*
 * Everything here is made from the document: an operation that is added to the API is tried the same day, with what it
 * shows as examples, with each of its rules broken, and as attackers try.
 */
const document: ApiDocument = JSON.parse(await describeApi());
const check = createCheck(document);
// What takes things away comes last; the others need them.
const operations = operationsOf(document).toSorted(
  (one, other) => Number(one.method === "DELETE") - Number(other.method === "DELETE"),
);
const json = "application/json";
/** So that all of it stays within seconds; what is left out is spread over the whole list. */
const mostOfOneKind = 24;
const atOnce = 8;

let world: World;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.harness.stop());

/** Faults of an answer by the contract of its operation, whatever was asked. */
function faultsOf(described: Described, { status, headers, body }: Answer): string[] {
  const declared = described.operation.responses[String(status)];
  if (declared === undefined) return [`${status} is not declared: ${JSON.stringify(body)}`];
  const [type = ""] = (headers.get("content-type") ?? "").split(";");
  if (status < 400 && type !== json) {
    return declared.content?.[type] === undefined ? [`${type} is not declared`] : [];
  }
  if (body?.error === "internal") return ["it failed inside"];
  return check([...answerSteps(described, String(status), json), "schema"], body);
}

function goodBody({ operation }: Described): unknown {
  const media = operation.requestBody?.content[json];
  return media === undefined ? undefined : examplesOf(media)[0];
}

interface Attempt {
  what: string;
  path: string;
  raw?: string | undefined;
  headers?: Record<string, string>;
}

/** Sends all of it, some at once, and answers what was not as it should be. */
async function tryAll(
  described: Described,
  attempts: readonly Attempt[],
  judge: (answer: Answer) => string[],
): Promise<string[]> {
  const token = await world.freshToken();
  const waiting = spread(attempts, mostOfOneKind);
  const faults: string[] = [];
  const worker = async (): Promise<void> => {
    for (let attempt = waiting.pop(); attempt !== undefined; attempt = waiting.pop()) {
      const { what, path, raw, headers = {} } = attempt;
      const call = { token, headers, ...(raw === undefined ? {} : { raw }) };
      const answer = await world.send(described.method, path, call);
      const wrong = [...faultsOf(described, answer), ...judge(answer)];
      faults.push(...wrong.map((fault) => `${what} (${answer.status}): ${fault}`));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return faults;
}

/** At most so many of them, from everywhere in the list. */
function spread<T>(all: readonly T[], most: number): T[] {
  const step = Math.max(1, all.length / most);
  return Array.from({ length: Math.min(most, all.length) }, (_, n) => all[Math.floor(n * step)]!);
}

function isRefused({ status }: Answer): string[] {
  return status >= 400 && status < 500 ? [] : ["was not refused"];
}

/** Not offered, not available at the moment, nothing left: declared where they can happen. */
const honest = [501, 503, 507];

function goesOn({ status }: Answer): string[] {
  return status < 500 || honest.includes(status) ? [] : ["is a fault of ours"];
}

const aboutTokens = ["token_malformed", "reset_link_invalid"];

async function expectHonestService(): Promise<void> {
  const token = await world.freshToken();
  const { status } = await world.send("GET", "/api/applications", { token });
  expect(status).toBe(200);
}

describe.each(operations.map((described) => [described.name, described] as const))(
  "%s",
  (_, described) => {
    const { operation } = described;
    const good = goodBody(described);
    const raw = good === undefined ? undefined : JSON.stringify(good);

    // A form has tests of its own.
    const takesJson = operation.requestBody?.content[json] !== undefined || !operation.requestBody;
    if (takesJson) {
      test("takes what the document shows", async () => {
        const attempts = [
          { what: "the example", path: `${world.pathOf(described)}${queryOf(described)}`, raw },
        ];
        const misunderstood = ({ status, body }: Answer) =>
          // What the token is good for is no matter of the request.
          [400, 413, 415, 422].includes(status) && !aboutTokens.includes(body.error)
            ? [JSON.stringify(body)]
            : [];
        expect(await tryAll(described, attempts, misunderstood)).toEqual([]);
      });
    }

    const schema = operation.requestBody?.content[json]?.schema as Schema | undefined;
    if (schema !== undefined) {
      test("refuses a body that breaks one of its rules", async () => {
        const path = `${world.pathOf(described)}${queryOf(described)}`;
        const steps = [...bodySteps(described, json), "schema"];
        const attempts = brokenFrom(good, schema, document.components.schemas)
          .filter(({ value }) => value !== null && check(steps, value).length > 0)
          .map(({ what, value }) => ({ what, path, raw: JSON.stringify(value) }));
        expect(await tryAll(described, attempts, isRefused)).toEqual([]);
        await expectHonestService();
      });
    }

    const queries = (operation.parameters ?? []).filter((parameter) => parameter.in === "query");
    if (queries.length > 0) {
      test("refuses a query that breaks one of its rules", async () => {
        const path = world.pathOf(described);
        const attempts = queries.flatMap(({ name, schema: rule }) =>
          brokenTexts(rule as Schema).map((text) => ({
            what: `${name}=${text.slice(0, 40)}`,
            path: `${path}?${new URLSearchParams({ [name]: text })}`,
            raw,
          })),
        );
        expect(await tryAll(described, attempts, isRefused)).toEqual([]);
      });
    }

    test("goes on, whatever is sent", async () => {
      const path = world.pathOf(described);
      const parameters = (operation.parameters ?? []).filter(
        (parameter) => parameter.in === "path",
      );
      const attempts: Attempt[] = [
        ...parameters.flatMap(({ name }) =>
          hostilePathParts.map((part) => ({
            what: `${name} is ${part.slice(0, 20)}`,
            path: world.pathOf(described, { [name]: part }),
            raw,
          })),
        ),
        ...(described.method === "GET" ? hostileQueries : hostileQueries.slice(-2)).map(
          (query) => ({
            what: `?${query.slice(0, 40)}`,
            path: `${path}?${query}`,
            raw,
          }),
        ),
      ];
      const withBody =
        described.method === "GET" || described.method === "DELETE"
          ? []
          : [
              ...hostileBodies(good).map(({ what, value }) => ({ what, path, raw: String(value) })),
              ...[
                "text/plain",
                "multipart/form-data; boundary=x",
                "application/xml",
                "image/png",
                "a/b;;",
              ].map((type) => ({
                what: type,
                path,
                raw: raw ?? "{}",
                headers: { "content-type": type },
              })),
            ];
      expect(await tryAll(described, attempts, goesOn)).toEqual([]);
      expect(await tryAll(described, withBody, goesOn)).toEqual([]);
      await expectHonestService();
    });
  },
);

/** The parameters that must be there, as the document shows them. */
function queryOf({ operation }: Described): string {
  const required = (operation.parameters ?? [])
    .filter((parameter) => parameter.in === "query" && parameter.required === true)
    .map(({ name, example }): [string, string] => [name, String(example)]);
  return required.length === 0 ? "" : `?${new URLSearchParams(required)}`;
}

/** Texts that are surely wrong for a parameter of this kind. */
function brokenTexts({ type, minimum, maximum, minLength, maxLength, ...rest }: Schema): string[] {
  const isNumber = type === "integer" || type === "number";
  return [
    ...(isNumber ? ["abc"] : []),
    ...(minimum === undefined ? [] : [String(minimum - 1)]),
    ...(maximum === undefined ? [] : [String(maximum * 2 + 1)]),
    ...(minLength ? [""] : []),
    ...(maxLength !== undefined && maxLength < 10_000 ? ["x".repeat(maxLength + 1)] : []),
    ...(rest.enum === undefined && rest.const === undefined ? [] : ["no such choice"]),
    ...(rest.pattern === undefined ? [] : ["\n/?"]),
  ];
}
