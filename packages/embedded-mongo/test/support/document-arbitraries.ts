import { Binary, Long, ObjectId } from "bson";
import fc from "fast-check";

/** Values of every type that documents of ours hold, small enough that they often meet. */
export const scalar: fc.Arbitrary<unknown> = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.integer({ min: -3, max: 3 }),
  fc.double({ noNaN: false }),
  fc.constantFrom(2 ** 53, -(2 ** 53), Long.fromString("9007199254740993"), Long.MAX_VALUE, 0.5),
  fc.string({ unit: "binary", maxLength: 4 }),
  fc.constantFrom("", "a", "ab", "a\0", "b"),
  fc.string({ minLength: 250, maxLength: 260 }),
  fc.integer({ min: -2, max: 2 }).map((ms) => new Date(ms)),
  fc
    .constantFrom("000000000000000000000000", "0000000000000000000000ff")
    .map((id) => new ObjectId(id)),
  fc.uint8Array({ maxLength: 3 }).map((bytes) => new Binary(bytes)),
);

const name = fc.constantFrom("a", "b", "c");

/** Scalars, arrays and sub-documents, two levels deep. */
export const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small", maxDepth: 2 },
    scalar,
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(name, tie("value"), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value;
