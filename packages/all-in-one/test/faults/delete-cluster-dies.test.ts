import { testDeathsInDeletions } from "../support/deaths.ts";
import { deleteScenarios, isOfCluster } from "../support/fail-point-scenarios.ts";

testDeathsInDeletions(deleteScenarios.filter(isOfCluster));
