/** A destination counts as used for so long after a new connection. */
const INTEREST = "1m";
/** Destinations that are remembered as used, and unknown ones that are refused, at most. */
const REMEMBERED = 65_536;

export type FamilyNames = readonly [type: string, field: string, suffix: string];

export function bothFamilies(
  text: (names: FamilyNames) => string,
  ...families: FamilyNames[]
): string {
  return families.map(text).join("\n");
}

export function familySets([type, field, n]: FamilyNames): string {
  return `  set known${n} {
    comment "service and instance addresses that are tracked; all others go to user space"
    type ${type}
  }
  map single${n} {
    comment "service address : its only target"
    type ${type} : ${type}
  }
  map class${n} {
    comment "service address : mark of its class, when it has more targets"
    type ${type} : mark
  }
  map slots${n} {
    comment "service address . number : target"
    typeof ${field} daddr . numgen inc mod 2 : ${field} daddr
  }
  map instance${n} {
    comment "namespace address of a local workload : its instance address"
    type ${type} : ${type}
  }
  map tenant${n} {
    comment "namespace address of a local workload : number of its application"
    type ${type} : mark
  }
  set admitted${n} {
    comment "number of an application . namespace, instance or service address to which it may connect"
    typeof meta mark . ${field} daddr
  }
  map published${n} {
    comment "protocol . port of this worker : namespace address . port"
    type inet_proto . inet_service : ${type} . inet_service
  }
  set exclusive${n} {
    comment "namespace addresses that speak only while leased${n} has them"
    type ${type}
  }
  set leased${n} {
    type ${type}
    flags timeout
  }
  set refused${n} {
    comment "service addresses that nobody knows"
    type ${type}
    size ${REMEMBERED}
    flags timeout
  }
  set used${n} {
    comment "service addresses with new connections or replies of late"
    type ${type}
    size ${REMEMBERED}
    flags dynamic,timeout
    timeout ${INTEREST}
  }`;
}
