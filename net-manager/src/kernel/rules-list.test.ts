import { expect, test } from "vitest";
import { tablesIn } from "./rules-list.ts";

const own = "table inet oak {\n\tset known4 {\n\t\ttype ipv4_addr\n\t}\n}\n";
const guard = "table bridge oak {\n\tchain prerouting {\n\t}\n}\n";
const foreign = 'table ip oak2 {\n\tchain c {\n\t\tcomment "table inet oak {"\n\t}\n}\n';

test("tables of other names are nobody's business here", () => {
  expect(tablesIn(foreign + own + foreign + guard, "oak")).toBe(own + guard);
});

test("nothing is listed, nothing is found", () => {
  expect(tablesIn("", "oak")).toBe("");
});
