import { expect, test } from "vitest";
import { pruneComponents } from "./prune-components.ts";

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });

test("only schemas that the paths reach are kept, through any number of steps", () => {
  const document = {
    paths: { "/a": { post: { schema: ref("A") } } },
    components: {
      securitySchemes: { bearerAuth: {} },
      schemas: {
        Stranger: { items: ref("A") },
        B: { properties: { a: ref("A") } },
        A: { properties: { list: { items: ref("B") } } },
      },
    },
  };
  const { components } = pruneComponents(document);
  expect(Object.keys(components.schemas)).toEqual(["A", "B"]);
  expect(components.securitySchemes).toEqual({ bearerAuth: {} });
});

test("a document without schemas stays as it is", () => {
  expect(pruneComponents({ paths: {} })).toEqual({ paths: {}, components: { schemas: {} } });
});
