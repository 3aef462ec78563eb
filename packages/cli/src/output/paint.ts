import { styleText } from "node:util";

export type Colour = "green" | "yellow" | "red" | "gray" | "cyan" | "bold";

/** Colours text, where there are colours. */
export type Paint = (colour: Colour | undefined, text: string) => string;

export function createPaint(hasColours: boolean): Paint {
  // Whether there is a person at the other end was asked already.
  return (colour, text) =>
    hasColours && colour !== undefined ? styleText(colour, text, { validateStream: false }) : text;
}

const colours: Readonly<Record<string, Colour>> = {
  RUNNING: "green",
  COMPLETED: "green",
  ACTIVE: "green",
  ALIVE: "green",
  READY: "green",
  REQUESTED: "yellow",
  CLUSTER_SCHEDULED: "yellow",
  NODE_SCHEDULED: "yellow",
  CREATING: "yellow",
  CREATED: "yellow",
  PROGRESSING: "yellow",
  ROLLING_BACK: "yellow",
  UNDEPLOYED: "gray",
  NONE: "gray",
};

/** That of a status: what is neither well nor on its way is red. */
export function colourOfStatus(status: string): Colour | undefined {
  return status === "" || status === "-" ? undefined : (colours[status.toUpperCase()] ?? "red");
}
