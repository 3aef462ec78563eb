import type { Namespace } from "@oak/netlink";
import { expect, test } from "vitest";
import { openInhabited, procNamespaces } from "./slots-namespaces.ts";

/** Namespaces of processes by their ids, and which of them are open. */
function aMachine(namespaces: Readonly<Record<number, string>>) {
  const opened: string[] = [];
  return {
    opened,
    open: (pid: number): Namespace | undefined => {
      const id = namespaces[pid];
      if (id === undefined) return undefined;
      opened.push(id);
      return { id, fd: 0, close: () => void opened.splice(opened.indexOf(id), 1) };
    },
  };
}

test("a namespace is found by any process that is still in it", () => {
  const machine = aMachine({ 7: "another", 8: "wanted", 9: "wanted" });
  expect(openInhabited(machine, "wanted", [6, 7, 8, 9])?.id).toBe("wanted");
  expect(machine.opened).toEqual(["wanted"]);
});

test("a namespace that all have left is not found, and nothing stays open", () => {
  const machine = aMachine({ 7: "another" });
  expect(openInhabited(machine, "wanted", [6, 7])).toBeUndefined();
  expect(openInhabited(machine, "wanted")).toBeUndefined();
  expect(machine.opened).toEqual([]);
});

test.runIf(process.getuid?.() === 0)("all processes of a namespace are listed", () => {
  const own = procNamespaces.processes().get(procNamespaces.own());
  expect(own).toEqual(expect.arrayContaining([process.pid, process.ppid]));
});
