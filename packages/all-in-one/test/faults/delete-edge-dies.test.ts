import { testDeathsInDeletions } from "../support/deaths.ts";
import { deleteScenarios, isOfEdge } from "../support/fail-point-scenarios.ts";

testDeathsInDeletions(deleteScenarios.filter(isOfEdge));
