export * from "./instance-book.ts";
export * from "./place-instance.ts";
export * from "./ports.ts";
export * from "./reconciler.ts";
export * from "./sweep-holds.ts";
export * from "./want-ledger.ts";
