import { testDeathsInDeletions } from "../support/deaths.ts";
import { deleteScenarios, isOfRoot } from "../support/fail-point-scenarios.ts";

testDeathsInDeletions(deleteScenarios.filter(isOfRoot));
