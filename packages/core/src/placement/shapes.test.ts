import type { Candidate, FreeShape, Need } from "@oak/contracts";
import fc from "fast-check";
import { expect, test } from "vitest";
import { aCluster, aHold, aNeed, idOf } from "../../test/candidates.ts";
import { fits } from "./fits.ts";

function holdsOf(needs: readonly Need[]): Candidate["holds"] {
  return Object.fromEntries(needs.map((each, index) => [`${idOf(7)}/${index}`, aHold(each)]));
}

test.each([
  { name: "nothing is pending", pending: [], need: aNeed({ vcpus: 4 }), ok: true },
  { name: "more than any worker has", pending: [], need: aNeed({ vcpus: 5 }), ok: false },
  {
    name: "fewer pending than workers",
    pending: [aNeed({ vcpus: 4 })],
    need: aNeed({ vcpus: 4 }),
    ok: true,
  },
  {
    name: "as many pending as workers, each of which may take one",
    pending: [aNeed({ vcpus: 1 }), aNeed({ vcpus: 1 })],
    need: aNeed({ vcpus: 4 }),
    ok: false,
  },
  {
    name: "many small pending ones that cannot fill two workers",
    pending: Array.from({ length: 6 }, () => aNeed({ vcpus: 1 })),
    need: aNeed({ vcpus: 1 }),
    ok: true,
  },
  {
    name: "pending ones that take nothing that is asked for",
    pending: Array.from({ length: 9 }, () => aNeed({ vcpus: 0, memory: 400 })),
    need: aNeed({ vcpus: 4, memory: 0 }),
    ok: true,
  },
  {
    name: "the port may be taken on both workers",
    pending: [aNeed({ host_ports: ["80/tcp"] }), aNeed({ host_ports: ["80/tcp"] })],
    need: aNeed({ host_ports: ["80/tcp"] }),
    ok: false,
  },
])("two workers of four cores: $name", ({ pending, need, ok }) => {
  const cluster = aCluster(1, [{ vcpus: 4, memory: 4096, count: 2 }], { holds: holdsOf(pending) });
  expect(fits(cluster, need).ok).toBe(ok);
});

const need = fc
  .record({
    vcpus: fc.integer({ min: 0, max: 4 }),
    memory: fc.integer({ min: 0, max: 4 }),
    vgpus: fc.integer({ min: 0, max: 1 }),
    port: fc.boolean(),
  })
  .map(({ port, ...amounts }) => aNeed({ ...amounts, host_ports: port ? ["80/tcp"] : [] }));

interface Host {
  vcpus: number;
  memory: number;
  vgpus: number;
  ports: Set<string>;
}

function carries(host: Host, wanted: Need): boolean {
  return (
    (wanted.vcpus === 0 || wanted.vcpus <= host.vcpus) &&
    (wanted.memory === 0 || wanted.memory <= host.memory) &&
    (wanted.vgpus === 0 || wanted.vgpus <= host.vgpus) &&
    wanted.host_ports.every((port) => !host.ports.has(port))
  );
}

test("wherever the cluster puts what is pending, a place that is promised is there", () => {
  const shape = fc.record({
    vcpus: fc.integer({ min: 0, max: 8 }),
    memory: fc.integer({ min: 0, max: 8 }),
    vgpus: fc.integer({ min: 0, max: 2 }),
    count: fc.integer({ min: 1, max: 3 }),
  });
  const choices = fc.infiniteStream(fc.nat());
  fc.assert(
    fc.property(
      fc.array(shape, { minLength: 1, maxLength: 3 }),
      fc.array(need, { maxLength: 6 }),
      need,
      choices,
      (shapes, pending, wanted, stream) => {
        if (!fits(aCluster(1, shapes, { holds: holdsOf(pending) }), wanted).ok) return;
        const hosts = hostsOf(shapes);
        for (const each of pending) {
          const able = hosts.filter((host) => carries(host, each));
          const host = able[(stream.next().value ?? 0) % Math.max(1, able.length)];
          if (host !== undefined) take(host, each);
        }
        expect(hosts.some((host) => carries(host, wanted))).toBe(true);
      },
    ),
    { numRuns: 500 },
  );
});

function hostsOf(
  shapes: readonly Pick<FreeShape, "vcpus" | "memory" | "vgpus" | "count">[],
): Host[] {
  return shapes.flatMap(({ count, ...amounts }) =>
    Array.from({ length: count }, () => ({ ...amounts, ports: new Set<string>() })),
  );
}

function take(host: Host, taken: Need): void {
  host.vcpus -= taken.vcpus;
  host.memory -= taken.memory;
  host.vgpus -= taken.vgpus;
  for (const port of taken.host_ports) host.ports.add(port);
}
