// @ts-check
import { register } from "node:module";

const { MUTANT = "" } = process.env;
register("./source-hooks.mjs", import.meta.url, { data: { change: JSON.parse(MUTANT) } });
