import type { Addresses, LocalInstance, Route, ServiceProgram, Slot } from "../ports.ts";
import type { Classes } from "./rules-classes.ts";
import { address, type Bytes, linkName, port, protocol, word } from "./rules-encode.ts";
import type { Element } from "./rules-ledger.ts";

/** Names of the sets of the inet table that are kept as they were told; the others have timeouts. */
export const TOLD_SETS = [
  "known",
  "single",
  "class",
  "slots",
  "instance",
  "tenant",
  "admitted",
  "published",
  "exclusive",
].flatMap((name) => [`${name}4`, `${name}6`]);
/** The same of the bridge table. */
export const GUARD_SETS = ["links", "senders4", "senders6"];

/** All that stands in the kernel for one service. */
export function serviceElements(program: ServiceProgram, classes: Classes): Element[] {
  return [
    ...program.routes.flatMap((route) => [
      ...routeElements(route, classes),
      ...program.admits.map((tenant) => admission(tenant, route.address)),
    ]),
    ...program.attached.flatMap(({ instance, namespace, peer }) => [
      ...knownElements(instance),
      ...program.admits.flatMap((tenant) => both(namespace, (text) => admission(tenant, text))),
      ...(program.isExclusive && peer === undefined ? exclusiveElements(namespace) : []),
    ]),
  ];
}

/** All that stands in the kernel for an instance that is attached here. */
export function localElements(local: LocalInstance): Element[] {
  const { instance, namespace, tenant, ports } = local;
  return [
    ...both(namespace, (text, n) => ({
      set: `tenant${n}`,
      key: address(text),
      data: word(tenant),
    })),
    ...(instance === undefined ? [] : identityElements(namespace, instance)),
    // 0 lets the engine choose a port: there is no engine in the way here, and nothing to publish.
    ...ports
      .filter(({ host }) => host !== 0)
      .flatMap((mapping) =>
        both(namespace, (text, n) => ({
          set: `published${n}`,
          key: protocol(mapping.protocol) + port(mapping.host),
          data: address(text) + port(mapping.container),
        })),
      ),
  ];
}

/** What lets a port of the bridge send with its addresses. */
export function slotElements({ link, namespace }: Pick<Slot, "link" | "namespace">): Element[] {
  const name = linkName(link);
  return [
    { set: "links", key: name },
    ...both(namespace, (text, n) => ({ set: `senders${n}`, key: name + address(text) })),
  ];
}

function routeElements(route: Route, classes: Classes): Element[] {
  const n = suffix(route.address);
  const key = address(route.address);
  const targets = route.targets.map(address);
  const known = { set: `known${n}`, key };
  const [first] = targets;
  if (first === undefined) return [known];
  const chosen = targets.length === 1 ? undefined : classes.assign(key, targets.length);
  if (chosen === undefined) {
    classes.release(key);
    return [known, { set: `single${n}`, key, data: first }];
  }
  return [
    known,
    { set: `class${n}`, key, data: word(chosen.mark) },
    ...targets
      .slice(0, chosen.targets)
      .map((data, index) => ({ set: `slots${n}`, key: key + word(index), data })),
  ];
}

function admission(tenant: number, text: string): Element {
  return { set: `admitted${suffix(text)}`, key: word(tenant) + address(text) };
}

function identityElements(namespace: Addresses, instance: Addresses): Element[] {
  return [
    ...knownElements(instance),
    ...both(namespace, (text, n) => ({
      set: `instance${n}`,
      key: address(text),
      data: address(n === "4" ? instance.v4 : instance.v6),
    })),
  ];
}

function knownElements(addresses: Addresses): Element[] {
  return both(addresses, (text, n) => ({ set: `known${n}`, key: address(text) }));
}

function exclusiveElements(namespace: Addresses): Element[] {
  return both(namespace, (text, n) => ({ set: `exclusive${n}`, key: address(text) }));
}

function both(addresses: Addresses, element: (text: string, n: Suffix) => Element): Element[] {
  return [element(addresses.v4, "4"), element(addresses.v6, "6")];
}

type Suffix = "4" | "6";

/** Names of sets end in the family that they are of. */
export function suffix(text: string): Suffix {
  return text.includes(":") ? "6" : "4";
}

/** Keys of the addresses of both families, each with the end of its sets' names. */
export function keysOf(addresses: Addresses): { n: Suffix; key: Bytes }[] {
  return [
    { n: "4", key: address(addresses.v4) },
    { n: "6", key: address(addresses.v6) },
  ];
}
