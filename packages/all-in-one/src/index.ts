export { type AllInOne, type AllInOneOptions, createAllInOne } from "./all-in-one.ts";
export { DEFAULT_PORTS, type Ports, shiftedPorts, takenPorts } from "./ports.ts";
