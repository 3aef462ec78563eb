import { z } from "zod";

/** A name that people choose freely and terminals show: nothing in it controls them or cannot be seen. */
export function visibleName(mostUnits: number) {
  return z
    .string()
    .min(1)
    .max(mostUnits)
    .regex(
      /^(?!\s)[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*[^\s\p{Cc}\p{Cf}]$/u,
      "what can be seen, without spaces at its ends",
    );
}
