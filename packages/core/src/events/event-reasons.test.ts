import { expect, test } from "vitest";
import { EVENT_REASONS } from "./event-reasons.ts";

const page = new URL("../../../../docs/api/events-reasons.md", import.meta.url).pathname;

test("the page of reasons is current", async () => {
  const rows = Object.entries(EVENT_REASONS).map(
    ([reason, { type, level, meaning }]) => `| \`${reason}\` | ${type} | ${level} | ${meaning} |`,
  );
  const table = [
    "# Reasons of events",
    "",
    "Made from `packages/core/src/events/event-reasons.ts`; `npx vitest run packages/core -u` writes it anew.",
    "",
    "| reason | about | level | what it means |",
    "|---|---|---|---|",
    ...rows,
    "",
  ];
  await expect(table.join("\n")).toMatchFileSnapshot(page);
});
