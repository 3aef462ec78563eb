export * from "./instance-book.ts";
export * from "./place-instance.ts";
export * from "./ports.ts";
export * from "./reconciler.ts";
export * from "./want-ledger.ts";
